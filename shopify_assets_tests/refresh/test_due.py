"""When a stream is read whatever a probe says: decided from its books alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shopify_assets.postgres.books.looks import Standing
from shopify_assets.refresh import due
from shopify_assets_tests.stage import compiled

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LOCATIONS, ORDERS = compiled("locations"), compiled("orders")


def read(
    hours: float, *, query: str = LOCATIONS.fingerprint, aside: bool = False
) -> Standing:
    return Standing(None, query, NOW - hours * HOUR, aside)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (None, due.NEVER),
        (Standing(), due.OTHER_QUERY),
        (read(0, query="another"), due.OTHER_QUERY),
        (read(0, aside=True), due.ASIDE),
        (read(0), ""),
        (read(19.99), ""),
        (read(20), "it was read 20.0 hours ago"),
    ],
)
def test_a_snapshot_is_due_when_its_books_say_so(
    standing: Standing | None, expected: str
) -> None:
    found = due.snapshot_due(
        LOCATIONS, standing, now=NOW, apart=20 * HOUR, is_named=False
    )
    assert found == expected


def test_a_snapshot_is_due_when_it_is_named_or_always_wanted() -> None:
    fresh = read(0)
    named = due.snapshot_due(LOCATIONS, fresh, now=NOW, apart=20 * HOUR, is_named=True)
    always = due.snapshot_due(
        LOCATIONS, fresh, now=NOW, apart=timedelta(), is_named=False
    )
    assert (named, always) == (due.NAMED, "it was read 0.0 hours ago")


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (None, due.NEVER),
        # Set aside whole, and nothing else was ever loaded.
        (Standing(None, ORDERS.fingerprint, NOW), due.NEVER),
        (Standing(NOW, None, NOW), due.OTHER_QUERY),
        (Standing(NOW, "another", NOW), due.OTHER_QUERY),
        (Standing(NOW, ORDERS.fingerprint, NOW, has_aside=True), ""),
    ],
)
def test_a_stream_that_advances_is_read_without_a_probe(
    standing: Standing | None, expected: str
) -> None:
    assert due.must_read(ORDERS, standing, now=NOW) == expected
