"""The book of proofs: what was proven of each stream of each shop, and when.

Charter: writing and reading rows of `shopify_assets.proofs`. What a proof compares and
what its verdict means is `proof`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

from psycopg.types.json import Jsonb

from shopify_assets.postgres.books.checks import live_as_json, rows_of_books
from shopify_assets.postgres.form.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    import psycopg

    from shopify_assets.postgres.books.checks import LiveShop

_RECORD: LiteralString = """
    INSERT INTO shopify_assets.proofs
        (shop, stream, kind, proven_at, verdict, reason, figures, gaps)
    VALUES
        (%(shop)s, %(stream)s, %(kind)s, %(proven_at)s, %(verdict)s, %(reason)s,
         %(figures)s, %(gaps)s)
"""

# All kinds of the newest proof: a kind that was made before and not now says nothing.
_NEWEST: LiteralString = """
    WITH last AS (
        SELECT DISTINCT ON (shop, stream) shop, stream, proven_at, written_at
        FROM shopify_assets.proofs ORDER BY shop, stream, written_at DESC
    )
    SELECT shop, stream, kind, proven_at, verdict, reason, figures, gaps
    FROM shopify_assets.proofs JOIN last USING (shop, stream, proven_at, written_at)
    ORDER BY shop, stream, id
"""

_STANDINGS: LiteralString = """
    SELECT wanted.stream, live.shop, last.proven_at,
           array_agg(proof.verdict ORDER BY proof.id),
           array_agg(
               coalesce(proof.gaps -> 0 ->> 'detail', proof.reason) ORDER BY proof.id
           )
    FROM unnest(%(streams)s::text[]) AS wanted (stream) JOIN
         jsonb_to_recordset(%(live)s) AS live (shop text, streams text[])
      ON live.streams IS NULL OR wanted.stream = ANY (live.streams)
    CROSS JOIN LATERAL (
        SELECT proven_at, written_at FROM shopify_assets.proofs
        WHERE stream = wanted.stream AND shop = live.shop
        ORDER BY written_at DESC LIMIT 1
    ) last
    JOIN shopify_assets.proofs proof
      ON proof.stream = wanted.stream AND proof.shop = live.shop
     AND proof.written_at = last.written_at AND proof.proven_at = last.proven_at
    GROUP BY wanted.stream, live.shop, last.proven_at
    ORDER BY wanted.stream, live.shop
"""


@dataclass(frozen=True)
class Proven:
    """One row of the book."""

    shop: str
    stream: str
    kind: str
    proven_at: datetime
    verdict: str
    reason: str
    figures: Mapping[str, Any]
    gaps: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class ProofStanding:
    """What the newest proof of a stream of a shop said.

    Attributes:
        stream: the stream's name.
        shop: the shop's domain.
        proven_at: the shop's clock when the proof began.
        verdicts: one of each kind that was made.
        whys: of each kind, its first gap, or what is to be known of it.
    """

    stream: str
    shop: str
    proven_at: datetime
    verdicts: tuple[str, ...]
    whys: tuple[str, ...]


def record(
    connection: psycopg.Connection,
    *,
    shop: str,
    stream: str,
    proven_at: datetime,
    made: Sequence[Mapping[str, Any]],
) -> None:
    """Write down a proof of all its kinds, in one transaction."""
    rows = [
        {
            **each,
            "shop": shop,
            "stream": stream,
            "proven_at": proven_at,
            "figures": Jsonb(each["figures"]),
            "gaps": Jsonb(each["gaps"]),
        }
        for each in made
    ]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(_RECORD, rows)


def newest(connection: psycopg.Connection) -> list[Proven]:
    """The newest proof of every stream of every shop, a row a kind."""
    migrate(connection, ())
    with connection.transaction():
        rows = connection.execute(_NEWEST).fetchall()
    return [Proven(*row) for row in rows]


def standings(
    connection: psycopg.Connection, streams: Sequence[str], live: Iterable[LiveShop]
) -> tuple[ProofStanding, ...]:
    """What the newest proofs of some streams said, of the shops that count.

    A shop that was never proven has none.
    """
    values = {"streams": list(streams), "live": live_as_json(live)}
    return tuple(
        ProofStanding(stream, shop, proven_at, tuple(verdicts), tuple(whys))
        for stream, shop, proven_at, verdicts, whys in rows_of_books(
            connection, _STANDINGS, values
        )
    )
