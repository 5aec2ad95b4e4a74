"""`stop`: the end of the embedded PostgreSQL.

Charter: which servers of the state folder run, who still uses them, and ending them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from shopify_assets.cli import output
from shopify_assets.errors import ShopifyAssetsError
from shopify_assets.postgres.embedded import server
from shopify_assets.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option(
    "--force", is_flag=True, help="Also while somebody is connected; their work is cut."
)
def stop(*, force: bool) -> None:
    """Stop the embedded PostgreSQL of the state folder, and that of the demo in it."""
    home = load_settings().home
    running = [each for each in (home, home / "demo") if server.status(each).running]
    in_use = [] if force else [each for each in running if _users(each)]
    for each in running:
        if each not in in_use:
            _stop(each)
    if not running:
        output.answer(f"no embedded PostgreSQL runs in {home}")
    if in_use:
        told = "; ".join(f"{each} by {_users(each)}" for each in in_use)
        message = f"still in use: {told}; end that first, or add --force"
        raise ShopifyAssetsError(message)


def _stop(home: Path) -> None:
    status = server.status(home)
    server.stop(home)
    output.answer(
        f"stopped the PostgreSQL on port {status.port}, data in {status.data}"
    )


def _users(home: Path) -> str:
    """Who is connected, such as `shopify_assets (2), psql`; '' if nobody is."""
    names = server.users(home)
    return ", ".join(
        name if count == 1 else f"{name} ({count})" for name, count in names.items()
    )
