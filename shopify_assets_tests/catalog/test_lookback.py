"""How far back a sync looks: what is due follows from what was read, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shopify_assets.catalog.lookback import (
    Books,
    Look,
    Read,
    in_words,
    last_look,
    look_back,
    schedule,
)
from shopify_assets.catalog.stream import Incremental, KeyTime
from shopify_assets.windows import Window

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NEAR, WIDE = Look(DAY), Look(36 * DAY, 20 * HOUR)


def read(start: timedelta, end: timedelta, *, ago: timedelta) -> Read:
    """A window between two distances from now, extracted so long ago."""
    return Read(Window(NOW - start, NOW - end), NOW - ago)


def books(*reads: Read, begin: datetime = BEGIN) -> Books:
    return Books(begin=begin, watermark=NOW - HOUR, reads=reads)


@pytest.mark.parametrize(
    ("incremental", "expected"),
    [
        (Incremental("updated_at", KeyTime.OF_CHANGE), "30 minutes every sync"),
        (
            Incremental("updated_at", KeyTime.OF_CHANGE, lookback=14 * DAY),
            "14 days every sync",
        ),
        (
            Incremental("processed_at", KeyTime.IN_THE_WORLD),
            "1 day every sync, 36 days every 20 hours",
        ),
        (
            Incremental("opening_time", KeyTime.IN_THE_WORLD, lookback=30 * DAY),
            "30 days every sync, 36 days every 20 hours",
        ),
        # Every sync reads more than a wide look would.
        (
            Incremental("issued_at", KeyTime.IN_THE_WORLD, lookback=45 * DAY),
            "45 days every sync",
        ),
    ],
)
def test_the_schedule_follows_from_the_declaration(
    incremental: Incremental, expected: str
) -> None:
    assert in_words(schedule(incremental)) == expected


WHOLE = read(300 * DAY, HOUR, ago=19 * HOUR)


@pytest.mark.parametrize(
    ("reads", "back"),
    [
        # All that a wide look reads was read 19 hours ago, by a backfill for instance.
        ((WHOLE,), DAY),
        # Long ago, though hourly syncs went on since.
        ((read(300 * DAY, 20 * HOUR, ago=20 * HOUR), read(DAY, HOUR, ago=HOUR)), WIDE),
        # Nothing of it, within the time that matters.
        ((), WIDE),
        # In pieces, each of them lately; a gap between them is none of that.
        ((read(50 * DAY, 9 * DAY, ago=HOUR), read(9 * DAY, HOUR, ago=HOUR)), DAY),
        ((read(50 * DAY, 9 * DAY, ago=HOUR), read(8 * DAY, HOUR, ago=HOUR)), WIDE),
        # A month that was done over says nothing of the days since.
        ((read(50 * DAY, 30 * DAY, ago=HOUR),), WIDE),
    ],
)
def test_a_wide_look_is_due_when_its_time_was_not_read_lately(
    reads: tuple[Read, ...], back: timedelta | Look
) -> None:
    expected = back.back if isinstance(back, Look) else back
    assert look_back((NEAR, WIDE), books(*reads), now=NOW) == expected


def test_a_look_that_was_broken_off_is_due_with_the_same_window() -> None:
    """Hours later, too: so its extraction is gone on with, not begun anew."""
    known = books(read(300 * DAY, 21 * HOUR, ago=21 * HOUR))
    later = [NOW + hours * HOUR for hours in (0, 1, 19)]
    assert {look_back((NEAR, WIDE), known, now=each) for each in later} == {WIDE.back}


def test_a_young_shop_is_not_looked_at_before_its_beginning() -> None:
    """Its history is shorter than a wide look, and was read: nothing is due."""
    begin = NOW - 10 * DAY
    young = books(read(10 * DAY, HOUR, ago=HOUR), begin=begin)
    assert look_back((NEAR, WIDE), young, now=NOW) == DAY


def test_a_look_is_as_old_as_the_oldest_read_it_takes() -> None:
    """Newer reads of the same time count, older ones beside them do not."""
    older = read(300 * DAY, 5 * DAY, ago=5 * DAY)
    newer = read(40 * DAY, 4 * DAY, ago=4 * DAY)
    syncs = read(5 * DAY, HOUR, ago=HOUR)
    known = books(older, syncs, newer)
    assert last_look(WIDE, known) == newer.at
    assert last_look(NEAR, known) == syncs.at
    assert last_look(Look(400 * DAY), books(syncs)) is None
