"""Backfills launched as Dagster's UI launches them, run by its daemon.

Three shops with three years of months, and a fourth that refuses its token. Nothing
here is quick: the daemon looks for new backfills twice a minute.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from shopify_assets.simulator.demo import demo_shops, environment, shops_toml
from shopify_assets.simulator.http.server import Simulator
from shopify_assets.streams import STREAMS
from shopify_assets_tests.ui.dev import Served, folder_of_dev, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets_tests.ui.dagster_ui import Backfill, Run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

EMBER = "ember.myshopify.com"
SHOPS = (EMBER, "lumen.myshopify.com", "yuki.myshopify.com")
CLOSED = "shop-4.myshopify.com"
CLOSED_TOML = """
[[shops]]
domain = "shop-4.myshopify.com"
base_url = "{base_url}"
start_date = {start}
access_token_env = "CLOSED_ACCESS_TOKEN"
"""
ORDERS = 2000
MONTHS = 3 * 12 + 1
PATIENCE = 600.0

INCREMENTAL = [each.name for each in STREAMS if each.incremental]
SNAPSHOTS = [each.name for each in STREAMS if not each.incremental]


def three_years_ago() -> datetime:
    now = datetime.now(UTC)
    return datetime(now.year - 3, now.month, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(demo_shops(4, ORDERS, start=three_years_ago())) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def dev(simulator: Simulator) -> Iterator[Served]:
    """`dev` in a folder with a shops file, as for real shops."""
    start = three_years_ago().date()
    closed = CLOSED_TOML.format(base_url=simulator.base_url(CLOSED), start=start)
    secrets = {**environment(), "CLOSED_ACCESS_TOKEN": "shpat_of_another_shop"}
    with folder_of_dev() as folder:
        entries = shops_toml(simulator.url, start_date=start)
        (folder / "shops.toml").write_text(entries + closed, "utf-8")
        with served(folder, environment=secrets) as dev:
            yield dev


def assets(names: list[str]) -> list[str]:
    steps = ("raw", "normalized", "postgres")
    return [f"shopify/{step}/{name}" for name in names for step in steps]


def keys_of(dev: Served, *shops: str) -> list[str]:
    keys = dev.ui.partition_keys("shopify/raw/orders")
    return [each for each in keys if each.partition("|")[2] in shops]


def shop_of(run: Run) -> str:
    start = run.tags["dagster/asset_partition_range_start"]
    return start.rpartition("|")[2]


def told(simulator: Simulator, what: str, found: Backfill) -> None:
    """Print the figures, for `pytest -s`."""
    bulk = {each: simulator.requests(each).bulk_operations for each in SHOPS}
    first = min(each.created for each in found.runs)
    runs = ", ".join(
        f"{each.start - first:.0f}–{each.end - first:.0f} s" for each in found.runs
    )
    print(  # noqa: T201 -- the figures are what the run is for
        f"\n{what}: {len(found.runs)} runs ({runs} after the first was asked for), "
        f"{found.seconds:.0f} s until the daemon saw the end; "
        f"bulk operations so far {bulk}"
    )


def test_one_shop_is_one_run_with_few_bulk_operations(
    dev: Served, simulator: Simulator
) -> None:
    """Months, streams and steps by the dozen: one run, not a bulk operation a month."""
    keys = keys_of(dev, EMBER)
    found = dev.ui.backfill(assets(INCREMENTAL), keys, patience=PATIENCE)
    told(simulator, "one shop", found)
    assert len(keys) == MONTHS
    assert [each.status for each in found.runs] == ["SUCCESS"]
    assert 0 < simulator.requests(EMBER).bulk_operations <= len(INCREMENTAL)


def test_shops_run_side_by_side_and_one_that_fails_stops_no_other(
    dev: Served, simulator: Simulator
) -> None:
    """Three shops and a closed one: a run a shop, overlapping in time; one fails."""
    keys = keys_of(dev, *SHOPS, CLOSED)
    found = dev.ui.backfill(assets(INCREMENTAL), keys, patience=PATIENCE)
    told(simulator, "three shops and a closed one", found)
    assert {shop_of(each): each.status for each in found.runs} == {
        **dict.fromkeys(SHOPS, "SUCCESS"),
        CLOSED: "FAILURE",
    }
    assert len(found.runs) == len(SHOPS) + 1
    # How many meet at once is the machine's affair; that some do is ours.
    by_start = sorted(found.runs, key=lambda each: each.start)
    assert any(one.end > other.start for one, other in pairwise(by_start))


def test_snapshots_are_a_run_a_shop(dev: Served, simulator: Simulator) -> None:
    """Streams that are read whole have a partition a shop."""
    found = dev.ui.backfill(assets(SNAPSHOTS), list(SHOPS), patience=PATIENCE)
    told(simulator, "snapshots of three shops", found)
    statuses = {shop_of(each): each.status for each in found.runs}
    assert statuses == dict.fromkeys(SHOPS, "SUCCESS")
    assert len(found.runs) == len(SHOPS)
