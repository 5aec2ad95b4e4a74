"""The books of a shop as a look at it needs them: all streams in one statement each.

Charter: reading, for many streams at once, how far they are loaded, which windows were
read of late and what a look saw last; comparing what a shop shows with the rows that
are stored; and writing down looks that found nothing new. What is new is decided in
`refresh`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, LiteralString

from psycopg import sql
from psycopg.types.json import Jsonb

from shopify_assets.catalog.lookback import Read
from shopify_assets.postgres.form import ddl
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import psycopg

    from shopify_assets.catalog.tables import Table

LOOK = "look"
"""What stands in `loads`, as extraction and disposition, for a look."""

# Extractions are told by the shop's clock and loads by the server's.
_SKEW = timedelta(days=1)

_STANDINGS: LiteralString = """
    SELECT stream, watermark, query, queried_at, EXISTS (
        SELECT FROM shopify_assets.set_aside a
        WHERE a.shop = w.shop AND a.stream = w.stream AND a.given_up_at IS NULL
    )
    FROM shopify_assets.watermarks w WHERE shop = %s AND stream = ANY (%s)
"""

_READS: LiteralString = """
    SELECT stream, window_start, window_end, extracted_at, disposition = %(look)s
    FROM shopify_assets.loads
    WHERE shop = %(shop)s AND stream = ANY (%(streams)s) AND window_start < window_end
      AND extracted_at >= %(since)s AND loaded_at >= %(written)s
"""

_SEEN: LiteralString = """
    SELECT stream, records FROM shopify_assets.seen
    WHERE shop = %s AND stream = ANY (%s)
"""

# In order of streams, so that two looks at once wait for each other, and do not lock.
_NOTE: LiteralString = """
    WITH looks AS (
        SELECT * FROM unnest(
            %(streams)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]
        ) AS looks (stream, window_start, window_end)
    ), held AS (
        SELECT stream FROM shopify_assets.watermarks
        WHERE shop = %(shop)s AND stream = ANY (%(streams)s)
        ORDER BY stream FOR UPDATE
    ), noted AS (
        INSERT INTO shopify_assets.loads (
            shop, stream, extraction, disposition, window_start, window_end,
            extracted_at, seconds, rows
        )
        SELECT %(shop)s, stream, %(look)s, %(look)s, window_start, window_end,
               %(at)s, 0, '{}'
        FROM looks JOIN held USING (stream)
    )
    UPDATE shopify_assets.watermarks known SET
        watermark = greatest(known.watermark, looks.window_end),
        looked_at = greatest(known.looked_at, %(at)s)
    FROM looks JOIN held USING (stream)
    WHERE known.shop = %(shop)s AND known.stream = looks.stream
"""

_REMEMBER: LiteralString = """
    INSERT INTO shopify_assets.seen (shop, stream, records)
    SELECT %(shop)s, stream, records
    FROM unnest(%(streams)s::text[], %(records)s::jsonb[]) AS seen (stream, records)
    ORDER BY stream
    ON CONFLICT (shop, stream) DO UPDATE SET
        records = excluded.records, seen_at = now()
