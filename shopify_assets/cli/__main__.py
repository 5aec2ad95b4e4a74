"""`python -m shopify_assets.cli`, where the script is not on the path."""

from __future__ import annotations

from shopify_assets.cli import main

main()
