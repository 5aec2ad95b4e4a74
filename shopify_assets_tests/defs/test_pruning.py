"""Old runs are deleted, and every state stays what it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
import pytest
from dagster._core.storage.partition_status_cache import (
    get_and_update_asset_status_cache_value,
)
from psycopg import sql

from shopify_assets.defs.prune import nightly, prune_job
from shopify_assets.defs.pruning import Pruned, prunable, prune
from shopify_assets.errors import ConfigurationError
from shopify_assets_tests.defs.instances import URL, driver, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHOPS = dg.DynamicPartitionsDefinition(name="shop")
EMBER, YUKI = "ember.myshopify.com", "yuki.myshopify.com"
DAYS = 30
LATER = timedelta(days=DAYS + 1)

ORDERS, PRODUCTS = dg.AssetKey("orders"), dg.AssetKey("products")


@dg.asset(partitions_def=SHOPS)
def orders(context):  # type: ignore[no-untyped-def] # -- Dagster reads annotations
    """Rows of a shop; frozen shops fail."""
    if context.run.tags.get("frozen"):
        raise dg.Failure("the shop is frozen")
    return dg.MaterializeResult(tags={"dagster/data_version": context.run.run_id})


@dg.asset_check(asset=orders)
def proven() -> dg.AssetCheckResult:
    """Says yes."""
    return dg.AssetCheckResult(passed=True)


DEFINITIONS = dg.Definitions(assets=[orders], asset_checks=[proven])


@pytest.fixture
def instance(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv(URL, driver(database_url))
    with opened(tmp_path) as instance:
        instance.add_dynamic_partitions("shop", [EMBER, YUKI])
        yield instance


def load(instance: dg.DagsterInstance, shop: str, **tags: str) -> str:
    """Load a shop; the id of the run."""
    job = DEFINITIONS.resolve_implicit_global_asset_job_def()
    ran = job.execute_in_process(
        instance=instance, partition_key=shop, tags=tags, raise_on_error=False
    )
    return ran.run_id


def state(instance: dg.DagsterInstance) -> dict[str, Any]:
    """What Dagster's pages say of assets and checks, found out anew."""
    storage = instance.event_log_storage
    storage.wipe_asset_cached_status(ORDERS)
    cached = get_and_update_asset_status_cache_value(instance, ORDERS, SHOPS)
    assert cached is not None
    (record,) = instance.get_asset_records([ORDERS])
    (check,) = storage.get_latest_asset_check_execution_by_key(
        [dg.AssetCheckKey(ORDERS, "proven")]
    ).values()
    newest = storage.get_latest_storage_id_by_partition(
        ORDERS, dg.DagsterEventType.ASSET_MATERIALIZATION
    )
    return {
        "partitions": cached,
        "newest": newest,
        "versions": storage.get_latest_tags_by_partition(
            ORDERS,
            dg.DagsterEventType.ASSET_MATERIALIZATION,
            ["dagster/data_version"],
        ),
        "last": record.asset_entry.last_materialization_record,
        "check": (check.id, check.status, check.run_id),
    }


def rows(database_url: str) -> dict[str, int]:
    tables = (
        "event_logs",
        "runs",
        "run_tags",
        "asset_event_tags",
        "asset_check_executions",
        "bulk_actions",
    )
    with psycopg.connect(database_url) as connection:
        counts = {}
        for table in tables:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            row = connection.execute(query).fetchone()
            assert row is not None
            counts[table] = row[0]
    return counts


def statuses(instance: dg.DagsterInstance) -> dict[str, dg.DagsterRunStatus]:
    return {run.run_id: run.status for run in instance.get_runs()}


def test_old_runs_go_and_states_stay(instance: dg.DagsterInstance) -> None:
    forgotten = [load(instance, EMBER) for _ in range(3)]
    only_yuki = load(instance, YUKI)
    last_ember = load(instance, EMBER)
    before = state(instance)

    pruned = prune(instance, days=DAYS, now=datetime.now(UTC) + LATER)

    assert (pruned.runs, pruned.thinned, pruned.checks) == (3, 2, 4)
    assert statuses(instance) == dict.fromkeys(
        (only_yuki, last_ember), dg.DagsterRunStatus.SUCCESS
    )
    assert state(instance) == before
    assert set(instance.get_materialized_partitions(ORDERS)) == {EMBER, YUKI}
    assert all(instance.all_logs(run) == [] for run in forgotten)
    kept = [
        entry.dagster_event_type
        for entry in instance.all_logs(only_yuki)
        if entry.dagster_event_type
    ]
    assert kept == [
        dg.DagsterEventType.RUN_START,
        dg.DagsterEventType.ASSET_MATERIALIZATION,
        dg.DagsterEventType.RUN_SUCCESS,
    ]


