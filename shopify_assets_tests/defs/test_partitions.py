"""From partition keys to slices, and from windows to tags of runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.defs.partitions import (
    DATE,
    RANGE_END,
    RANGE_START,
    SHOP,
    SHOPS,
    Slice,
    by_shop_and_date,
    dates,
    range_tags,
    slices,
)
from shopify_assets.windows import Window

EMBER, YUKI = "ember.myshopify.com", "yuki.myshopify.com"
MONTHS = dates(date(2024, 1, 1), width="month")
BY_MONTH = by_shop_and_date(MONTHS)
KEYS = [f"{year}-{month:02}-01" for year in (2024, 2025) for month in range(1, 13)]


def month(key: str) -> Window:
    window = MONTHS.time_window_for_partition_key(key)
    return Window(window.start, window.end)


def asked(*keys: tuple[str, str]) -> list[str]:
    return [str(dg.MultiPartitionKey({SHOP: shop, DATE: key})) for shop, key in keys]


def test_ranges_of_several_shops_become_the_fewest_slices() -> None:
    """Two ranges of one shop and one of another, in any order."""
    keys = asked(
        *((YUKI, "2024-05-01"), (EMBER, "2024-02-01"), (EMBER, "2024-01-01")),
        *((EMBER, "2024-06-01"), (YUKI, "2024-04-01")),
    )
    assert slices(keys, BY_MONTH) == (
        Slice(EMBER, Window(_day(2024, 1), _day(2024, 3))),
        Slice(EMBER, Window(_day(2024, 6), _day(2024, 7))),
        Slice(YUKI, Window(_day(2024, 4), _day(2024, 6))),
    )


def test_shops_alone_become_snapshots() -> None:
    assert slices([YUKI, EMBER], SHOPS) == (Slice(EMBER, None), Slice(YUKI, None))


@given(
    st.sets(
        st.tuples(st.sampled_from([EMBER, YUKI]), st.sampled_from(KEYS)), min_size=1
    )
)
def test_slices_cover_what_was_asked_and_nothing_else(
    wanted: set[tuple[str, str]],
) -> None:
    """Every month asked for lies in one slice, no other does, and none touch."""
    found = slices(asked(*wanted), BY_MONTH)
    covered = {
        (each.shop, key)
        for each in found
        for key in KEYS
        if each.window and each.window.overlaps(month(key))
    }
    assert covered == wanted
    for one, other in pairwise(found):
        assert one.window is not None
        assert other.window is not None
        assert one.shop != other.shop or one.window.end < other.window.start


@pytest.mark.parametrize(
    ("width", "first", "last"),
    [
        ("month", "2024-01-01", "2024-03-01"),
        ("week", "2024-01-07", "2024-03-03"),
        ("day", "2024-01-10", "2024-03-05"),
    ],
)
def test_tags_of_a_run_name_the_partitions_that_meet_its_window(
    width: str, first: str, last: str
) -> None:
    """From the partition that holds its first second to that of its last."""
    window = Window(_day(2024, 1, 10), _day(2024, 3, 6))
    tags = range_tags(EMBER, window, dates(date(2024, 1, 1), width=width))
    assert tags == {
        RANGE_START: f"{first}|{EMBER}",
        RANGE_END: f"{last}|{EMBER}",
    }


def test_tags_stay_within_the_partitions_there_are() -> None:
    """A window that begins before the first month begins with it."""
    tags = range_tags(EMBER, Window(_day(2020, 1), _day(2024, 2)), MONTHS)
    assert tags == {
        RANGE_START: f"2024-01-01|{EMBER}",
        RANGE_END: f"2024-01-01|{EMBER}",
    }


@pytest.mark.parametrize("width", ["day", "week", "month"])
def test_partitions_reach_from_before_the_start_to_now(width: str) -> None:
    """A shop that opened in mid-month has all its days; today has its partition."""
    made = dates(date(2026, 6, 17), width=width)
    keys = made.get_partition_keys()
    now = datetime.now(UTC)
    first, last = (made.time_window_for_partition_key(keys[each]) for each in (0, -1))
    assert first.start <= datetime(2026, 6, 17, tzinfo=UTC)
    assert last.start <= now < last.end + timedelta(seconds=1)


def _day(year: int, month: int, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)
