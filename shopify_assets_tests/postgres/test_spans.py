"""What the books say of a shop's history: windows put together as arithmetic has it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shopify_assets.postgres.books.spans import Span, loaded_spans
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.windows import Window, merge_contiguous

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SHOP, OTHER = "a.myshopify.com", "b.myshopify.com"


def days(start: int, end: int) -> Window:
    return Window(BEGIN + timedelta(days=start), BEGIN + timedelta(days=end))


def book(
    connection: psycopg.Connection,
    windows: Iterable[Window | None],
    *,
    stream: str = "orders",
    shop: str = SHOP,
) -> None:
    """Write down loads of these windows."""
    for window in windows:
        connection.execute(
            """
            INSERT INTO shopify_assets.loads (shop, stream, extraction, disposition,
                window_start, window_end, extracted_at, seconds, rows)
            VALUES (%s, %s, '', 'merge', %s, %s, now(), 0, '{}')
            """,
            (shop, stream, window and window.start, window and window.end),
        )
    connection.commit()


@pytest.fixture
def books(postgres: psycopg.Connection) -> psycopg.Connection:
    migrate(postgres, ())
    postgres.commit()
    return postgres


def test_windows_that_touch_are_one_span_the_newest_first(
    books: psycopg.Connection,
) -> None:
    """Each stream has its own; other shops, and loads of no window, have no say."""
    book(books, [days(31, 60), days(0, 10), days(10, 20), days(0, 10), None])
    book(books, [days(5, 6)], stream="customers")
    book(books, [days(0, 300)], shop=OTHER)

    assert loaded_spans(books, SHOP, ["orders", "customers", "locations"]) == {
        "orders": (Span(days(31, 60), loads=1), Span(days(0, 20), loads=3)),
        "customers": (Span(days(5, 6), loads=1),),
        "locations": (),
    }


@pytest.mark.parametrize("seed", range(8))
def test_spans_cover_what_the_windows_cover(
    books: psycopg.Connection, seed: int
) -> None:
    """The server's arithmetic against ours; no load is lost, none counted twice."""
    draw = random.Random(seed)
    begins = [draw.randrange(80) for _ in range(12)]
    windows = [days(begin, begin + draw.randint(1, 9)) for begin in begins]
    book(books, windows)

    spans = loaded_spans(books, SHOP, ["orders"])["orders"]

    assert tuple(span.window for span in reversed(spans)) == merge_contiguous(windows)
    assert sum(span.loads for span in spans) == len(windows)
    assert sum(span.days for span in spans) == len(
        {day for each in windows for day in range(_day(each.start), _day(each.end))}
    )


def _day(time: datetime) -> int:
    return (time - BEGIN).days
