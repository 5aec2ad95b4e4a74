"""`dagster prune` and `dagster clean`, on an instance of the user's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from shopify_assets.postgres.connect import connect
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets_tests.defs.instances import CONFIGURATION, URL, driver
from shopify_assets_tests.stage import EMBER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shopify_assets_tests.cli.conftest import Called

AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
NEW, OLD = dg.AssetKey(["shopify", "orders_raw"]), dg.AssetKey(["shopify", "raw", "x"])


@pytest.fixture
def home(place: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Path:
    """A DAGSTER_HOME whose storage has events without a run."""
    home = place / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text(CONFIGURATION, "utf-8")
    monkeypatch.setenv(URL, driver(database_url))
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with dg.DagsterInstance.from_config(str(home)) as instance:
        instance.add_dynamic_partitions("shop", [EMBER])
        instance.report_runless_asset_event(dg.AssetMaterialization(OLD))
    return home


def test_clean_reads_the_books_of_the_warehouse(
    call: Callable[..., Called], home: Path, database_url: str
) -> None:
    with connect(database_url) as warehouse:
        migrate(warehouse, [])
        warehouse.execute(
            "INSERT INTO shopify_assets.watermarks"
            " (shop, stream, watermark, extracted_at, extraction)"
            " VALUES (%s, 'orders', %s, %s, 'e')",
            (EMBER, AT, AT),
        )
    first = call("dagster", "clean", "--json")
    # Two events: that it was materialised, and that it was wiped.
    assert (first.code, first.json) == (0, {"carried": 3, "assets": 1, "events": 2})
    second = call("dagster", "clean")
    assert second.out.startswith("0 partitions are shown as materialised")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert instance.get_materialized_partitions(NEW) == {EMBER}
        assert OLD not in instance.all_asset_keys()


def test_prune_says_what_it_deletes(call: Callable[..., Called], home: Path) -> None:
    del home
    dry = call("dagster", "prune", "--days", "7", "--dry-run")
    assert dry.code == 0
    assert dry.out.startswith("would be deleted: older than 7 days: 0 runs, 0 events")
    done = call("dagster", "prune", "--json")
    assert done.json == {
        "runs": 0,
        "thinned": 0,
        "events": 0,
        "checks": 0,
        "backfills": 0,
    }
