"""From raw records to typed tables.

Charter: `shapes` says how the records of a stream are decoded, `lines` decodes them,
`clean` mends text that PostgreSQL cannot hold, `rows` unfolds lists, `values` makes
typed columns, `files` keeps the tables in the lake, and `run` does all of it for one
extraction. Nothing here knows of HTTP or SQL, and nothing rounds, guesses or drops a
value: what cannot be kept exactly is an error that names file, line and column.
"""
