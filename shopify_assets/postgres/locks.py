"""Locks across processes, kept by the warehouse they all share.

Charter: advisory locks that live as long as a connection. A process that dies gives its
locks back with its connection, so none is ever left behind.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

_TRY = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"
_PAUSE = 1.0  # seconds between two tries
_LONGEST_SILENCE = 30.0


@contextmanager
def one_at_a_time(
    connection: psycopg.Connection,
    name: str,
    *,
    report: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold the lock `name`; while another process holds it, wait and say so.

    The connection is committed: an open transaction would keep old rows alive as long
    as the lock is held.
    """
    tries = 0
    while not _tried(connection, name):
        waited = tries * _PAUSE
        if waited % _LONGEST_SILENCE == 0:
            report(
                f"{name}: another run is at it; waiting until it is done "
                f"({waited:.0f} s so far)"
            )
        tries += 1
        sleep(_PAUSE)
    try:
        yield
    finally:
        connection.execute(_UNLOCK, [name])
        connection.commit()


def _tried(connection: psycopg.Connection, name: str) -> bool:
    row = connection.execute(_TRY, [name]).fetchone()
    connection.commit()
    return row is not None and bool(row[0])
