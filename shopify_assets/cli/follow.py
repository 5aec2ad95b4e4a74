"""Runs that a daemon executes: submitted, followed, and told as if they ran here.

Charter: whether a daemon is there, and from a run's log to what a command is told of
it. What a run does is `defs`' business.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import dagster as dg
import msgspec

from shopify_assets.cli.task import Line
from shopify_assets.defs.carrying import OUTCOMES, PROOFS
from shopify_assets.defs.launch import failure_of
from shopify_assets.proof.verdicts import StreamProof
from shopify_assets.refresh.asked import Ended, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# Its own name for the daemon that starts queued runs.
_DAEMON = "QUEUED_RUN_COORDINATOR"
_FRESH = 60.0  # seconds since its last sign of life
_LOOK = 1.0  # seconds between two looks at a run
_QUEUED_LONG = 15.0

_QUEUED = (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED)


class DaemonGone(Exception):
    """The daemon ended before it started the run."""


def daemon_runs(instance: dg.DagsterInstance) -> bool:
    """Whether a daemon gave a sign of life just now."""
    heartbeat = instance.get_daemon_heartbeats().get(_DAEMON)
    return heartbeat is not None and time.time() - heartbeat.timestamp < _FRESH


def follow(
    run_id: str,
    instance: dg.DagsterInstance,
    *,
    send: Callable[[object], None],
    sleep: Callable[[float], None] = time.sleep,
) -> str | None:
    """Tell of a run until it is over; why it failed, or None.

    Raises:
        DaemonGone: it was not started, and nobody is there to do so.
    """
    cursor: str | None = None
    queued = 0.0
    while True:
        run = instance.get_run_by_id(run_id)
        if run is None:
            return "the run was deleted while it was waited for"
        cursor = _tell(run_id, instance, send, cursor)
        if run.is_finished:
            return _ended(run, instance, send)
        if run.status in _QUEUED:
            queued += _LOOK
            _tell_queued(queued, instance, send)
        sleep(_LOOK)


def _tell(
    run_id: str,
    instance: dg.DagsterInstance,
    send: Callable[[object], None],
    cursor: str | None,
) -> str:
    """Tell what was logged since; where that ends."""
    logged = instance.get_records_for_run(run_id, cursor=cursor)
    for record in logged.records:
        for line in _lines(record.event_log_entry):
            send(line)
    return logged.cursor


def _tell_queued(
    seconds: float, instance: dg.DagsterInstance, send: Callable[[object], None]
) -> None:
    if not daemon_runs(instance):
        raise DaemonGone
    if seconds % _QUEUED_LONG == 0:
        send(Line(f"queued for {seconds:.0f} s: {_WHY_QUEUED}", urgent=True))


_WHY_QUEUED = "another run has this shop, or all places for runs are taken"


def _lines(entry: dg.EventLogEntry) -> Iterator[Line]:
    if entry.dagster_event is None and entry.user_message:
        level = entry.level
        urgent = isinstance(level, int) and level >= logging.WARNING
        yield Line(entry.user_message, urgent)


def _ended(
    run: dg.DagsterRun, instance: dg.DagsterInstance, send: Callable[[object], None]
) -> str | None:
    """Tell what became of every stream, as the run wrote it down."""
    events = [
        entry.dagster_event
        for entry in instance.all_logs(run.run_id)
        if entry.dagster_event is not None
    ]
    for metadata in _metadata(events):
        for outcome in _listed(metadata, OUTCOMES):
            send(Ended(msgspec.convert(outcome, Outcome)))
        for proof in _listed(metadata, PROOFS):
            send(msgspec.convert(proof, StreamProof))
    if run.status is dg.DagsterRunStatus.CANCELED:
        return "the run was cancelled"
    return failure_of(events) if run.is_failure else None


def _metadata(
    events: Sequence[dg.DagsterEvent],
) -> Iterator[Mapping[str, dg.MetadataValue[Any]]]:
    for event in events:
        if event.is_successful_output:
            yield event.step_output_data.metadata
        elif event.is_step_failure:
            told = event.step_failure_data.user_failure_data
            if told is not None:
                yield told.metadata


def _listed(metadata: Mapping[str, dg.MetadataValue[Any]], name: str) -> Any:
    return metadata[name].value if name in metadata else ()