"""


@dataclass(frozen=True)
class Standing:
    """How far a stream of a shop is loaded.

    Attributes:
        watermark: up to which replication-key value; None for a snapshot.
        query: the fingerprint by which it was read last; None: not known.
        queried_at: when that extraction, of a window or of the whole shop, began.
        has_aside: whether something of it is set aside, and not given up.
    """

    watermark: datetime | None = None
    query: str | None = None
    queried_at: datetime | None = None
    has_aside: bool = False


@dataclass(frozen=True)
class Reads:
    """Windows of a stream that were read of late.

    Attributes:
        all: loaded windows, and those that were looked at and held nothing new.
        loaded: the loaded ones alone.
    """

    all: tuple[Read, ...] = ()
    loaded: tuple[Read, ...] = ()


@dataclass(frozen=True)
class Seen:
    """A record as a look saw it.

    Attributes:
        digest: of all that was shown of it.
        since: when it was first seen so; None: what was loaded afterwards holds it.
    """

    digest: str
    since: datetime | None


@dataclass(frozen=True)
class Shown:
    """Records that a shop shows, as the root table's key and version have them.

    Attributes:
        root: the table.
        keys: what identifies each, none twice.
        versions: the replication key of each.
    """

    root: Table
    keys: tuple[int | str, ...]
    versions: tuple[datetime, ...]


@dataclass(frozen=True)
class Idle:
    """A window of a stream that was looked at, and held nothing new."""

    stream: str
    window: Window


def standings(
    connection: psycopg.Connection, *, shop: str, streams: Sequence[str]
) -> dict[str, Standing]:
    """How far streams of a shop are loaded; those that never were are not there."""
    with connection.transaction():
        rows = connection.execute(_STANDINGS, (shop, list(streams))).fetchall()
    return {stream: Standing(*rest) for stream, *rest in rows}


def reads(
    connection: psycopg.Connection,
    *,
    shop: str,
    streams: Sequence[str],
    since: datetime,
) -> dict[str, Reads]:
    """The windows of streams of a shop whose extraction or look began `since`."""
    values = {
        "shop": shop,
        "streams": list(streams),
        "since": since,
        "written": since - _SKEW,
        "look": LOOK,
    }
    with connection.transaction():
        rows = connection.execute(_READS, values).fetchall()
    every: dict[str, list[Read]] = defaultdict(list)
    loaded: dict[str, list[Read]] = defaultdict(list)
    for stream, start, end, at, is_look in rows:
        read = Read(Window(start, end), at)
        every[stream].append(read)
        if not is_look:
            loaded[stream].append(read)
    return {
        stream: Reads(tuple(windows), tuple(loaded[stream]))
        for stream, windows in every.items()
    }


def seen(
    connection: psycopg.Connection, *, shop: str, streams: Sequence[str]
) -> dict[str, dict[str, Seen]]:
    """What looks saw last of streams of a shop, by stream and id."""
    with connection.transaction():
        rows = connection.execute(_SEEN, (shop, list(streams))).fetchall()
    return {stream: _decoded(records) for stream, records in rows}


def remember(
    connection: psycopg.Connection,
    *,
    shop: str,
    seen: Mapping[str, Mapping[str, Seen]],
) -> None:
    """Keep what a look saw, by stream and id, in place of what was kept of them."""
    if seen:
        values = {
            "shop": shop,
            "streams": list(seen),
            "records": [Jsonb(_encoded(records)) for records in seen.values()],
        }
        with connection.transaction():
            connection.execute(_REMEMBER, values)


def _decoded(records: dict[str, Any]) -> dict[str, Seen]:
    return {
        id_: Seen(digest, datetime.fromisoformat(since) if since else None)
        for id_, (digest, since) in records.items()
    }


def _encoded(records: Mapping[str, Seen]) -> dict[str, Any]:
    return {
        id_: [record.digest, record.since.isoformat() if record.since else None]
        for id_, record in records.items()
    }


def note(
    connection: psycopg.Connection, idle: Iterable[Idle], *, shop: str, at: datetime
) -> None:
    """Write down that windows held nothing new at `at`, as if each had been loaded.

    All in one transaction. A stream that was never loaded is passed over.
    """
    looks = tuple(idle)
    values = {
        "shop": shop,
        "streams": [look.stream for look in looks],
        "starts": [look.window.start for look in looks],
        "ends": [look.window.end for look in looks],
        "at": at,
        "look": LOOK,
    }
    if looks:
        with connection.transaction():
            connection.execute(_NOTE, values)


def stored(
    connection: psycopg.Connection, shown: Mapping[str, Shown], *, shop: str
) -> dict[str, int]:
    """Count, by stream, the records shown that are stored in just that version.

    Left out are rows that are told as deleted or are doubted, and those read before
    the second of their version was over: they may have changed within it.
    """
    if not shown:
        return {}
    values: dict[str, object] = {"shop": shop}
    parts = []
    for place, (stream, records) in enumerate(shown.items()):
        values[f"keys_{place}"] = list(records.keys)
        values[f"versions_{place}"] = list(records.versions)
        parts.append(_stored(stream, records.root, place))
    with connection.transaction():
        rows = connection.execute(sql.SQL(" UNION ALL ").join(parts), values)
        return dict(rows.fetchall())


def _stored(stream: str, root: Table, place: int) -> sql.Composed:
    key = root.column(root.key[-1])
    return sql.SQL("""
        SELECT {stream}, count(*) FROM {table} t
        JOIN unnest({keys}::{kind}[], {versions}::timestamptz[]) shown (key, version)
          ON t.{key} = shown.key AND t.{version} = shown.version
        WHERE t.shop = %(shop)s AND t._deleted_at IS NULL AND t._digests IS NOT NULL
          AND t._extracted_at > shown.version
    """).format(
        stream=sql.Literal(stream),
        table=ddl.qualified(root),
        keys=sql.Placeholder(f"keys_{place}"),
        kind=sql.SQL(key.kind.value),
        versions=sql.Placeholder(f"versions_{place}"),
        key=sql.Identifier(key.name),
        version=sql.Identifier(root.version or key.name),
    )
