"""What the process of a shop needs and takes long to load; loaded by `PRELOADED`."""

from shopify_assets.cli import worker
from shopify_assets.defs import build, launch

__all__ = ["build", "launch", "worker"]
