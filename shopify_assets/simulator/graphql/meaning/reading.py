"""Reading values of records by path, and columns of them for whole tables.

Charter: what a record holds, what it links to, and what links to it. A type that lacks
a field has no value there, as one of several types behind an interface may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.graphql.meaning.kinds import sortable
from shopify_assets.simulator.graphql.meaning.meaning import Kind
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.world import Ref, SortedRow, rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.simulator.graphql.meaning.meaning import Meaning
    from shopify_assets.simulator.world.world import Record, World

_AS_HELD = {Kind.TIME, Kind.NUMBER}


class Reader:
    """Reads one record."""

    def __init__(self, columns: Columns, row: Any) -> None:
        self._columns = columns
        self.row = columns.record_of(row)

    @property
    def now(self) -> str:
        """The moment the records were made for."""
        return self._columns.now

    def values(self, path: str) -> list[Any]:
        """What is at the end of a path; nulls are left out."""
        return list(self._walk(self.row, path.split(".") if path else []))

    def first(self, path: str) -> Any:
        """The first of them, or None."""
        return next(self._walk(self.row, path.split(".")), None)

    def each(self, path: str) -> list[Reader]:
        """Readers of the records at the end of a path."""
        return [Reader(self._columns, value) for value in self.values(path)]

    def linked(self, kind: str, path: str) -> list[Reader]:
        """Readers of the records of a type whose `path` leads here."""
        places = self._columns.index(kind, path).get(self.row["id"], ())
        return [Reader(self._columns, self._columns.at(kind, at)) for at in places]

    def root(self, name: str, **arguments: Any) -> Reader | None:
        """A reader of the object a root field gives."""
        record = self._columns.world.objects[name](arguments)
        return None if record is None else Reader(self._columns, record)

    def all(self, kind: str) -> list[Reader]:
        """Readers of all records of a type."""
        return [Reader(self._columns, row) for row in self._columns.world.records(kind)]

    def _walk(self, value: Any, path: list[str]) -> Iterator[Any]:
        if value is None:
            return
        if type(value) is list:
            for inner in value:
                yield from self._walk(inner, path)
        elif not path:
            yield value
        else:
            record = self._columns.record_of(value)
            if type(record) is dict:
                yield from self._walk(self._columns.field(record, path[0]), path[1:])


class Columns:
    """Values of the records of whole tables, each made once."""

    def __init__(self, world: World, schema: Schema) -> None:
        self.world = world
        self._schema = schema
        self._values: dict[tuple[str, Meaning], dict[int, list[Any]]] = {}
        self._sorted: dict[tuple[str, Meaning], list[SortedRow]] = {}
        self._indexes: dict[tuple[str, str], dict[str, list[int]]] = {}
        world.stale.append(self.forget)

    def forget(self) -> None:
        """Drop what was made from the former state."""
        for cache in (self._values, self._sorted, self._indexes):
            cache.clear()

    @property
    def now(self) -> str:
        """The moment the records were made for."""
        end = self.world.scale.end
        return f"{end:%Y-%m-%dT%H:%M:%SZ}"

    def record_of(self, row: Any) -> Any:
        """The record a row stands for."""
        return self.world.find(row.gid) if type(row) is Ref else row

    def at(self, kind: str, place: int) -> Record:
        """The record at a place."""
        return self.world.record(kind, place)

    def field(self, record: Record, name: str) -> Any:
        """A field of a record, held or made up; None if its type has no such field."""
        if name in record:
            return record[name]
        kind = record.get("__typename")
        if kind is None or self.world.read_field is None:
            return None
        if kind not in self._schema.types or name not in self._schema[kind].fields:
            return None
        return self.world.read_field(record, kind, name)

    def index(self, kind: str, path: str) -> dict[str, list[int]]:
        """The places of a table by the ids that `path` leads to from its records."""
        known = self._indexes.get((kind, path))
        if known is None:
            known = self._indexes[kind, path] = {}
            for place in self.world.places(kind):
                reader = Reader(self, self.world.record(kind, place))
                for value in reader.values(path):
                    gid = value.gid if type(value) is Ref else value
                    gid = gid["id"] if type(gid) is dict else gid
                    known.setdefault(gid, []).append(place)
        return known

    def is_cheap(self, table: str, meaning: Meaning) -> bool:
        """Whether values are told without making records."""
        column = meaning.column
        if column == "id":
            return self._arithmetic(table)
        return column in self.world.tables[table].columns

    def _arithmetic(self, table: str) -> bool:
        return self.world.tables[table].locate is None and ids.numbered(table)

    def reader(self, table: str, meaning: Meaning) -> Callable[[int], Sequence[Any]]:
        """Tells the values of a place of a table."""
        column = meaning.column
        if column == "id" and self._arithmetic(table):
            return lambda place: (ids.number(table, place),)
        if column is not None and self.is_cheap(table, meaning):
            held = self.world.column(table, column)
            return lambda place: () if held[place] is None else (held[place],)
        made = self._values.setdefault((table, meaning), {})

        def read(place: int) -> list[Any]:
            values = made.get(place)
            if values is None:
                record = self.world.record(table, place)
                values = made[place] = meaning.values(Reader(self, record))
            return values

        return read

    def in_order(self, table: str, meaning: Meaning) -> list[SortedRow]:
        """All rows of a table that are shown, by a sort key and then by id."""
        column = meaning.column
        if meaning.held or column == "id":
            return self.world.in_order(table, "id")
        if column and meaning.kind in _AS_HELD and self.is_cheap(table, meaning):
            return self.world.in_order(table, column)
        rows = self._sorted.get((table, meaning))
        if rows is None:
            read = self.reader(table, meaning)
            rows = self._sorted[table, meaning] = sorted(
                (
                    SortedRow(sortable(meaning, list(read(row.place))), *row[1:])
                    for row in self.world.in_order(table, "id")
                ),
                key=rank,
            )
        return rows
