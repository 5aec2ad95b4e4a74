"""An idle shop of all streams: what a sync asks, in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.streams import STREAMS
from shopify_assets_tests.refresh.syncing import backfill, looked, sync, wait
from shopify_assets_tests.stage import Stage

if TYPE_CHECKING:
    import psycopg

NAMES = [each.name for each in STREAMS]


def test_a_sync_of_an_idle_shop_reads_no_stream_for_three_requests(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """All 134. The first sync after a backfill sees what changes in silence."""
    backfill(own, postgres, NAMES)
    wait(own)
    first = sync(own, postgres, NAMES)
    assert len(first.due) <= 12
    wait(own)
    look, asked = looked(own, postgres, NAMES)
    assert dict(look.due) == {}
    assert set(look.idle) == set(NAMES)
    # The scopes, the newest keys of all lists, the records that change in silence.
    assert asked.requests == 3
    assert asked.requested <= 500
