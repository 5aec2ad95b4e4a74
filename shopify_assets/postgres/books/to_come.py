"""Times in the warehouse that are yet to come: found, and set back.

Charter: what a wrong clock has left in the books and in the rows. A watermark beyond
now skips what was never read; a row or a snapshot of a time to come yields to nothing.
Such times are taken back to what is known to be true, and what was read meanwhile is
read once more. The caller says what time it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, LiteralString, TypeAlias

from psycopg import sql

from shopify_assets.clocks import NEAR
from shopify_assets.postgres.books import watermarks
from shopify_assets.postgres.form import ddl
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.postgres.loads import told
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    import psycopg

    from shopify_assets.catalog.tables import Table

Tables: TypeAlias = "tuple[Table, ...]"

# `least`: Python knows no year beyond 9999, and no infinity.
_BOOKS: LiteralString = """
    SELECT shop, stream, least(max(latest), '9999-12-31Z'), min(since) FROM (
        SELECT shop, stream, NULL::timestamptz AS since,
               greatest(watermark, extracted_at, queried_at, looked_at) AS latest
        FROM shopify_assets.watermarks
        UNION ALL
        SELECT shop, stream, loaded_at, greatest(extracted_at, window_end)
        FROM shopify_assets.loads
        WHERE extracted_at > %(limit)s OR window_end > %(limit)s
        UNION ALL
        SELECT shop, stream, NULL, proven_at FROM shopify_assets.proofs
        UNION ALL
        SELECT shop, stream, NULL, greatest(begun_at, last_begun_at, last_ended_at)
        FROM shopify_assets.rotations
        UNION ALL
        SELECT shop, stream, NULL, extracted_at FROM shopify_assets.set_aside
    ) times WHERE latest > %(limit)s GROUP BY shop, stream ORDER BY shop, stream
"""

_LOADS: LiteralString = """
    SELECT window_start, window_end FROM shopify_assets.loads
    WHERE shop = %(shop)s AND stream = %(stream)s AND window_start < window_end
      AND extracted_at <= %(limit)s AND window_end <= %(limit)s
      AND (%(since)s::timestamptz IS NULL OR loaded_at < %(since)s)
    ORDER BY id
