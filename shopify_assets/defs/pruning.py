"""What Dagster's storage can forget: old runs, their events, logs and check results.

Charter: deletes what no state is read from, in bounded batches. Dagster deletes a run
with all its events, and a partition materialised by it is then "missing": so events are
looked at one by one, by SQL on Dagster's tables (PostgreSQL only). Stays: of each asset
and partition the newest materialisation, observation, and newer plan; of each check the
newest result; and the runs these belong to, with how they went.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import dagster as dg
from dagster_postgres import PostgresEventLogStorage
from sqlalchemy import text
from sqlalchemy.engine import Connection

from shopify_assets.errors import ConfigurationError

_RUNS_AT_ONCE = 100
_ROWS_AT_ONCE = 10_000

_ASSET_EVENTS = (
    "'ASSET_MATERIALIZATION', 'ASSET_OBSERVATION', 'ASSET_MATERIALIZATION_PLANNED'"
)

_OLD_RUNS = text("""
    SELECT id, run_id FROM runs
    WHERE id > :after AND status IN ('SUCCESS', 'FAILURE', 'CANCELED')
        AND coalesce(to_timestamp(end_time), update_timestamp AT TIME ZONE 'UTC')
            < :before
    ORDER BY id LIMIT :many
""")

# A later materialisation answers a plan, too. Two ways to compare partitions, for only
# `=` finds them by an index.
_NEWER = """
    EXISTS (
        SELECT FROM event_logs AS newer
        WHERE newer.asset_key = old.asset_key AND newer.id > old.id
            AND newer.dagster_event_type IN
                (old.dagster_event_type, 'ASSET_MATERIALIZATION')
            AND newer.partition
"""
_KEPT = f"""
    old.dagster_event_type IN ({_ASSET_EVENTS}) AND old.asset_key = ANY(:assets)
    AND NOT CASE WHEN old.partition IS NULL
        THEN {_NEWER} IS NULL) ELSE {_NEWER} = old.partition) END
"""

_FORGET_EVENTS = text(f"""
    WITH gone AS (
        DELETE FROM event_logs AS old
        WHERE run_id = ANY(:runs)
            AND coalesce(dagster_event_type, '') NOT LIKE 'PIPELINE%'
            AND NOT ({_KEPT})
        RETURNING id
    ), untagged AS (
        DELETE FROM asset_event_tags USING gone WHERE event_id = gone.id
    )
    SELECT count(*) FROM gone
""")  # noqa: S608 -- of constants

_NEEDED_RUNS = text(f"""
    SELECT DISTINCT run_id FROM event_logs
    WHERE run_id = ANY(:runs) AND dagster_event_type IN ({_ASSET_EVENTS})
""")  # noqa: S608 -- of constants

_FORGET_ALL_EVENTS = text("DELETE FROM event_logs WHERE run_id = ANY(:runs)")
_FORGET_RUNS = text("DELETE FROM runs WHERE run_id = ANY(:runs)")

_RUNLESS = text("""
    SELECT id FROM event_logs
    WHERE run_id = '' AND id > :after AND timestamp < :before AT TIME ZONE 'UTC'
    ORDER BY id LIMIT :many
""")

_FORGET_RUNLESS = text(f"""
    WITH gone AS (
        DELETE FROM event_logs AS old WHERE id = ANY(:ids) AND NOT ({_KEPT})
        RETURNING id
    ), untagged AS (
        DELETE FROM asset_event_tags USING gone WHERE event_id = gone.id
    )
    SELECT count(*) FROM gone
""")  # noqa: S608 -- of constants

_CHECKED = text("""
    SELECT DISTINCT ON (asset_key, check_name, partition) run_id
    FROM asset_check_executions ORDER BY asset_key, check_name, partition, id DESC
""")

_OLD_CHECKS = text("""
    SELECT id FROM asset_check_executions
    WHERE id > :after AND evaluation_event_timestamp < :before AT TIME ZONE 'UTC'
    ORDER BY id LIMIT :many
""")

_FORGET_CHECKS = text("""
    DELETE FROM asset_check_executions AS old
    WHERE id = ANY(:ids) AND EXISTS (
        SELECT FROM asset_check_executions AS newer
        WHERE newer.asset_key = old.asset_key AND newer.check_name = old.check_name
            AND newer.partition IS NOT DISTINCT FROM old.partition
            AND newer.id > old.id
    )
""")

_FORGET_BACKFILLS = text("""
    WITH gone AS (
        DELETE FROM bulk_actions
        WHERE timestamp < :before AT TIME ZONE 'UTC' AND status IN (
            'COMPLETED', 'COMPLETED_SUCCESS', 'COMPLETED_FAILED', 'FAILED', 'CANCELED'
        )
        RETURNING key
    ), untagged AS (
        DELETE FROM backfill_tags USING gone WHERE backfill_id = gone.key
    )
    SELECT count(*) FROM gone
