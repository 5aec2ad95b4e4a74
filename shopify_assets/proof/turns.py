"""The records whose turn it is, compared portion by portion, and written down.

Charter: the doing of a rotation: which way is the cheapest, how much at a time, and the
book. What is due is decided in `rotation`, how records are looked at in `looks`.

Each portion is written down with the records found to differ in it, so that a proof
that is killed loses the portion it was at, and nothing that was found.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import polars as pl

from shopify_assets.extract.by_ids import IDS_OF_A_PART
from shopify_assets.extract.planning import BULK_RECORDS
from shopify_assets.postgres.books import rotations
from shopify_assets.postgres.books.rotations import END, Rotation
from shopify_assets.proof import rotation as rounds_of
from shopify_assets.proof.ids import CHANGED, EXTRACTED, ID
from shopify_assets.proof.looks import TWICE, Look, Looker, twice
from shopify_assets.proof.moments import EPOCH
from shopify_assets.proof.rotation import Arc, Pace, Places
from shopify_assets.proof.subject import Subject, gid_of
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

PLACE = "place"

# Records of a part that are still asked for by their ids, one list after the other.
# More are read by windows: a bulk operation of any size costs some forty points, and
# only what it cannot bring (of orders: refunds) is asked for by id, at 0.4 a record.
MOST_BY_ID = 1_000
# Records of a snapshot that are compared with the lake in every proof: it costs CPU of
# the warehouse, and no point.
SNAPSHOT_AT_ONCE = 100_000
# What differs is looked at again by every proof, up to so many records of a stream.
MOST_DIFFERING = 1_000
# Before any was compared: points of a record by id, and by windows.
_BY_ID, _BY_WINDOW = 1.0, 0.4

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What it takes to take a turn.

    Attributes:
        looker: looks at records.
        candidates: ids and times of the records that are due.
        pace: how fast.
        max_points: after which the turn ends.
        now: the shop's clock when the proof began.
    """

    looker: Looker
    candidates: pl.DataFrame
    pace: Pace
    max_points: int
    now: datetime

    @property
    def subject(self) -> Subject:
        """The stream and shop."""
        return self.looker.subject


@dataclass(frozen=True, kw_only=True)
class Turned:
    """A turn that was taken.

    Attributes:
        look: what it found.
        reached: how far the rotation has come.
        ids: of the records whose turn it was.
        ahead: ids of those whose turn in this round is still to come.
        sure: how many of the records were compared in this round for certain.
    """

    look: Look
    reached: Rotation
    ids: pl.Series
    ahead: pl.Series
    sure: int


@dataclass
class _Course:
    """A turn on its way: how far it has come, and how far the book says it has."""

    reached: Rotation
    written: Rotation
    look: Look = field(default_factory=Look)
    ids: list[pl.Series] = field(default_factory=list)
    points: float = 0.0
    overtaken: bool = False


def known(subject: Subject) -> Rotation | None:
    """How far the rotation of a subject has come."""
    return rotations.rotation(
        subject.connection, shop=subject.shop, stream=subject.compiled.name
    )


def write(subject: Subject, reached: Rotation, *, before: Rotation) -> bool:
    """Write down how far it has come; False if another proof was quicker."""
    shop, stream = subject.shop, subject.compiled.name
    return rotations.write(
        subject.connection, reached, shop=shop, stream=stream, before=before
    )


def places_for(subject: Subject, *, part: int) -> Places:
    """What gives records their places, so that so many of them are read cheaply."""
    queries = subject.compiled.queries
    if subject.is_snapshot:
        return Places.ID
    if queries.by_ids is None:
        return Places.TIME
    is_bulk = not queries.bulk_refusal and part > MOST_BY_ID
    return Places.TIME if is_bulk else Places.ID


