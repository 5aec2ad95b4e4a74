"""Connections to the database that Dagster's storage is in, kept between events.

Charter: one small pool per process and database, whoever asks for it: Dagster opens an
instance for each evaluation of a sensor, and each would hold connections of its own.
What is sent over a connection is `storage`'s. Nothing of ours but this is imported.
"""

import os
import threading
from typing import Any
from weakref import WeakSet

from dagster_postgres.utils import create_pg_engine, set_pg_statement_timeout
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import QueuePool

# Connections that stay open in a process that does nothing, and the most there can be:
# a thread of Dagster's may ask for a second one while it holds one.
KEPT = 2
AT_MOST = 20

# Servers, and what stands before them, drop connections that were idle for long.
_RECYCLED_AFTER = 600  # seconds


def pooled(url: str, provider: Any = None, **options: Any) -> Engine:
    """Make an engine with a pool.

    Args:
        url: the database.
        provider: of tokens instead of a password, as Dagster makes it.
        options: of SQLAlchemy's, in place of ours.
    """
    chosen = {
        "poolclass": QueuePool,
        "pool_size": KEPT,
        "max_overflow": AT_MOST - KEPT,
        "pool_recycle": _RECYCLED_AFTER,
        # The connection used last is taken first, so that the others may age.
        "pool_use_lifo": True,
        # A server that was restarted is noticed before a statement is lost on it.
        "pool_pre_ping": True,
        # As Dagster sets it: its statements rely on it.
        "isolation_level": "AUTOCOMMIT",
        **options,
    }
    engine = create_pg_engine(url, provider, **chosen)
    _engines.add(engine)
    return engine


def pooled_with_timeout(
    url: str, provider: Any, *, milliseconds: int, **options: Any
) -> Engine:
    """Make an engine whose statements are ended after a time, for a web server."""
    engine = pooled(url, provider, **options)

    @event.listens_for(engine, "connect")
    def limit(connection: Any, _record: Any) -> None:
        set_pg_statement_timeout(connection, milliseconds)

    return engine


def shared(url: str) -> Engine:
    """The one engine of this process for `url`."""
    with _lock:
        if url not in _shared:
            _shared[url] = pooled(url)
        return _shared[url]


def joined(engine: Engine, user: object) -> None:
    """Note that `user` needs the connections of `engine`, as long as it lives."""
    with _lock:
        _users.setdefault(engine, WeakSet()).add(user)


def left(engine: Engine, user: object) -> None:
    """Note that `user` needs no connection; after the last one idle ones are closed.

    The engine can still be used: it then connects anew.
    """
    with _lock:
        users = _users.get(engine, WeakSet())
        users.discard(user)
        unused = not users
    if unused:
        engine.dispose()


def _forget() -> None:
    """In a forked process: leave the parent's connections to the parent."""
    global _lock  # noqa: PLW0603 -- a thread of the parent's may have held it
    _lock = threading.Lock()
    for engine in _engines:
        engine.dispose(close=False)


_lock = threading.Lock()
_engines: WeakSet[Engine] = WeakSet()
_shared: dict[str, Engine] = {}
_users: dict[Engine, WeakSet[object]] = {}

os.register_at_fork(after_in_child=_forget)
