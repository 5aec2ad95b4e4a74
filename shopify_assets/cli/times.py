"""Times in the warehouse that are yet to come: what `doctor` sees, and sets back.

Charter: whether our clock and the warehouse's agree, and for which streams its books or
rows hold a later time. Finding and mending is `postgres.books.to_come`'s business.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shopify_assets.catalog.fitting import readable
from shopify_assets.clocks import NEAR
from shopify_assets.errors import ConfigurationError, DataError
from shopify_assets.postgres.books import to_come
from shopify_assets.postgres.connect import connect, warehouse_url
from shopify_assets.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from shopify_assets.catalog.tables import Table
    from shopify_assets.settings import Settings


def look(settings: Settings) -> str:
    """Look for times to come; nothing is changed.

    Raises:
        DataError: there are some; it says what `doctor --repair` would do.
        ConfigurationError: our clock and PostgreSQL's do not agree.
    """
    with closing(connect(warehouse_url(settings))) as connection:
        now = _agreed_time(connection)
        wrong = to_come.find(connection, _tables(settings).values(), now=now)
    if not wrong:
        return "none stored that is yet to come"
    told = "; ".join(map(str, wrong))
    raise DataError(
        f"stored by a wrong clock, and yet to come: {told}. Do it with: "
        "shopify-assets doctor --repair, and then sync"
    )


def repair(settings: Settings) -> Iterator[str]:
    """Set times to come back, stream by stream, and say what was done.

    Raises:
        ConfigurationError: our clock and PostgreSQL's do not agree.
        Unavailable: the warehouse went away; what was told is done.
    """
    tables = _tables(settings)
    with closing(connect(warehouse_url(settings))) as connection:
        now = _agreed_time(connection)
        for wrong in to_come.find(connection, tables.values(), now=now):
            of_stream = tables.get(wrong.stream, ())
            rows = to_come.mend(connection, wrong, of_stream, now=now)
            yield f"{wrong}: done, {rows:,} rows are doubted until they are read again"


def _tables(settings: Settings) -> dict[str, tuple[Table, ...]]:
    streams = readable(STREAMS, settings.api_version)
    return {compiled.name: compiled.tables for compiled in streams}


def _agreed_time(connection: psycopg.Connection) -> datetime:
    """The time, by two clocks: by one that is wrong, true times would be set back."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    connection.rollback()
    now = datetime.now(UTC)
    refuse_apart(now, now if row is None else row[0])
    return now


def refuse_apart(ours: datetime, theirs: datetime) -> None:
    """Refuse two clocks, ours and PostgreSQL's, that do not tell the same time.

    Raises:
        ConfigurationError: one of them is wrong, and nobody knows which.
    """
    if abs(theirs - ours) > NEAR:
        raise ConfigurationError(
            f"PostgreSQL says that it is {theirs:%Y-%m-%d %H:%M:%S} UTC, the clock of "
            f"this machine {ours:%Y-%m-%d %H:%M:%S}: let a time server set both"
        )
