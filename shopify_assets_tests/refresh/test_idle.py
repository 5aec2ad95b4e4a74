"""An idle shop of all streams: what a sync asks, in figures."""

from __future__ import annotations

from typing import Any

import psycopg

from shopify_assets.streams import STREAMS
from shopify_assets_tests.refresh.syncing import backfill, looked, sync, wait
from shopify_assets_tests.stage import Stage


class Counting(psycopg.Cursor[Any]):
    """Counts the statements of a connection."""

    statements = 0

    def execute(self, *args: Any, **kwargs: Any) -> Counting:
        Counting.statements += 1
        super().execute(*args, **kwargs)
        return self


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
    postgres.cursor_factory = Counting
    Counting.statements = 0
    look, asked = looked(own, postgres, NAMES)
    assert dict(look.due) == {}
    assert set(look.idle) == set(NAMES)
    # The scopes, the newest keys of all lists, the records that change in silence.
    assert asked.requests == 3
    assert asked.requested <= 500
    # The form of the books, the books themselves, the rows shown, what was found.
    assert 0 < Counting.statements <= 12
