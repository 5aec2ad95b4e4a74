"""A stand-in for Shopify's Admin API: simulated shops behind real HTTP.

Charter: everything the simulated shops are and answer. It shares the pinned schema with
the client and nothing else, so that an error of ours cannot cancel itself out; it knows
nothing of streams, tables, Dagster or the client's own queries.
"""
