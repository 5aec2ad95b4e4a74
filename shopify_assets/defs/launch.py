"""Runs of the same assets as the UI's, started in this process for one shop.

Charter: from a shop, streams and a window to Dagster runs, and from their events to an
outcome per stream. Who asks for it and how it is shown is the CLI's business.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import dagster as dg

from shopify_assets.defs import checks
from shopify_assets.defs.asked import Asked, Began, Ended, Event, Extent, Outcome
from shopify_assets.defs.assets import PREFIX, STEPS
from shopify_assets.defs.jobs import (
    DISTRUST_TAG,
    INCREMENTAL_JOB,
    MODE_TAG,
    PROCESS_TAG,
    SHOP_TAG,
    SNAPSHOT_JOB,
)
from shopify_assets.defs.partitions import SHOP, range_tags

__all__ = ["Asked", "Extent", "Outcome", "launch"]


def launch(
    definitions: dg.Definitions,
    asked: Asked,
    *,
    instance: dg.DagsterInstance,
    windows: dg.TimeWindowPartitionsDefinition,
    tell: Callable[[Event], None] = lambda _: None,
) -> list[Outcome]:
    """Run what is asked, in this process, and say what became of each stream.

    Args:
        definitions: the code location.
        asked: what to run.
        instance: where the runs are kept.
        windows: the date partitions.
        tell: is told of each stream when it begins and when it has ended.
    """
    instance.add_dynamic_partitions(SHOP, [asked.shop])
    outcomes: list[Outcome] = []
    further = {DISTRUST_TAG: "true"} if asked.distrust else {}
    if asked.streams:
        cut = range_tags(asked.shop, asked.window, windows)
        outcomes += _carried_out(
            definitions.resolve_job_def(INCREMENTAL_JOB),
            _Watch(asked, asked.streams, instance, tell),
            tags={**cut, **further, MODE_TAG: asked.extent.value},
        )
    if asked.snapshots:
        outcomes += _carried_out(
            definitions.resolve_job_def(SNAPSHOT_JOB),
            _Watch(asked, asked.snapshots, instance, tell),
            tags=further,
            partition_key=asked.shop,
        )
    return outcomes


def _carried_out(
    job: dg.JobDefinition,
    watch: "_Watch",
    *,
    tags: Mapping[str, str] = MappingProxyType({}),
    partition_key: str | None = None,
) -> list[Outcome]:
    """Carry out the run that is watched."""
    shop, process = watch.asked.shop, str(os.getpid())
    result = job.execute_in_process(
        run_config=_QUIET,
        run_id=watch.run_id,
        tags={SHOP_TAG: shop, PROCESS_TAG: process, **tags},
        partition_key=partition_key,
        asset_selection=_keys(watch.streams),
        instance=watch.instance,
        raise_on_error=False,
    )
    return watch.end(result.all_events)


class _Watch:
    """Follows the events of a run, and tells when streams begin and end.

    Attributes:
        run_id: the run's, chosen before it exists.
        asked: what the run is a part of.
        streams: the streams that it takes.
        instance: where it is kept.
    """

    def __init__(
        self,
        asked: Asked,
        streams: Sequence[str],
        instance: dg.DagsterInstance,
        tell: Callable[[Event], None],
    ) -> None:
        self.run_id = str(uuid4())
        self.asked = asked
        self.streams = streams
        self.instance = instance
        self._tell = tell
        self._events: dict[str, list[dg.DagsterEvent]] = {}
        self._ended: set[str] = set()
        instance.add_event_listener(self.run_id, self._heard)

    def end(self, events: Sequence[dg.DagsterEvent]) -> list[Outcome]:
        """The outcomes of all streams, now that the run is over."""
        outcomes = [_outcome(self.asked, each, events) for each in self.streams]
        for outcome in outcomes:
            self._end(outcome)
        return outcomes

    def _heard(self, entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event is None or event.step_key is None:
            return
        step, _, stream = event.step_key.removeprefix(f"{PREFIX}__").partition("__")
        self._events.setdefault(stream, []).append(event)
        if event.is_step_start and step == STEPS[0]:
            self._tell(Began(stream))
        elif event.is_step_failure or (step == STEPS[-1] and _is_over(event)):
            self._end(_outcome(self.asked, stream, self._events[stream]))

    def _end(self, outcome: Outcome) -> None:
        if outcome.stream not in self._ended:
            self._ended.add(outcome.stream)
            self._tell(Ended(outcome))


def _is_over(event: dg.DagsterEvent) -> bool:
    return event.is_step_success or event.is_step_skipped


# Events go to the instance, for the UI; people at the terminal see the progress lines.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def _keys(streams: Iterable[str]) -> list[dg.AssetKey]:
    return [dg.AssetKey([PREFIX, step, each]) for each in streams for step in STEPS]


def _outcome(asked: Asked, stream: str, events: Sequence[dg.DagsterEvent]) -> Outcome:
    figures = {step: _figures(stream, step, events) for step in STEPS}
    found = list(_checks(stream, events))
    failure = _failure(stream, events)
    if failure is None and not found:
        # It never began: what ended the whole run ended it.
        failure = _run_failure(events)
    failed = [each for each in found if not each.passed]
    skipped = next((_said(each) for each in failed if each.check_name == _ACCESS), None)
    if stream in asked.named:
        failure, skipped = failure or skipped, None
    return Outcome(
        shop=asked.shop,
        stream=stream,
        extracted=int(figures["raw"].get("dagster/row_count", 0)),
        rows=int(figures["postgres"].get("rows", 0)),
        changed=int(figures["postgres"].get("rows changed", 0)),
        seconds=sum(float(each.get("seconds", 0)) for each in figures.values()),
        checks={each.check_name: each.passed or _warns(each) for each in found},
        failure=failure,
        skipped=skipped,
        # Why it was not read, if it was asked for by name, is its failure already.
        remarks=tuple(
            dict.fromkeys(
                _said(each)
                for each in failed
                if _warns(each) and not skipped and _said(each) != failure
            )
        ),
    )


_ACCESS = checks.ACCESS.name


def _said(check: dg.AssetCheckEvaluation) -> str:
    return check.description or f"check {check.check_name} failed"


def _warns(check: dg.AssetCheckEvaluation) -> bool:
    return check.severity is dg.AssetCheckSeverity.WARN


_CLASS = re.compile(r"^[\w.]+: ")


def _figures(
    stream: str, step: str, events: Sequence[dg.DagsterEvent]
) -> dict[str, Any]:
    """The figures of a step; every partition of a run is told the same ones."""
    wanted = dg.AssetKey([PREFIX, step, stream])
    for event in events:
        if event.is_step_materialization and event.asset_key == wanted:
            found = event.step_materialization_data.materialization.metadata
            return {name: each.value for name, each in found.items()}
    return {}


def _checks(
    stream: str, events: Sequence[dg.DagsterEvent]
) -> Iterator[dg.AssetCheckEvaluation]:
    for event in events:
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            found = event.asset_check_evaluation_data
            if found.asset_key.path[-1] == stream:
                yield found


def _failure(stream: str, events: Sequence[dg.DagsterEvent]) -> str | None:
    for event in events:
        if not _concerns(event, stream):
            continue
        if event.is_step_failure:
            return _told(event.step_failure_data.error)
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            found = event.asset_check_evaluation_data
            if not found.passed and not _warns(found):
                return _said(found)
    return None


def _run_failure(events: Sequence[dg.DagsterEvent]) -> str:
    """Why a run failed as a whole."""
    for event in events:
        if event.event_type is dg.DagsterEventType.RUN_FAILURE:
            return _told(event.job_failure_data.error)
    return "the run ended before this stream began"


def _told(error: Any) -> str:
    """The message of what was raised first."""
    cause = error.cause if error and error.cause else error
    # Dagster puts the exception's class before its message.
    return _CLASS.sub("", cause.message.strip()) if cause else "failed without a reason"


def _concerns(event: dg.DagsterEvent, stream: str) -> bool:
    return event.step_key is not None and event.step_key.endswith(f"__{stream}")
