"""The book of checks: the newest result of each check of a stream of a shop.

Charter: writing and reading rows of table `shopify_assets.checks`, in bulk, however
many shops there are. How results are made is the business of the module of that name;
what they mean for all shops together is decided in `defs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.postgres.loads import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

# In the order of the key, so that two who write the same rows never block each other.
_RECORD: LiteralString = """
    INSERT INTO shopify_assets.checks AS known (
        shop, stream, name, outcome, description, details, evaluated_at, since, run
    )
    SELECT DISTINCT ON (stream, name, shop)
           shop, stream, name, outcome, description, details, evaluated_at,
           evaluated_at, %(run)s
    FROM jsonb_to_recordset(%(results)s) AS given (
        shop text, stream text, name text, outcome text, description text,
        details jsonb, evaluated_at timestamptz
    )
    ORDER BY stream, name, shop, evaluated_at DESC
    ON CONFLICT (stream, name, shop) DO UPDATE SET
        outcome = excluded.outcome, description = excluded.description,
        details = excluded.details, evaluated_at = excluded.evaluated_at,
        since = CASE WHEN known.outcome = excluded.outcome
                THEN known.since ELSE excluded.since END,
        run = excluded.run
    WHERE known.evaluated_at <= excluded.evaluated_at
      AND (excluded.outcome <> 'skipped' OR known.outcome = 'skipped')
"""

_READ: LiteralString = """
    SELECT shop, stream, name, outcome, description, details, evaluated_at, since, run
    FROM shopify_assets.checks
    WHERE (%(streams)s::text[] IS NULL OR stream = ANY (%(streams)s))
      AND (%(shops)s::text[] IS NULL OR shop = ANY (%(shops)s))
    ORDER BY stream, name, shop
"""

# `live`: the shops that count, and of each the streams that do; null: all of them.

_TALLY: LiteralString = """
    SELECT c.stream, c.name, c.outcome, count(*), min(c.evaluated_at),
           max(c.evaluated_at)
    FROM shopify_assets.checks c
    JOIN jsonb_to_recordset(%(live)s) AS live (shop text, streams text[])
      ON live.shop = c.shop
     AND (live.streams IS NULL OR c.stream = ANY (live.streams))
    WHERE c.stream = ANY (%(streams)s)
    GROUP BY c.stream, c.name, c.outcome
    ORDER BY c.stream, c.name, c.outcome
"""

_TOLD: LiteralString = """
    SELECT shop, stream, name, outcome, description, details, evaluated_at, since, run
    FROM (
        SELECT c.*, row_number() OVER (
            PARTITION BY c.stream, c.name
            ORDER BY array_position(%(worst_first)s::text[], c.outcome), c.shop
        ) AS place
        FROM shopify_assets.checks c
        JOIN jsonb_to_recordset(%(live)s) AS live (shop text, streams text[])
          ON live.shop = c.shop
         AND (live.streams IS NULL OR c.stream = ANY (live.streams))
        WHERE c.stream = ANY (%(streams)s)
          AND (c.outcome <> 'passed' OR c.description <> '')
    ) ranked
    WHERE place <= %(most)s
    ORDER BY stream, name, place
"""

_MISSING: LiteralString = """
    SELECT stream, name, shop FROM (
        SELECT wanted.stream, wanted.name, live.shop, row_number() OVER (
            PARTITION BY wanted.stream, wanted.name ORDER BY live.shop
        ) AS place
        FROM unnest(%(streams)s::text[], %(names)s::text[]) AS wanted (stream, name)
        JOIN jsonb_to_recordset(%(live)s) AS live (shop text, streams text[])
          ON live.streams IS NULL OR wanted.stream = ANY (live.streams)
        WHERE NOT EXISTS (
            SELECT FROM shopify_assets.checks c
            WHERE c.stream = wanted.stream AND c.name = wanted.name
              AND c.shop = live.shop
        )
    ) ranked
    WHERE place <= %(most)s
    ORDER BY stream, name, place