"""

# A load of a time to come proves no window read: nobody knows when it began.
_MEND_BOOKS: tuple[LiteralString, ...] = (
    """
    UPDATE shopify_assets.loads SET
        window_start = NULL, window_end = NULL,
        extracted_at = least(extracted_at, loaded_at, %(now)s)
    WHERE shop = %(shop)s AND stream = %(stream)s
      AND (extracted_at > %(limit)s OR window_end > %(limit)s)
    """,
    # Without `queried_at` and `looked_at` the stream is due, whatever its age.
    """
    UPDATE shopify_assets.watermarks SET
        watermark = %(watermark)s, queried_at = NULL, looked_at = NULL,
        extracted_at = least(extracted_at, loaded_at, %(now)s)
    WHERE shop = %(shop)s AND stream = %(stream)s
    """,
    "DELETE FROM shopify_assets.seen WHERE shop = %(shop)s AND stream = %(stream)s",
    """
    UPDATE shopify_assets.set_aside SET extracted_at = least(since, %(now)s)
    WHERE shop = %(shop)s AND stream = %(stream)s AND extracted_at > %(limit)s
    """,
    """
    UPDATE shopify_assets.proofs SET proven_at = least(written_at, %(now)s)
    WHERE shop = %(shop)s AND stream = %(stream)s AND proven_at > %(limit)s
    """,
    """
    UPDATE shopify_assets.rotations SET
        begun_at = CASE WHEN begun_at <= %(limit)s THEN begun_at END,
        last_begun_at = CASE WHEN last_begun_at <= %(limit)s THEN last_begun_at END,
        last_ended_at = CASE WHEN last_ended_at <= %(limit)s THEN last_ended_at END
    WHERE shop = %(shop)s AND stream = %(stream)s
      AND greatest(begun_at, last_begun_at, last_ended_at) > %(limit)s
    """,
)


@dataclass(frozen=True)
class ToCome:
    """What of a stream of a shop is of a time to come.

    Attributes:
        shop: the shop's domain.
        stream: the stream's name.
        latest: the latest such time.
        records: how many root records hold one.
        since: when the first of them was stored; None: not known.
        watermark: what its watermark is to be set back to; None: it has none, or its
            history is read from the beginning.
    """

    shop: str
    stream: str
    latest: datetime
    records: int = 0
    since: datetime | None = None
    watermark: datetime | None = None

    def __str__(self) -> str:
        """What is wrong, and what is done about it."""
        again = (
            "it is read again as a whole"
            if self.watermark is None
            else f"it is read again from {self.watermark:%Y-%m-%d %H:%M} on"
        )
        rows = f", {self.records:,} records with such times" if self.records else ""
        return (
            f"{self.stream} of {self.shop}: up to {self.latest:%Y-%m-%d %H:%M}{rows}; "
            f"once they are set back, {again}"
        )


def find(
    connection: psycopg.Connection, streams: Iterable[Tables], *, now: datetime
) -> tuple[ToCome, ...]:
    """What is of a time to come, by shop and stream; nothing is changed.

    Args:
        connection: to the warehouse.
        streams: the tables of each stream, the root first.
        now: the time.

    Raises:
        Unavailable, ConfigurationError: the warehouse cannot be read.
    """
    with told("times to come"):
        if not watermarks.loaded(connection):
            return ()
        # Books of an earlier version lack columns.
        migrate(connection, ())
        with connection.transaction():
            found = {(one.shop, one.stream): one for one in _in_books(connection, now)}
            for tables in streams:
                for rows in _in_rows(connection, tables[0], now):
                    key = rows.shop, rows.stream
                    found[key] = _both(found[key], rows) if key in found else rows
            return tuple(
                _with_remedy(connection, found[key], now) for key in sorted(found)
            )


def _in_books(connection: psycopg.Connection, now: datetime) -> Iterator[ToCome]:
    for shop, stream, latest, since in connection.execute(_BOOKS, _limits(now)):
        yield ToCome(shop, stream, latest, since=since)


def _in_rows(
    connection: psycopg.Connection, root: Table, now: datetime
) -> Iterator[ToCome]:
    """Of root rows alone: theirs decide, and children live and die with them."""
    if _exists(connection, root):
        for shop, latest, records, since in connection.execute(
            _count_rows(root), _limits(now)
        ):
            yield ToCome(shop, root.stream, latest, records, since)


def _both(books: ToCome, rows: ToCome) -> ToCome:
    known = [since for since in (books.since, rows.since) if since is not None]
    return replace(
        rows, latest=max(books.latest, rows.latest), since=min(known, default=None)
    )


def _with_remedy(
    connection: psycopg.Connection, wrong: ToCome, now: datetime
) -> ToCome:
    """Tell up to where the stream was really read before the first wrong time."""
    values = {
        "shop": wrong.shop,
        "stream": wrong.stream,
        "since": wrong.since,
        **_limits(now),
    }
    reached: datetime | None = None
    for start, end in connection.execute(_LOADS, values):
        reached = watermarks.advanced(reached, Window(start, end))
    return replace(wrong, watermark=reached)


def mend(
    connection: psycopg.Connection, wrong: ToCome, tables: Tables, *, now: datetime
) -> int:
    """Set the times of a stream of a shop back; return how many rows were.

    They are doubted besides, so that the next load compares them in full.

    Args:
        connection: to the warehouse.
        wrong: what `find` has found.
        tables: the stream's tables, the root first.
        now: the time.

    Raises:
        Unavailable, ConfigurationError: nothing was changed.
    """
    values = {
        "shop": wrong.shop,
        "stream": wrong.stream,
        "watermark": wrong.watermark,
        **_limits(now),
    }
    with (
        told(f"times to come of stream {wrong.stream} of shop {wrong.shop}"),
        connection.transaction(),
    ):
        watermarks.lock(connection, shop=wrong.shop, stream=wrong.stream)
        for statement in _MEND_BOOKS:
            connection.execute(statement, values)
        return sum(
            connection.execute(_mend_rows(table), values).rowcount
            for table in tables
            if _exists(connection, table)
        )


def _limits(now: datetime) -> dict[str, datetime]:
    return {"now": now, "limit": now + NEAR}


def _exists(connection: psycopg.Connection, table: Table) -> bool:
    name = ddl.qualified(table).as_string(connection)
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (name,)).fetchone()
    return row == (True,)


def _count_rows(root: Table) -> sql.Composed:
    return sql.SQL("""
        SELECT shop, least(max(greatest(_extracted_at, _deleted_at)), '9999-12-31Z'),
               count(*), min(_loaded_at)
        FROM {} WHERE _extracted_at > %(limit)s OR _deleted_at > %(limit)s
        GROUP BY shop
    """).format(ddl.qualified(root))


def _mend_rows(table: Table) -> sql.Composed:
    """Say of rows that they were extracted by when they were loaded, at the latest."""
    of_root = sql.SQL("""
        , _deleted_at = CASE WHEN _deleted_at IS NOT NULL
                             THEN least(_deleted_at, _loaded_at, %(now)s) END,
          _digests = NULL
    """)
    or_deleted = sql.SQL("OR _deleted_at > %(limit)s")
    return sql.SQL("""
        UPDATE {table} SET _extracted_at = least(_extracted_at, _loaded_at, %(now)s)
        {of_root}
        WHERE shop = %(shop)s AND (_extracted_at > %(limit)s {or_deleted})
    """).format(
        table=ddl.qualified(table),
        of_root=of_root if table.is_root else sql.SQL(""),
        or_deleted=or_deleted if table.is_root else sql.SQL(""),
    )
