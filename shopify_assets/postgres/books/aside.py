"""The book of what is set aside: records, and whole extractions, that cannot be read.

Charter: writing and reading rows of `shopify_assets.set_aside`. An entry is open for as
long as nothing newer of its record is loaded; what was given up stays, but is told no
more. What cannot be read is known to normalize, what is done about it to `retake`, and
what a load makes good to `load.entries`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, LiteralString

from psycopg.rows import class_row

from shopify_assets.postgres.books import watermarks
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.postgres.loads import told
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import psycopg

_OPEN: LiteralString = """
    INSERT INTO shopify_assets.set_aside AS known (
        shop, stream, key, record, table_name, raw_file, line, place, reason,
        extraction, window_start, window_end, extracted_at
    ) VALUES (
        %(shop)s, %(stream)s, %(key)s, %(record)s, %(table)s, %(file)s, %(line)s,
        %(place)s, %(reason)s, %(extraction)s, %(start)s, %(end)s, %(extracted_at)s
    )
    ON CONFLICT (shop, stream, key) DO UPDATE SET
        table_name = excluded.table_name, raw_file = excluded.raw_file,
        line = excluded.line, place = excluded.place, reason = excluded.reason,
        extraction = excluded.extraction, window_start = excluded.window_start,
        window_end = excluded.window_end, extracted_at = excluded.extracted_at
    WHERE known.extracted_at <= excluded.extracted_at
"""

_CLOSE_RECORDS: LiteralString = """
    DELETE FROM shopify_assets.set_aside
    WHERE shop = %s AND stream = %s AND record = ANY (%s) AND extracted_at <= %s
"""

# Another whole extraction within the same time says nothing that the new one does not.
_CLOSE_WITHIN: LiteralString = """
    DELETE FROM shopify_assets.set_aside
    WHERE shop = %(shop)s AND stream = %(stream)s AND key <> %(key)s
      AND record IS NULL AND raw_file IS NULL
      AND window_start >= %(start)s AND window_end <= %(end)s
"""

_GO_ON_AFTER: LiteralString = """
    INSERT INTO shopify_assets.watermarks AS known
        (shop, stream, watermark, extracted_at, extraction)
    VALUES
        (%(shop)s, %(stream)s, %(watermark)s, %(extracted_at)s, %(extraction)s)
    ON CONFLICT (shop, stream) DO UPDATE SET
        watermark = greatest(known.watermark, excluded.watermark)
"""

_READ: LiteralString = """
    SELECT shop, stream, key, record, table_name AS table, raw_file AS file, line,
           place, reason, extraction, window_start, window_end, extracted_at, since,
           given_up_at
    FROM shopify_assets.set_aside
    WHERE (%(shop)s::text IS NULL OR shop = %(shop)s)
      AND (%(stream)s::text IS NULL OR stream = %(stream)s)
    ORDER BY shop, stream, since, key
"""

_GIVE_UP: LiteralString = """
    UPDATE shopify_assets.set_aside SET given_up_at = now()
    WHERE shop = %s AND stream = %s AND key = ANY (%s) AND given_up_at IS NULL
