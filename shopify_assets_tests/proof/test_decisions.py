"""The pure decisions of a proof: what differs, where, and what mends it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.normalize import times
from shopify_assets.proof import rows
from shopify_assets.proof.bisect import DAY, HOUR, Counted, Located, first_look, locate
from shopify_assets.proof.ids import Due, by_day, compare, distinct
from shopify_assets.proof.moments import CalendarDate, Instant, time_of
from shopify_assets.proof.remedy import MOST_IDS, Means, Remedy, remedy
from shopify_assets.proof.verdicts import Gap, Trouble
from shopify_assets.windows import Window
from shopify_assets_tests.stage import HISTORY, START, compiled

NOW = datetime(2026, 10, 1, tzinfo=UTC)
YEAR = Window(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
TIME = pl.Datetime("us", "UTC")
moments = st.integers(0, YEAR.seconds - 1)


def at(second: int) -> datetime:
    return YEAR.start + timedelta(seconds=second)


# ── where counts part ────────────────────────────────────────────────────────────────


class Sides:
    """Records of two sides by their second, and how often they were counted."""

    def __init__(self, source: list[int], stored: list[int]) -> None:
        self.source, self.stored = source, stored
        self.asked = 0

    def __call__(self, window: Window) -> Counted:
        self.asked += 1
        return Counted(self._in(self.source, window), self._in(self.stored, window))

    def located(self, budget: int = 10_000) -> tuple[Located, ...]:
        earliest = at(min(self.stored)) if self.stored else None
        looked = first_look(YEAR, earliest)
        first = [Located(each, self(each)) for each in looked]
        return locate(first, self, budget=budget)

    @staticmethod
    def _in(seconds: list[int], window: Window) -> int:
        return sum(window.start <= at(each) < window.end for each in seconds)


@given(st.lists(moments, max_size=60), st.sets(st.integers(0, 59), max_size=6))
def test_every_lost_record_lies_in_a_window_that_is_named(
    source: list[int], places: set[int]
) -> None:
    """Records were lost, none was added: counting finds them all."""
    stored = [each for place, each in enumerate(source) if place not in places]
    lost = Counter(source) - Counter(stored)
    located = Sides(source, stored).located()
    for second in lost:
        inside = [
            each
            for each in located
            if each.window.start <= at(second) < each.window.end
        ]
        assert len(inside) == 1
    missing = sum(each.counted.source - each.counted.stored for each in located)
    assert missing == lost.total()


@given(st.lists(moments, min_size=1, max_size=200), moments)
def test_one_lost_record_is_found_within_an_hour_by_few_counts(
    stored: list[int], lost: int
) -> None:
    sides = Sides([*stored, lost], stored)
    [found] = sides.located()
    assert found.counted.source - found.counted.stored == 1
    narrow = found.window.seconds < 2 * HOUR or not found.counted.stored
    assert narrow
    # A month has 720 hours: ten halvings, two counts each, after the first look.
    assert sides.asked <= 14 + 2 * 10


@given(st.lists(moments, max_size=50))
def test_sides_that_agree_are_counted_once(seconds: list[int]) -> None:
    sides = Sides(seconds, seconds)
    assert sides.located() == ()
    assert sides.asked <= 14


def test_a_spent_budget_gives_wide_windows_and_loses_nothing() -> None:
    source = list(range(0, YEAR.seconds, DAY))
    stored = source[::2]
    located = Sides(source, stored).located(budget=10)
    missing = sum(each.counted.source - each.counted.stored for each in located)
    assert missing == len(source) - len(stored)


@given(moments)
def test_the_first_look_covers_all_of_time(earliest: int) -> None:
    windows = first_look(YEAR, at(earliest))
    assert windows[0].start == YEAR.start
    assert windows[-1].end == YEAR.end
    assert all(a.end == b.start for a, b in pairwise(windows))


# ── ids ──────────────────────────────────────────────────────────────────────────────


def frame(records: dict[int, int], **constant: datetime) -> pl.DataFrame:
    """Records by id, each with the second it changed."""
    columns: dict[str, Any] = {
        "id": pl.Series(list(records), dtype=pl.Int64),
        "changed": pl.Series([at(each) for each in records.values()], dtype=TIME),
        **{
            name: pl.Series([value] * len(records), dtype=TIME)
            for name, value in constant.items()
        },
    }
    return pl.DataFrame(columns)


records = st.dictionaries(st.integers(1, 30), moments, max_size=30)


@given(records, records, moments)
def test_ids_are_told_apart_without_rest(
    source: dict[int, int], stored: dict[int, int], end: int
) -> None:
    """Each record is in one class; together they explain all that differs."""
    due = Due(begin=YEAR.start, end=at(end), swept=NOW)
    found = compare(
        frame(source), frame(stored, extracted=NOW - timedelta(days=1)), due
    )
    ids = {name: set(getattr(found, name)["id"]) for name in vars(found)}
    assert ids["missing"] == {
        each for each in source.keys() - stored.keys() if source[each] < end
    }
    assert ids["young"] == {
        each for each in source.keys() - stored.keys() if source[each] >= end
    }
    assert ids["surplus"] == stored.keys() - source.keys()
    assert ids["stale"] == {
        each
        for each in source.keys() & stored.keys()
        if stored[each] < source[each] < end
    }
    assert ids["undecided"] == ids["hidden"] == set()


def test_a_row_extracted_after_the_sweep_began_is_not_surplus() -> None:
    due = Due(begin=None, end=YEAR.end, swept=NOW)
    stored = frame({1: 5}, extracted=NOW)
    assert compare(frame({}), stored, due).surplus.is_empty()


def test_what_the_app_may_not_see_is_hidden_and_not_deleted() -> None:
    """Sixty days, without read_all_orders."""
    visible = at(100)
    due = Due(begin=None, end=YEAR.end, swept=NOW, visible=visible)
    stored = frame({1: 99, 2: 100}, extracted=at(200))
    found = compare(frame({}), stored, due)
    assert list(found.hidden["id"]) == [1]
    assert list(found.surplus["id"]) == [2]


def test_of_a_snapshot_without_times_a_greater_id_is_younger() -> None:
    due = Due(begin=None, end=YEAR.end, swept=NOW, snapshot=True)
    source = pl.DataFrame({"id": pl.Series([1, 2, 9], dtype=pl.Int64)})
    stored = pl.DataFrame(
        {"id": pl.Series([2, 5], dtype=pl.Int64), "extracted": [NOW] * 2}
    )
    found = compare(source, stored, due)
    assert list(found.young["id"]) == [9]
    assert list(found.undecided["id"]) == [1]
    assert found.missing.is_empty()


def test_of_a_snapshot_a_record_made_since_is_no_gap() -> None:
    due = Due(begin=None, end=at(50), swept=NOW, snapshot=True)
    made = pl.Series("made", [at(10), at(60)], dtype=TIME)
    source = frame({1: 70, 2: 70}).with_columns(made)
    found = compare(source, frame({}, extracted=at(50)), due)
    assert list(found.missing["id"]) == [1]
    assert list(found.young["id"]) == [2]


def test_a_record_met_twice_counts_once_in_its_newest_state() -> None:
    twice = pl.concat([frame({1: 9}), frame({1: 5, 2: 3})])
    found = distinct(twice)
    assert sorted(found.rows()) == [(1, at(9)), (2, at(3))]


@given(records)
def test_days_hold_all_records_and_each_its_own(found: dict[int, int]) -> None:
    days = list(by_day(frame(found)))
    assert sum(each.records.height for each in days) == len(found)
    for each in days:
        assert each.window is not None
        assert each.window.seconds == DAY
        inside = each.records["changed"]
        assert inside.is_between(each.window.start, each.window.end, "left").all()
    starts = [each.window.start for each in days if each.window]
    assert starts == sorted(set(starts))


def test_days_that_no_window_can_have_are_told_without_one() -> None:
    """The last day that Python's own type holds, and times on either side of it."""
    texts = ["0000-05-01", "2026-05-01", "9999-12-31", "20245-05-01", "294247-01-09"]
    instants = [times.read_instant(f"{text} 12:00Z") for text in texts]
    changed = pl.Series(instants, dtype=pl.Int64).cast(TIME)
    days = list(by_day(pl.DataFrame({"id": range(5), "changed": changed})))
    assert [each.records["id"].to_list() for each in days] == [[n] for n in range(5)]
    assert [each.window and each.window.start.year for each in days] == [
        None,
        2026,
        None,
        None,
        None,
    ]


