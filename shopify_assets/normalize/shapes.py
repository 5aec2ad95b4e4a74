"""How the records of a stream are decoded: structs made from the tables' paths.

Charter: from tables to the structs msgspec decodes into, one for each marker. Only what
some column or list needs is decoded; all else in a line is skipped. Every field may be
absent or null, for what must not be null is the checks' business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.tables import Path, Source, Table

NULL = msgspec.Raw(b"null")

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
    """A shape while the paths that lead through it are gathered."""

    leaves: dict[str, Any] = field(default_factory=dict)
    objects: dict[str, _Draft] = field(default_factory=dict)
    lists: dict[str, _Draft] = field(default_factory=dict)

    def add_leaf(self, path: Path, type_: Any) -> None:
        self._object(path[:-1]).leaves[path[-1]] = type_

    def list_at(self, path: Path) -> _Draft:
        return self._object(path[:-1]).lists.setdefault(path[-1], _Draft())

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
        struct = _struct(types)
        return Shape(struct, tuple(types), objects, lists, struct())


def shapes(tables: Iterable[Table]) -> dict[str, Shape]:
    """Return the shape of the records of each marker, decimals being strings."""
    return _shapes(tables, _TYPES)


def exact_shapes(tables: Iterable[Table]) -> dict[str, Shape]:
    """Return the same shapes, but for decimals that may be JSON numbers as well.

    Only what has no type is left as it is written: whether it is a decimal is told
    later, as of a string.
    """
    return _shapes(tables, {**_TYPES, Kind.NUMERIC: Any})


def _shapes(tables: Iterable[Table], types: Mapping[Kind, Any]) -> dict[str, Shape]:
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
    return {marker: each.shape() for marker, each in drafts.items()}


def _list_of(struct: Any) -> Any:
    return list[struct]


def _struct(types: Mapping[str, Any]) -> type[msgspec.Struct]:
    """Make a struct; its own field names are plain, for JSON's may be any."""
    names = {f"f{number}": key for number, key in enumerate(types)}
    fields = [
        (name, msgspec.Raw, NULL)
        if types[key] is msgspec.Raw
        else (name, types[key] | None, None)
        for name, key in names.items()
    ]
    # No garbage collection: a decoded record refers to nothing that refers to it.
    return msgspec.defstruct("Record", fields, rename=names, gc=False, eq=False)
