"""How the records of a stream are decoded: structs made from the tables' paths.

Charter: from tables to the structs msgspec decodes into, one for each marker. Only what
some column or list needs is decoded; all else in a line is skipped. What was asked for
must be there, if the records were fetched by the queries of these tables; whether it
may be null is the checks' business, but for lists: a null one has no row to tell it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import msgspec

from shopify_assets.catalog.presence import FILLED, Listing
from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.tables import Path, Source, Table

NULL = msgspec.Raw(b"null")


class Presence(Enum):
    """What of a record must be there."""

    AS_ASKED = "all keys that its query asks of every type"
    ANY = "nothing: other queries may have fetched it"


_TYPES: Mapping[Kind, Any] = {
    Kind.TEXT: str,
    Kind.BIGINT: int | str,
    Kind.INTEGER: int,
    Kind.DOUBLE: float,
    Kind.NUMERIC: str,
    Kind.BOOLEAN: bool,
    Kind.TIMESTAMPTZ: str,
    Kind.DATE: str,
    Kind.TEXT_ARRAY: list[str | None],
}


@dataclass(frozen=True)
class Shape:
    """An object in a record.

    Attributes:
        struct: what it is decoded into; its fields are in the order of `keys`.
        keys: its keys in JSON.
        objects: the shapes of those of its fields that are objects.
        lists: the shapes of the elements of those that are lists of objects.
        absent: stands in for an object that is null: all its fields are.
    """

    struct: type[msgspec.Struct]
    keys: tuple[str, ...]
    objects: Mapping[str, Shape]
    lists: Mapping[str, Shape]
    absent: msgspec.Struct


@dataclass
class _Draft:
    """A shape while the paths that lead through it are gathered.

    `present` are the keys that must be there, `filled` those that must not be null.
    """

    leaves: dict[str, Any] = field(default_factory=dict)
    objects: dict[str, _Draft] = field(default_factory=dict)
    lists: dict[str, _Draft] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)

    def add_leaf(self, path: Path, type_: Any) -> None:
        self._object(path[:-1]).leaves[path[-1]] = type_

    def list_at(self, path: Path) -> _Draft:
        return self._object(path[:-1]).lists.setdefault(path[-1], _Draft())

    def demand(self, path: Path, *, filled: bool) -> None:
        """Let a key be demanded in its object, if that is there."""
        holder = self._object(path[:-1])
        holder.present.add(path[-1])
        if filled:
            holder.filled.add(path[-1])

    def _object(self, path: Path) -> _Draft:
        found = self
        for key in path:
            found = found.objects.setdefault(key, _Draft())
        return found

    def shape(self) -> Shape:
        objects = {key: each.shape() for key, each in self.objects.items()}
        lists = {key: each.shape() for key, each in self.lists.items()}
        types = {
            **self.leaves,
            **{key: each.struct for key, each in objects.items()},
            **{key: _list_of(each.struct) for key, each in lists.items()},
        }
        fields = [
            _field(number, key, types[key], draft=self)
            for number, key in enumerate(types)
        ]
        struct = _struct(fields, types)
        absent = struct(
            **{
                f"f{number}": NULL if type_ is msgspec.Raw else None
                for number, type_ in enumerate(types.values())
            }
        )
        return Shape(struct, tuple(types), objects, lists, absent)


def shapes(tables: Iterable[Table], presence: Presence) -> dict[str, Shape]:
    """Return the shape of the records of each marker, decimals being strings."""
    return _shapes(tables, _TYPES, presence)


def exact_shapes(tables: Iterable[Table], presence: Presence) -> dict[str, Shape]:
    """Return the same shapes, but for decimals that may be JSON numbers as well.

    Only what has no type is left as it is written: whether it is a decimal is told
    later, as of a string.
    """
    return _shapes(tables, {**_TYPES, Kind.NUMERIC: Any}, presence)


def _shapes(
    tables: Iterable[Table], types: Mapping[Kind, Any], presence: Presence
) -> dict[str, Shape]:
    drafts: dict[str, _Draft] = {}
    for table in tables:
        elements = [drafts.setdefault(table.marker, _Draft())]
        for path in table.lists:
            elements.append(elements[-1].list_at(path))
        for column in table.columns:
            if column.path:
                type_ = types.get(column.kind, msgspec.Raw)
                named = str if column.source is Source.GID_NUMBER else type_
                elements[-1 - column.up].add_leaf(column.path, named)
        if presence is Presence.AS_ASKED:
            _demand(table, elements)
    return {marker: each.shape() for marker, each in drafts.items()}


def _demand(table: Table, elements: Sequence[_Draft]) -> None:
    """Demand what every element of a table has, and the list that holds it."""
    own = {column.path: column for column in table.columns if not column.up}
    used = {path[:length] for path in own for length in range(1, len(path) + 1)}
    for path in used & table.present:
        # Of what is null in a column that may not be, the checks know more to tell.
        told_later = path in own and not own[path].nullable
        filled = (*path, FILLED) in table.present and not told_later
        elements[-1].demand(path, filled=filled)
    if table.lists and table.listing is not Listing.OPTIONAL:
        *objects, _ = table.lists[-1]
        for length in range(1, len(objects) + 1):
            elements[-2].demand(tuple(objects[:length]), filled=False)
        filled = table.listing is Listing.FILLED
        elements[-2].demand(table.lists[-1], filled=filled)


def _list_of(struct: Any) -> Any:
    return list[struct]


def _field(number: int, key: str, type_: Any, *, draft: _Draft) -> tuple[Any, ...]:
    """A field of a struct: its name, its type and, if it may be absent, its value."""
    name = f"f{number}"
    is_any = key not in draft.filled and type_ is not msgspec.Raw
    typed = type_ | None if is_any else type_
    if key in draft.present:
        return name, typed
    return name, typed, NULL if type_ is msgspec.Raw else None


def _struct(
    fields: Sequence[tuple[Any, ...]], keys: Iterable[str]
) -> type[msgspec.Struct]:
    """Make a struct; its own field names are plain, for JSON's may be any."""
    names = {f"f{number}": key for number, key in enumerate(keys)}
    # No garbage collection: a decoded record refers to nothing that refers to it.
    return msgspec.defstruct(
        "Record", fields, rename=names, kw_only=True, gc=False, eq=False
    )
