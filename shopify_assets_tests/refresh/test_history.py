"""What of a stream's history is loaded, as people look at it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shopify_assets.defs.metadata import loaded_windows
from shopify_assets.postgres.books.spans import Span
from shopify_assets.refresh.history import Loaded, Year, years
from shopify_assets.windows import Window

WHOLE, PART, NOTHING = Loaded.WHOLE, Loaded.PART, Loaded.NOTHING


def span(start: str, end: str, *, loads: int = 1) -> Span:
    begin, over = (
        datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (start, end)
    )
    return Span(Window(begin, over), loads)


def test_months_are_whole_in_part_or_not_there_at_all() -> None:
    """A year between two that are loaded shows its gap."""
    covered = (
        span("2025-01-01", "2025-02-01T00:00:01"),
        span("2023-11-01", "2023-12-31T23:59:59"),
    )
    nothing = (NOTHING,) * 12

    assert years(covered) == (
        Year(2025, (WHOLE, PART, *nothing[2:])),
        Year(2024, nothing),
        Year(2023, (*nothing[:10], WHOLE, PART)),
    )


@pytest.mark.parametrize("year", [2024, 2025])
def test_a_span_that_ends_with_the_year_shows_no_further_year(year: int) -> None:
    covered = (span(f"{year}-01-01", f"{year + 1}-01-01"),)
    assert years(covered) == (Year(year, (WHOLE,) * 12),)


def test_the_page_of_an_asset_shows_days_months_and_windows() -> None:
    shown = loaded_windows(
        [
            span("2024-12-01", "2025-02-15T12:00", loads=2),
            span("2024-06-01", "2024-07-01"),
        ]
    )
    assert shown["days loaded"] == 106.5
    assert shown["months loaded"].value.splitlines() == [
        "```",
        "      J F M A M J J A S O N D",
        "2025  █ ▒ · · · · · · · · · ·",
        "2024  · · · · · █ · · · · · █",
        "```",
        "█ whole, ▒ part, · nothing",
    ]
    assert [record.data for record in shown["windows loaded"].records] == [
        {
            "from": "2024-12-01 00:00",
            "to": "2025-02-15 12:00",
            "days": 76.5,
            "loads": 2,
        },
        {
            "from": "2024-06-01 00:00",
            "to": "2024-07-01 00:00",
            "days": 30.0,
            "loads": 1,
        },
    ]


def test_a_snapshot_shows_none() -> None:
    assert loaded_windows([]) == {}
    assert years(()) == ()