# ── rows ─────────────────────────────────────────────────────────────────────────────

TABLE = next(each for each in compiled("locations").tables if each.name == "locations")
NAMES = [each.name for each in TABLE.columns]


def row(id_: int, name: str) -> rows.Row:
    values: dict[str, object] = {"shop": "s", "id": id_, "name": name}
    return tuple(values.get(each) for each in NAMES)


row_sets = st.dictionaries(st.integers(1, 9), st.sampled_from("abc"), max_size=9)


@given(row_sets, row_sets)
def test_rows_differ_by_key_and_column_and_nothing_else(
    wanted: dict[int, str], found: dict[int, str]
) -> None:
    told = rows.compare(
        TABLE,
        expected=[row(*each) for each in wanted.items()],
        stored=[row(*each) for each in found.items()],
    )
    expected = {
        **dict.fromkeys(wanted.keys() - found.keys(), "missing"),
        **dict.fromkeys(found.keys() - wanted.keys(), "too many"),
        **{
            each: "name differs"
            for each in wanted.keys() & found.keys()
            if wanted[each] != found[each]
        },
    }
    assert {each.root: each.what for each in told} == expected


def test_values_are_shown_but_no_texts() -> None:
    """A difference is told in logs and on pages; texts may be about people."""
    stored = list(row(1, "Ada"))
    stored[NAMES.index("is_active")] = True
    [told] = rows.compare(TABLE, expected=[row(1, "Eve")], stored=[tuple(stored)])
    assert str(told) == (
        "locations (1): name differs; is_active is True, should be null"
    )


