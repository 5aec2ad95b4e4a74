"""The world of one simulated shop: its tables, and what was changed in them.

Charter: keeping and finding records. A table makes a record anew from its place
whenever it is asked for, so a hundred thousand orders take no memory; changes are kept
beside and laid over. How records look is decided in `data/` and `fallback.py`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.changes import GONE, destroyed, lay_over, visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from shopify_assets.simulator.world.spec import Scale, SimulatedShop

Record = dict[str, Any]
Arguments = dict[str, Any]

_CACHED_RECORDS = 512


class Ref(NamedTuple):
    """A record's link to another one, followed when it is read."""

    gid: str


class SortedRow(NamedTuple):
    """One row of a table in some order: what it is sorted by, and where it is."""

    value: Any
    number: int
    place: int


@dataclass(frozen=True)
class Table:
    """All records of one type.

    Attributes:
        type: the GraphQL type, which is also the type in its ids, or the interface
            that the types of its records share.
        places: the places that hold a record, oldest first.
        build: makes the record of a place.
        columns: fields that can be told without making the record.
        locate: the place an id stands for; by default the arithmetic of `ids`.
        later: fields made when they are read first, from the record.
        moves: the id of the record that changes whenever one of these does.
        types: the types of its records, when they are several.
    """

    type: str
    places: Callable[[], Sequence[int]]
    build: Callable[[int], Record]
    columns: Mapping[str, Callable[[int], Any]] = field(default_factory=dict)
    locate: Callable[[ids.Gid], int | None] | None = None
    later: Mapping[str, Callable[[Record], Any]] = field(default_factory=dict)
    moves: Callable[[int], str] | None = None
    types: tuple[str, ...] = ()

    def place_of(self, gid: ids.Gid) -> int | None:
        """The place `gid` stands for, if the table's ids can be like that."""
        if self.types and gid.type == self.type:
            return None  # an interface has no ids
        if self.locate is not None:
            return self.locate(gid)
        place, part = ids.place(gid.type, gid.number)
        return place if part == 0 and place >= 0 else None


