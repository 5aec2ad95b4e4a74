"""Dagster's storage over kept connections: the same rows, by fewer statements."""

from __future__ import annotations

import hashlib
import inspect
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
)
from dagster._core.events import (
    BATCH_WRITABLE_EVENTS,
    AssetMaterializationPlannedData,
    AssetObservationData,
    DagsterEvent,
    StepMaterializationData,
)
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecordStatus,
)
from dagster._core.storage.event_log.migration import ASSET_KEY_INDEX_COLS
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from psycopg import sql
from psycopg.rows import dict_row
from sqlalchemy import event as listening

from shopify_assets.defs import connections
from shopify_assets.defs.storage import PooledEventLogStorage, PooledPostgresStorage
from shopify_assets_tests.defs.instances import URL, driver, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy.engine import Engine

RUN = "6f1c4a60-0000-4000-8000-000000000001"
BEGAN = datetime(2026, 11, 29, 12, tzinfo=UTC).timestamp()

# What differs between two ways of writing the same: serial numbers of rows that were
# tried to be inserted, and the time.
OF_THE_WRITING = {
    "event_logs": set[str](),
    "asset_keys": {"id", "create_timestamp"},
    "asset_event_tags": set[str](),
    "asset_check_executions": {"create_timestamp"},
}


@pytest.fixture
def url(database_url: str) -> str:
    return driver(database_url)


def entry(position: int, happening: DagsterEvent) -> dg.EventLogEntry:
    return dg.EventLogEntry(  # type: ignore[no-untyped-call]
        error_info=None,
        level=10,
        user_message="",
        run_id=RUN,
        timestamp=BEGAN + position / 8,
        step_key=happening.step_key,
        job_name="backfill",
        dagster_event=happening,
    )


def key(name: str) -> dg.AssetKey:
    return dg.AssetKey(["shopify", name])


def planned(name: str, partition: str | None = None) -> DagsterEvent:
    return DagsterEvent.build_asset_materialization_planned_event(
        "backfill", "shopify", AssetMaterializationPlannedData(key(name), partition)
    )


def check_planned(name: str, *partitions: str) -> DagsterEvent:
    static = dg.StaticPartitionsDefinition(["ember", "yuki"])
    return DagsterEvent(
        dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED.value,
        "backfill",
        step_key="shopify",
        event_specific_data=AssetCheckEvaluationPlanned(
            asset_key=key(name),
            check_name="proven",
            partitions_subset=static.subset_with_partition_keys(partitions)
            if partitions
            else None,
        ),
    )


def materialized(name: str, partition: str | None, rows: int) -> DagsterEvent:
    return DagsterEvent(
        dg.DagsterEventType.ASSET_MATERIALIZATION.value,
        "backfill",
        step_key="shopify",
        event_specific_data=StepMaterializationData(
            dg.AssetMaterialization(
                key(name),
                partition=partition,
                metadata={"rows": rows},
                tags={"dagster/data_version": str(rows)},
            )
        ),
    )


def observed(name: str) -> DagsterEvent:
    return DagsterEvent(
        dg.DagsterEventType.ASSET_OBSERVATION.value,
        "backfill",
        event_specific_data=AssetObservationData(dg.AssetObservation(key(name))),
    )


BATCHES: dict[str, list[DagsterEvent]] = {
    "what a run plans": [
        happening
        for name in ("customers_raw", "orders_raw", "orders_tables")
        for happening in (planned(name, "ember"), check_planned(name))
    ],
    "one asset, many partitions": [
        planned("orders_raw", partition) for partition in ("ember", "yuki", "lumen")
    ],
    "checks by partition": [
        check_planned("orders_raw", "ember", "yuki"),
        check_planned("customers_raw", "ember"),
    ],
    "several assets": [
        materialized("orders_raw", "ember", 3),
        materialized("customers_raw", "ember", 5),
        materialized("orders_raw", "yuki", 4),
    ],
    "seen": [observed("orders_raw"), observed("products_raw")],
    "of all kinds": [
        materialized("orders_raw", "ember", 3),
        planned("orders_raw", "yuki"),
        observed("orders_raw"),
        planned("products_raw"),
        materialized("products_raw", None, 0),
        check_planned("products_raw"),
        observed("customers_raw"),
    ],
}


def tables(url: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of the tables that tell of events."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return {
            table: [
                {name: row[name] for name in row.keys() - left_out}
                for row in connection.execute(
                    sql.SQL("SELECT * FROM {} ORDER BY {}").format(
                        sql.Identifier(table),
                        sql.Identifier("asset_key" if "id" in left_out else "id"),
                    )
                ).fetchall()
            ]
            for table, left_out in OF_THE_WRITING.items()
        }


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_is_the_rows_that_one_by_one_writes(
    name: str, url: str, database_url: str
) -> None:
    # An asset that is known already, and has an older materialisation.
    before = entry(0, materialized("customers_raw", "ember", 1))
    batch = [entry(1 + at, happening) for at, happening in enumerate(BATCHES[name])]

    one_by_one = PostgresEventLogStorage.create_clean_storage(url)
    for event in (before, *batch):
        one_by_one.store_event(event)
    expected = tables(database_url)

    PostgresEventLogStorage.create_clean_storage(url)
    together = PooledEventLogStorage(url)
    together.store_event(before)
    together.store_event_batch(batch)
    written = tables(database_url)
    together.dispose()

    assert len(expected["event_logs"]) == 1 + len(batch)
    assert written == expected