AMOUNTS = compiled("orders").root


def amounts(total: str) -> rows.Row:
    values: dict[str, object] = {"shop": "s", "id": 1, "total_price": Decimal(total)}
    return tuple(values.get(each.name) for each in AMOUNTS.columns)


@pytest.mark.parametrize(
    ("should", "is_"),
    [("1.5", "1.50"), ("1E+3", "1000"), ("NaN", "NaN"), ("-0.0", "0"), ("-0", "0.00")],
)
def test_amounts_are_compared_by_their_value(should: str, is_: str) -> None:
    expected, stored = [amounts(should)], [amounts(is_)]
    assert rows.compare(AMOUNTS, expected=expected, stored=stored) == ()


@pytest.mark.parametrize(
    ("should", "is_", "what"),
    [
        ("1.50", "-2.0", "is -2, should be 1.5"),
        ("0." + "1" * 40, "1000", f"is 1000, should be 0.{'1' * 40}"),
        ("NaN", "Infinity", "is Infinity, should be NaN"),
        ("1E+100", "1", f"is 1, should be 1{'0' * 79}…"),
    ],
)
def test_amounts_are_shown_with_all_their_digits(
    should: str, is_: str, what: str
) -> None:
    [told] = rows.compare(AMOUNTS, expected=[amounts(should)], stored=[amounts(is_)])
    assert told.what == f"total_price {what}"


