"""The warehouse: a PostgreSQL of the user's own, or the embedded one.

Charter: everything that speaks SQL. `embedded` brings a server up from the programs of
a wheel (`programs`), `connect` opens connections, `ddl` and `migrate` give tables their
form, `merge` loads a window of rows in one transaction: `statements` says by what SQL,
`copying` how frames travel, `books` what is written down about it. Nothing here knows
how rows were fetched, and nothing here knows of Dagster.
"""