def test_a_partition_that_failed_stays_failed(instance: dg.DagsterInstance) -> None:
    load(instance, EMBER)
    load(instance, YUKI)
    older = load(instance, YUKI, frozen="yes")
    failed = load(instance, YUKI, frozen="yes")
    before = state(instance)
    assert before["partitions"].deserialize_failed_partition_subsets(
        SHOPS
    ).get_partition_keys() == {YUKI}

    prune(instance, days=DAYS, now=datetime.now(UTC) + LATER)

    assert state(instance) == before
    assert failed in statuses(instance)
    assert older not in statuses(instance)


def test_what_is_young_or_runs_is_left_alone(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    old = load(instance, EMBER)
    then = datetime.now(UTC)
    young = load(instance, EMBER)
    running = instance.create_run_for_job(
        DEFINITIONS.resolve_implicit_global_asset_job_def(),
        status=dg.DagsterRunStatus.STARTED,
    ).run_id
    events = instance.all_logs(young)

    pruned = prune(instance, days=DAYS, now=then + timedelta(days=DAYS))

    assert pruned.runs == 1
    assert set(statuses(instance)) == {young, running}
    assert instance.all_logs(young) == events
    assert old not in statuses(instance)
    assert rows(database_url)["asset_event_tags"] > 0


def test_a_dry_run_counts_and_deletes_nothing(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    for _ in range(2):
        load(instance, EMBER)
    now = datetime.now(UTC) + LATER
    before = rows(database_url)

    expected = prunable(instance, days=DAYS, now=now)
    assert rows(database_url) == before
    assert prune(instance, days=DAYS, now=now) == expected
    after = rows(database_url)

    assert before["event_logs"] - after["event_logs"] == expected.events > 0
    assert before["runs"] - after["runs"] == expected.runs == 1
    # No tag of an event or run that is gone.
    assert after["asset_event_tags"] == before["asset_event_tags"] / 2
    assert after["run_tags"] == before["run_tags"] / 2
    # A second time there is nothing left to do.
    assert prune(instance, days=DAYS, now=now) == Pruned(thinned=1)


def test_events_without_a_run_are_pruned_too(instance: dg.DagsterInstance) -> None:
    for shop in (EMBER, YUKI, EMBER):
        told = dg.AssetMaterialization(PRODUCTS, partition=shop)
        instance.report_runless_asset_event(told)
    newest = instance.event_log_storage.get_latest_storage_id_by_partition(
        PRODUCTS, dg.DagsterEventType.ASSET_MATERIALIZATION
    )

    pruned = prune(instance, days=DAYS, now=datetime.now(UTC) + LATER)

    assert pruned == Pruned(events=1)
    assert newest == instance.event_log_storage.get_latest_storage_id_by_partition(
        PRODUCTS, dg.DagsterEventType.ASSET_MATERIALIZATION
    )


def test_what_is_wiped_keeps_nothing(
    instance: dg.DagsterInstance, database_url: str
) -> None:
    load(instance, EMBER)
    instance.wipe_assets([ORDERS])
    prune(instance, days=DAYS, now=datetime.now(UTC) + LATER)
    assert statuses(instance) == {}
    assert set(rows(database_url).values()) == {0}


def test_logs_of_steps_go_with_their_run(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    old, kept = load(instance, EMBER), load(instance, EMBER)
    folders = [tmp_path / "storage" / run for run in (old, kept)]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "out").write_text("said")
    prune(instance, days=DAYS, now=datetime.now(UTC) + LATER)
    assert [folder.exists() for folder in folders] == [False, False]


def test_the_job_says_what_it_deleted(instance: dg.DagsterInstance) -> None:
    load(instance, EMBER)
    job = prune_job(DAYS)
    ran = job.execute_in_process(instance=instance)
    said = [entry.user_message for entry in instance.all_logs(ran.run_id)]
    assert any("older than 30 days: 0 runs, 0 events" in message for message in said)


def test_storage_elsewhere_is_left_to_its_owner(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        with pytest.raises(ConfigurationError, match="in PostgreSQL only"):
            prune(instance, days=DAYS, now=datetime.now(UTC))
        context = dg.build_schedule_context(
            instance=instance, scheduled_execution_time=datetime.now(UTC)
        )
        tick = nightly(prune_job(DAYS)).evaluate_tick(context)
        assert tick.skip_message == "Dagster's storage is not in PostgreSQL"
