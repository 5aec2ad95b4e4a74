"""A lock that another process holds is waited for, and that is said."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from shopify_assets.postgres.connect import connect
from shopify_assets.postgres.locks import one_at_a_time

if TYPE_CHECKING:
    import psycopg

TOLD = "work: another run is at it; waiting until it is done ({} s so far)"


def test_waiting_for_a_lock_is_told_at_once_and_every_half_minute(
    postgres: psycopg.Connection, database_url: str
) -> None:
    lines: list[str] = []
    waited: list[float] = []
    with connect(database_url) as other, ExitStack() as held:
        held.enter_context(one_at_a_time(other, "work", report=lines.append))

        def sleep(seconds: float) -> None:
            waited.append(seconds)
            if sum(waited) >= 65:
                held.close()

        lock = one_at_a_time(postgres, "work", report=lines.append, sleep=sleep)
        with lock:
            assert lines == [TOLD.format(seconds) for seconds in (0, 30, 60)]
    assert sum(waited) == 65
