"""A run that fails as a whole shows its cause first, and no Python to read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from shopify_assets.api import client
from shopify_assets.api.retry import RetryConfig
from shopify_assets.defs import failing
from shopify_assets.defs.launch import create, execute
from shopify_assets.defs.names import (
    BACKFILL_JOB,
    COMMAND,
    SYNC_JOB,
    TRIGGER_TAG,
    VERIFY_JOB,
)
from shopify_assets.refresh.side_by_side import AT_ONCE
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.streams import STREAMS
from shopify_assets_tests.defs.conftest import EMBER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shopify_assets_tests.defs.conftest import Location

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    # Dagster's own resources are made with what Dagster will remove.
    pytest.mark.filterwarnings("ignore:InitResourceContext.dagster_run"),
]

JOBS = (BACKFILL_JOB, SYNC_JOB, VERIFY_JOB)


def of_step(events: Sequence[dg.DagsterEvent]) -> Any:
    """What the run's step says of its failure."""
    (failure,) = (it.step_failure_data for it in events if it.is_step_failure)
    return failure


def assert_told(events: Sequence[dg.DagsterEvent], *words: str) -> None:
    """The cause is the failure's description, and no frame of a stack is shown."""
    failure = of_step(events)
    assert failure.user_failure_data is not None
    for word in words:
        assert word in failure.user_failure_data.description
    error = failure.error
    while error is not None:
        assert error.stack == []
        assert "Traceback" not in error.message
        error = error.cause or error.context


@pytest.mark.parametrize("job", JOBS)
def test_a_stream_nobody_knows_is_told(location: Location, job: str) -> None:
    ran = location.run(job, streams=["ordres"])
    assert ran.failure is not None
    assert "stream 'ordres' is unknown" in ran.failure
    assert_told(ran.events, "stream 'ordres' is unknown")


@pytest.mark.parametrize("job", JOBS)
def test_a_shop_that_is_not_listed_is_told(location: Location, job: str) -> None:
    ran = location.run(job, "nobody.myshopify.com", streams=["locations"])
    assert ran.failure is not None
    assert_told(ran.events, "'nobody.myshopify.com' is not in", "shops add")


@pytest.mark.parametrize("job", JOBS)
def test_a_secret_that_is_not_set_is_told(
    location: Location, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EMBER_ACCESS_TOKEN")
    ran = location.run(job, streams=["locations"])
    assert_told(ran.events, "EMBER_ACCESS_TOKEN")


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("yesterday", None, ("start is 'yesterday'", "2024-01-31")),
        ("2026-02-01", "2026-01-01", ("2026-02-01", "2026-01-01")),
    ],
)
def test_a_window_that_is_none_is_told(
    location: Location, start: str, end: str | None, words: tuple[str, ...]
) -> None:
    ran = location.run(BACKFILL_JOB, streams=["locations"], start=start, end=end)
    assert_told(ran.events, *words)


def test_a_window_of_assets_without_a_start_is_told(location: Location) -> None:
    selection = [dg.AssetKey(["shopify", "locations_raw"])]
    job = location.defs.resolve_implicit_global_asset_job_def()
    ran = job.execute_in_process(
        instance=location.instance,
        partition_key=partition(location),
        asset_selection=selection,
        run_config={"ops": {"shopify": {"config": {"end": "2026-02-01"}}}},
        raise_on_error=False,
    )
    assert not ran.success
    assert_told(ran.all_events, "end is '2026-02-01' and start is not set")


def partition(location: Location) -> str:
    location.instance.add_dynamic_partitions("shop", [EMBER])
    return EMBER


@pytest.mark.parametrize("job", [BACKFILL_JOB, SYNC_JOB])
def test_streams_that_fail_are_the_runs_failure(location: Location, job: str) -> None:
    frozen = Fault(kind=Kind.HTTP_STATUS, status=402, times=None)
    location.simulator.arm(EMBER, frozen)
    ran = location.run(job, streams=["locations", "draft_orders"])
    assert_told(ran.events, EMBER, "is frozen: its owner has to settle the bill")


def test_streams_that_fail_are_told_with_how_many_did_not(location: Location) -> None:
    odd = Fault(
        kind=Kind.STRANGE_ERROR, code="BROKEN", match="query draft_orders", times=None
    )
    location.simulator.arm(EMBER, odd)
    ran = location.run(BACKFILL_JOB, streams=["locations", "draft_orders"])
    told = f"{EMBER}: 1 of 2 streams failed, 1 did not: draft_orders: "
    assert_told(ran.events, told, "BROKEN")
    assert {"failed streams", "streams"} <= set(metadata_of(ran.events))


def metadata_of(events: Sequence[dg.DagsterEvent]) -> dict[str, Any]:
    told = of_step(events).user_failure_data
    return dict(told.metadata)


def executed(
    location: Location, job: str, tags: dict[str, str], **config: Any
) -> list[dg.DagsterEvent]:
    """The events of a run."""
    definition = location.defs.resolve_job_def(job)
    run = create(definition, EMBER, config, instance=location.instance, tags=tags)
    return execute(definition, run, instance=location.instance)


BY_SCHEDULE: dict[str, str] = {}
BY_COMMAND = {TRIGGER_TAG: COMMAND}


@pytest.mark.parametrize(
    "case",
    [(503, BY_SCHEDULE, 2), (503, BY_COMMAND, 1), (402, BY_SCHEDULE, 1)],
)
@pytest.mark.parametrize("job", [BACKFILL_JOB, SYNC_JOB])
def test_a_run_is_tried_again_only_if_that_may_help(
    location: Location,
    job: str,
    case: tuple[int, dict[str, str], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More streams than are taken side by side: the others fail by the shop's loss."""
    status, tags, tries = case
    monkeypatch.setattr(failing, "_PAUSE", 0)
    impatient = partial(
        client.connect, retry=RetryConfig(attempts=1, internal_attempts=1)
    )
    monkeypatch.setattr(client, "connect", impatient)
    away = Fault(kind=Kind.HTTP_STATUS, status=status, times=None)
    location.simulator.arm(EMBER, away)
    names = [stream.name for stream in STREAMS[: 2 * AT_ONCE]]
    events = executed(location, job, tags, streams=names)
    assert sum(it.event_type_value == "STEP_UP_FOR_RETRY" for it in events) == tries - 1
    assert_told(events, str(status))
