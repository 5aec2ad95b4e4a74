"""Records that change without moving their time: when one is settled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopify_assets.catalog.lookback import Read
from shopify_assets.postgres.books.looks import Seen
from shopify_assets.refresh.memory import compared, digest_of
from shopify_assets.windows import Window
from shopify_assets_tests.stage import compiled

PAYOUTS = compiled("payouts").root
HOUR = timedelta(hours=1)
ISSUED = datetime(2026, 11, 1, tzinfo=UTC)
NOW = ISSUED + 48 * HOUR
PAYOUT: dict[str, Any] = {
    "id": "gid://shopify/ShopifyPaymentsPayout/1",
    "issuedAt": "2026-11-01T00:00:00Z",
    "status": "SCHEDULED",
}
ID = PAYOUT["id"]


def read(at: datetime, *, end: datetime = NOW) -> Read:
    return Read(Window(ISSUED - HOUR, end), at)


def seen(since: datetime | None, **changes: str) -> dict[str, Seen]:
    return {ID: Seen(digest_of({**PAYOUT, **changes}), since)}


@pytest.mark.parametrize(
    ("known", "loaded", "settled"),
    [
        # Never seen: what is loaded may be an earlier state.
        ({}, (read(NOW - HOUR),), False),
        # Seen, and read since.
        (seen(NOW - 2 * HOUR), (read(NOW - HOUR),), True),
        # Seen, but last read before.
        (seen(NOW - HOUR), (read(NOW - 2 * HOUR),), False),
        # Seen and read since, but its time was not within what was read.
        (seen(NOW - 2 * HOUR), (read(NOW - HOUR, end=ISSUED),), False),
        # Settled once, it stays so as long as it looks so, whatever was read since.
        (seen(None), (), True),
        # It looked otherwise.
        (seen(None, status="PAID"), (read(NOW - HOUR),), False),
        (seen(NOW - 2 * HOUR, status="PAID"), (read(NOW - HOUR),), False),
    ],
)
def test_a_record_is_settled_that_was_read_since_it_looked_so(
    *, known: dict[str, Seen], loaded: tuple[Read, ...], settled: bool
) -> None:
    found = compared([PAYOUT], known, root=PAYOUTS, loaded=loaded, at=NOW)
    assert found.unsettled == (() if settled else (ID,))
    assert (found.seen[ID].since is None) == settled
    assert found.seen[ID].digest == digest_of(PAYOUT)


@pytest.mark.parametrize("moment", [None, "no time", "2026-11-01T00:00:00"])
def test_a_record_whose_time_cannot_be_compared_is_never_settled(moment: Any) -> None:
    odd = {**PAYOUT, "issuedAt": moment}
    known = {ID: Seen(digest_of(odd), NOW - 2 * HOUR)}
    found = compared([odd], known, root=PAYOUTS, loaded=(read(NOW),), at=NOW)
    assert found.unsettled == (ID,)


def test_what_is_no_longer_shown_is_forgotten() -> None:
    found = compared([], seen(None), root=PAYOUTS, loaded=(), at=NOW)
    assert (found.seen, found.unsettled) == ({}, ())