def test_evaluations_are_the_rows_that_dagster_postgres_writes(
    url: str, database_url: str
) -> None:
    evaluation = DagsterEvent(
        dg.DagsterEventType.ASSET_CHECK_EVALUATION.value,
        "backfill",
        step_key="shopify",
        event_specific_data=dg.AssetCheckEvaluation(
            asset_key=key("orders_raw"), check_name="proven", passed=False, metadata={}
        ),
    )
    happenings = [check_planned("orders_raw"), evaluation]
    events = [entry(at, happening) for at, happening in enumerate(happenings)]

    theirs = PostgresEventLogStorage.create_clean_storage(url)
    for event in events:
        theirs.store_event(event)
    expected = tables(database_url)
    PostgresEventLogStorage.create_clean_storage(url)
    ours = PooledEventLogStorage(url)
    for event in events:
        ours.store_event(event)
    ours.dispose()

    assert tables(database_url) == expected
    (row,) = expected["asset_check_executions"]
    assert row["execution_status"] == AssetCheckExecutionRecordStatus.FAILED.value


def test_a_batch_that_fails_leaves_nothing_behind(url: str, database_url: str) -> None:
    """Dagster then stores its events one by one; none may be there twice."""
    storage = PooledEventLogStorage(url)
    storage.store_event(entry(0, check_planned("orders_raw", "ember")))
    before = tables(database_url)

    batch = [planned("orders_raw", "ember"), check_planned("orders_raw", "ember")]
    with pytest.raises(Exception, match="idx_asset_check_executions_unique"):
        storage.store_event_batch([entry(1, happening) for happening in batch])
    storage.dispose()

    assert tables(database_url) == before


def test_other_events_are_refused_in_a_batch(url: str) -> None:
    storage = PooledEventLogStorage(url)
    start = DagsterEvent(dg.DagsterEventType.RUN_START.value, "backfill")
    with pytest.raises(dg.DagsterInvariantViolationError, match="RUN_START"):
        storage.store_event_batch([entry(0, start), entry(1, start)])
    storage.dispose()


@contextmanager
def counted(engine: Engine) -> Iterator[Counter[str]]:
    """How often an engine connects and sends statements meanwhile."""
    counts: Counter[str] = Counter()

    def connected(*_: Any) -> None:
        counts["connections"] += 1

    def sent(*_: Any) -> None:
        counts["statements"] += 1

    listening.listen(engine, "connect", connected)
    listening.listen(engine, "before_cursor_execute", sent)
    yield counts
    listening.remove(engine, "connect", connected)
    listening.remove(engine, "before_cursor_execute", sent)


def test_what_a_run_plans_takes_four_statements_and_one_connection(url: str) -> None:
    storage = PooledEventLogStorage(url)
    storage.has_table("asset_event_tags")
    storage.has_secondary_index(ASSET_KEY_INDEX_COLS)
    connections.shared(url).dispose()
    happenings = [
        happening
        for number in range(134)
        for step in ("raw", "tables", "warehouse")
        for happening in (
            planned(f"stream_{number}_{step}", "ember"),
            check_planned(f"stream_{number}_{step}"),
        )
    ]
    with counted(connections.shared(url)) as counts:
        storage.store_event_batch([entry(1, happening) for happening in happenings])
    storage.dispose()
    assert counts == {"connections": 1, "statements": 4}


