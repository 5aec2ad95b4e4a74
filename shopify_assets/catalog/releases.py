"""Shopify's calendar of API versions: which follows which, and how long each is served.

Charter: what a version's name alone tells. Nothing here reads a file, a clock or a
schema; a caller who wants to know what is served today brings the time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

UNSTABLE = "unstable"

# Versions beside the newest stable one that are still served: a year's, less itself.
OLDER = 3
_QUARTER = 3  # months
_RELEASED_AT = 17  # o'clock, UTC, on the first day of the quarter
# The same month of the next year; Shopify's table of versions gives the moment.
_ENDS_ON, _ENDS_AT = 16, 15
_NAME = re.compile(r"\d{4}-(?:01|04|07|10)")


def is_version(name: str) -> bool:
    """Whether Shopify could call a version so."""
    return name == UNSTABLE or _NAME.fullmatch(name) is not None


def shifted(version: str, quarters: int) -> str:
    """The stable version so many quarters later: `2026-10`, 1 → `2027-01`."""
    year, month = _parts(version)
    months = year * 12 + month - 1 + quarters * _QUARTER
    return f"{months // 12}-{months % 12 + 1:02d}"


def is_served_beside(version: str, pinned: str) -> bool:
    """Whether `version` is worth pinning beside `pinned`: served with it, or later."""
    # Names of versions sort by time, and `unstable` after them all.
    return version >= shifted(pinned, -OLDER)


def released(version: str) -> datetime | None:
    """When a version becomes stable (UTC); None for `unstable`."""
    if version == UNSTABLE:
        return None
    year, month = _parts(version)
    return datetime(year, month, 1, _RELEASED_AT, tzinfo=UTC)


def served_until(version: str) -> datetime | None:
    """When a version is no longer answered but by a later one (UTC); see `released`."""
    if version == UNSTABLE:
        return None
    year, month = _parts(version)
    return datetime(year + 1, month, _ENDS_ON, _ENDS_AT, tzinfo=UTC)


def _parts(version: str) -> tuple[int, int]:
    year, _, month = version.partition("-")
    return int(year), int(month)
