"""Nights of many shops, written straight into Dagster's storage.

Charter: rows as a run of the job `sync` leaves them, in number and size, by one
statement a table and night. What Dagster reads of them is right: runs, their events,
and what they materialised.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import dagster as dg
from dagster._core.events import StepMaterializationData

from shopify_assets.streams import STREAMS

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg

# A night of a shop: what a run says of itself, and the streams that have something new.
# Measured on the jobs of this project; 0.6 MB are 300 events of 2 kB.
PLAIN_EVENTS = 15
TOUCHED = 95  # streams of a shop, each with an event of each of its three assets
METADATA_BYTES = 1_100

_RUN, _SHOP, _AT = "RUN-ID", "SHOP-DOMAIN", 1234567890.5

_EVENTS = """
    INSERT INTO event_logs
        (run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition)
    SELECT runs.run_id,
        replace(replace(replace(template.event,
            %(run)s, runs.run_id), %(shop)s, runs.shop), %(at)s, %(now)s),
        template.kind, %(time)s, template.step,
        template.asset, CASE WHEN template.asset IS NOT NULL THEN runs.shop END
    FROM unnest(%(runs)s::text[], %(shops)s::text[]) AS runs (run_id, shop)
    CROSS JOIN unnest(
        %(events)s::text[], %(kinds)s::text[], %(steps)s::text[], %(assets)s::text[]
    ) WITH ORDINALITY AS template (event, kind, step, asset, position)
    ORDER BY runs.shop, template.position
"""
_RUNS = """
    INSERT INTO runs (
        run_id, pipeline_name, status, run_body, partition, create_timestamp,
        update_timestamp, start_time, end_time
    )
    SELECT run_id, 'sync', 'SUCCESS',
        replace(replace(%(body)s, %(run)s, run_id), %(shop)s, shop), shop, %(time)s,
        %(time)s, %(now)s::float8, %(now)s::float8 + 60
    FROM unnest(%(runs)s::text[], %(shops)s::text[]) AS runs (run_id, shop)
"""
_TAGS = """
    INSERT INTO run_tags (run_id, key, value)
    SELECT run_id, 'dagster/partition', shop
    FROM unnest(%(runs)s::text[], %(shops)s::text[]) AS runs (run_id, shop)
"""
_LAST = """
    SELECT id, run_id, asset_key, event FROM event_logs
    WHERE id IN (
        SELECT max(id) FROM event_logs
        WHERE dagster_event_type = 'ASSET_MATERIALIZATION' GROUP BY asset_key
    )
"""
_NEWEST = """
    INSERT INTO asset_keys
        (asset_key, last_materialization, last_run_id, last_materialization_timestamp)
    SELECT %(asset)s, %(record)s, %(run)s, %(time)s
    ON CONFLICT (asset_key) DO UPDATE SET
        last_materialization = excluded.last_materialization,
        last_run_id = excluded.last_run_id,
        last_materialization_timestamp = excluded.last_materialization_timestamp
"""


def insert(database: psycopg.Connection, shops: list[str], *, at: datetime) -> None:
    """Write the runs of one night, one a shop."""
    entries = _entries()
    values = {
        "run": _RUN,
        "shop": _SHOP,
        "at": repr(_AT),
        "now": repr(at.timestamp()),
        "time": at.replace(tzinfo=None),
        "runs": [str(uuid.uuid4()) for _ in shops],
        "shops": shops,
        "body": dg.serialize_value(_run()),
        "events": [dg.serialize_value(entry) for entry in entries],
        "kinds": [_kind(entry) for entry in entries],
        "steps": [entry.step_key for entry in entries],
        "assets": [_asset(entry) for entry in entries],
    }
    with database.transaction():
        for statement in (_RUNS, _TAGS, _EVENTS):
            database.execute(statement, values)


def keep_newest(database: psycopg.Connection, *, at: datetime) -> None:
    """Note with each asset its newest materialisation, after the last night."""
    rows = database.execute(_LAST).fetchall()
    with database.transaction():
        for number, run, asset, event in rows:
            stored = dg.deserialize_value(event, dg.EventLogEntry)
            values = {
                "asset": asset,
                "record": dg.serialize_value(dg.EventLogRecord(number, stored)),
                "run": run,
                "time": at.replace(tzinfo=None),
            }
            database.execute(_NEWEST, values)


def _run() -> dg.DagsterRun:
    return dg.DagsterRun(
        "sync",
        run_id=_RUN,
        status=dg.DagsterRunStatus.SUCCESS,
        tags={"dagster/partition": _SHOP},
    )


def _entries() -> list[dg.EventLogEntry]:
    names = [stream.name for stream in STREAMS[:TOUCHED]]
    events = [
        _event(
            dg.DagsterEventType.ASSET_MATERIALIZATION,
            StepMaterializationData(
                dg.AssetMaterialization(
                    dg.AssetKey(["shopify", f"{name}_{step}"]),
                    partition=_SHOP,
                    metadata={"records": 7, "parts": "x" * METADATA_BYTES},
                )
            ),
        )
        for name in names
        for step in ("raw", "tables", "warehouse")
    ]
    plain = [_entry(None, "x" * METADATA_BYTES) for _ in range(PLAIN_EVENTS)]
    start = _event(dg.DagsterEventType.RUN_START, None)
    success = _event(dg.DagsterEventType.RUN_SUCCESS, None)
    return [start, *plain, *events, success]


def _event(kind: dg.DagsterEventType, data: object) -> dg.EventLogEntry:
    event = dg.DagsterEvent(kind.value, "sync", event_specific_data=data)  # type: ignore[arg-type]
    return _entry(event, "")


def _entry(event: dg.DagsterEvent | None, message: str) -> dg.EventLogEntry:
    return dg.EventLogEntry(  # type: ignore[no-untyped-call]
        error_info=None,
        level=20,
        user_message=message,
        run_id=_RUN,
        timestamp=_AT,
        step_key="sync",
        job_name="sync",
        dagster_event=event,
    )


def _kind(entry: dg.EventLogEntry) -> str | None:
    return entry.dagster_event_type.value if entry.dagster_event_type else None


def _asset(entry: dg.EventLogEntry) -> str | None:
    key = entry.dagster_event.asset_key if entry.dagster_event else None
    return key.to_string() if key else None
