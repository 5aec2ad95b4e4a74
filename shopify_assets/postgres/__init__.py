"""The warehouse: a PostgreSQL of the user's own, or the embedded one.

Charter: everything that speaks SQL. `embedded` brings a server up from the programs of
a wheel (`programs`, `data_folder`), `connect` opens connections, `ddl` and `migrate`
give tables their form, `merge` loads a window of rows in one transaction: `append` and
`statements` say how, `copying` how frames travel, `books` what is written down of it.
Nothing here knows how rows were fetched, and nothing here knows of Dagster.
"""
