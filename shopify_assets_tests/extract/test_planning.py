"""How a window is cut into parts: decided from counts alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from shopify_assets.catalog.stream import Incremental, KeyTime, Precision
from shopify_assets.extract.planning import (
    BULK_RECORDS,
    PAGES_AT_MOST,
    Size,
    filter_text,
    plan_parts,
    read_count,
)
from shopify_assets.storage.manifests import PlannedPart
from shopify_assets.windows import Window, gaps
from shopify_assets_tests.stage import HISTORY, compiled

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
MIDDAY = datetime(2026, 3, 15, 12, tzinfo=UTC)


@dataclass
class Shop:
    """Holds a number of records a second, or all of them in one second."""

    a_second: float = 0.0
    mass_edit: tuple[datetime, int] | None = None
    exact: bool = True
    asked: list[Window | None] = field(default_factory=list)

    def measure(self, window: Window | None) -> Size:
        self.asked.append(window)
        assert window is not None
        found = int(self.a_second * window.seconds)
        if self.mass_edit is not None:
            moment, count = self.mass_edit
            found += count if window.start <= moment < window.end else 0
        return Size(found, exact=self.exact)


def window(**width: float) -> Window:
    return Window(MARCH, MARCH + timedelta(**width))


def between(field: str, start: str, end: str) -> str:
    return f"{field}:>='{start}' AND {field}:<'{end}'"


def mains(parts: tuple[PlannedPart, ...]) -> list[PlannedPart]:
    return [each for each in parts if each.details_of is None]


def windows(parts: tuple[PlannedPart, ...]) -> list[Window]:
    return [each.window for each in mains(parts) if each.window is not None]


@pytest.mark.parametrize(
    ("records", "exact", "modes"),
    [
        (0, True, ["paged"]),
        (250, True, ["paged"]),
        (251, True, ["paged"] * 2),
        (250 * PAGES_AT_MOST, True, ["paged"] * PAGES_AT_MOST),
        (250 * PAGES_AT_MOST + 1, True, ["bulk"]),
        (250, False, ["bulk"]),
    ],
)
def test_few_records_are_read_by_pages_and_many_in_bulk(
    records: int,
    exact: bool,  # noqa: FBT001 -- parametrized
    modes: list[str],
) -> None:
    def measure(_: Window | None) -> Size:
        return Size(records, exact=exact)

    parts = plan_parts(compiled("tender_transactions"), HISTORY, measure=measure)
    assert [each.mode for each in parts] == modes
    assert gaps(HISTORY, windows(parts)) == ()


@pytest.mark.parametrize("records", [BULK_RECORDS, 10 * BULK_RECORDS])
def test_many_records_are_cut_by_count_into_windows_without_gap_or_overlap(
    records: int,
) -> None:
    shop = Shop(a_second=records / HISTORY.seconds)
    parts = plan_parts(compiled("tender_transactions"), HISTORY, measure=shop.measure)
    cut = windows(parts)
    assert gaps(HISTORY, cut) == ()
    assert sum(each.seconds for each in cut) == HISTORY.seconds
    assert all(shop.measure(each).records <= BULK_RECORDS for each in cut)
    assert len(cut) <= 2 * records / BULK_RECORDS + 1


def test_one_second_is_not_cut_however_many_records_it_holds() -> None:
    shop = Shop(mass_edit=(MIDDAY, 3 * BULK_RECORDS))
    parts = plan_parts(compiled("tender_transactions"), HISTORY, measure=shop.measure)
    narrow = [each for each in windows(parts) if each.start == MIDDAY]
    assert [each.seconds for each in narrow] == [1]
    assert gaps(HISTORY, windows(parts)) == ()
    # What lies around it is empty, and not worth an operation.
    assert {each.window for each in parts if each.mode == "bulk"} == {narrow[0]}
    assert len(shop.asked) < 60


def test_windows_compared_by_whole_days_are_not_cut_below_a_day() -> None:
    """A narrower one would ask for the same days again, once for each second."""
    shop = Shop(a_second=1.0)
    parts = plan_parts(compiled("customers"), window(days=4), measure=shop.measure)
    assert [each.seconds for each in windows(parts)] == [86_400] * 4
    shop = Shop(a_second=600 / 86_400)
    parts = plan_parts(compiled("customers"), window(days=1), measure=shop.measure)
    assert [(each.mode, each.window) for each in parts] == [("paged", window(days=1))]


def test_each_part_is_followed_by_its_details() -> None:
    shop = Shop(a_second=3 * BULK_RECORDS / HISTORY.seconds)
    parts = plan_parts(compiled("orders"), HISTORY, measure=shop.measure)
    assert [each.number for each in parts] == list(range(1, len(parts) + 1))
    for main, details in zip(parts[::2], parts[1::2], strict=True):
        assert (main.mode, main.details_of) == ("bulk", None)
        assert (details.mode, details.details_of) == ("details", main.number)
        assert details.window == main.window


def test_a_stream_that_bulk_refuses_is_read_by_pages_unasked() -> None:
    shop = Shop()
    parts = plan_parts(compiled("shop"), None, measure=shop.measure)
    assert parts == (PlannedPart(number=1, mode="paged"),)
    assert shop.asked == []


def test_a_window_is_not_cut_into_more_parts_than_it_has_seconds() -> None:
    def measure(_: Window | None) -> Size:
        return Size(900, exact=True)

    parts = plan_parts(
        compiled("tender_transactions"), window(seconds=2), measure=measure
    )
    assert [each.seconds for each in windows(parts)] == [1, 1]


@pytest.mark.parametrize(
    ("incremental", "given", "text"),
    [
        (None, window(days=1), None),
        (Incremental("updated_at", KeyTime.OF_CHANGE), None, None),
        (
            Incremental("updated_at", KeyTime.OF_CHANGE),
            window(hours=1, seconds=1),
            between("updated_at", "2026-03-01T00:00:00Z", "2026-03-01T01:00:01Z"),
        ),
        (
            Incremental("processed_at", KeyTime.OF_CHANGE, filter="processed"),
            Window(
                datetime.fromisoformat("2026-03-01T02:00:00+02:00"),
                datetime.fromisoformat("2026-03-01T03:00:00+02:00"),
            ),
            "processed:>='2026-03-01T00:00:00Z' AND processed:<'2026-03-01T01:00:00Z'",
        ),
        (
            Incremental("updated_at", KeyTime.OF_CHANGE, precision=Precision.DAY),
            window(hours=1),
            between("updated_at", "2026-02-28T00:00:00Z", "2026-03-02T01:00:00Z"),
        ),
    ],
    ids=["snapshot stream", "no window", "seconds", "own filter in UTC", "days"],
)
def test_a_filter_is_half_open_quoted_and_in_utc(
    incremental: Incremental | None, given: Window | None, text: str | None
) -> None:
    assert filter_text(incremental, given) == text


def test_counts_that_contradict_each_other_cut_no_window_without_end() -> None:
    """Each half as full as the whole: cut on, that would be millions of questions."""
    asked: list[Window | None] = []

    def measure(window: Window | None) -> Size:
        asked.append(window)
        return Size(10**9, exact=True)

    parts = plan_parts(compiled("customers"), HISTORY, measure=measure)
    assert [part.mode for part in mains(parts)] == ["bulk"]
    assert len(asked) == 3


@pytest.mark.parametrize(
    "count",
    [
        None, [], "text", {}, {"count": None}, {"count": "many"}, {"count": -1},
        {"count": 1e300}, {"count": 2**31}, {"count": True}, {"count": 1.5},
    ],
)  # fmt: skip
def test_a_count_that_is_none_says_nothing(count: object) -> None:
    assert read_count({"ordersCount": count}) == Size(0, exact=False)


@pytest.mark.parametrize("precision", [None, 7, True, "AT_LEAST", ["EXACT"]])
def test_only_a_count_that_says_so_is_exact(precision: object) -> None:
    told = {"ordersCount": {"count": 5, "precision": precision}}
    assert read_count(told) == Size(5, exact=False)
