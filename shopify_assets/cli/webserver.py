"""`webserver`: Dagster's pages behind the guard, for a deployment of one's own.

Charter: the command's options. What the guard does is `shopify_assets.web`'s business.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from shopify_assets.cli.ending import EndedBySignal
from shopify_assets.settings import load_settings
from shopify_assets.web import rules


@click.command()
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The file that names the code locations, as dagster-webserver takes it.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="To listen on.")
@click.option("--port", default=3000, show_default=True, help="To listen on.")
@click.option("--read-only", is_flag=True, help="Nothing can be started or changed.")
def webserver(workspace: Path, host: str, port: int, *, read_only: bool) -> None:
    """Serve Dagster's UI as dagster-webserver does, but not to other sites' pages.

    Requests are answered if their Host is this machine's own name or one of
    SHOPIFY_ASSETS_UI_HOSTS, their origin is these pages, and what changes something
    comes by POST. There is no login: put a proxy with one in front of other machines.
    """
    hosts = rules.names(load_settings().ui_hosts)
    from shopify_assets.web.server import serve  # noqa: PLC0415 -- slow import

    # That is how a server ends.
    with suppress(EndedBySignal):
        serve(workspace, host=host, port=port, hosts=hosts, read_only=read_only)