def backends(database_url: str) -> int:
    """How many others are connected to the database."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_threads_share_few_connections_and_lose_no_event(
    url: str, database_url: str
) -> None:
    storage = PooledEventLogStorage(url)
    names = [f"stream_{number}_raw" for number in range(200)]
    with ThreadPoolExecutor(40) as threads:
        events = [entry(0, materialized(name, "ember", 1)) for name in names]
        list(threads.map(storage.store_event, events))

    assert len(tables(database_url)["asset_keys"]) == len(names)
    assert 1 <= backends(database_url) <= connections.KEPT
    storage.dispose()
    assert backends(database_url) == 0


def test_instances_of_one_process_share_their_connections(
    url: str, database_url: str
) -> None:
    """Dagster opens one for each evaluation of a sensor, and may forget to close it."""
    storages = [PooledPostgresStorage(url) for _ in range(10)]
    for storage in storages:
        storage.event_log_storage.store_event(entry(0, observed("orders_raw")))
        assert storage.run_storage.get_runs() == []
        assert storage.schedule_storage.all_instigator_state() == []
    assert 1 <= backends(database_url) <= connections.KEPT
    for storage in storages[:-1]:
        storage.event_log_storage.dispose()
    assert 1 <= backends(database_url) <= connections.KEPT
    storages[-1].event_log_storage.dispose()
    assert backends(database_url) == 0


def test_a_server_that_ended_all_connections_is_found_again(
    url: str, database_url: str
) -> None:
    storage = PooledEventLogStorage(url)
    storage.store_event(entry(0, observed("orders_raw")))
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user"
            " AND pid <> pg_backend_pid()"
        )
    storage.store_event(entry(1, observed("orders_raw")))
    storage.dispose()
    assert len(tables(database_url)["event_logs"]) == 2


FORKING = """
import os, sys
from sqlalchemy import text
from shopify_assets.defs.connections import shared

def process():
    with shared(sys.argv[1]).connect() as connection:
        return connection.execute(text("SELECT pg_backend_pid()")).scalar_one()

before = process()
child = os.fork()
if child == 0:
    os._exit(0 if process() != before else 1)
_, status = os.waitpid(child, 0)
print(status, process() == before)
"""


def test_a_forked_process_has_connections_of_its_own(url: str) -> None:
    """And the parent's still work, for the child has not closed them."""
    command = [sys.executable, "-c", FORKING, url]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 -- ours
    assert ran.stdout.split() == ["0", "True"]


def test_a_web_server_keeps_its_limit_of_time(url: str) -> None:
    storage = PooledPostgresStorage(url)
    storage.event_log_storage.optimize_for_webserver(1234, 60, 3)
    with storage.event_log_storage.index_connection() as connection:  # type: ignore[attr-defined]
        limit = connection.exec_driver_sql("SHOW statement_timeout").scalar_one()
    assert limit == "1234ms"
    storage.event_log_storage.dispose()


@dg.op
def said() -> None:
    """A step that does nothing."""


@dg.job
def saying() -> None:
    """One step."""
    said()


def test_dagster_takes_it_from_its_configuration(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL, f"{url}?application_name=hidden")
    with opened(tmp_path) as instance:
        assert saying.execute_in_process(instance=instance).success
        reference = dg.serialize_value(instance.get_ref())
        # Handed to other processes on their command lines.
        assert "hidden" not in reference
        with dg.DagsterInstance.from_ref(instance.get_ref()) as other:
            assert isinstance(other.event_log_storage, PooledEventLogStorage)
            assert [run.status for run in other.get_runs()] == [
                dg.DagsterRunStatus.SUCCESS
            ]


# The code of Dagster that ours stands in for, or calls by names that are not public.
RELIED_ON: dict[str, Sequence[Any]] = {
    "storage": [DagsterPostgresStorage.__init__],
    "connecting": [
        kind.__init__
        for kind in (
            PostgresEventLogStorage,
            PostgresRunStorage,
            PostgresScheduleStorage,
        )
    ],
    "web server": [PostgresEventLogStorage.optimize_for_webserver],
    "an event": [PostgresEventLogStorage.store_event, SqlEventLogStorage._event_to_row],  # noqa: SLF001 -- pinned
    "a batch": [PostgresEventLogStorage.store_event_batch],
    "an asset's row": [
        PostgresEventLogStorage._store_asset_event,  # noqa: SLF001 -- pinned
        SqlEventLogStorage._get_asset_entry_values,  # noqa: SLF001 -- pinned
        SqlEventLogStorage._store_asset_event_tags,  # noqa: SLF001 -- pinned
    ],
    "a planned check": [SqlEventLogStorage._store_asset_check_evaluation_planned],  # noqa: SLF001 -- pinned
}


def test_dagster_is_the_one_this_was_written_for() -> None:
    """Fails with a new Dagster: read what has changed there, adapt, and pin anew."""
    digests = {
        name: hashlib.sha256(
            "".join(inspect.getsource(part) for part in parts).encode()
        ).hexdigest()[:16]
        for name, parts in RELIED_ON.items()
    }
    assert digests == {
        "storage": "8e85b361f6594901",
        "connecting": "16c75fece35c1e04",
        "web server": "c084cd79114d5e5e",
        "an event": "86c6eaa423f70874",
        "a batch": "ff147ed514ba9786",
        "an asset's row": "04c47a1478beb8ee",
        "a planned check": "bbecef7ab5ce9d01",
    }
    assert {kind.value for kind in BATCH_WRITABLE_EVENTS} == {
        "ASSET_MATERIALIZATION",
        "ASSET_OBSERVATION",
        "ASSET_FAILED_TO_MATERIALIZE",
        "ASSET_MATERIALIZATION_PLANNED",
        "ASSET_CHECK_EVALUATION_PLANNED",
    }
