"""Ways to records born inside other records, packed into their ids.

Charter: from a way (a table's record and the fields walked from it) to a number and
back. A step is a digit whose base is what the type it starts from offers, so a number
holds deep ways through small types and stays below 2^63.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shopify_assets.catalog.schema import Schema

MARK = 1 << 62
MOST_ITEMS = 5
_PLACE_BITS = 24
_LEAVES = frozenset({"MoneyV2", "MoneyBag", "Count"})


class Hop(NamedTuple):
    """One step: the type it starts from, the field, the item of a list."""

    kind: str
    field: str
    at: int


class Way(NamedTuple):
    """The table and place of a record, and the steps inside it."""

    table: str
    place: int
    hops: tuple[Hop, ...] = ()

    def then(self, kind: str, field: str, at: int) -> Way:
        """The way one step further."""
        return self._replace(hops=(*self.hops, Hop(kind, field, at)))


class Packed(NamedTuple):
    """A number read halfway: where it starts, and the steps still packed."""

    table: str
    place: int
    steps: int


class Ways:
    """Packs the ways of one world."""

    def __init__(self, schema: Schema, tables: Sequence[str]) -> None:
        self._schema = schema
        self._tables = sorted(tables)
        self._slots = lru_cache(maxsize=None)(self._make_slots)

    def number(self, way: Way) -> int | None:
        """The number of a way; None when it is too long for one, or not of here."""
        packed = 0
        for kind, field, at in reversed(way.hops):
            if kind not in self._schema.types:
                return None  # only another version has the type
            slots = self._slots(kind)
            if (field, at) not in slots:
                return None  # or the field
            packed = packed * (len(slots) + 1) + slots.index((field, at)) + 1
        packed = packed << _PLACE_BITS | way.place
        packed = packed * len(self._tables) + self._tables.index(way.table)
        fits = way.place < 1 << _PLACE_BITS and packed < MARK
        return MARK | packed if fits else None

    def read(self, number: int) -> Packed | None:
        """Where a number starts; None when it is none of ours."""
        if not number & MARK or number >= MARK << 1:
            return None
        packed, table = divmod(number ^ MARK, len(self._tables))
        steps, place = divmod(packed, 1 << _PLACE_BITS)
        return Packed(self._tables[table], place, steps) if steps else None

    def step(self, kind: str, steps: int) -> tuple[Hop, int] | None:
        """The next of the packed steps, from type `kind`, and those after it."""
        slots = self._slots(kind)
        rest, digit = divmod(steps, len(slots) + 1)
        return (Hop(kind, *slots[digit - 1]), rest) if digit else None

    def _make_slots(self, kind: str) -> list[tuple[str, int]]:
        return [
            (name, at)
            for name, field in sorted(self._schema[kind].fields.items())
            if field.named_type not in _LEAVES
            and field.named_type in self._schema.types
            and self._schema[field.named_type].is_composite
            for at in range(self._size(kind, name))
        ]

    def _size(self, kind: str, name: str) -> int:
        field = self._schema[kind].fields[name]
        many = field.is_list or self._schema.node_type(field) is not None
        return MOST_ITEMS if many else 1
