"""Backfills launched as Dagster's UI launches them, run by its daemon.

Three shops with three years of months: each backfill is a run a shop, and as many bulk
operations as there are streams to extract, not as there are partitions.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from shopify_assets.settings import load_settings
from shopify_assets.simulator.demo import demo_shops, environment, shops_toml
from shopify_assets.simulator.server import Simulator
from shopify_assets.streams import STREAMS
from shopify_assets_tests.ui.conftest import Served, folder_of_dev, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

EMBER, YUKI, LUMEN = (
    "ember.myshopify.com",
    "yuki.myshopify.com",
    "lumen.myshopify.com",
)
STEPS = ("raw", "normalized", "postgres")
INCREMENTAL = [each.name for each in STREAMS if each.incremental]
SNAPSHOTS = [each.name for each in STREAMS if not each.incremental]
ORDERS = int(os.environ.get("UI_ORDERS", "200"))
PATIENCE = 600.0


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(demo_shops(3, ORDERS, start=three_years_ago())) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def dev(simulator: Simulator) -> Iterator[Served]:
    """`dev` in a folder with a shops file, as for real shops."""
    with folder_of_dev() as folder:
        entries = shops_toml(simulator.url, start_date=three_years_ago().date())
        (folder / "shops.toml").write_text(entries, "utf-8")
        with served(folder, environment=environment()) as dev:
            yield dev


def three_years_ago() -> datetime:
    now = datetime.now(UTC)
    return datetime(now.year - 3, now.month, 1, tzinfo=UTC)


def test_backfill_of_one_shop_is_one_run(dev: Served, simulator: Simulator) -> None:
    keys = dev.ui.partition_keys("shopify/raw/orders")
    mine = [each for each in keys if EMBER in each]
    before = simulator.requests(EMBER).bulk_operations
    paths = [f"shopify/{step}/{name}" for name in INCREMENTAL for step in STEPS]
    found = dev.ui.backfill(paths, mine, patience=PATIENCE)
    print(len(mine), "partitions", found.status, len(found.runs), "runs", found.seconds, "s",
        simulator.requests(EMBER).bulk_operations - before, "bulk ops", simulator.requests(EMBER).graphql, "requests")
    for r in found.runs: print(r.status, r.end - r.start, r.tags)
