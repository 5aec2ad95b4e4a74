"""Runs in this process: real shops' API, lake and warehouse behind Dagster's assets."""

from __future__ import annotations

import logging
import os
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from shopify_assets.catalog.schema import PINNED_VERSION, pinned_versions
from shopify_assets.checks import VERSION
from shopify_assets.defs.leftovers import cancel_runs, end_leftovers
from shopify_assets.defs.names import BACKFILL_JOB, PROCESS_TAG, SYNC_JOB
from shopify_assets.extract.access import GRANT
from shopify_assets.postgres.connect import connect
from shopify_assets.postgres.locks import one_at_a_time
from shopify_assets.refresh.asked import STEPS, Began, Ended
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets_tests.defs.conftest import EMBER, HISTORY, YUKI

if TYPE_CHECKING:
    import psycopg

    from shopify_assets.refresh.asked import Event
    from shopify_assets_tests.defs.conftest import Location

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    # Dagster's own resources are made with what Dagster will remove.
    pytest.mark.filterwarnings("ignore:InitResourceContext.dagster_run"),
]

ALL_CHECKS = {
    "access": True,
    "fields_granted": True,
    "api_version": True,
    "clock": True,
    "unique_keys": True,
    "parents_exist": True,
    "not_null": True,
    "counts_match": True,
    "rows_accounted": True,
    "set_aside": True,
}
# Of a stream that loses records with old orders.
OF_ORDERS = {"history_visible": True}


