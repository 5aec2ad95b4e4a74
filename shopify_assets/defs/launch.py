"""Runs of the same assets as the UI's, started in this process for one shop.

Charter: from a shop, streams and a window to Dagster runs, and from their events to an
outcome per stream. Who asks for it and how it is shown is the CLI's business.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import dagster as dg

from shopify_assets.defs import checks
from shopify_assets.defs.assets import PREFIX, STEPS
from shopify_assets.defs.jobs import (
    INCREMENTAL,
    INCREMENTAL_JOB,
    MODE_TAG,
    PROCESS_TAG,
    SHOP_TAG,
    SNAPSHOT_JOB,
)
from shopify_assets.defs.partitions import SHOP, range_tags
from shopify_assets.windows import Window


class Extent(Enum):
    """How much of the partitions is extracted."""

    WHOLE = "whole"
    INCREMENTAL = INCREMENTAL


@dataclass(frozen=True)
class Asked:
    """What to run for a shop.

    Attributes:
        shop: its domain.
        streams: names of streams cut by time.
        snapshots: names of streams read whole.
        window: which partitions of the former to take.
        extent: how much of them.
        named: streams that somebody asked for by name: not to be let read one of them
            is a failure.
    """

    shop: str
    streams: tuple[str, ...]
    snapshots: tuple[str, ...]
    window: Window
    extent: Extent = Extent.WHOLE
    named: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """What became of one stream of one shop.

    Attributes:
        extracted: root records extracted.
        rows: rows of all tables that went into the warehouse or were there already.
        changed: rows inserted, updated or deleted.
        seconds: of all steps.
        checks: verdicts by name of the check; one that only warns has passed.
        failure: why a step failed; None if all is well.
        skipped: why the stream was not read, if nobody asked for it by name: a scope is
            not granted.
        remarks: what checks warn of.
    """

    shop: str
    stream: str
    extracted: int = 0
    rows: int = 0
    changed: int = 0
    seconds: float = 0.0
    checks: dict[str, bool] = field(default_factory=dict)
    failure: str | None = None
    skipped: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every step succeeded and every check passed."""
        well = self.failure is None and self.skipped is None
        return well and bool(self.checks) and all(self.checks.values())


def launch(
    definitions: dg.Definitions,
    asked: Asked,
    *,
    instance: dg.DagsterInstance,
    windows: dg.TimeWindowPartitionsDefinition,
) -> list[Outcome]:
    """Run what is asked, in this process, and say what became of each stream."""
    instance.add_dynamic_partitions(SHOP, [asked.shop])
    tags = {SHOP_TAG: asked.shop, PROCESS_TAG: str(os.getpid())}
    outcomes: list[Outcome] = []
    if asked.streams:
        job = definitions.resolve_job_def(INCREMENTAL_JOB)
        cut = range_tags(asked.shop, asked.window, windows)
        mode = {MODE_TAG: asked.extent.value}
        result = job.execute_in_process(
            run_config=_QUIET,
            tags={**tags, **cut, **mode},
            asset_selection=_keys(asked.streams),
            instance=instance,
            raise_on_error=False,
        )
        outcomes += _outcomes(asked, asked.streams, result.all_events)
    if asked.snapshots:
        job = definitions.resolve_job_def(SNAPSHOT_JOB)
        result = job.execute_in_process(
            run_config=_QUIET,
            tags=tags,
            partition_key=asked.shop,
            asset_selection=_keys(asked.snapshots),
            instance=instance,
            raise_on_error=False,
        )
        outcomes += _outcomes(asked, asked.snapshots, result.all_events)
    return outcomes


# Events go to the instance, for the UI; people at the terminal see the progress lines.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def _keys(streams: Iterable[str]) -> list[dg.AssetKey]:
    return [dg.AssetKey([PREFIX, step, each]) for each in streams for step in STEPS]


def _outcomes(
    asked: Asked, streams: Sequence[str], events: Sequence[dg.DagsterEvent]
) -> list[Outcome]:
    return [_outcome(asked, stream, events) for stream in streams]


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
        remarks=tuple(_said(each) for each in failed if _warns(each) and not skipped),
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
