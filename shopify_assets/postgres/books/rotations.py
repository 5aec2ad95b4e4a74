"""The book of rotations: which part of a stream's records was compared when.

Charter: reading and writing rows of `shopify_assets.rotations`, one a stream of a shop.
What a round is, and what is due next, is `proof`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, LiteralString, NamedTuple

from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    import psycopg

BEGIN, END = -(2**63), 2**63 - 1
"""Before the first place, and behind the last one."""

_READ: LiteralString = """
    SELECT places, round, position, ends, begun_at, proofs, compared, missed, points,
           differing, last_begun_at, last_ended_at, last_compared, last_records
    FROM shopify_assets.rotations WHERE shop = %s AND stream = %s
"""

# Only whoever goes on from where the row stands may move it: of two proofs side by side
# one has compared in vain.
_WRITE: LiteralString = """
    INSERT INTO shopify_assets.rotations AS known (
        shop, stream, places, round, position, ends, begun_at, proofs, compared, missed,
        points, differing, last_begun_at, last_ended_at, last_compared, last_records
    ) VALUES (
        %(shop)s, %(stream)s, %(places)s, %(round)s, %(position)s, %(ends)s,
        %(begun_at)s, %(proofs)s, %(compared)s, %(missed)s, %(points)s,
        %(differing)s, %(last_begun_at)s, %(last_ended_at)s, %(last_compared)s,
        %(last_records)s
    )
    ON CONFLICT (shop, stream) DO UPDATE SET
        places = excluded.places, round = excluded.round, position = excluded.position,
        ends = excluded.ends, begun_at = excluded.begun_at, proofs = excluded.proofs,
        compared = excluded.compared, missed = excluded.missed,
        points = excluded.points, differing = excluded.differing,
        last_begun_at = excluded.last_begun_at, last_ended_at = excluded.last_ended_at,
        last_compared = excluded.last_compared, last_records = excluded.last_records,
        written_at = now()
    WHERE (known.round, known.position, known.proofs)
        = (%(was_round)s, %(was_position)s, %(was_proofs)s)
"""


class Mark(NamedTuple):
    """How far a proof came: all places of a round that lie before it are compared."""

    round: int
    place: int


@dataclass(frozen=True, kw_only=True)
class Through:
    """A round that came to its end.

    Attributes:
        begun_at: the shop's clock when its first proof began.
        ended_at: when its last one did.
        compared: how many of the records were compared whole.
        records: how many there were when it ended.
    """

    begun_at: datetime
    ended_at: datetime
    compared: int
    records: int


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """How far the comparison of all records of a stream has come.

    Attributes:
        places: what gives a record its place, `id` or `time`.
        round: the number of this round, from 1.
        position: all places before it are compared in this round.
        ends: where the newest proofs ended, in their order.
        begun_at: the shop's clock when the round began; None before it has.
        proofs: how many proofs of the round have ended.
        compared: how often a record was compared whole in the round.
        missed: how often one was not, for it changed meanwhile.
        points: spent on them.
        differing: global ids of records whose rows differed when last compared.
        last: the newest round that is through.
    """

    places: str
    round: int = 1
    position: int = BEGIN
    ends: tuple[Mark, ...] = (Mark(0, END),)
    begun_at: datetime | None = None
    proofs: int = 0
    compared: int = 0
    missed: int = 0
    points: float = 0.0
    differing: tuple[str, ...] = ()
    last: Through | None = None


def rotation(
    connection: psycopg.Connection, *, shop: str, stream: str
) -> Rotation | None:
    """How far the rotation of (shop, stream) has come; None if it never began."""
    with connection.transaction():
        row = connection.execute(_READ, (shop, stream)).fetchone()
    if row is None:
        return None
    places, number, position, ends, begun_at, *counts, differing = row[:10]
    proofs, compared, missed, points = counts
    return Rotation(
        places=places,
        round=number,
        position=position,
        ends=tuple(Mark(*each) for each in ends),
        begun_at=begun_at,
        proofs=proofs,
        compared=compared,
        missed=missed,
        points=points,
        differing=tuple(differing),
        last=_through(*row[10:]),
    )


def _through(
    begun_at: datetime | None,
    ended_at: datetime | None,
    compared: int | None,
    records: int | None,
) -> Through | None:
    if begun_at is None or ended_at is None or compared is None or records is None:
        return None
    return Through(
        begun_at=begun_at, ended_at=ended_at, compared=compared, records=records
    )


def write(
    connection: psycopg.Connection,
    reached: Rotation,
    *,
    shop: str,
    stream: str,
    before: Rotation,
) -> bool:
    """Write down how far it has come, in a transaction of its own.

    Returns False, and writes nothing, if another proof has moved it on since `before`.
    """
    last = reached.last
    values = {
        "shop": shop,
        "stream": stream,
        "places": reached.places,
        "round": reached.round,
        "position": reached.position,
        "ends": Jsonb([list(each) for each in reached.ends]),
        "begun_at": reached.begun_at,
        "proofs": reached.proofs,
        "compared": reached.compared,
        "missed": reached.missed,
        "points": reached.points,
        "differing": list(reached.differing),
        "last_begun_at": last.begun_at if last else None,
        "last_ended_at": last.ended_at if last else None,
        "last_compared": last.compared if last else None,
        "last_records": last.records if last else None,
        "was_round": before.round,
        "was_position": before.position,
        "was_proofs": before.proofs,
    }
    with connection.transaction():
        return connection.execute(_WRITE, values).rowcount == 1
