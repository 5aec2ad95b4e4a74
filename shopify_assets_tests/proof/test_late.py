"""What was entered late is due with the next look back; afterwards it is a gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from shopify_assets.catalog.lookback import Books, Read
from shopify_assets.catalog.stream import Incremental, KeyTime
from shopify_assets.proof.ids import Due, compare
from shopify_assets.proof.late import Looked, apart, looked
from shopify_assets.proof.verdicts import Kind, Trouble, Verdict
from shopify_assets.windows import Window
from shopify_assets_tests.proof.conftest import of_kind, troubles
from shopify_assets_tests.stage import END

if TYPE_CHECKING:
    from shopify_assets_tests.proof.conftest import Copy

TENDERS = "tender_transactions"
THIS_MONTH = Window(END, END + timedelta(days=30))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
WORLD = Incremental("processed_at", KeyTime.IN_THE_WORLD)


def sync(copy: Copy, *, after: timedelta = HOUR) -> None:
    copy.stage.time.sleep(after.total_seconds())
    copy.stage.run(TENDERS, copy.connection, THIS_MONTH, incremental=True)


def pay_late(copy: Copy, late: timedelta) -> str:
    """Enter a payment, and return its id."""
    truth = copy.stage.simulator.truth("ember.myshopify.com")
    return str(truth.pay_late(processed=copy.stage.time() - late)["id"])


# ── drills ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("late", [3 * HOUR, 3 * DAY, 34 * DAY], ids=str)
def test_what_came_late_is_due_within_a_day_and_whole_after_the_next_look(
    copy: Copy, late: timedelta
) -> None:
    copy.stage.run(TENDERS, copy.connection)
    sync(copy)
    gid = pay_late(copy, late)
    ids = of_kind(copy.prove(TENDERS), Kind.IDS)
    assert (ids.verdict, ids.gaps) == (Verdict.DUE, ())
    assert ids.reason.startswith(gid.rpartition("/")[2])
    assert "due with the next look back, until 2026-11-02 0" in ids.reason
    assert copy.prove(TENDERS).verdict is Verdict.DUE
    sync(copy, after=23 * HOUR)
    assert copy.prove(TENDERS).verdict is Verdict.WHOLE


def test_what_came_late_is_a_gap_when_no_look_brought_it_within_a_day(
    copy: Copy,
) -> None:
    copy.stage.run(TENDERS, copy.connection)
    gid = pay_late(copy, 3 * DAY)
    copy.stage.time.sleep(25 * 3600)
    result = copy.prove(TENDERS)
    assert result.verdict is Verdict.GAP
    assert [each.ids for each in troubles(result, Trouble.MISSING)] == [(gid,)]
    assert copy.mend(TENDERS).verdict is Verdict.WHOLE
    assert copy.is_whole(TENDERS)


def test_what_came_later_than_any_look_reaches_is_named_at_once(copy: Copy) -> None:
    """36 days: no sync will bring it, and only a proof sees it."""
    copy.stage.run(TENDERS, copy.connection)
    sync(copy)
    gid = pay_late(copy, 36 * DAY)
    for hours in (0, 24):
        for _ in range(hours):
            sync(copy)
        result = copy.prove(TENDERS)
        assert result.verdict is Verdict.GAP
        assert [each.ids for each in troubles(result, Trouble.MISSING)] == [(gid,)]
    assert copy.mend(TENDERS).verdict is Verdict.WHOLE


def test_a_row_that_was_there_and_is_lost_is_no_latecomer(copy: Copy) -> None:
    """It was made before its time was read: a gap, at once."""
    copy.stage.run(TENDERS, copy.connection)
    sync(copy)
    [(lost,)] = copy.execute(
        "DELETE FROM shopify.tender_transactions WHERE id = (SELECT id FROM"
        " shopify.tender_transactions WHERE processed_at > %s ORDER BY id LIMIT 1)"
        " RETURNING id",
        END - 30 * DAY,
    )
    late = pay_late(copy, 2 * DAY)
    ids = of_kind(copy.prove(TENDERS), Kind.IDS)
    assert ids.verdict is Verdict.GAP
    assert [each.ids for each in ids.gaps] == [
        (f"gid://shopify/TenderTransaction/{lost}",)
    ]
    assert ids.figures["late"] == 1
    assert late.rpartition("/")[2] in ids.reason


def test_counts_of_a_window_leave_out_what_came_late(copy: Copy) -> None:
    """Shopify counts it already; the newest event stands for one that came late."""
    copy.stage.run("events", copy.connection)
    copy.stage.time.sleep(3600)
    copy.stage.run("events", copy.connection, THIS_MONTH, incremental=True)
    [(at,)] = copy.execute(
        "DELETE FROM shopify.events WHERE id = (SELECT max(id) FROM shopify.events)"
        " RETURNING created_at"
    )
    assert END - 35 * DAY < at < END - HOUR
    result = copy.prove("events")
    ids, counts = of_kind(result, Kind.IDS), of_kind(result, Kind.COUNTS)
    assert (ids.verdict, ids.figures["missing"]) == (Verdict.DUE, 0)
    assert (counts.verdict, counts.gaps) == (Verdict.WHOLE, ())


# ── decisions ────────────────────────────────────────────────────────────────────────


def frame(records: dict[str, datetime], **further: datetime) -> pl.DataFrame:
    """Records by global id, each with its time."""
    return pl.DataFrame(
        {
            "id": list(records),
            "changed": list(records.values()),
            **{name: [value] * len(records) for name, value in further.items()},
        }
    )


def test_late_is_what_is_newer_than_all_of_its_type_that_had_been_extracted() -> None:
    """Types count apart; an id without a number, or before the look, tells nothing."""
    day_before = NOW - DAY
    looks = (Looked(since=NOW - 30 * DAY, at=NOW - HOUR),)
    stored = pl.concat(
        [
            frame(
                {"gid://A/5": day_before, "gid://B/90": day_before}, extracted=NOW - DAY
            ),
            # Read after the look: it does not tell what had been there.
            frame({"gid://A/9": day_before}, extracted=NOW),
        ]
    )
    source = frame(
        {
            "gid://A/4": day_before,
            "gid://A/7": day_before,
            "gid://B/91": day_before,
            "gid://B/7": day_before,
            "gid://C/1": day_before,
            "gid://A/99": NOW - 31 * DAY,
            "gid://A/token": day_before,
        }
    )
    due = Due(begin=None, end=NOW, swept=NOW)
    compared = apart(compare(source, stored, due), stored, looks)
    assert set(compared.late["id"]) == {"gid://A/7", "gid://B/91", "gid://C/1"}
    assert set(compared.missing["id"]) == {
        "gid://A/4",
        "gid://B/7",
        "gid://A/99",
        "gid://A/token",
    }


def test_each_record_is_judged_by_the_nearest_look_that_read_its_time() -> None:
    """Hourly syncs read the last day; what is older was read the day before."""
    looks = (Looked(NOW - DAY, NOW - HOUR), Looked(NOW - 35 * DAY, NOW - 20 * HOUR))
    stored = frame({"1": NOW - 2 * HOUR, "5": NOW - 2 * HOUR}, extracted=NOW - 2 * HOUR)
    source = frame({"3": NOW - 3 * HOUR, "4": NOW - 3 * DAY})
    due = Due(begin=None, end=NOW, swept=NOW)
    compared = apart(compare(source, stored, due), stored, looks)
    assert list(compared.late["id"]) == ["4"]
    assert list(compared.missing["id"]) == ["3"]


@pytest.mark.parametrize(
    ("incremental", "ago", "since"),
    [
        # A wide look will begin a day later, so its first day is not counted on.
        (WORLD, HOUR, [DAY, 35 * DAY]),
        # A day without a look: it is overdue.
        (WORLD, DAY, []),
        (Incremental("updated_at", KeyTime.OF_CHANGE), HOUR, []),
    ],
)
def test_a_look_counts_for_a_day(
    incremental: Incremental, ago: timedelta, since: list[timedelta]
) -> None:
    read = Read(Window(NOW - 300 * DAY, NOW), NOW - ago)
    books = Books(NOW - 200 * DAY, NOW, (read,))
    made = looked(incremental, books, now=NOW)
    assert [NOW - each.since for each in made] == since
    assert {each.at for each in made} <= {read.at}
