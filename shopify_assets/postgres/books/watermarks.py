"""The loader's books: who is loading, what was loaded, and how far a stream has come.

Charter: the tables of schema `shopify_assets` and the lock per (shop, stream), all in
the transaction of the load they tell of. What a load does to data is `merge`'s.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, LiteralString

from psycopg.types.json import Jsonb

from shopify_assets.catalog.lookback import Read
from shopify_assets.clocks import is_to_come
from shopify_assets.errors import ConfigurationError
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import psycopg

    from shopify_assets.postgres.loads import Load, TableCounts
    from shopify_assets.windows import Window

_LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"

_NEWEST: LiteralString = """
    SELECT extracted_at FROM shopify_assets.watermarks WHERE shop = %s AND stream = %s
"""

_LATEST: LiteralString = """
    SELECT least(
        greatest(watermark, extracted_at, queried_at, looked_at), '9999-12-31Z'
    )
    FROM shopify_assets.watermarks WHERE shop = %s AND stream = %s
"""

_WATERMARK: LiteralString = """
    SELECT watermark FROM shopify_assets.watermarks WHERE shop = %s AND stream = %s
"""

_EXISTS: LiteralString = "SELECT to_regclass('shopify_assets.watermarks') IS NOT NULL"

_LOADED: LiteralString = """
    SELECT shop, stream, watermark, loaded_at FROM shopify_assets.watermarks
    ORDER BY shop, stream
"""

_READS: LiteralString = """
    SELECT window_start, window_end, extracted_at FROM shopify_assets.loads
    WHERE shop = %s AND stream = %s AND window_start < window_end
        AND extracted_at >= %s
"""

_RECORD: LiteralString = """
    INSERT INTO shopify_assets.loads (
        shop, stream, extraction, disposition, window_start, window_end, extracted_at,
        seconds, rows
    ) VALUES (
        %(shop)s, %(stream)s, %(extraction)s, %(disposition)s, %(start)s, %(end)s,
        %(extracted_at)s, %(seconds)s, %(rows)s
    )
"""

_ADVANCE: LiteralString = """
    INSERT INTO shopify_assets.watermarks AS known
        (shop, stream, watermark, extracted_at, extraction, query, queried_at)
    VALUES
        (%(shop)s, %(stream)s, %(watermark)s, %(extracted_at)s, %(extraction)s,
         %(query)s, %(queried_at)s)
    ON CONFLICT (shop, stream) DO UPDATE SET
        watermark = greatest(known.watermark, excluded.watermark),
        extracted_at = greatest(known.extracted_at, excluded.extracted_at),
        extraction = excluded.extraction,
        query = CASE WHEN known.queried_at > excluded.queried_at THEN known.query
                     ELSE coalesce(excluded.query, known.query) END,
        queried_at = greatest(known.queried_at, excluded.queried_at),
        loaded_at = now()
"""


@dataclass(frozen=True)
class Loaded:
    """A stream of a shop that is in the warehouse.

    Attributes:
        shop: the shop's domain.
        stream: the stream's name.
        watermark: up to which replication-key value; None of a snapshot.
        at: when something was loaded last.
    """

    shop: str
    stream: str
    watermark: datetime | None
    at: datetime


def loaded(connection: psycopg.Connection) -> tuple[Loaded, ...]:
    """All that was ever loaded; nothing of a warehouse without books."""
    with connection.transaction():
        exists = connection.execute(_EXISTS).fetchone()
        if exists is None or not exists[0]:
            return ()
        rows = connection.execute(_LOADED).fetchall()
    return tuple(Loaded(*row) for row in rows)


def lock(connection: psycopg.Connection, *, shop: str, stream: str) -> None:
    """Wait until no other load of (shop, stream) runs; then keep others out."""
    connection.execute(_LOCK, (f"shopify_assets load {shop} {stream}",))


def newest_extraction(
    connection: psycopg.Connection, *, shop: str, stream: str
) -> datetime | None:
    """When the newest loaded extraction of (shop, stream) began."""
    row = connection.execute(_NEWEST, (shop, stream)).fetchone()
    return row[0] if row else None


def refuse_time_to_come(
    connection: psycopg.Connection, *, shop: str, stream: str, now: datetime
) -> None:
    """Refuse books of (shop, stream) that hold a time which is yet to come.

    Raises:
        ConfigurationError: nothing new would be read, or stored, until then.
    """
    with connection.transaction():
        row = connection.execute(_LATEST, (shop, stream)).fetchone()
    if row is not None and is_to_come(row[0], now):
        message = (
            f"the books of stream {stream} of shop {shop} hold the time "
            f"{row[0]:%Y-%m-%d %H:%M:%S} UTC, and it is {now:%Y-%m-%d %H:%M:%S}: until "
            "then nothing new would be taken. A wrong clock has left it there; see "
            "shopify-assets doctor, and let it set such times back: doctor --repair"
        )
        raise ConfigurationError(message)


def watermark(
    connection: psycopg.Connection, *, shop: str, stream: str
) -> datetime | None:
    """Up to which replication-key value (shop, stream) is loaded."""
    with connection.transaction():
        row = connection.execute(_WATERMARK, (shop, stream)).fetchone()
    return row[0] if row else None


def reads(
    connection: psycopg.Connection, *, shop: str, stream: str, since: datetime
) -> tuple[Read, ...]:
    """The windows of (shop, stream) that were loaded, of extractions begun `since`."""
    with connection.transaction():
        rows = connection.execute(_READS, (shop, stream, since)).fetchall()
    return tuple(Read(Window(start, end), at) for start, end, at in rows)


def advanced(known: datetime | None, covered: Window | None) -> datetime | None:
    """The watermark after a window; one that leaves a gap behind it moves nothing."""
    if covered is None or (known is not None and covered.start > known):
        return known
    return covered.end if known is None else max(known, covered.end)


def record(
    connection: psycopg.Connection,
    load: Load,
    *,
    rows: Mapping[str, TableCounts],
    seconds: float,
) -> None:
    """Write down a load, and advance the watermark; it never goes back."""
    values = {
        "shop": load.shop,
        "stream": load.stream,
        "extraction": load.extraction,
        "disposition": load.disposition.value,
        "start": load.window.start if load.window else None,
        "end": load.window.end if load.window else None,
        "extracted_at": load.extracted_at,
        "watermark": load.watermark,
        "query": load.query,
        "queried_at": load.extracted_at if load.query else None,
        "seconds": seconds,
        "rows": Jsonb({name: asdict(counts) for name, counts in rows.items()}),
    }
    connection.execute(_RECORD, values)
    connection.execute(_ADVANCE, values)
