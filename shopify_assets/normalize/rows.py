"""From decoded records to the rows of each table.

Charter: unfolding of nested objects and lists, the places of elements in their lists
and among their siblings, and the columns that children take from their ancestors. What
a value means is `values`' business.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec
import polars as pl

from shopify_assets.catalog.tables import (
    GLOBAL_IDS,
    GRANDPARENT_ID,
    PARENT_ID,
    ROOT_ID,
    SHOP_COLUMN,
    Column,
    Path,
    Source,
    Table,
)
from shopify_assets.normalize.faults import Faults, faults
from shopify_assets.normalize.lines import Block, RecordReader, Records
from shopify_assets.normalize.places import Places
from shopify_assets.normalize.shapes import Presence, Shape
from shopify_assets.normalize.values import (
    INSTANT,
    UnreadableError,
    stand_ins_of,
    typed,
)

EXTRACTED_AT = "_extracted_at"

_ANCESTORS = ((ROOT_ID,), (GRANDPARENT_ID,), (PARENT_ID,))

_as_tuple = msgspec.structs.astuple
_NARROW = 4  # keys

Required = Callable[[Table, Column], bool]
"""Whether a record with null there is refused."""


def nowhere(table: Table, column: Column) -> bool:  # noqa: ARG001 -- a Required
    """Refuse no null."""
    return False


def in_keys(table: Table, column: Column) -> bool:
    """Refuse null in what identifies a row."""
    return column.name in table.key


def as_declared(table: Table, column: Column) -> bool:
    """Refuse null where Shopify's schema allows none."""
    return not column.nullable or in_keys(table, column)


@dataclass(frozen=True)
class _Level:
    """A table and the tables of the lists inside its elements.

    Attributes:
        table: the table.
        shape: its elements' shape.
        own: columns whose values lie in the element itself.
        required: those of them that must not be null.
        taken: columns taken from the enclosing element's table: own name by theirs.
        position: the column that holds the element's place, if the table has one.
        lists: the tables of the element's lists, by path.
    """

    table: Table
    shape: Shape
    own: tuple[Column, ...]
    required: tuple[Column, ...]
    taken: Mapping[str, str]
    position: str | None
    lists: Mapping[Path, _Level]


@dataclass(frozen=True)
class _Elements:
    """The elements of one level in a block.

    Attributes:
        count: how many they are.
        values: what they hold, by path; for lists of objects the lists.
        places: each one's place in its list or among its siblings, if it is asked for.
        owners: for each the row of the enclosing element; empty for records.
        within: the enclosing elements; None for records.
    """

    count: int
    values: Mapping[Path, Sequence[Any]]
    places: Sequence[int]
    owners: Sequence[int] = ()
    within: _Elements | None = None

    def record(self, row: int) -> int:
        """Return the number of the record that element `row` lies in."""
        return self.within.record(self.owners[row]) if self.within else row


class _RefusedError(Exception):
    """Values of a level cannot be kept: by the number of the record they lie in."""

    def __init__(self, table: str, records: Faults) -> None:
        super().__init__(table)
        self.table = table
        self.records = records


def _own(level: _Level, elements: _Elements) -> dict[str, pl.Series]:
    """Return the typed columns whose values lie in the elements themselves.

    Raises:
        _RefusedError: a value is none of its column's kind, or null where none may be.
    """
    values = [elements.values[each.path] for each in level.own]
    try:
        series = typed(level.own, values)
    except UnreadableError:
        series = {}
    if series and not any(series[each.name].null_count() for each in level.required):
        return series
    found = faults(level.own, values, required=level.required)
    if not found:
        return series
    # Of a record with several faults the first one is told.
    by_record = {elements.record(row): found[row] for row in sorted(found)[::-1]}
    raise _RefusedError(level.table.name, by_record)


@dataclass(frozen=True)
class Recipe:
    """All that the rows of a stream are made by: derived once, used for each file.

    Attributes:
        reader: decodes the records.
        levels: the tables that records feed, by marker.
        tables: the tables.
    """

    reader: RecordReader
    levels: Mapping[str, _Level]
    tables: Sequence[Table]

    @classmethod
    def of(cls, tables: Sequence[Table], required: Required) -> Recipe:
        """Derive it from a stream's tables and what must not be null in them."""
        asked = required is as_declared
        reader = RecordReader(tables, Presence.AS_ASKED if asked else Presence.ANY)
        levels = {
            each.marker: _level(each, reader.shapes[each.marker], tables, required)
            for each in tables
            if not each.lists
        }
        return cls(reader, levels, tables)


