"""Which streams are read whatever a probe would say, and when snapshots are.

Charter: pure decisions, from what the books say of a stream. Nothing here asks a shop
or reads a clock.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shopify_assets.clocks import is_to_come

if TYPE_CHECKING:
    from datetime import datetime

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.postgres.books.looks import Standing

NEVER = "it was never loaded"
OTHER_QUERY = "its query is not the one by which it was read last"
NAMED = "it was named"
TO_COME = "its books hold a time that is yet to come"
ASIDE = "records of it are set aside"

_HOUR = timedelta(hours=1)


def must_read(
    compiled: CompiledStream, standing: Standing | None, *, now: datetime
) -> str:
    """Why any stream has to be read; empty if its books are no reason."""
    if standing is None:
        return NEVER
    if compiled.stream.incremental is not None and standing.watermark is None:
        return NEVER
    if standing.query != compiled.fingerprint:
        return OTHER_QUERY
    if any(is_to_come(at, now) for at in (standing.watermark, standing.queried_at)):
        # By its age it would not be due for years.
        return TO_COME
    return ""


def snapshot_due(
    compiled: CompiledStream,
    standing: Standing | None,
    *,
    now: datetime,
    apart: timedelta,
    is_named: bool,
) -> str:
    """Why a stream that is read whole is due; empty if it is not.

    Args:
        compiled: the stream.
        standing: what the books say of it; None: nothing.
        now: the shop's clock.
        apart: the time between two readings; zero: always.
        is_named: whether the user asked for this very stream.
    """
    reason = must_read(compiled, standing, now=now)
    if reason or standing is None or standing.queried_at is None:
        return reason or NEVER
    if is_named:
        return NAMED
    if standing.has_aside:
        return ASIDE
    age = now - standing.queried_at
    if age >= apart:
        return f"it was read {age / _HOUR:.1f} hours ago"
    return ""