def count(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def test_streams_go_through_all_steps_into_the_warehouse(
    location: Location, postgres: psycopg.Connection
) -> None:
    """One stream by date and a snapshot: rows, checks and figures agree."""
    payments, locations = location.launch(streams=("tender_transactions", "locations"))
    assert payments.checks == ALL_CHECKS | OF_ORDERS
    assert locations.checks == ALL_CHECKS
    for outcome, table in (
        (payments, "shopify.tender_transactions"),
        (locations, "shopify.locations"),
    ):
        assert outcome.complete
        assert outcome.extracted > 0
        roots = count(postgres, f"select count(*) from {table}")  # noqa: S608 -- ours
        assert roots == outcome.extracted
    figures = location.metadata("tender_transactions_warehouse")
    assert figures["dagster/row_count"] == payments.extracted
    assert figures["rows changed"] == payments.changed


def test_what_is_deprecated_is_warned_of_and_fails_nothing(
    location: Location,
) -> None:
    """Named on the asset and to whoever asked; the stream is as complete as ever."""
    used = "Location.isPrimary"
    location.simulator.arm(
        EMBER,
        Fault(kind=Kind.DEPRECATED, times=None, match="locations(", reason=used),
    )
    payments, locations = location.launch(streams=("tender_transactions", "locations"))
    told = f"used, and deprecated by Shopify: {used}; select another field"
    assert (payments.remarks, locations.remarks) == ((), (told,))
    assert locations.complete
    assert locations.failure is None
    assert payments.checks == ALL_CHECKS | OF_ORDERS
    assert locations.checks == ALL_CHECKS
    figures = location.metadata("locations_raw")
    assert figures["deprecated in the API"] == used
    assert figures["API version"] == PINNED_VERSION
    assert location.metadata("tender_transactions_raw")["deprecated in the API"] == (
        "nothing used"
    )
    found = checks_of(location, "api_version")
    warning = dg.AssetCheckSeverity.WARN
    assert found["tender_transactions_raw"].passed is False
    sentence = VERSION.description.removesuffix(".")
    assert f"1 of 3 shops: {sentence}; not evaluated yet: " in str(
        found["tender_transactions_raw"].description
    )
    used_by_locations = found["locations_raw"]
    assert (used_by_locations.passed, used_by_locations.severity) == (False, warning)
    assert f"{EMBER}, warning: {told}" in str(used_by_locations.description)


def checks_of(location: Location, name: str) -> dict[str, dg.AssetCheckEvaluation]:
    """The evaluations of a check in the newest run, by the asset's name."""
    run = location.instance.get_runs(limit=1)[0]
    return {
        entry.asset_check_evaluation.asset_key.path[-1]: entry.asset_check_evaluation
        for entry in location.instance.all_logs(run.run_id)
        if entry.dagster_event
        and entry.asset_check_evaluation
        and entry.asset_check_evaluation.check_name == name
    }


def test_a_record_that_cannot_be_read_fails_its_check_and_nothing_else(
    location: Location, postgres: psycopg.Connection
) -> None:
    """The others are loaded; once it can be read, the check passes again."""
    first = location.simulator.truth(EMBER).ids("Location")[0]
    edit = (rf'("id":"{first}".*?"createdAt":")[^"]*', r"\1no time")
    location.simulator.arm(EMBER, Fault(kind=Kind.EDITED, times=None, edits=(edit,)))
    (outcome,) = location.launch(streams=("locations",))
    assert not outcome.complete
    assert outcome.checks == {**ALL_CHECKS, "set_aside": False}
    assert outcome.failure is not None
    assert "1 set aside, for they cannot be read: record " in outcome.failure
    assert "created_at: 'no time' is no timestamptz" in outcome.failure
    assert location.metadata("locations_tables")["records set aside"] == 1
    loaded = count(postgres, "select count(*) from shopify.locations")
    assert loaded == outcome.extracted - 1
    location.simulator.store(EMBER).faults.clear()
    (whole,) = location.launch(streams=("locations",))
    assert whole.complete
    assert whole.checks == ALL_CHECKS


def test_what_is_deprecated_and_kept_on_purpose_is_no_reason_to_warn(
    location: Location,
) -> None:
    """Nor is it told of another stream, which is read by the same client."""
    payouts, locations = location.launch(streams=("payouts", "locations"))
    assert (payouts.remarks, payouts.checks) == ((), ALL_CHECKS)
    assert locations.remarks == ()
    used = "ShopifyPaymentsPayout.gross"
    assert location.metadata("payouts_raw")["deprecated in the API"] == used


def test_another_version_than_the_one_asked_for_fails_the_stream(
    location: Location,
) -> None:
    """Fallen forward, an answer may mean something else."""
    location.simulator.arm(EMBER, Fault(kind=Kind.FALLEN_FORWARD, times=None))
    (locations,) = location.launch(streams=("locations",))
    assert not locations.complete
    assert locations.failure is not None
    assert f"answered by API version 2027-01, not {PINNED_VERSION}" in locations.failure


@pytest.fixture
def earlier(monkeypatch: pytest.MonkeyPatch) -> str:
    """The oldest pinned version, which the settings name."""
    version = pinned_versions()[0]
    monkeypatch.setenv("SHOPIFY_API_VERSION", version)
    return version


def test_an_earlier_version_may_be_asked(earlier: str, location: Location) -> None:
    """Its streams are whole, without the columns that it lacks."""
    (orders,) = location.launch(streams=("orders",))
    assert orders.complete
    assert orders.extracted > 0
    assert location.metadata("orders_raw")["API version"] == earlier


def test_a_window_is_one_extraction_of_the_shops_partition(location: Location) -> None:
    """What was loaded of which shop is shown, and when, on that shop alone."""
    location.launch(streams=("tender_transactions",))
    (run,) = location.instance.get_runs()
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert run.tags["dagster/partition"] == EMBER
    for step in STEPS:
        found = location.instance.get_materialized_partitions(
            dg.AssetKey(["shopify", f"tender_transactions_{step}"])
        )
        assert found == {EMBER}
    extractions = location.metadata("tender_transactions_raw")["extractions"]
    assert extractions.count(str(HISTORY)) == 1


def test_the_windows_that_a_shop_has_loaded_are_shown(location: Location) -> None:
    """Of all its runs, by the books; a stream that is read whole has none."""
    streams = ["tender_transactions", "locations"]
    for start, end in (("2026-01-01", "2026-02-01"), ("2026-04-01", "2026-05-01")):
        location.run(BACKFILL_JOB, streams=streams, start=start, end=end)
    shown = location.metadata("tender_transactions_warehouse")
    assert shown["days loaded"] == 61
    assert "2026  █ · · █ · ·" in shown["months loaded"]
    begins = [record.data["from"] for record in shown["windows loaded"].records]
    assert begins == ["2026-04-01 00:00", "2026-01-01 00:00"]
    location.run(BACKFILL_JOB, streams=streams, start="2026-02-01", end="2026-04-01")
    shown = location.metadata("tender_transactions_warehouse")
    (span,) = (record.data for record in shown["windows loaded"].records)
    assert span == {
        "from": "2026-01-01 00:00",
        "to": "2026-05-01 00:00",
        "days": 120,
        "loads": 3,
    }
    assert "windows loaded" not in location.metadata("locations_warehouse")


def test_the_windows_loaded_are_shown_also_when_nothing_is_new(
    location: Location,
) -> None:
    location.run(SYNC_JOB, streams=["tender_transactions"])
    location.run(SYNC_JOB, streams=["tender_transactions"])
    shown = location.metadata("tender_transactions")
    assert shown["not read"] == "nothing new"
    (span,) = (record.data for record in shown["windows loaded"].records)
    assert (span["from"], span["loads"]) == ("2026-01-01 00:00", 2)


def test_a_missing_scope_skips_its_stream_alone(
    location: Location, postgres: psycopg.Connection
) -> None:
    """The check says which scope, as a warning; the other stream is loaded."""
    location.simulator.grant(EMBER, "read_products")
    tenders, products = location.launch(streams=("tender_transactions", "products"))
    assert (tenders.failure, tenders.complete) == (None, False)
    assert tenders.skipped is not None
    assert "read_orders" in tenders.skipped
    assert products.complete
    (run,) = location.instance.get_runs()
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert count(postgres, "select count(*) from shopify.products") > 0
    access = checks_of(location, "access")["tender_transactions_raw"]
    assert (access.passed, access.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert f"{EMBER}, warning: " in str(access.description)


def test_a_missing_scope_fails_a_stream_that_was_asked_for_by_name(
    location: Location,
) -> None:
    location.simulator.grant(EMBER, "read_products")
    name = "tender_transactions"
    (tenders,) = location.launch(streams=(name,), named=True)
    assert tenders.skipped is None
    assert tenders.failure is not None
    assert "read_orders" in tenders.failure
    assert tenders.remarks == ()


def test_fields_that_are_not_granted_are_left_out_and_named(location: Location) -> None:
    """The stream is whole but for them: a warning, with what to grant."""
    location.simulator.grant(EMBER, "read_orders", "read_all_orders")
    (tenders,) = location.launch(streams=("orders",))
    assert tenders.complete
    (remark,) = tenders.remarks
    assert "customer (needs read_customers)" in remark
    assert "60 days" not in remark


def test_old_orders_that_are_hidden_are_a_warning_with_date_and_remedy(
    location: Location, postgres: psycopg.Connection
) -> None:
    """All of the shop's are older than two months: nothing else notices."""
    whole = location.simulator.store(EMBER).scopes()
    location.simulator.grant(EMBER, *(set(whole) - {"read_all_orders"}))
    names = ("orders", "tender_transactions", "companies", "products")
    found = {each.stream: each for each in location.launch(streams=names)}
    assert location.simulator.truth(EMBER).count("Order") > 0
    assert count(postgres, "select count(*) from shopify.orders") == 0
    assert found["orders"].complete
    since = f"{datetime.now(UTC) - timedelta(days=60):%Y-%m-%d}"
    orders = f"orders made before {since}"
    hidden = f"{orders} are not shown to this app"
    told = {
        "orders": hidden,
        "tender_transactions": f"records of {orders} may not be shown to this app",
        "companies": f"{hidden} in lists and counts of orders",
    }
    for name, each in found.items():
        expected = (f"{told[name]}; {GRANT}",) if name in told else ()
        assert each.remarks == expected
    assert GRANT.startswith("grant read_all_orders (")
    location.simulator.grant(EMBER, *whole)
    (again,) = location.launch(streams=("orders",))
    assert again.remarks == ()
    assert again.extracted > 0


def test_a_shop_that_refuses_its_token_fails_with_the_remedy(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its run fails and says which shop; another shop's run is none the worse."""
    monkeypatch.setenv("EMBER_ACCESS_TOKEN", "shpat_of_another_shop")
    (refused,) = location.launch(EMBER, streams=("locations",))
    (fine,) = location.launch(YUKI, streams=("locations",))
    assert refused.failure is not None
    assert EMBER in refused.failure
    assert "shpat_of_another_shop" not in refused.failure
    assert fine.complete
    assert [each.status.value for each in location.instance.get_runs()] == [
        "SUCCESS",
        "FAILURE",
    ]


def test_one_run_at_a_time_extracts_from_a_shop(
    location: Location,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """While another process has the shop, a run says so and waits; then goes on."""
    caplog.set_level(logging.INFO, "shopify_assets.progress")
    name = f"extraction of stream locations of shop {EMBER}"
    held = threading.Event()
    told = threading.Event()

    def another_process() -> None:
        with (
            connect(database_url) as connection,
            one_at_a_time(connection, name, report=print),
        ):
            held.set()
            told.wait(10)

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "another run is at it" in record.getMessage():
                told.set()

    listener = Listener()
    logging.getLogger("shopify_assets.progress").addHandler(listener)
    holder = threading.Thread(target=another_process)
    holder.start()
    held.wait(10)
    (outcome,) = location.launch(streams=("locations",))
    holder.join()
    logging.getLogger("shopify_assets.progress").removeHandler(listener)
    assert told.is_set()
    assert outcome.complete


def test_a_retry_is_a_warning_at_the_terminal_and_in_the_runs_log(
    location: Location, caplog: pytest.LogCaptureFixture
) -> None:
    busy = Fault(kind=Kind.HTTP_STATUS, status=503, retry_after="0.1", match="locat")
    location.simulator.arm(EMBER, busy)
    (outcome,) = location.launch(streams=("locations",))
    assert outcome.complete
    (told,) = (
        record
        for record in caplog.records
        if record.name == "shopify_assets.progress" and record.levelname == "WARNING"
    )
    line = told.getMessage()
    assert line.startswith(f"stream locations: shop '{EMBER}', query locations: again")
    assert "try 2 of 8" in line
    (run,) = location.instance.get_runs()
    logged = location.instance.all_logs(run.run_id)
    assert [entry.level for entry in logged if entry.user_message == line] == [
        logging.WARNING
    ]


def test_each_stream_is_told_when_it_begins_and_when_it_has_ended(
    location: Location,
) -> None:
    """Several are under way at once; a failure is told with its reason."""
    location.simulator.arm(
        EMBER, Fault(kind=Kind.STRANGE_ERROR, times=None, match="locations(")
    )
    told: list[Event] = []
    streams = ("tender_transactions", "pages", "locations")
    outcomes = location.launch(streams=streams, tell=told.append)
    for stream in streams:
        news = [each for each in told if stream_of(each) == stream]
        assert [type(each) for each in news] == [Began, Ended]
    ended = {
        each.outcome.stream: each.outcome for each in told if isinstance(each, Ended)
    }
    assert [ended[each.stream] for each in outcomes] == outcomes
    assert ended["pages"].complete
    assert ended["locations"].failure is not None


def stream_of(event: Event) -> str:
    return event.stream if isinstance(event, Began) else event.outcome.stream


def test_runs_of_a_process_that_leaves_are_canceled(location: Location) -> None:
    """Also one that is only written down yet; those of others are left alone."""
    job = location.defs.resolve_job_def(SYNC_JOB)
    running, planned = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.NOT_STARTED
    mine = [
        location.instance.create_run_for_job(job, tags={PROCESS_TAG: "77"}, status=each)
        for each in (running, planned)
    ]
    other = location.instance.create_run_for_job(
        job, tags={PROCESS_TAG: "78"}, status=running
    )
    ended = cancel_runs(location.instance, process=77)
    assert sorted(ended) == sorted(each.run_id for each in mine)
    statuses = {each.run_id: each.status.value for each in location.instance.get_runs()}
    assert [statuses[each.run_id] for each in mine] == ["CANCELED"] * 2
    assert statuses[other.run_id] == "STARTED"


def test_runs_of_ended_processes_are_ended(location: Location) -> None:
    """So that the daemon does not wait for them; runs of living ones are left."""
    mine = location.instance.create_run_for_job(
        location.defs.resolve_job_def(SYNC_JOB),
        tags={PROCESS_TAG: str(os.getpid())},
        status=dg.DagsterRunStatus.STARTED,
    )
    gone = location.instance.create_run_for_job(
        location.defs.resolve_job_def(SYNC_JOB),
        tags={PROCESS_TAG: "1"},
        status=dg.DagsterRunStatus.STARTED,
    )
    served = location.instance.create_run_for_job(
        location.defs.resolve_job_def(SYNC_JOB),
        tags={".dagster/grpc_info": "{}"},
        status=dg.DagsterRunStatus.STARTED,
    )
    ended = end_leftovers(location.instance, alive=lambda each: each == os.getpid())
    assert sorted(ended) == sorted([gone.run_id, served.run_id])
    run = location.instance.get_run_by_id(mine.run_id)
    assert run is not None
    assert run.status is dg.DagsterRunStatus.STARTED