class Rows:
    """Makes the rows of a stream's tables from the records of one raw file.

    It counts siblings: one `Rows` is for one file, whose blocks come in order.
    """

    def __init__(self, recipe: Recipe, *, shop: str, extracted_at: datetime) -> None:
        self._recipe = recipe
        self._places = Places(recipe.tables)
        self._constants = (
            pl.Series(SHOP_COLUMN.name, [shop], dtype=pl.String),
            pl.Series(EXTRACTED_AT, [extracted_at], dtype=INSTANT),
        )
        # By the hash of their parent's id: of a large file there are very many, and two
        # of one hash only leave gaps in their numbers.
        self._siblings: dict[str, dict[int, int]] = defaultdict(dict)
        # Ids of the block at hand that are no numbers, each with its stand-in.
        self._stand_ins: dict[str, int] = {}

    def frames(self, block: Block) -> dict[str, pl.DataFrame]:
        """Return the rows of a block, of those tables that have any in it.

        Among them those of `GLOBAL_IDS`, if an id of the block is no number. A line of
        which a value is none of its column's kind is refused.
        """
        frames: dict[str, pl.DataFrame] = {}
        for records in self._recipe.reader.read(block):
            frames |= self._of_records(records, block)
        if self._stand_ins:
            frames[GLOBAL_IDS.name] = self._listed()
            self._stand_ins.clear()
        return frames

    def _listed(self) -> pl.DataFrame:
        """Return the rows that say which global ids a block's stand-ins stand for."""
        shop = self._constants[0].new_from_index(0, len(self._stand_ins))
        gids = pl.Series("gid", list(self._stand_ins), dtype=pl.String)
        numbers = pl.Series("id", list(self._stand_ins.values()), dtype=pl.Int64)
        return pl.DataFrame([shop, numbers, gids])

    def _of_records(self, records: Records, block: Block) -> dict[str, pl.DataFrame]:
        """Return the rows of records of one marker, without those that are refused."""
        level = self._recipe.levels[records.marker]
        lines, count = records.lines, len(records.decoded)
        values = dict(_values(records.decoded, level.shape))
        places = self._among_siblings(level, values, count=count)
        while lines:
            frames: dict[str, pl.DataFrame] = {}
            try:
                self._refuse_misplaced(records.marker, lines, values)
                self._add(frames, level, _Elements(len(lines), values, places))
            except _RefusedError as error:
                _refuse(block, records.marker, lines, error=error)
                kept = [row for row in range(len(lines)) if row not in error.records]
                lines = [lines[row] for row in kept]
                places = [places[row] for row in kept] if places else []
                values = {
                    path: [of_path[row] for row in kept]
                    for path, of_path in values.items()
                }
            else:
                return frames
        return {}

    def _refuse_misplaced(
        self, marker: str, lines: Sequence[bytes], values: Mapping[Path, Sequence[Any]]
    ) -> None:
        misplaced = self._places.misplaced(marker, lines, values)
        if misplaced:
            reasons = {row: ("", reason) for row, reason in misplaced.items()}
            raise _RefusedError(self._recipe.levels[marker].table.name, reasons)

    def _among_siblings(
        self, level: _Level, values: Mapping[Path, Sequence[Any]], *, count: int
    ) -> list[int]:
        """Number records by the order in which their parent has them."""
        if level.position is None:
            return []
        seen = self._siblings[level.table.name]
        places = []
        for parent in map(hash, _parents(values, count)):
            place = seen.get(parent, 0)
            places.append(place)
            seen[parent] = place + 1
        return places

    def _add(
        self, frames: dict[str, pl.DataFrame], level: _Level, elements: _Elements
    ) -> None:
        """Add the frames of a level, and of those within it."""
        columns = _own(level, elements)
        for column in level.own:
            if column.source is Source.GID_NUMBER:
                gids = elements.values[column.path]
                self._stand_ins.update(stand_ins_of(gids, columns[column.name]))
        if level.position is not None:
            places = pl.Series(elements.places, dtype=pl.Int32)
            columns[level.position] = places
        if elements.within is not None:
            within = frames[level.table.parent or ""]
            columns |= _taken(level, within, elements.owners)
        for each in self._constants:
            columns[each.name] = each.new_from_index(0, elements.count)
        names = columns_of(level.table)
        frames[level.table.name] = pl.DataFrame({name: columns[name] for name in names})
        for path, inner in level.lists.items():
            inside = _inside(elements, inner.shape, elements.values[path])
            if inside.owners:
                self._add(frames, inner, inside)


