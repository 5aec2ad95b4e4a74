"""Times and dates as Python values, whatever their year.

Charter: numbers that compare as the times they are and show themselves as such; how
the driver and frames give them. Python's own types end with the year 9999, at which the
driver and Polars both fail; PostgreSQL holds later ones, and earlier than year 1.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format

if TYPE_CHECKING:
    import psycopg

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
# PostgreSQL counts from the year 2000.
_DAYS_BETWEEN = 10_957
_BETWEEN = _DAYS_BETWEEN * (_DAY // _MICROSECOND)
# The calendar repeats after so many years.
_YEARS, _DAYS_OF_YEARS = 400, 146_097


class CalendarDate(int):
    """A date: days since 1970."""

    __slots__ = ()

    def __str__(self) -> str:
        """`2026-07-14`; of years beyond 9999 as many digits as it takes."""
        cycles, day = divmod(int(self), _DAYS_OF_YEARS)
        like = EPOCH + day * _DAY
        year = like.year + cycles * _YEARS
        return f"{year:04}-{like:%m-%d}"


class Instant(int):
    """A time: microseconds since 1970."""

    __slots__ = ()

    @classmethod
    def of(cls, time: datetime) -> Instant:
        """That of a time of Python's."""
        return cls((time - EPOCH) // _MICROSECOND)

    @property
    def day(self) -> CalendarDate:
        """Its date, in UTC."""
        return CalendarDate(self // (_DAY // _MICROSECOND))

    def __str__(self) -> str:
        """`2026-07-14 12:00:00+00:00`; of years beyond 9999 accordingly."""
        within = EPOCH + int(self) % (_DAY // _MICROSECOND) * _MICROSECOND
        return f"{self.day} {within.timetz()}"


def time_of(instant: int) -> datetime | None:
    """Python's time; None where it has none so early or late."""
    try:
        return EPOCH + instant * _MICROSECOND
    except OverflowError:
        return None


class _InstantLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> Instant:
        (since_2000,) = struct.unpack(">q", data)
        return Instant(since_2000 + _BETWEEN)


class _CalendarDateLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> CalendarDate:
        (since_2000,) = struct.unpack(">i", data)
        return CalendarDate(since_2000 + _DAYS_BETWEEN)


def read_as_moments(cursor: psycopg.Cursor) -> None:
    """Let a cursor give times and dates of any year, in its binary answers."""
    cursor.adapters.register_loader("timestamptz", _InstantLoader)
    cursor.adapters.register_loader("date", _CalendarDateLoader)
