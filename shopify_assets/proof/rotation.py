"""Rounds: which records are compared now, so that all are within so many proofs.

Charter: pure decisions on places. Every record has a place, a number that all proofs
know it by; a round goes through all places in their order, some of them in each proof.
What is fetched how lies in `looks`, what was compared when in the warehouse's books.

The law: without a bound in points a place is never left out for more than `rounds`
proofs in a row, whatever records come and go. For each proof ends at least where that
of `rounds` proofs ago ended, a round further on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import blake2b
from typing import TYPE_CHECKING

import polars as pl

from shopify_assets.postgres.books.rotations import BEGIN, END, Mark, Rotation, Through

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_SECOND = 1_000_000  # microseconds


class Places(Enum):
    """What gives a record its place."""

    # Its hash: the records of a part are a fair sample of all, and none ever moves.
    ID = "id"
    # The second it changed: the records of a part are those of a window. One that
    # changes moves on, to where the round has yet to come.
    TIME = "time"


@dataclass(frozen=True)
class Pace:
    """How fast a round goes.

    Attributes:
        rounds: proofs within which every record is compared.
        least: records that a proof compares at least.
    """

    rounds: int
    least: int = 1


@dataclass(frozen=True)
class Arc:
    """A part of the places, [begin, end), and how many records have theirs in it."""

    begin: int
    end: int
    records: int


def places_by_id(ids: pl.Series) -> pl.Series:
    """Places by hash: the same for an id at all times, on all machines."""
    if ids.dtype == pl.Int64:
        frame = ids.reinterpret(signed=False).alias("x").to_frame()
        mixed = frame.select(_mixed(pl.col("x")).reinterpret(signed=True))
        places = mixed.to_series()
    else:
        hashed = [_hash(str(id_)) for id_ in ids]
        places = pl.Series(hashed, dtype=pl.Int64)
    return places.clip(upper_bound=END - 1)


def _hash(text: str) -> int:
    digest = blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _mixed(number: pl.Expr) -> pl.Expr:
    """SplitMix64's finaliser, which maps no two numbers to one; it wraps around."""
    first = pl.lit(0xBF58476D1CE4E5B9, dtype=pl.UInt64)
    second = pl.lit(0x94D049BB133111EB, dtype=pl.UInt64)
    number = (number ^ (number // 2**30)) * first
    number = (number ^ (number // 2**27)) * second
    return number ^ (number // 2**31)


def places_by_time(changed: pl.Series) -> pl.Series:
    """Places by time: the second, counted from 1970."""
    return changed.dt.epoch("us") // _SECOND


def begun(rotation: Rotation | None, *, places: Places, now: datetime) -> Rotation:
    """The rotation as a proof goes on with it: a round that is through gives way.

    What gives places may only become another with a new round.
    """
    if rotation is None:
        return Rotation(places=places.value, begun_at=now)
    if rotation.position == END:
        rotation = replace(rotation, round=rotation.round + 1, position=BEGIN)
        rotation = replace(rotation, begun_at=None, proofs=0, compared=0)
        rotation = replace(rotation, missed=0, points=0.0)
    if rotation.position == BEGIN and rotation.places != places.value:
        ends = (Mark(rotation.round - 1, END),)
        rotation = replace(rotation, places=places.value, ends=ends)
    return replace(rotation, begun_at=rotation.begun_at or now)


def due(places: Sequence[int], rotation: Rotation, pace: Pace) -> Arc:
    """What a proof is to compare next.

    Args:
        places: of all records, in their order.
        rotation: how far it has come.
        pace: how fast to go on.
    """
    first = bisect_left(places, rotation.position)
    quota = max(-(-len(places) // pace.rounds), pace.least, 1)
    after = max(first + quota, _owed(places, rotation, pace))
    return _arc(places, rotation.position, first, after)


def _owed(places: Sequence[int], rotation: Rotation, pace: Pace) -> int:
    """Up to which record the law asks a proof to come."""
    if len(rotation.ends) < pace.rounds:
        return 0
    owed = rotation.ends[-pace.rounds]
    if owed.round + 1 < rotation.round:
        return 0
    if owed.round + 1 > rotation.round or owed.place == END:
        return len(places)
    return bisect_left(places, owed.place)


def portion(places: Sequence[int], arc: Arc, *, most: int) -> Arc:
    """The first of an arc: at most so many records, or those of one place."""
    first = bisect_left(places, arc.begin)
    if arc.records <= most:
        return arc
    return _arc(places, arc.begin, first, first + most)


def rest(arc: Arc, done: Arc) -> Arc:
    """What is left of an arc after a portion of it."""
    return Arc(done.end, arc.end, arc.records - done.records)


def _arc(places: Sequence[int], begin: int, first: int, after: int) -> Arc:
    if after < len(places):
        # Records of one place are not parted.
        after = bisect_right(places, places[after - 1])
    end = places[after] if after < len(places) else END
    return Arc(begin, end, min(after, len(places)) - first)


def compared(rotation: Rotation, done: Arc, *, records: int, points: float) -> Rotation:
    """The rotation after a portion, of which so many records were compared."""
    return replace(
        rotation,
        position=done.end,
        compared=rotation.compared + records,
        missed=rotation.missed + done.records - records,
        points=rotation.points + points,
    )


def ended(
    rotation: Rotation, *, rounds: int, sure: int, records: int, now: datetime
) -> Rotation:
    """The rotation after a proof.

    Args:
        rotation: how far it has come.
        rounds: proofs within which every record is compared.
        sure: how many records were compared in the round.
        records: how many there are.
        now: when the proof began.
    """
    ends = (*rotation.ends, Mark(rotation.round, rotation.position))[-rounds:]
    rotation = replace(rotation, ends=ends, proofs=rotation.proofs + 1)
    if rotation.position != END:
        return rotation
    through = Through(
        begun_at=rotation.begun_at or now,
        ended_at=now,
        compared=sure,
        records=records,
    )
    return replace(rotation, last=through)