def take(turn: Turn) -> Turned:
    """Compare the records whose turn it is, and write down that they were."""
    before = known(turn.subject)
    part = -(-turn.candidates.height // turn.pace.rounds)
    places = _kept(before) or places_for(turn.subject, part=part)
    begun = rounds_of.begun(before, places=places, now=turn.now)
    course = _Course(begun, before or begun)
    begin = course.reached.position
    placed = _placed(turn.candidates, places)
    arc = rounds_of.due(_numbers(placed), course.reached, turn.pace)
    while arc.records and not course.overtaken and course.points < turn.max_points:
        most = _affordable(turn, course)
        portion = rounds_of.portion(_numbers(placed), arc, most=most)
        if not _go_on(turn, course, placed, portion):
            break
        arc = rounds_of.rest(arc, portion)
    if not arc.records and arc.end == END:
        course.reached = replace(course.reached, position=END)
    behind = pl.col(PLACE) < course.reached.position
    sure = _sure(placed.filter(behind), course.reached, begin=begin)
    _end(turn, course, sure=sure)
    return Turned(
        look=course.look,
        reached=course.reached,
        ids=pl.concat([turn.candidates[ID].clear(), *course.ids]),
        ahead=placed.filter(~behind)[ID],
        sure=sure,
    )


def _sure(behind: pl.DataFrame, reached: Rotation, *, begin: int) -> int:
    """How many records, of those behind, were compared in this round for certain.

    Whose place is a hash may have come to stand behind only after the round came by.
    """
    if reached.places == Places.ID.value:
        time = CHANGED if CHANGED in behind.columns else EXTRACTED
        old = pl.col(time) < reached.begun_at
        behind = behind.filter(old | (pl.col(PLACE) >= begin))
    return max(0, behind.height - reached.missed)


def _kept(before: Rotation | None) -> Places | None:
    """What gave places in a round that is not through yet."""
    if before is None or before.position in {rotations.BEGIN, END}:
        return None
    return Places(before.places)


def _placed(candidates: pl.DataFrame, places: Places) -> pl.DataFrame:
    found = (
        rounds_of.places_by_time(candidates[CHANGED])
        if places is Places.TIME
        else rounds_of.places_by_id(candidates[ID])
    )
    return candidates.with_columns(found.alias(PLACE)).sort(PLACE)


def _numbers(placed: pl.DataFrame) -> Sequence[int]:
    # A series can be bisected; as a list it would be as large as all ids again.
    return cast("Sequence[int]", placed[PLACE])


def _affordable(turn: Turn, course: _Course) -> int:
    """Records that may be compared for the points that are left."""
    if turn.subject.is_snapshot:
        return max(1, turn.candidates.height)
    by_id = course.reached.places == Places.ID.value
    left = turn.max_points - course.points
    most = int(left / rate(course.reached))
    return max(1, min(most, IDS_OF_A_PART if by_id else BULK_RECORDS))


def rate(reached: Rotation) -> float:
    """Points a record: as measured in this round, or else a guess."""
    if not reached.compared:
        return _BY_ID if reached.places == Places.ID.value else _BY_WINDOW
    return max(reached.points / reached.compared, 0.001)


def _go_on(turn: Turn, course: _Course, placed: pl.DataFrame, portion: Arc) -> bool:
    """Compare a portion; False if it has to be compared again by the next proof."""
    client = turn.subject.client
    spent, before = client.points_spent, course.reached
    of_portion = pl.col(PLACE).is_between(portion.begin, portion.end, closed="left")
    records = placed.filter(of_portion)
    look = _look(turn, records, course.reached)
    points = client.points_spent - spent
    course.points += points
    course.look += look
    course.ids.append(records[ID])
    differing = still_differing(turn.looker, before.differing, look)
    if len(differing) > MOST_DIFFERING:
        return False
    after = rounds_of.compared(before, portion, records=look.records, points=points)
    _write(turn, course, replace(after, differing=differing))
    return True


def _write(turn: Turn, course: _Course, reached: Rotation) -> None:
    if not course.overtaken:
        course.reached = reached
        course.overtaken = not write(turn.subject, reached, before=course.written)
        course.written = reached


def _look(turn: Turn, records: pl.DataFrame, reached: Rotation) -> Look:
    looker, ids = turn.looker, records[ID]
    if turn.subject.is_snapshot:
        return looker.in_snapshot(ids)
    if reached.places == Places.ID.value:
        return twice(looker.by_ids, looker.by_ids, ids)
    return look_by_window(looker, records)


def look_by_window(looker: Looker, records: pl.DataFrame) -> Look:
    """Look at records by the window they changed in.

    One that changed at no time that a window can name is not compared.
    """
    window = window_of(records[CHANGED])
    if window is None:
        return Look()
    by_window = looker.by_window(window)
    by_ids = looker.subject.compiled.queries.by_ids is not None

    def again(ids: pl.Series) -> Look:
        one_by_one = by_ids and len(ids) <= TWICE
        return looker.by_ids(ids) if one_by_one else by_window(ids)

    return twice(by_window, again, records[ID])


def window_of(changed: pl.Series) -> Window | None:
    """The narrowest window in which all records changed; None if none can be."""
    seconds = rounds_of.places_by_time(changed)
    first, last = cast("int", seconds.min()), cast("int", seconds.max())
    try:
        return Window(EPOCH + first * _SECOND, EPOCH + (last + 1) * _SECOND)
    except OverflowError:
        return None


def still_differing(
    looker: Looker, differing: Iterable[str], look: Look
) -> tuple[str, ...]:
    """The records that differ, after a look at some of them and at others."""
    subject, seen = looker.subject, looker.seen
    unlike = {gid_of(seen, subject, id_) for id_ in look.unlike}
    if not unlike and not differing:
        return ()
    compared = {gid_of(seen, subject, id_) for ids in look.compared for id_ in ids}
    return tuple(sorted({*differing} - compared | unlike))


def _end(turn: Turn, course: _Course, *, sure: int) -> None:
    """Write down that a proof has come to its end, wherever that is."""
    reached = rounds_of.ended(
        course.reached,
        rounds=turn.pace.rounds,
        sure=sure,
        records=turn.candidates.height,
        now=turn.now,
    )
    _write(turn, course, reached)
    if course.overtaken:
        course.reached = known(turn.subject) or reached