def _refuse(
    block: Block, marker: str, lines: Sequence[bytes], *, error: _RefusedError
) -> None:
    for row, (column, reason) in sorted(error.records.items()):
        block.refuse(lines[row], reason, marker=marker, table=error.table, place=column)


def _parents(values: Mapping[Path, Sequence[Any]], count: int) -> Iterable[Hashable]:
    """What tells the parent of each record: one may hang below several others."""
    above = [values[path] for path in _ANCESTORS if path in values]
    if len(above) == 1:
        return above[0]
    return zip(*above, strict=True) if above else [None] * count


def columns_of(table: Table) -> list[str]:
    """Return the names of a frame's columns, in order."""
    return [*(each.name for each in table.columns), EXTRACTED_AT]


def _level(
    table: Table, shape: Shape, tables: Sequence[Table], required: Required
) -> _Level:
    by_name = {each.name: each for each in tables}
    inner = {
        each.lists[-1]: _level(each, _shape_at(shape, each.lists[-1]), tables, required)
        for each in tables
        if each.parent == table.name and each.lists[:-1] == table.lists and each.lists
    }
    own = tuple(each for each in table.columns if each.path and not each.up)
    return _Level(
        table=table,
        shape=shape,
        own=own,
        required=tuple(each for each in own if required(table, each)),
        position=_position(table),
        taken=dict(_taken_names(table, by_name)),
        lists=inner,
    )


def _shape_at(shape: Shape, path: Path) -> Shape:
    for key in path[:-1]:
        shape = shape.objects[key]
    return shape.lists[path[-1]]


def _position(table: Table) -> str | None:
    found = (each for each in table.columns if each.source is Source.POSITION)
    return next((each.name for each in found if not each.up), None)


def _taken_names(
    table: Table, tables: Mapping[str, Table]
) -> Iterator[tuple[str, str]]:
    """Pair each column of an enclosing element with the one it equals there."""
    for column in table.columns:
        if column.up:
            sought = replace(column, up=column.up - 1)
            theirs = tables[table.parent or ""].columns
            found = (
                each
                for each in theirs
                if replace(each, name=column.name, nullable=column.nullable) == sought
            )
            yield column.name, next(found).name


def _taken(
    level: _Level, within: pl.DataFrame, owners: Sequence[int]
) -> dict[str, pl.Series]:
    rows = pl.Series(owners, dtype=pl.UInt32)
    # Not `select`: that would be a query, whose planning costs more than this.
    taken = pl.DataFrame([within[theirs] for theirs in level.taken.values()])[rows]
    return dict(zip(level.taken, taken.get_columns(), strict=True))


def _inside(
    elements: _Elements, shape: Shape, lists: Sequence[Sequence[Any] | None]
) -> _Elements:
    """Return what stands in lists of objects; a list that is null holds nothing."""
    inside = list(chain.from_iterable(each or () for each in lists))
    return _Elements(
        count=len(inside),
        values=dict(_values(inside, shape)),
        places=[place for each in lists if each for place in range(len(each))],
        owners=[row for row, each in enumerate(lists) if each for _ in each],
        within=elements,
    )


def _values(
    objects: Sequence[msgspec.Struct], shape: Shape, path: Path = ()
) -> Iterator[tuple[Path, Sequence[Any]]]:
    """Yield what the objects hold, by path; what an absent object holds is null."""
    for key, values in zip(shape.keys, _by_key(objects, shape), strict=True):
        inner = shape.objects.get(key)
        if inner is None:
            yield (*path, key), values
        else:
            present = (
                values if all(values) else [each or inner.absent for each in values]
            )
            yield from _values(present, inner, (*path, key))


def _by_key(objects: Sequence[msgspec.Struct], shape: Shape) -> Iterable[Sequence[Any]]:
    """What the objects hold by each key of their shape."""
    count = len(shape.keys)
    if objects and count > _NARROW:
        # Object by object: key by key, wide ones would come from memory each time.
        return zip(*map(_as_tuple, objects), strict=True)
    return (list(map(attrgetter(f"f{key}"), objects)) for key in range(count))
