"""An instance of an earlier version: what is loaded stays shown, the rest is gone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg
import psycopg
import pytest

from shopify_assets.defs.earlier import Cleaned, clean
from shopify_assets.defs.options import Options
from shopify_assets.postgres.books.watermarks import Loaded, loaded
from shopify_assets.postgres.connect import connect
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets_tests.defs.instances import URL, driver, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EMBER, YUKI, GONE = (f"{name}.myshopify.com" for name in ("ember", "yuki", "gone"))
AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
KEY = Options().key

SHOP = dg.DynamicPartitionsDefinition(name="shop")
BY_MONTH = dg.MultiPartitionsDefinition(
    {
        "shop": SHOP,
        "date": dg.MonthlyPartitionsDefinition(start_date="2024-01-01", end_offset=1),
    }
)
OLD_STEPS = ("raw", "normalized", "postgres")


def old_stream(name: str, partitions: dg.PartitionsDefinition[str]) -> list[object]:
    """The three assets of a stream, and a check, in the old form."""

    def made(step: str, *before: str) -> dg.AssetsDefinition:
        key = dg.AssetKey(["shopify", step, name])
        deps = [dg.AssetKey(["shopify", each, name]) for each in before]

        @dg.asset(key=key, deps=deps, partitions_def=partitions)
        def asset() -> None:
            """As it was."""

        return asset

    raw, tables, warehouse = (
        made("raw"),
        made("normalized", "raw"),
        made("postgres", "normalized"),
    )

    @dg.asset_check(asset=raw, name="access")
    def access() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    return [raw, tables, warehouse, access]


def old_definitions() -> dg.Definitions:
    parts = [*old_stream("orders", BY_MONTH), *old_stream("shop", SHOP)]
    checks = [part for part in parts if isinstance(part, dg.AssetChecksDefinition)]
    assets = [
        part
        for part in parts
        if isinstance(part, dg.AssetsDefinition) and part not in checks
    ]
    return dg.Definitions(
        assets=assets,
        asset_checks=checks,
        jobs=[
            dg.define_asset_job(name, dg.AssetSelection.groups("default") & selected)
            for name, selected in {
                "incremental_streams": dg.AssetSelection.assets(
                    *(["shopify", step, "orders"] for step in OLD_STEPS)
                ),
                "snapshot_streams": dg.AssetSelection.assets(
                    *(["shopify", step, "shop"] for step in OLD_STEPS)
                ),
            }.items()
        ],
    )


@pytest.fixture
def instance(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    """An instance on which an earlier version has worked for two shops."""
    monkeypatch.setenv(URL, driver(database_url))
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    definitions = old_definitions()
    with opened(tmp_path) as instance:
        instance.add_dynamic_partitions("shop", [EMBER, YUKI])
        by_month = definitions.resolve_job_def("incremental_streams")
        for month in ("2024-01-01", "2024-02-01"):
            key = dg.MultiPartitionKey({"shop": EMBER, "date": month})
            by_month.execute_in_process(instance=instance, partition_key=key)
        snapshots = definitions.resolve_job_def("snapshot_streams")
        for shop in (EMBER, YUKI):
            snapshots.execute_in_process(instance=instance, partition_key=shop)
        yield instance


BOOKS = (
    Loaded(EMBER, "orders", AT, AT),
    Loaded(EMBER, "shop", None, AT),
    Loaded(YUKI, "shop", None, AT),
    # Taken out of the shops file since: it has no partition any more.
    Loaded(GONE, "orders", AT, AT),
)


def old_events(database_url: str) -> list[str]:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT asset_key FROM event_logs WHERE asset_key ~ %(old)s"
            " UNION ALL SELECT asset_key FROM asset_keys WHERE asset_key ~ %(old)s"
            " UNION ALL SELECT asset_key FROM asset_check_executions"
            " UNION ALL SELECT asset_key FROM asset_event_tags"
            " WHERE asset_key ~ %(old)s",
            {"old": '"(raw|normalized|postgres)"'},
        ).fetchall()
    return [key for (key,) in rows]


def test_what_the_books_say_is_shown_and_the_old_is_gone(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    before = old_events(database_url)
    assert len(before) > 3 * 4

    cleaned = clean(instance, BOOKS, key=KEY)

    assert (cleaned.carried, cleaned.assets) == (9, 6)
    assert cleaned.events > 0
    assert old_events(database_url) == []
    assert {key.to_user_string() for key in instance.all_asset_keys()} == {
        f"shopify/{stream}_{step}"
        for stream in ("orders", "shop")
        for step in ("raw", "tables", "warehouse")
    }
    for step in ("raw", "tables", "warehouse"):
        assert instance.get_materialized_partitions(KEY(step, "orders")) == {EMBER}
        assert instance.get_materialized_partitions(KEY(step, "shop")) == {EMBER, YUKI}
    assert set(instance.get_dynamic_partitions("shop")) == {EMBER, YUKI}
    # The runs are still there to be read, until they are pruned.
    assert len(instance.get_runs()) == 4


def test_what_is_carried_over_says_so(instance: dg.DagsterInstance) -> None:
    clean(instance, BOOKS, key=KEY)
    event = instance.get_latest_materialization_event(KEY("warehouse", "orders"))
    assert event is not None
    assert event.asset_materialization is not None
    metadata = event.asset_materialization.metadata
    assert metadata["carried over"].value == (
        "loaded by an earlier version, as the books of the warehouse say"
    )
    assert metadata["watermark"] == dg.MetadataValue.timestamp(AT)
    assert metadata["loaded"] == dg.MetadataValue.timestamp(AT)


def test_a_second_time_does_nothing(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    clean(instance, BOOKS, key=KEY)
    newest = instance.get_latest_materialization_event(KEY("raw", "orders"))
    assert clean(instance, BOOKS, key=KEY) == Cleaned(0, 0, 0)
    assert instance.get_latest_materialization_event(KEY("raw", "orders")) == newest
    assert old_events(database_url) == []


def test_what_has_run_since_is_not_covered(instance: dg.DagsterInstance) -> None:
    """A materialisation of the new assets knows more than the books do."""
    asset = KEY("raw", "orders")
    since = dg.AssetMaterialization(asset, partition=EMBER, metadata={"records": 3})
    instance.report_runless_asset_event(since)
    assert clean(instance, BOOKS, key=KEY).carried == 8
    event = instance.get_latest_materialization_event(asset)
    assert event is not None
    assert event.asset_materialization == since


def test_the_books_are_read_where_there_are_any(database_url: str) -> None:
    with connect(database_url) as warehouse:
        assert loaded(warehouse) == ()
        migrate(warehouse, [])
        warehouse.execute(
            "INSERT INTO shopify_assets.watermarks"
            " (shop, stream, watermark, extracted_at, extraction, loaded_at)"
            " VALUES (%s, 'orders', %s, %s, 'e', %s)",
            (EMBER, AT, AT, AT),
        )
        assert loaded(warehouse) == (Loaded(EMBER, "orders", AT, AT),)


def test_an_instance_elsewhere_is_cleaned_too(tmp_path: Path) -> None:
    """Dagster's files cannot be cleaned of events, but hide what is wiped."""
    definitions = old_definitions()
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        instance.add_dynamic_partitions("shop", [YUKI])
        snapshots = definitions.resolve_job_def("snapshot_streams")
        snapshots.execute_in_process(instance=instance, partition_key=YUKI)
        assert clean(instance, BOOKS, key=KEY) == Cleaned(3, 3, 0)
        assert instance.get_materialized_partitions(KEY("raw", "shop")) == {YUKI}
        assert len(instance.all_asset_keys()) == 3