"""


@dataclass(frozen=True, kw_only=True)
class Open:
    """One entry of the book, as it stands.

    Attributes:
        shop: the shop's domain.
        stream: the stream's name.
        key: names the entry within the stream.
        record: the root record's key as text; None for a line whose record is not
            known, and for a whole extraction.
        table: the table of the line or row at fault.
        file: the raw file; None for a whole extraction.
        line: its line.
        place: the column or JSON path.
        reason: what is wrong.
        extraction: the extraction in the lake.
        window_start: of what was extracted; None for a snapshot or chosen records.
        window_end: its end.
        extracted_at: when the extraction began.
        since: when the entry was made.
        given_up_at: when somebody gave it up; None while it is to be mended.
    """

    shop: str
    stream: str
    key: str
    record: str | None
    table: str | None
    file: str | None
    line: int | None
    place: str | None
    reason: str
    extraction: str
    window_start: datetime | None
    window_end: datetime | None
    extracted_at: datetime
    since: datetime
    given_up_at: datetime | None

    @property
    def is_whole(self) -> bool:
        """Whether it is an extraction as a whole."""
        return self.record is None and self.file is None

    @property
    def window(self) -> Window | None:
        """What was extracted, if it was a window."""
        if self.window_start is None or self.window_end is None:
            return None
        return Window(self.window_start, self.window_end)

    @property
    def why(self) -> str:
        """Table, column and reason, in one line."""
        place = ", ".join(filter(None, [self.table, self.place]))
        return f"{place}: {self.reason}" if place else self.reason

    def __str__(self) -> str:
        """`record 17 (orders, created_at: 'no time' is no timestamptz)`."""
        what = f"record {self.record}" if self.record else self.key
        return f"{what} ({self.why})"


@dataclass(frozen=True, kw_only=True)
class Whole:
    """An extraction that is set aside as a whole.

    Attributes:
        shop: the shop's domain.
        stream: the stream's name.
        key: names what was extracted.
        extraction: the extraction in the lake.
        extracted_at: when it began.
        reason: why it was refused.
        window: what it covers, if it is a window.
    """

    shop: str
    stream: str
    key: str
    extraction: str
    extracted_at: datetime
    reason: str
    window: Window | None


def write(connection: psycopg.Connection, values: Mapping[str, object]) -> None:
    """Open an entry, or write it anew unless what is known of it is newer."""
    connection.execute(_OPEN, values)


def close_records(
    connection: psycopg.Connection,
    *,
    shop: str,
    stream: str,
    records: Sequence[int | str],
    gone_at: datetime,
) -> None:
    """Close the entries of records that are told as deleted."""
    values = (shop, stream, [str(each) for each in records], gone_at)
    connection.execute(_CLOSE_RECORDS, values)


def set_aside(connection: psycopg.Connection, whole: Whole) -> None:
    """Set an extraction aside as a whole, and let its stream go on after it.

    Doing it twice changes nothing.

    Raises:
        Unavailable: the warehouse went away; nothing was written.
    """
    window = whole.window
    values = {
        "shop": whole.shop,
        "stream": whole.stream,
        "key": whole.key,
        "reason": whole.reason,
        "extraction": whole.extraction,
        "extracted_at": whole.extracted_at,
        "start": window.start if window else None,
        "end": window.end if window else None,
        **dict.fromkeys(("record", "table", "file", "line", "place")),
    }
    with told(f"what is set aside of stream {whole.stream} of shop {whole.shop}"):
        migrate(connection, ())
        with connection.transaction():
            watermarks.lock(connection, shop=whole.shop, stream=whole.stream)
            connection.execute(_CLOSE_WITHIN, values)
            write(connection, values)
            known = watermarks.watermark(
                connection, shop=whole.shop, stream=whole.stream
            )
            values["watermark"] = watermarks.advanced(known, window)
            if window is not None:
                connection.execute(_GO_ON_AFTER, values)


def entries(
    connection: psycopg.Connection,
    *,
    shop: str | None = None,
    stream: str | None = None,
) -> tuple[Open, ...]:
    """All entries, also those given up; of one shop or stream, or of all."""
    with connection.transaction():
        book = connection.execute("SELECT to_regclass('shopify_assets.set_aside')")
        if book.fetchone() == (None,):
            return ()
        with connection.cursor(row_factory=class_row(Open)) as cursor:
            cursor.execute(_READ, {"shop": shop, "stream": stream})
            return tuple(cursor.fetchall())


def give_up(
    connection: psycopg.Connection, *, shop: str, stream: str, keys: Sequence[str]
) -> int:
    """Give entries up: they are told no more; return how many were still open."""
    with connection.transaction():
        return connection.execute(_GIVE_UP, (shop, stream, list(keys))).rowcount
