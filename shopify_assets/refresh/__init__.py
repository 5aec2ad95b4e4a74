"""Refreshing a shop: its streams extracted, normalised, loaded and looked at.

Charter: what a run does to one shop, free of Dagster. Which streams have anything new
is decided first; then several are taken side by side, each to its end. What a step
does is `pipeline`'s business; how runs are started and shown is `defs`' and `cli`'s.
"""
