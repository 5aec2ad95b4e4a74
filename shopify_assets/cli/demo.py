"""`demo`, `dev` and `simulate`: everything on simulated shops, nothing to install.

Charter: setting the scene (simulator, shops file, state folder) for commands that do
the same for real shops.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from shopify_assets.cli import instance, output, runs, server
from shopify_assets.private import write_private
from shopify_assets.settings import load_settings
from shopify_assets.shops_file import read_shops
from shopify_assets.streams import STREAMS
from shopify_assets.web import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.settings import Settings

# What people look at first. Three shops with all streams take some minutes.
FIRST = (
    "shop",
    "locations",
    "orders",
    "draft_orders",
    "abandoned_checkouts",
    "returns",
    "customers",
    "products",
    "product_variants",
    "collections",
    "inventory_items",
    "fulfillment_orders",
    "tender_transactions",
    "payouts",
    "discounts",
    "pages",
)

_json = click.option("--json", "as_json", is_flag=True, help="For machines.")


@click.command()
@click.option("--orders", default=2000, show_default=True, help="Orders of each shop.")
@click.option("--all", "everything", is_flag=True, help="All streams, not the first.")
@runs.verbose_option
@_json
def demo(orders: int, *, everything: bool, verbose: bool, as_json: bool) -> None:
    """Backfill three simulated shops into PostgreSQL, and check what was loaded."""
    names = () if everything else FIRST
    started = time.monotonic()
    with scene(orders) as settings:
        picked = runs.chosen(settings, ())
        output.say(f"simulating {len(picked.shops)} shops, {orders:,} orders each")
        today = datetime.now(UTC).date()
        asked = [
            runs.whole(shop, names, start=shop.start_date, end=today)
            for shop in picked.shops
        ]
        found = runs.execute(settings, picked, asked, verbose=verbose)
        if not as_json:
            output.say(f"it took {time.monotonic() - started:.1f} s\n")
    runs.finish(found, picked, as_json=as_json)
    if not as_json:
        _how_to_look_further(settings)


def _how_to_look_further(settings: Settings) -> None:
    from shopify_assets.postgres.embedded.server import (  # noqa: PLC0415 -- slow
        psql_command,
    )

    output.answer("")
    output.answer("Look further:")
    output.answer(f"  make demo ARGS=--all     all {len(STREAMS)} streams: minutes")
    output.answer("  make dev                 the same in Dagster's UI")
    output.answer(f"  {psql_command(settings.home)}")
    output.answer("      select shop, count(*), sum(total_price) from shopify.orders")
    output.answer("      group by shop;")


@click.command()
@click.option("--port", default=3000, show_default=True, help="Of Dagster's UI.")
@click.option("--orders", default=2000, show_default=True, help="Of simulated shops.")
@click.option(
    "--read-only",
    is_flag=True,
    help="Show everything, start nothing: no click, no schedule, no sensor does.",
)
def dev(port: int, orders: int, *, read_only: bool) -> None:
    """Open Dagster's UI, on your shops or, without a shops file, simulated ones."""
    settings = load_settings()
    rules.names(settings.ui_hosts)
    if settings.shops_file.exists():
        with server.only_one(settings.home):
            sys.exit(_open(settings, port=port, read_only=read_only))
    with scene(orders) as simulated:
        output.say(f"no {settings.shops_file.name} here: showing the simulated shops")
        code = _open(simulated, port=port, read_only=read_only)
    sys.exit(code)


def _open(settings: Settings, *, port: int, read_only: bool) -> int:
    found = read_shops(settings.shops_file)
    for fault in found.faults:
        output.say(f"left out: {fault.message}")
    instance.prepare(settings.home)
    instance.tidy(found.shops)
    # Without a daemon, commands execute their runs themselves.
    daemon = nullcontext() if read_only else instance.served()
    try:
        with daemon:
            return server.serve(
                settings.home, port=port, say=output.say, read_only=read_only
            )
    finally:
        # Runs that ended with their server are ended in Dagster's books too.
        instance.tidy(found.shops)


@contextmanager
def scene(orders: int) -> Iterator[Settings]:
    """Simulate the demo's shops, and point this process's environment at them.

    The demo has a state folder of its own: a warehouse or lake that is set for real
    shops is left alone.
    """
    from shopify_assets.postgres.embedded.data_folder import (  # noqa: PLC0415 -- slow
        let_pass,
    )
    from shopify_assets.simulator.demo import (  # noqa: PLC0415 -- slow import
        demo_shops,
        environment,
        shops_toml,
    )
    from shopify_assets.simulator.http.server import Simulator  # noqa: PLC0415 -- the same

    home = load_settings().home.resolve() / "demo"
    start = _a_year_ago()
    with (
        server.only_one(home),
        Simulator(demo_shops(3, orders, start=start)) as simulator,
    ):
        # The demo's own folder lies within the state folder.
        let_pass(home.parent)
        for name in ("WAREHOUSE_URL", "LAKE_URL", instance.DAGSTER_HOME):
            os.environ.pop(name, None)
        # A new simulator knows nothing of token pairs that the last one handed out.
        shutil.rmtree(home / "tokens", ignore_errors=True)
        shops_file = home / "shops.toml"
        entries = shops_toml(simulator.url, start_date=start.date())
        write_private(shops_file, entries)
        os.environ.update(environment())
        os.environ["SHOPIFY_ASSETS_HOME"] = str(home)
        os.environ["SHOPS_FILE"] = str(shops_file)
        yield load_settings()


def _a_year_ago() -> datetime:
    """The first of the month, so that no partition is cut."""
    now = datetime.now(UTC)
    return datetime(now.year - 1, now.month, 1, tzinfo=UTC)


@click.command()
@click.option("--port", default=8080, show_default=True, help="Port on 127.0.0.1.")
@click.option("--shops", "count", default=3, show_default=True, help="How many shops.")
@click.option("--orders", default=2000, show_default=True, help="Orders of each.")
@click.option("--tls", is_flag=True, help="Answer https, also by the shops' domains.")
def simulate(port: int, count: int, orders: int, *, tls: bool) -> None:
    """Serve simulated shops until interrupted."""
    from shopify_assets.simulator.__main__ import serve  # noqa: PLC0415 -- slow import

    serve(port=port, shops=count, orders=orders, tls=tls)