@given(st.datetimes(timezones=st.just(UTC)))
def test_moments_show_themselves_as_python_shows_its_own(time: datetime) -> None:
    assert str(Instant.of(time)) == str(time)
    assert str(Instant.of(time).day) == str(time.date())
    assert time_of(Instant.of(time)) == time


def test_moments_beyond_python_show_themselves_too() -> None:
    far = times.read_instant("20245-02-28T01:02:03.000004Z")
    assert str(Instant(far)) == "20245-02-28 01:02:03.000004+00:00"
    assert str(CalendarDate(times.read_date("5874897-12-31"))) == "5874897-12-31"
    assert time_of(far) is None


# ── remedies ─────────────────────────────────────────────────────────────────────────

MEANS = Means(snapshot=False, ids=True, living=100, most_deleted=0.1)
FIRST, SECOND, THIRD = HISTORY.split(3)
A_DAY = Window(START, START + timedelta(days=1))


def gap(trouble: Trouble, *ids: str, window: Window | None = None) -> Gap:
    return Gap(trouble=trouble, detail="", window=window, ids=ids)


def test_records_within_a_window_that_is_extracted_anyway_are_not_fetched_by_id() -> (
    None
):
    gaps = [
        gap(Trouble.SKIPPED, window=FIRST),
        gap(Trouble.MISSING, "a", window=A_DAY),
        gap(Trouble.STALE, "b", window=Window(THIRD.start, THIRD.end)),
    ]
    assert remedy(gaps, MEANS) == Remedy(windows=(FIRST,), ids=("b",))


def test_windows_that_meet_are_one() -> None:
    gaps = [gap(Trouble.SKIPPED, window=each) for each in (SECOND, FIRST)]
    merged = Window(FIRST.start, SECOND.end)
    assert remedy(gaps, MEANS) == Remedy(windows=(merged,))


def test_a_window_in_which_only_counts_differ_is_looked_at_first() -> None:
    """Unless it is extracted again anyway."""
    gaps = [gap(Trouble.COUNT, window=each) for each in (FIRST, THIRD)]
    assert remedy(gaps, MEANS) == Remedy(counted=(FIRST, THIRD))
    skipped = gap(Trouble.SKIPPED, window=FIRST)
    assert remedy([*gaps, skipped], MEANS) == Remedy(windows=(FIRST,), counted=(THIRD,))


def test_what_is_explained_needs_nothing() -> None:
    explained = Gap(trouble=Trouble.COUNT, detail="", window=FIRST, explained=True)
    assert remedy([explained], MEANS).is_nothing


def test_records_that_cannot_be_asked_for_come_by_their_days() -> None:
    without = Means(snapshot=False, ids=False, living=100, most_deleted=0.1)
    gaps = [gap(Trouble.MISSING, "a", window=A_DAY), gap(Trouble.DIFFERENT, "b")]
    assert remedy(gaps, without) == Remedy(windows=(A_DAY,))


def test_very_many_records_come_by_their_days() -> None:
    ids = [str(each) for each in range(MOST_IDS + 1)]
    gaps = [gap(Trouble.MISSING, *ids, window=A_DAY)]
    assert remedy(gaps, MEANS) == Remedy(windows=(A_DAY,))


def test_a_snapshot_is_taken_anew_whatever_is_wrong() -> None:
    snapshot = Means(snapshot=True, ids=True, living=9, most_deleted=0.1)
    for trouble in Trouble:
        assert remedy([gap(trouble, "a")], snapshot) == Remedy(snapshot=True)
    assert remedy([], snapshot).is_nothing


@pytest.mark.parametrize(("deleted", "marked"), [(10, True), (11, False)])
def test_deletions_are_refused_beyond_the_fraction(
    deleted: int, *, marked: bool
) -> None:
    ids = [str(each) for each in range(deleted)]
    found = remedy([gap(Trouble.DELETED, *ids, window=A_DAY)], MEANS)
    assert bool(found.deleted) == marked
    assert bool(found.refused) != marked
    assert (found.windows, found.ids) == ((), ())
