"""How much of which month of a stream's history is loaded.

Charter: pure arithmetic on windows, for people to look at. What is missing is told by
`proof`, which knows where a shop begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from shopify_assets.windows import Window, gaps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shopify_assets.postgres.books.spans import Span

_MONTHS = 12


class Loaded(Enum):
    """How much of a month is loaded."""

    WHOLE = "whole"
    PART = "part"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Year:
    """A calendar year (UTC), and how much of each of its twelve months is loaded."""

    year: int
    months: tuple[Loaded, ...]


def years(covered: Sequence[Span]) -> tuple[Year, ...]:
    """All years from the first of the spans to the last, the newest first."""
    if not covered:
        return ()
    windows = [span.window for span in covered]
    first = min(window.start for window in windows).year
    last = (max(window.end for window in windows) - timedelta(seconds=1)).year
    return tuple(
        Year(year, tuple(_loaded(month, windows) for month in _months(year)))
        for year in range(last, first - 1, -1)
    )


def _loaded(month: Window, windows: Sequence[Window]) -> Loaded:
    if not gaps(month, windows):
        return Loaded.WHOLE
    touched = any(month.overlaps(window) for window in windows)
    return Loaded.PART if touched else Loaded.NOTHING


def _months(year: int) -> Iterator[Window]:
    begins = [datetime(year, month, 1, tzinfo=UTC) for month in range(1, _MONTHS + 1)]
    ends = [*begins[1:], datetime(year + 1, 1, 1, tzinfo=UTC)]
    for begin, end in zip(begins, ends, strict=True):
        yield Window(begin, end)
