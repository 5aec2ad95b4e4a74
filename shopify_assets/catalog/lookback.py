"""How far before the watermark a sync begins, and when it looks further back.

Charter: pure decisions. Three things make a record come after its time: Shopify's index
shows it late, it changes without its replication key telling, or the key is a time in
the world that lies before the day on which it was entered. One schedule of looks back
follows for each stream. What was looked at is read from the loader's books by the
caller; nothing here reads a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shopify_assets.windows import Window, gaps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shopify_assets.catalog.stream import Incremental

# Shopify's search index lags, sometimes by many minutes. Rows met again are merged by
# version.
OVERLAP = timedelta(minutes=30)
# What is entered late, mostly is within a day; hourly syncs read it for a page or two.
RECENT = timedelta(days=1)
# Lateness that is caught: a month, and some days for the closing of its books.
LATE = timedelta(days=35)
# Wide looks are this far apart at least: less than a day, so that a daily sync that
# begins some hours early is not put off to the next day.
APART = timedelta(hours=20)
# A wide look that syncs have not made within this time is overdue.
PATIENCE = timedelta(days=1)


@dataclass(frozen=True)
class Look:
    """A look back.

    Attributes:
        back: how far before the watermark it begins.
        apart: the least time between two of them; zero: every sync makes it.
    """

    back: timedelta
    apart: timedelta = timedelta()


@dataclass(frozen=True)
class Read:
    """A window that was extracted and loaded, and when its extraction began."""

    window: Window
    at: datetime


def schedule(incremental: Incremental) -> tuple[Look, ...]:
    """The looks back of a stream, the nearest first; the first is every sync's."""
    if not incremental.is_in_the_world:
        return (Look(max(OVERLAP, incremental.lookback)),)
    near = Look(max(RECENT, incremental.lookback))
    wide = Look(LATE + PATIENCE, APART)
    return (near, wide) if near.back < wide.back else (near,)


@dataclass(frozen=True)
class Books:
    """What the loader's books say of a stream of a shop.

    Attributes:
        begin: the first moment of the shop's history; nothing before is asked for.
        watermark: up to which replication-key value it is loaded.
        reads: what was loaded, of old looks as much as the question takes.
    """

    begin: datetime
    watermark: datetime
    reads: tuple[Read, ...] = ()

    def window(self, look: Look) -> Window | None:
        """What a look back from the watermark reads; None before all history."""
        start = max(self.begin, self.watermark - look.back)
        return Window(start, self.watermark) if start < self.watermark else None


def look_back(looks: tuple[Look, ...], books: Books, *, now: datetime) -> timedelta:
    """How far before the watermark the next sync begins: the widest look that is due.

    Args:
        looks: the stream's schedule.
        books: what was loaded.
        now: the shop's clock.
    """
    due = (each for each in looks if not each.apart or _is_due(each, books, now=now))
    return max(each.back for each in due)


def _is_due(look: Look, books: Books, *, now: datetime) -> bool:
    """Whether it has been longer than allowed that all of it was read."""
    looked = last_look(look, books)
    return looked is None or now - looked >= look.apart


def last_look(look: Look, books: Books) -> datetime | None:
    """Since when all that a look reads has been read; None if a part of it never was.

    The newest reads that cover it are taken; the oldest of them tells.
    """
    wanted = books.window(look)
    if wanted is None:
        return max((each.at for each in books.reads), default=None)
    covered: list[Window] = []
    for each in sorted(books.reads, key=lambda read: read.at, reverse=True):
        covered.append(each.window)
        if not gaps(wanted, covered):
            return each.at
    return None


def in_words(looks: Iterable[Look]) -> str:
    """A schedule for people: `30 minutes every sync`, `1 day every sync, 36 days …`."""
    return ", ".join(f"{_length(each.back)} {_often(each.apart)}" for each in looks)


def _often(apart: timedelta) -> str:
    return f"every {_length(apart)}" if apart else "every sync"


def _length(time: timedelta) -> str:
    for unit, name in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        if time >= name:
            count = time // name
            return f"{count} {unit}" + ("s" if count > 1 else "")
    return f"{time // timedelta(minutes=1)} minutes"
