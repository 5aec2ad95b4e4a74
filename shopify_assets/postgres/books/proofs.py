"""The book of proofs: what was proven of each stream of each shop, and when.

Charter: writing and reading rows of `shopify_assets.proofs`. What a proof compares and
what its verdict means is `proof`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

from psycopg.types.json import Jsonb

from shopify_assets.postgres.form.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import psycopg

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