@dataclass
class World:
    """The records of one shop.

    Attributes:
        spec: what the shop was declared to be.
        scale: the numbers that follow from it.
        tables: its tables by type.
        wall: orders created before this moment are hidden (no `read_all_orders`).
        deletions: the events that tell of deleted records.
        finders: find records no table holds, by id.
        owners: tell the record of a table that such a record is part of.
        listings: make the rows of root fields that list no table, from arguments.
        objects: make the objects of root fields, from arguments.
        nested: tables that connections of objects list whole, by type and field.
        chosen: tell which places of a table a root's arguments choose.
        stale: called when what was counted before may be wrong.
        relations: make fields of a type from the record, whatever table holds it.
        read_field: reads a field that a record does not hold.
        metafields: makes the metafields of a record.
        events: tells the events of a record.
    """

    spec: SimulatedShop
    scale: Scale
    tables: dict[str, Table] = field(default_factory=dict)
    wall: str | None = None
    deletions: list[Record] = field(default_factory=list)
    finders: list[Callable[[ids.Gid], Record | None]] = field(default_factory=list)
    owners: list[Callable[[ids.Gid], str | None]] = field(default_factory=list)
    listings: dict[str, Callable[[Arguments], Sequence[Any]]] = field(
        default_factory=dict
    )
    objects: dict[str, Callable[[Arguments], Any]] = field(default_factory=dict)
    nested: dict[tuple[str, str], str] = field(default_factory=dict)
    chosen: dict[str, Callable[[Arguments], Callable[[int], bool] | None]] = field(
        default_factory=dict
    )
    relations: dict[tuple[str, str], Callable[[Record], Any]] = field(
        default_factory=dict
    )
    read_field: Callable[[Record, str, str], Any] | None = None
    metafields: Callable[[Record], list[Record]] = field(default=lambda _: [])
    events: Callable[[Record], list[Any]] = field(default=lambda _: [])
    stale: list[Callable[[], None]] = field(default_factory=list)
    _homes: dict[str, str] = field(default_factory=dict)
    _changes: dict[str, dict[str, Record]] = field(default_factory=dict)
    _deleted: set[str] = field(default_factory=set)
    _records: OrderedDict[tuple[str, int], Record] = field(default_factory=OrderedDict)
    _columns: dict[tuple[str, str], dict[int, Any]] = field(default_factory=dict)
    _sorted: dict[tuple[str, str], list[SortedRow]] = field(default_factory=dict)
    _places: dict[str, list[int]] = field(default_factory=dict)
    _opened: tuple[Record, dict[str, Record]] | None = None

    def add(self, *tables: Table) -> None:
        """Add tables."""
        self.tables.update({table.type: table for table in tables})
        self._homes.update({kind: each.type for each in tables for kind in each.types})

    def places(self, kind: str) -> list[int]:
        """The places of all records of a type that exist now."""
        found = self._places.get(kind)
        if found is None:
            found = self._places[kind] = self._existing(kind)
        return found

    def _existing(self, kind: str) -> list[int]:
        places = list(self.tables[kind].places())
        gone = {self._place(kind, gid) for gid in self._deleted}
        return [place for place in places if place not in gone] if gone else places

    def _place(self, kind: str, gid: str) -> int | None:
        parsed = ids.parse(gid)
        if parsed is None or kind not in {parsed.type, self._homes.get(parsed.type)}:
            return None
        return self.tables[kind].place_of(parsed)

    def record(self, kind: str, place: int) -> Record:
        """The record at a place that exists."""
        key = (kind, place)
        found = self._records.get(key)
        if found is None:
            found = self._records[key] = self._build(kind, place)
            if len(self._records) > _CACHED_RECORDS:
                self._records.popitem(last=False)
        return found

    def _build(self, kind: str, place: int) -> Record:
        record = self.tables[kind].build(place)
        record.setdefault("__typename", kind)
        changes = self._changes.get(record["id"])
        if changes:
            lay_over(record, changes)
        return record

    def records(self, kind: str) -> Iterator[Record]:
        """All records of a type, oldest first."""
        return (self.record(kind, place) for place in self.places(kind))

    def find(self, gid: str) -> Record | None:
        """The record with this id; None when there is none (any more, or to see)."""
        parsed = ids.parse(gid)
        if parsed is None or gid in self._deleted:
            return None
        owner = self._owner(parsed)
        if owner is None:
            found = (finder(parsed) for finder in self.finders)
            return next((record for record in found if record is not None), None)
        kind, place = owner
        if not self.shown(kind, place):
            return None
        record = self.record(kind, place)
        if record["id"] == gid:
            return record
        return self._within(record).get(gid) or self._within_later(record, kind, gid)

    def _within(self, record: Record) -> dict[str, Record]:
        if self._opened is None or self._opened[0] is not record:
            found = {each["id"]: each for each in visit(record) if each.get("id")}
            self._opened = record, found
        return self._opened[1]

    def _within_later(self, record: Record, kind: str, gid: str) -> Record | None:
        """Look for an id in what is made late, only when it is nowhere else."""
        related = (name for owner, name in self.relations if owner == kind)
        names = (*self.tables[kind].later, *related)
        later = [name for name in names if name not in record]
        if not later:
            return None
        for name in later:
            self.later(record, name)
        self._opened = None
        return self._within(record).get(gid)

    def later(self, record: Record, name: str) -> tuple[bool, Any]:
        """Whether a field is one that is made when it is read first, and its value."""
        kind = record.get("__typename", "")
        table = self.tables.get(kind)
        make = table.later.get(name) if table is not None else None
        make = make or self.relations.get((kind, name))
        make = make or self.relations.get(("*", name))
        if make is None:
            return False, None
        changes = self._changes.get(record.get("id", ""))
        made = {name: make(record)}
        if changes:
            lay_over(made, changes)
        record[name] = made[name]
        return True, made[name]

    def touched(self, record: Record, table: str, place: int) -> Record | None:
        """A record born inside another, as it was changed; None when it was deleted."""
        if not self._changes:
            return record
        owner = str(self.record(table, place)["id"])
        return self.altered(record, owner)

    def altered(self, record: Record, owner: str) -> Record | None:
        """The same, given the id of the table's record."""
        changes = self._changes.get(owner, {}).get(record["id"], {})
        return None if GONE in changes else {**record, **changes}

    def exists(self, gid: str) -> bool:
        """Whether a link to this id leads anywhere; cheaper than following it."""
        if self.wall is not None and "/Order/" in gid:
            return self.find(gid) is not None
        return gid not in self._deleted

    def _owner(self, gid: ids.Gid) -> tuple[str, int] | None:
        held = ids.in_query(gid)
        kind = ids.owner(gid)
        if kind is not None:
            return (kind, ids.place(gid.type, gid.number)[0])
        kind = held.type if held.type in self.tables else self._homes.get(held.type)
        if kind is None:
            return None
        place = self.tables[kind].place_of(held)
        return None if place is None else (kind, place)

    def shown(self, kind: str, place: int) -> bool:
        """Whether a place holds a record that the app may see."""
        if kind not in self.tables:
            return False
        places = self.places(kind)
        at = bisect_left(places, place)
        return (
            at < len(places) and places[at] == place and not self._walled(kind, place)
        )

    def _walled(self, kind: str, place: int) -> bool:
        if self.wall is None:
            return False
        moves = self.tables[kind].moves
        if moves is not None:
            owner = ids.parse(moves(place))
            return owner is not None and not self.shown(*self._owner_or_none(owner))
        return kind == "Order" and bool(
            self.column(kind, "createdAt")[place] < self.wall
        )

    def _owner_or_none(self, gid: ids.Gid) -> tuple[str, int]:
        return self._owner(gid) or ("", 0)

    def column(self, kind: str, name: str) -> dict[int, Any]:
        """One field of all records of a type, by place."""
        key = (kind, name)
        found = self._columns.get(key)
        if found is None:
            found = self._columns[key] = self._column(kind, name)
        return found

    def _column(self, kind: str, name: str) -> dict[int, Any]:
        cheap = self.tables[kind].columns.get(name)
        if cheap is None:
            return {
                place: self._field(self.record(kind, place), kind, name)
                for place in self.places(kind)
            }
        column = {place: cheap(place) for place in self.places(kind)}
        for owner, changes in self._changes.items():
            place = self._place(kind, owner)
            if place in column and name in changes.get(owner, ()):
                column[place] = changes[owner][name]
        return column

    def _field(self, record: Record, kind: str, name: str) -> Any:
        if name in record or self.read_field is None:
            return record.get(name)
        return self.read_field(record, record.get("__typename", kind), name)

    def in_order(self, kind: str, name: str) -> list[SortedRow]:
        """All rows of a type that are shown, by the field `name` and then by id."""
        key = (kind, name)
        found = self._sorted.get(key)
        if found is None:
            found = self._sorted[key] = self._in_order(kind, name)
        return found

    def _in_order(self, kind: str, name: str) -> list[SortedRow]:
        places = [each for each in self.places(kind) if not self._walled(kind, each)]
        if name == "id":
            return [SortedRow(place, place, place) for place in places]
        column = self.column(kind, name)
        rows = [SortedRow(_sortable(column[place]), place, place) for place in places]
        rows.sort(key=rank)
        return rows

    def change(self, gid: str, fields: Record) -> None:
        """Lay `fields` over the record with this id."""
        self._changes.setdefault(self.owner_of(gid), {}).setdefault(gid, {}).update(
            fields
        )
        self.forget()

    def owner_of(self, gid: str) -> str:
        """The id of the record that holds this one: itself, when a table does."""
        parsed = ids.parse(gid)
        owner = self._owner(parsed) if parsed else None
        if owner is not None:
            return str(self.record(*owner)["id"])
        asked = (tell(parsed) for tell in self.owners) if parsed else ()
        return next((found for found in asked if found is not None), gid)

    def moved_by(self, gid: str) -> str | None:
        """The id of the record that changes with the one that has this id."""
        parsed = ids.parse(gid)
        owner = self._owner(parsed) if parsed else None
        if owner is None or self.tables[owner[0]].moves is None:
            return None
        return self.tables[owner[0]].moves(owner[1])  # type: ignore[misc]  # not None

    def delete(self, gid: str, at: str) -> None:
        """Let the record with this id vanish; an event tells of it."""
        owner = self.owner_of(gid)
        self.deletions.append(destroyed(gid, at, len(self.deletions)))
        self._deleted.add(gid)
        if owner != gid:
            self._changes.setdefault(owner, {})[gid] = {GONE: True}
        self.forget()

    def forget(self) -> None:
        """Drop what was made from the former state."""
        for cache in (self._records, self._columns, self._sorted, self._places):
            cache.clear()
        for forget in self.stale:
            forget()


def rank(row: SortedRow) -> tuple[bool, Any, int]:
    """What rows are sorted by: nulls first, equal values by id."""
    return row.value is not None, row.value, row.number


def _sortable(value: Any) -> Any:
    """A value as rows are sorted by it: money by its amount in the shop's currency."""
    if type(value) is dict:
        amount = value.get("shopMoney", value).get("amount")
        return float(amount) if amount is not None else str(value)
    return value if value is None or type(value) in {int, float, str} else str(value)