""")


@dataclass(frozen=True)
class Pruned:
    """How much was deleted, or would be.

    Attributes:
        runs: runs that are gone.
        thinned: runs that stay, for a state is read from them.
        events: events.
        checks: results of checks.
        backfills: backfills.
    """

    runs: int = 0
    thinned: int = 0
    events: int = 0
    checks: int = 0
    backfills: int = 0

    def __add__(self, other: "Pruned") -> "Pruned":
        """Both together."""
        return Pruned(
            **{
                field.name: getattr(self, field.name) + getattr(other, field.name)
                for field in fields(self)
            }
        )


def can_prune(instance: dg.DagsterInstance) -> bool:
    """Whether the instance keeps its events where they can be pruned."""
    return isinstance(instance.event_log_storage, PostgresEventLogStorage)


def prune(instance: dg.DagsterInstance, *, days: int, now: datetime) -> Pruned:
    """Delete what ended more than `days` days before `now`.

    Raises:
        ConfigurationError: the instance's storage is not in PostgreSQL.
    """
    return _Pruning(instance, now - timedelta(days=days)).run()


def prunable(instance: dg.DagsterInstance, *, days: int, now: datetime) -> Pruned:
    """What `prune` would delete: it is done, and taken back.

    Raises:
        ConfigurationError: the instance's storage is not in PostgreSQL.
    """
    return _DryRun(instance, now - timedelta(days=days)).run()


class _Pruning:
    """One pruning of an instance; each batch is a transaction."""

    def __init__(self, instance: dg.DagsterInstance, before: datetime) -> None:
        storage = instance.event_log_storage
        if not isinstance(storage, PostgresEventLogStorage):
            raise ConfigurationError(
                "runs can be pruned in PostgreSQL only, not in "
                f"{type(storage).__name__}; see the storage in deploy/dagster.yaml"
            )
        self._instance = instance
        self._storage = storage
        self._before = before
        # Those that are wiped need no newest event.
        self._assets = [key.to_string() for key in instance.all_asset_keys()]

    def run(self) -> Pruned:
        with self._storage.index_connection() as connection:
            self._checked = set(connection.execute(_CHECKED).scalars())
        pruned = Pruned()
        for runs in self._batches(_OLD_RUNS, _RUNS_AT_ONCE):
            pruned += self._runs([run_id for _, run_id in runs])
        for events in self._batches(_RUNLESS, _ROWS_AT_ONCE):
            pruned += self._runless([number for (number,) in events])
        for checks in self._batches(_OLD_CHECKS, _ROWS_AT_ONCE):
            pruned += self._checks([number for (number,) in checks])
        return pruned + self._backfills()

    def _batches(self, query: Any, many: int) -> Iterator[Sequence[Any]]:
        after = 0
        while True:
            values = {"after": after, "before": self._before, "many": many}
            with self._storage.index_connection() as connection:
                rows = connection.execute(query, values).fetchall()
            if not rows:
                return
            yield rows
            after = rows[-1][0]

    def _runs(self, runs: list[str]) -> Pruned:
        with self._storage.index_transaction() as connection:
            values = {"runs": runs, "assets": self._assets}
            events: int = connection.execute(_FORGET_EVENTS, values).scalar_one()
            needed = set(connection.execute(_NEEDED_RUNS, values).scalars())
            gone = [run for run in runs if run not in needed | self._checked]
            events += connection.execute(_FORGET_ALL_EVENTS, {"runs": gone}).rowcount
            connection.execute(_FORGET_RUNS, {"runs": gone})
            self._end(connection)
        for run in runs:
            self._forget_logs(run)
        return Pruned(runs=len(gone), thinned=len(runs) - len(gone), events=events)

    def _runless(self, ids: list[int]) -> Pruned:
        with self._storage.index_transaction() as connection:
            values = {"ids": ids, "assets": self._assets}
            events = connection.execute(_FORGET_RUNLESS, values).scalar_one()
            self._end(connection)
        return Pruned(events=events)

    def _checks(self, ids: list[int]) -> Pruned:
        with self._storage.index_transaction() as connection:
            checks = connection.execute(_FORGET_CHECKS, {"ids": ids}).rowcount
            self._end(connection)
        return Pruned(checks=checks)

    def _backfills(self) -> Pruned:
        with self._storage.index_transaction() as connection:
            values = {"before": self._before}
            backfills = connection.execute(_FORGET_BACKFILLS, values).scalar_one()
            self._end(connection)
        return Pruned(backfills=backfills)

    def _end(self, connection: Connection) -> None:
        """End a batch; the transaction is committed by who began it."""

    def _forget_logs(self, run: str) -> None:
        self._instance.compute_log_manager.delete_logs(prefix=[run])


class _DryRun(_Pruning):
    """A pruning that takes back each batch."""

    def _end(self, connection: Connection) -> None:
        transaction = connection.get_transaction()
        assert transaction is not None  # noqa: S101 -- begun by index_transaction
        transaction.rollback()

    def _forget_logs(self, run: str) -> None:
        """Files stay."""
