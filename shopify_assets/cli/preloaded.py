"""What the process of a shop needs and takes long to load; loaded by `PRELOADED`.

Charter: imports alone, and none of Polars (see `task`). The processes of shops are
copies of one that has them, so the collector is told before there is a copy.
"""

from shopify_assets.startup import lasting

with lasting():
    # Dagster loads its storage by name, half a second of CPU in every shop's process.
    import dagster_postgres
    from upath import UPath

    from shopify_assets.cli import worker
    from shopify_assets.defs import build, launch

__all__ = ["UPath", "build", "dagster_postgres", "launch", "worker"]
