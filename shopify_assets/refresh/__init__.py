"""Keeping shops current: what is due at a refresh, and what has not moved.

Charter: decisions and doing between the three steps of a slice and whoever starts them.
Which streams of a shop are read (`look`, `due`) is told from its books and one cheap
question (`probe`). Nothing here knows of Dagster.
"""