"""

_KNOWN: LiteralString = "SELECT to_regclass('shopify_assets.checks') IS NOT NULL"


class Outcome(Enum):
    """How a check of a stream of a shop came out, the worst first."""

    FAILED = "failed"  # rows are not what they should be: an error
    WARNED = "warning"  # what is there is right, and something is left out or ending
    SKIPPED = "skipped"  # there was nothing to look at, and the reason is known
    PASSED = "passed"


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """One result of one check of a stream of a shop.

    Attributes:
        shop: the shop's domain.
        stream: the stream's name.
        name: the check's name.
        outcome: how it came out.
        description: why, for people; of a pass a note, or nothing.
        details: rows of a table to be shown: text and numbers by column.
        at: when it was looked at.
    """

    shop: str
    stream: str
    name: str
    outcome: Outcome
    description: str = ""
    details: tuple[Mapping[str, str | int | float], ...] = ()
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Recorded(CheckResult):
    """A result as it stands in the book.

    Attributes:
        since: since when it has been coming out like this.
        run: the run that looked.
    """

    since: datetime
    run: str


@dataclass(frozen=True)
class Tally:
    """How many live shops a check came out for in one way.

    Attributes:
        stream: the stream's name.
        name: the check's name.
        outcome: how it came out.
        shops: for how many shops.
        oldest: when the first of them was looked at.
        newest: when the last one was.
    """

    stream: str
    name: str
    outcome: Outcome
    shops: int
    oldest: datetime
    newest: datetime


@dataclass(frozen=True)
class LiveShop:
    """A shop that counts, and of which streams; None means all."""

    domain: str
    streams: tuple[str, ...] | None = None

    def has(self, stream: str) -> bool:
        """Whether it counts for a stream."""
        return self.streams is None or stream in self.streams


def record(
    connection: psycopg.Connection, results: Iterable[CheckResult], *, run: str
) -> None:
    """Write results down, in one statement; an older one never replaces a newer one.

    Nor does a check that was skipped: it did not look. A savepoint is used if the
    connection is within a transaction.

    Raises:
        Unavailable, DataError, ConfigurationError: the warehouse does not take them.
    """
    given = [_as_json(result) for result in results]
    if not given:
        return
    values = {"results": Jsonb(given), "run": run}
    with told("results of checks"):
        try:
            with connection.transaction():
                connection.execute(_RECORD, values)
        except psycopg.errors.UndefinedTable:
            migrate(connection, ())
            with connection.transaction():
                connection.execute(_RECORD, values)


def read(
    connection: psycopg.Connection,
    *,
    streams: Sequence[str] | None = None,
    shops: Sequence[str] | None = None,
) -> tuple[Recorded, ...]:
    """Read the newest results, of some streams and shops or of all."""
    values = {
        "streams": None if streams is None else list(streams),
        "shops": None if shops is None else list(shops),
    }
    return tuple(_recorded(row) for row in rows_of_books(connection, _READ, values))


def tallies(
    connection: psycopg.Connection, streams: Sequence[str], live: Iterable[LiveShop]
) -> tuple[Tally, ...]:
    """Count how the checks of some streams came out for the shops that count."""
    values = {"streams": list(streams), "live": live_as_json(live)}
    return tuple(
        Tally(stream, name, Outcome(outcome), shops, oldest, newest)
        for stream, name, outcome, shops, oldest, newest in rows_of_books(
            connection, _TALLY, values
        )
    )


def to_be_told(
    connection: psycopg.Connection,
    streams: Sequence[str],
    live: Iterable[LiveShop],
    *,
    most: int,
) -> tuple[Recorded, ...]:
    """Read results that did not pass, or pass with a note; of a check `most` at most.

    The worst come first.
    """
    values = {
        "streams": list(streams),
        "live": live_as_json(live),
        "most": most,
        "worst_first": [outcome.value for outcome in Outcome],
    }
    return tuple(_recorded(row) for row in rows_of_books(connection, _TOLD, values))


def not_evaluated(
    connection: psycopg.Connection,
    wanted: Iterable[tuple[str, str]],
    live: Iterable[LiveShop],
    *,
    most: int,
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Name shops without a result of a check: by (stream, name), `most` of each."""
    pairs = list(wanted)
    values = {
        "streams": [stream for stream, _ in pairs],
        "names": [name for _, name in pairs],
        "live": live_as_json(live),
        "most": most,
    }
    with connection.transaction():
        known = _is_there(connection)
    if not known:
        migrate(connection, ())
    missing: dict[tuple[str, str], tuple[str, ...]] = {}
    for stream, name, shop in rows_of_books(connection, _MISSING, values):
        missing[stream, name] = (*missing.get((stream, name), ()), shop)
    return missing


def live_as_json(live: Iterable[LiveShop]) -> Jsonb:
    """The shops that count, as queries read them."""
    return Jsonb([{"shop": shop.domain, "streams": shop.streams} for shop in live])


def rows_of_books(
    connection: psycopg.Connection, query: LiteralString, values: Mapping[str, object]
) -> list[tuple[Any, ...]]:
    """The rows of a query; none in a warehouse that has no book of checks yet."""
    with connection.transaction():
        if not _is_there(connection):
            return []
        return connection.execute(query, values).fetchall()


def _is_there(connection: psycopg.Connection) -> bool:
    return connection.execute(_KNOWN).fetchone() == (True,)


def _recorded(row: Sequence[Any]) -> Recorded:
    shop, stream, name, outcome, description, details, at, since, run = row
    return Recorded(
        shop=shop,
        stream=stream,
        name=name,
        outcome=Outcome(outcome),
        description=description,
        details=tuple(details),
        at=at,
        since=since,
        run=run,
    )


def _as_json(result: CheckResult) -> dict[str, Any]:
    return {
        "shop": result.shop,
        "stream": result.stream,
        "name": result.name,
        "outcome": result.outcome.value,
        "description": _storable(result.description),
        "details": [
            {
                column: _storable(value) if isinstance(value, str) else value
                for column, value in row.items()
            }
            for row in result.details
        ],
        "evaluated_at": result.at.isoformat(),
    }


def _storable(text: str) -> str:
    """The text without what PostgreSQL cannot hold; a reason may quote a shop's."""
    return (
        text.encode(errors="replace")
        .decode()
        .replace("\0", "\N{REPLACEMENT CHARACTER}")
    )
