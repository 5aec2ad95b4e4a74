"""Dagster's storage in PostgreSQL, without a connection and a statement for each event.

Charter: a thin layer over dagster_postgres, named in `dagster.yaml`. It differs in
three things: connections are kept (`connections`), events that come together are stored
together, and no event is announced to listeners that exist no longer. The rows are
those that dagster_postgres writes. It relies on Dagster's internals, which
`test_storage` pins. Imported by every process of Dagster: nothing else of ours is.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, BATCH_WRITABLE_EVENTS
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecordStatus,
)
from dagster._core.storage.event_log import AssetKeyTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.migration import ASSET_KEY_INDEX_COLS
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
)
from dagster._serdes import ConfigurableClassData, serialize_value
from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from dagster_postgres.utils import get_token_provider_from_config, pg_url_from_config
from sqlalchemy import select
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection, Engine

from shopify_assets.defs.connections import (
    joined,
    left,
    pooled,
    pooled_with_timeout,
    shared,
)

_PLANNED_CHECK = dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED

Events = Sequence[dg.EventLogEntry]


class _Pooled:
    """The part of a storage that connects."""

    postgres_url: str
    _token_provider: Any
    _engine: Engine

    def _keep_connections(self) -> None:
        if self._token_provider is None:
            self._engine = shared(self.postgres_url)
        else:
            self._engine = pooled(self.postgres_url, self._token_provider)

    def optimize_for_webserver(
        self, statement_timeout: int, pool_recycle: int, max_overflow: int
    ) -> None:
        """Use connections of a web server, whose statements are limited in time."""
        self._engine = pooled_with_timeout(
            self.postgres_url,
            self._token_provider,
            milliseconds=statement_timeout,
            pool_recycle=pool_recycle,
            max_overflow=max_overflow,
        )


class PooledRunStorage(_Pooled, PostgresRunStorage):
    """Runs, over kept connections."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._keep_connections()


class PooledScheduleStorage(_Pooled, PostgresScheduleStorage):
    """Schedules and sensors, over kept connections."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._keep_connections()


class PooledEventLogStorage(_Pooled, PostgresEventLogStorage):
    """Events, over kept connections; those that come together by few statements."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._tables: set[str] = set()
        super().__init__(*arguments, **options)
        self._keep_connections()
        joined(self._engine, self)

    def dispose(self) -> None:
        """Let go of the connections, and of those who watch runs."""
        super().dispose()
        left(self._engine, self)

    def has_table(self, table_name: str) -> bool:
        """Whether the table exists, which is asked for every event with tags."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Store an event; as dagster_postgres does, but without NOTIFY."""
        column = SqlEventLogStorageTable.c.id
        insert = self.prepare_insert_event(event).returning(column)
        with self._connect() as connection:
            number: int = connection.execute(insert).scalar_one()
        if _of_asset(event):
            self._look_up_form()
            with self.index_transaction() as connection:
                self._store_asset_event_tags(connection, [event], [number])
                self._store_asset_event(connection, event, number)
        if event.is_dagster_event and event.dagster_event_type in ASSET_CHECK_EVENTS:
            self.store_asset_check_event(event, number)

    def store_event_batch(self, events: Events) -> None:
        """Store events in one transaction: all or, if it fails, none.

        Dagster stores them one by one when this fails: none may be there already.
        """
        _refuse_others(events)
        # Told by another event, and stored by Dagster's own cloud only.
        kept = [
            event
            for event in events
            if not event.get_dagster_event().is_asset_failed_to_materialize
        ]
        if not kept:
            return
        # What can be done before is: runs of other shops wait for these assets' rows.
        indexed = self._look_up_form()
        rows = [self._event_to_row(event) for event in kept]
        with self.index_transaction() as connection:
            _lock_assets(connection, kept)
            numbers = _insert(connection, rows)
            self._store_asset_event_tags(connection, kept, numbers)
            self._store_assets(connection, kept, numbers, indexed=indexed)
            self._plan_checks(connection, kept, numbers)

    def _look_up_form(self) -> bool:
        """Look up, and remember, what is asked below; whether assets are indexed.

        It takes a connection of its own. Were it looked up by threads that hold one
        each, all of them could wait for a second one, and none would let go.
        """
        self.has_table(AssetEventTagsTable.name)
        return self.has_secondary_index(ASSET_KEY_INDEX_COLS)

    def _store_assets(
        self,
        connection: Connection,
        events: Events,
        numbers: Sequence[int],
        *,
        indexed: bool,
    ) -> None:
        """Bring each asset's row up to date, by one statement per kind of change."""
        changes: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        for event, number in zip(events, numbers, strict=True):
            if _of_asset(event):
                values = self._get_asset_entry_values(event, number, indexed)
                changes[_asset(event)] |= values
        alike: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for key, values in sorted(changes.items()):
            alike[tuple(sorted(values))].append({"asset_key": key, **values})
        for columns, rows in alike.items():
            connection.execute(_upsert(columns), rows)

    def _plan_checks(
        self, connection: Connection, events: Events, numbers: Sequence[int]
    ) -> None:
        rows = [
            row
            for event, number in zip(events, numbers, strict=True)
            if event.dagster_event_type is _PLANNED_CHECK
            for row in self._planned_rows(event, number)
        ]
        if rows:
            connection.execute(AssetCheckExecutionsTable.insert(), rows)

    def _planned_rows(
        self, event: dg.EventLogEntry, number: int
    ) -> list[dict[str, Any]]:
        planned = event.get_dagster_event().asset_check_planned_data
        subset = planned.partitions_subset
        moment = self._event_insert_timestamp(event)  # type: ignore[no-untyped-call]
        return [
            {
                "asset_key": planned.asset_key.to_string(),
                "check_name": planned.check_name,
                "partition": partition,
                "run_id": event.run_id,
                "execution_status": AssetCheckExecutionRecordStatus.PLANNED.value,
                "evaluation_event": serialize_value(event),
                "evaluation_event_timestamp": moment,
                "evaluation_event_storage_id": number,
            }
            for partition in (subset.get_partition_keys() if subset else [None])
        ]


