"""Times and dates from text: whatever says one that PostgreSQL holds.

Charter: reads one text of whatever form, to the microsecond. Beyond the years that
Python's own types hold, so as numbers: microseconds, or days, since 1970. How a whole
column is read is `values`' business.

Years are those of ISO 8601: 0000 is PostgreSQL's 1 BC.
"""

from __future__ import annotations

import re
from datetime import date

MICROSECONDS = 1_000_000
_DAY = 86_400 * MICROSECONDS

# What both PostgreSQL and Polars hold: 4714-11-24 BC to the last of 64 bits, which is
# 29 years before PostgreSQL's last; of dates, PostgreSQL's last is in the year 5874897.
FIRST_DAY = -2_440_588
LAST_DAY = 2_145_042_905
FIRST_INSTANT = FIRST_DAY * _DAY
LAST_INSTANT = 2**63 - 1

_YEARS = 400  # after which the calendar repeats
_DAYS_OF_YEARS = 146_097
_EPOCH = date(1970, 1, 1).toordinal()

_DATE = r"(?P<year>[+-]?[0-9]{4,7})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
_TIME = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]*))?)?"
)
_ZONE = (
    r"(?P<zone>[Zz]|UTC|GMT"
    r"|(?P<sign>[+-])(?P<hours>[0-9]{2})(?::?(?P<minutes>[0-9]{2}))?)"
)
_ANY_DATE = re.compile(_DATE)
_ANY_INSTANT = re.compile(rf"{_DATE}(?:[Tt]|\s+){_TIME}\s*{_ZONE}")

_HOURS, _MINUTES, _SECONDS = 24, 60, 60
_HOURS_OF_ZONE = 15


def read_instant(text: str) -> int:
    """Read a time with its zone: microseconds since 1970, rounded as PostgreSQL does.

    A time without a zone is refused: whether it is the shop's or UTC cannot be told,
    and a guess would be hours beside it, silently.

    Raises:
        ValueError: it is none, or none that PostgreSQL holds; the message says why.
    """
    written = _ANY_INSTANT.fullmatch(text.strip())
    if written is None:
        raise ValueError("it must look like 2026-07-14T12:00:00Z")
    instant = _day(written) * _DAY + _of_day(written) - _offset(written)
    if not FIRST_INSTANT <= instant <= LAST_INSTANT:
        raise ValueError("times are held from 4714-11-24 BC to 294247-01-10")
    return instant


def read_date(text: str) -> int:
    """Read a date: days since 1970.

    Raises:
        ValueError: it is none, or none that PostgreSQL holds; the message says why.
    """
    written = _ANY_DATE.fullmatch(text.strip())
    if written is None:
        raise ValueError("it must look like 2026-07-14")
    day = _day(written)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("dates are held from 4714-11-24 BC to 5874897-12-31")
    return day


def _day(written: re.Match[str]) -> int:
    cycles, year = divmod(int(written["year"]), _YEARS)
    # Within years that Python's type holds, and of the same calendar.
    like = date(year + _YEARS, int(written["month"]), int(written["day"]))
    return like.toordinal() - _EPOCH + (cycles - 1) * _DAYS_OF_YEARS


def _of_day(written: re.Match[str]) -> int:
    """Microseconds since midnight; a minute may have a second 60, a day an hour 24."""
    hour, minute = int(written["hour"]), int(written["minute"])
    second = int(written["second"] or 0)
    # By way of a double and to the even, as PostgreSQL rounds.
    fraction = round(float(f"0.{written['fraction'] or 0}") * MICROSECONDS)
    if hour > _HOURS or minute >= _MINUTES or second > _SECONDS:
        raise ValueError("there is no such time of day")
    if hour == _HOURS and (minute or second or fraction):
        raise ValueError("nothing but 24:00:00 is at hour 24")
    seconds = (hour * _MINUTES + minute) * _SECONDS + second
    return seconds * MICROSECONDS + fraction


def _offset(written: re.Match[str]) -> int:
    if written["sign"] is None:
        return 0
    hours, minutes = int(written["hours"]), int(written["minutes"] or 0)
    if hours > _HOURS_OF_ZONE or minutes >= _MINUTES:
        raise ValueError("there is no such time zone")
    offset = (hours * _MINUTES + minutes) * _SECONDS * MICROSECONDS
    return -offset if written["sign"] == "-" else offset
