"""Windows: what is cut and merged holds exactly the seconds it held before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.errors import ConfigurationError
from shopify_assets.windows import Window, gaps, merge_contiguous

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


def at(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)


def seconds(*windows: Window) -> set[int]:
    """The seconds some windows hold, one by one: the laws' plain second opinion."""
    return {
        second
        for each in windows
        for second in range(
            int((each.start - EPOCH).total_seconds()),
            int((each.end - EPOCH).total_seconds()),
        )
    }


@st.composite
def small_windows(draw: st.DrawFn) -> Window:
    start = draw(st.integers(-30, 30))
    return Window(at(start), at(start + draw(st.integers(1, 20))))


@st.composite
def any_windows(draw: st.DrawFn) -> Window:
    times = st.datetimes(timezones=st.just(UTC)).map(lambda t: t.replace(microsecond=0))
    start, end = sorted((draw(times), draw(times)))
    return Window(start, max(end, start + timedelta(seconds=1)))


@given(any_windows())
def test_a_label_names_one_window(window: Window) -> None:
    assert Window.from_label(window.label) == window


def test_a_label_is_short_and_sorts_by_time() -> None:
    window = Window(EPOCH, datetime(2025, 1, 1, tzinfo=UTC))

    assert window.label == "20240101T000000Z_20250101T000000Z"
    assert str(window) == "[2024-01-01T00:00:00Z, 2025-01-01T00:00:00Z)"


@given(small_windows(), st.integers(1, 25))
def test_split_parts_are_contiguous_and_of_equal_width(
    window: Window, parts: int
) -> None:
    if parts > window.seconds:
        with pytest.raises(ConfigurationError, match=f"cannot be cut into {parts}"):
            window.split(parts)
        return
    cut = window.split(parts)

    assert len(cut) == parts
    assert merge_contiguous(cut) == (window,)
    assert sum(each.seconds for each in cut) == window.seconds
    assert max(e.seconds for e in cut) - min(e.seconds for e in cut) <= 1


def test_halves_meet_in_the_middle() -> None:
    assert Window(at(0), at(5)).halves() == (
        Window(at(0), at(2)),
        Window(at(2), at(5)),
    )


@given(st.lists(small_windows()))
def test_merged_windows_hold_the_same_seconds_and_never_touch(
    windows: list[Window],
) -> None:
    merged = merge_contiguous(windows)

    assert seconds(*merged) == seconds(*windows)
    assert all(first.end < second.start for first, second in pairwise(merged))


@given(small_windows(), st.lists(small_windows()))
def test_gaps_are_exactly_the_seconds_not_covered(
    window: Window, covered: list[Window]
) -> None:
    found = gaps(window, covered)

    assert seconds(*found) == seconds(window) - seconds(*covered)
    assert found == merge_contiguous(found)


@given(small_windows(), small_windows())
def test_two_windows_overlap_when_they_share_a_second(
    one: Window, other: Window
) -> None:
    assert one.overlaps(other) == bool(seconds(one) & seconds(other))


@pytest.mark.parametrize(
    ("latest", "end"),
    [
        (at(-1), None),
        (at(0), None),
        (at(0) + timedelta(milliseconds=900), None),
        (at(1), at(1)),
        (at(7) + timedelta(milliseconds=900), at(7)),
        (at(10), at(10)),
        (at(99), at(10)),
    ],
)
def test_a_cut_window_ends_at_the_latest_whole_second(
    latest: datetime, end: datetime | None
) -> None:
    cut = Window(at(0), at(10)).cut(latest)

    assert cut == (None if end is None else Window(at(0), end))


def test_the_same_times_in_another_zone_are_the_same_window() -> None:
    berlin = timezone(timedelta(hours=1))

    window = Window(at(0).astimezone(berlin), at(60).astimezone(berlin))

    assert window == Window(at(0), at(60))
    assert window.label == "20240101T000000Z_20240101T000100Z"


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (at(0).replace(tzinfo=None), at(1), "2024-01-01T00:00:00 must have a time"),
        (at(0), at(1).replace(tzinfo=None), "2024-01-01T00:00:01 must have a time"),
        (at(0), at(1) + timedelta(milliseconds=5), "whole seconds"),
        (at(1), at(1), r"\[2024-01-01T00:00:01Z, 2024-01-01T00:00:01Z\) is empty"),
        (at(2), at(1), r"\[2024-01-01T00:00:02Z, 2024-01-01T00:00:01Z\) is empty"),
    ],
)
def test_what_is_no_window_is_refused_and_named(
    start: datetime, end: datetime, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Window(start, end)


@pytest.mark.parametrize(
    "label", ["", "snapshot", "20240101T000000Z", "20240101_20250101", "a_b_c"]
)
def test_what_is_no_label_is_refused(label: str) -> None:
    with pytest.raises(ConfigurationError, match="window label"):
        Window.from_label(label)


def test_a_naive_latest_time_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="must have a time zone"):
        Window(at(0), at(1)).cut(at(1).replace(tzinfo=None))