class PooledPostgresStorage(DagsterPostgresStorage):
    """All storage of a Dagster instance in one PostgreSQL database.

    Takes the configuration of `storage: postgres`, as `storage: custom`:

        storage:
          custom:
            module: shopify_assets.defs.storage
            class: PooledPostgresStorage
            config:
              postgres_url: {env: DAGSTER_DATABASE_URL}
    """

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,  # noqa: FBT001, FBT002 -- dagster_postgres'
        inst_data: ConfigurableClassData | None = None,
        token_provider: Any = None,
    ) -> None:
        # Which makes the tables; what follows finds them there.
        super().__init__(
            postgres_url, should_autocreate_tables, inst_data, token_provider
        )
        options: dict[str, Any] = {
            "should_autocreate_tables": False,
            "token_provider": token_provider,
        }
        self._run_storage = PooledRunStorage(postgres_url, **options)
        self._event_log_storage = PooledEventLogStorage(postgres_url, **options)
        self._schedule_storage = PooledScheduleStorage(postgres_url, **options)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "PooledPostgresStorage":
        """Make the storage from the configuration in `dagster.yaml`."""
        return cls(
            inst_data=inst_data,
            postgres_url=pg_url_from_config(config_value),
            should_autocreate_tables=config_value.get("should_autocreate_tables", True),
            token_provider=get_token_provider_from_config(config_value),
        )


def _of_asset(event: dg.EventLogEntry) -> bool:
    return (
        event.is_dagster_event
        and event.dagster_event_type in ASSET_EVENTS
        and event.get_dagster_event().asset_key is not None
    )


def _asset(event: dg.EventLogEntry) -> str:
    key = event.get_dagster_event().asset_key
    assert key is not None  # noqa: S101 -- asked of events `_of_asset` only
    return key.to_string()


def _refuse_others(events: Events) -> None:
    others = {event.dagster_event_type for event in events} - BATCH_WRITABLE_EVENTS
    if others:
        raise dg.DagsterInvariantViolationError(
            f"events of type {others} cannot be stored in a batch"
        )


def _lock_assets(connection: Connection, events: Events) -> None:
    """Wait for other writers of these assets before an event is given its number.

    Who follows the events by number would miss those that become visible late. And all
    lock in one order, so that no two wait for each other.
    """
    keys = {_asset(event) for event in events if _of_asset(event)}
    connection.execute(
        select(AssetKeyTable.c.id)
        .where(AssetKeyTable.c.asset_key.in_(keys))
        .order_by(AssetKeyTable.c.asset_key)
        .with_for_update()
    )


def _insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert events; their numbers, in the order of the rows."""
    column = SqlEventLogStorageTable.c.id
    insert = SqlEventLogStorageTable.insert().returning(
        column, sort_by_parameter_order=True
    )
    return list(connection.execute(insert, rows).scalars())


def _upsert(columns: Sequence[str]) -> Any:
    insert = postgresql.insert(AssetKeyTable)
    if not columns:
        return insert.on_conflict_do_nothing()
    return insert.on_conflict_do_update(
        index_elements=[AssetKeyTable.c.asset_key],
        set_={column: insert.excluded[column] for column in columns},
    )
