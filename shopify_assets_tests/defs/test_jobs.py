"""What runs of the jobs leave in Dagster: as much as was touched, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg
import pytest

from shopify_assets.defs.names import BACKFILL_JOB, SYNC_JOB, VERIFY_JOB
from shopify_assets.refresh.asked import STEPS, Ended
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets_tests.defs.conftest import EMBER, END, LUMEN, START, YUKI

if TYPE_CHECKING:
    import psycopg

    from shopify_assets_tests.defs.conftest import Location, Ran

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    # Dagster's own resources are made with what Dagster will remove.
    pytest.mark.filterwarnings("ignore:InitResourceContext.dagster_run"),
]

STREAMS = ["tender_transactions", "locations", "pages"]
# Of a run and its one step: begin, end, resources, logs, output.
OF_A_RUN = 15


def backfilled(location: Location, shop: str = EMBER) -> Ran:
    ran = location.run(
        BACKFILL_JOB,
        shop,
        streams=STREAMS,
        start=START.isoformat(),
        end=END.isoformat(),
    )
    assert ran.failure is None
    return ran


def by_step(stream: str) -> list[str]:
    return [f"{stream}_{step}" for step in STEPS]


def materialized(ran: Ran) -> list[str]:
    """The names of the assets that were materialised, as often as they were."""
    return sorted(
        event.asset_key.path[-1]
        for event in ran.events
        if event.is_step_materialization and event.asset_key
    )


def test_what_has_nothing_new_leaves_one_event_and_no_check(location: Location) -> None:
    backfilled(location)
    location.run(SYNC_JOB, streams=STREAMS)
    idle = location.run(SYNC_JOB, streams=STREAMS)
    assert materialized(idle) == sorted(STREAMS)
    assert idle.checks() == {}
    # What was checked is the newest load still: Dagster would take the checks of an
    # earlier one for none.
    for name in STREAMS:
        loaded = location.instance.get_latest_materialization_event(
            dg.AssetKey(["shopify", f"{name}_warehouse"])
        )
        assert loaded is not None
        assert loaded.run_id != idle.run.run_id
    assert len(idle.events) <= OF_A_RUN + len(STREAMS)
    outcomes = [event.outcome for event in idle.news if isinstance(event, Ended)]
    assert all(outcome.idle and outcome.complete for outcome in outcomes)
    assert "not read" in location.metadata("locations")


def test_a_snapshot_that_is_read_and_is_what_it_was_leaves_one_event(
    location: Location,
) -> None:
    """As most of them are, every night; a change is told with all its steps."""
    backfilled(location)
    same = location.run(SYNC_JOB, streams=["locations"], snapshots=True)
    assert materialized(same) == ["locations"]
    assert same.checks() == {}
    assert location.metadata("locations")["rows changed"] == 0
    edit = (r'("name":")[^"]*', r"\1another")
    location.simulator.arm(EMBER, Fault(kind=Kind.EDITED, times=None, edits=(edit,)))
    changed = location.run(SYNC_JOB, streams=["locations"], snapshots=True)
    assert materialized(changed) == ["locations", *by_step("locations")]
    assert ("locations_raw", "access") in changed.checks()


def test_a_stream_that_fails_is_shown_as_failed_and_the_others_as_loaded(
    location: Location, postgres: psycopg.Connection
) -> None:
    """The run names it first; going on from there takes only what is not loaded."""
    location.simulator.arm(
        EMBER, Fault(kind=Kind.STRANGE_ERROR, times=None, match="locations(")
    )
    ran = location.run(BACKFILL_JOB, streams=STREAMS, start=START.isoformat())
    assert ran.run.status is dg.DagsterRunStatus.FAILURE
    assert ran.failure is not None
    assert ran.failure.startswith(f"{EMBER}: 1 of 3 streams failed, 2 did not: ")
    assert "pages_warehouse" in materialized(ran)
    assert not [name for name in materialized(ran) if name.startswith("locations")]
    assert planned(location, ran) == by_step("locations")
    row = postgres.execute("SELECT count(*) > 0 FROM shopify.pages").fetchone()
    assert row == (True,)


def test_a_shop_that_does_not_answer_a_look_is_shown_as_failed(
    location: Location,
) -> None:
    backfilled(location)
    location.simulator.arm(EMBER, Fault(kind=Kind.HTTP_STATUS, status=423, times=None))
    ran = location.run(SYNC_JOB, streams=["pages"])
    assert ran.failure is not None
    assert "is locked by Shopify" in ran.failure
    assert planned(location, ran) == by_step("pages")


def planned(location: Location, ran: Ran) -> list[str]:
    """The names of the assets that the run was to make."""
    return [
        event.asset_key.path[-1]
        for record in location.instance.all_logs(ran.run.run_id)
        if (event := record.dagster_event) is not None
        and event.event_type is dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
        and event.asset_key
    ]


def test_no_run_of_a_shop_hides_what_is_wrong_with_another(location: Location) -> None:
    """The last shop does not win, nor does one that was not looked at."""
    location.simulator.grant(YUKI, "read_products")
    for shop in (EMBER, YUKI):
        location.run(
            BACKFILL_JOB, shop, streams=["tender_transactions"], start=START.isoformat()
        )
    last = location.run(
        BACKFILL_JOB, LUMEN, streams=["tender_transactions"], start=START.isoformat()
    )
    access = last.checks()["tender_transactions_raw", "access"]
    assert not access.passed
    assert f"{YUKI}, warning: " in str(access.description)
    proven = last.checks()["tender_transactions_warehouse", "proven"]
    assert not proven.passed
    assert "not proven yet" in str(proven.description)


def test_a_gap_fails_the_run_that_finds_it_and_the_check(
    location: Location, postgres: psycopg.Connection
) -> None:
    backfilled(location)
    assert location.run(VERIFY_JOB, streams=["pages"]).failure is None
    postgres.execute(
        "DELETE FROM shopify.pages WHERE id = (SELECT min(id) FROM shopify.pages)"
    )
    postgres.commit()
    ran = location.run(VERIFY_JOB, streams=["pages", "locations"])
    assert ran.run.status is dg.DagsterRunStatus.FAILURE
    assert ran.failure is not None
    assert "1 of 2 streams are not proven whole" in ran.failure
    verdicts = {name: proof.verdict.value for name, proof in ran.proofs.items()}
    assert verdicts == {"pages": "gap", "locations": "whole"}
    proven = ran.checks()["pages_warehouse", "proven"]
    assert (proven.passed, proven.severity) == (False, dg.AssetCheckSeverity.ERROR)
