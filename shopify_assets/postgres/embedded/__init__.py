"""The embedded warehouse: a PostgreSQL of our own, its programs and its data folder."""
