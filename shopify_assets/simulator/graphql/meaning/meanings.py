"""What every search filter and sort key of a type means.

Charter: finding the meaning: in the declared tables, or from the name, where the field
is called alike. Filters that mean nothing here are listed in `unsimulated.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shopify_assets.simulator.graphql.meaning import goods, others, sales
from shopify_assets.simulator.graphql.meaning.meaning import Kind, Meaning
from shopify_assets.simulator.graphql.meaning.unsimulated import UNSIMULATED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.simulator.world.world import Table

FILTERS = sales.FILTERS | goods.FILTERS | others.FILTERS
SORTS = sales.SORTS | goods.SORTS | others.SORTS
DEFAULTS = sales.DEFAULTS | goods.DEFAULTS | others.DEFAULTS

BY_ID = Meaning(Kind.ID, ("id",))
_EVERYWHERE = {
    "id": BY_ID,
    "ids": BY_ID,
    "tag": Meaning(Kind.TEXT, ("tags",)),
    "tag_not": Meaning(Kind.TEXT, ("tags",), opposite=True),
}
_READ_AS = {
    "DateTime": Kind.TIME,
    "Date": Kind.TIME,
    "Boolean": Kind.FLAG,
    "MoneyV2": Kind.NUMBER,
    "MoneyBag": Kind.NUMBER,
    **dict.fromkeys(
        ("Int", "Float", "Decimal", "Money", "UnsignedInt64", "BigInt"), Kind.NUMBER
    ),
}
_WITHIN = {"MoneyV2": ".amount", "MoneyBag": ".shopMoney.amount"}
_TOKENIZED = {"title", "name", "description", "firstName", "lastName"}
_TIMES = re.compile(r".*(At|On|Date|Time)")


class Meanings:
    """Finds meanings for the types of one schema."""

    def __init__(self, schema: Schema, tables: Mapping[str, Table]) -> None:
        self._schema = schema
        self._tables = tables
        self._filters: dict[tuple[str, str], Meaning | None] = {}
        self._sorts: dict[tuple[str, str], Meaning | None] = {}
        self._defaults: dict[str, Meaning] = {}

    def filter(self, kind: str, name: str) -> Meaning | None:
        """What a filter of a type reads; None when no field tells it."""
        key = (kind, name)
        if key not in self._filters:
            declared = FILTERS.get(kind, {}).get(name)
            idle = name in UNSIMULATED.get(kind, {})
            found = declared or (None if idle else self._filter(kind, name))
            self._filters[key] = found
        return self._filters[key]

    def _filter(self, kind: str, name: str) -> Meaning | None:
        if name in _EVERYWHERE and (not name.startswith("tag") or self._tagged(kind)):
            return _EVERYWHERE[name]
        found = self._alike(kind, _camel(name))
        if found is None and name.endswith("_id"):
            link = _camel(name.removesuffix("_id"))
            return Meaning(Kind.ID, (link,)) if self._typed(kind, link) else None
        return found

    def _tagged(self, kind: str) -> bool:
        return self._typed(kind, "tags") is not None

    def sort(self, kind: str, key: str) -> Meaning | None:
        """What rows of a type are sorted by; None when no field tells it."""
        if (kind, key) not in self._sorts:
            declared = SORTS.get(kind, {}).get(key)
            found = declared or (BY_ID if key == "ID" else self._sort(kind, key))
            self._sorts[kind, key] = found
        return self._sorts[kind, key]

    def _sort(self, kind: str, key: str) -> Meaning | None:
        name = _camel(key.lower())
        names = (f"{name}Set", name, f"display{name[:1].upper()}{name[1:]}")
        found = (self._alike(kind, each) for each in names)
        return next((each for each in found if each is not None), None)

    def default(self, kind: str) -> Meaning:
        """What a word without a field is looked for in."""
        found = self._defaults.get(kind)
        if found is None:
            names = ("title", "name", "handle", "displayName")
            held = tuple(name for name in names if self._typed(kind, name))
            found = DEFAULTS.get(kind) or Meaning(Kind.WORDS, held)
            self._defaults[kind] = found
        return found

    def _alike(self, kind: str, field: str) -> Meaning | None:
        notation = self._typed(kind, field)
        if notation is None:
            return None
        path = field + _WITHIN.get(notation, "")
        read_as = _READ_AS.get(notation)
        if read_as is None and field in _TOKENIZED:
            read_as = Kind.WORDS
        if read_as is None and (notation == "ID" or field.endswith("Id")):
            read_as = Kind.TEXT if notation == "String" else Kind.ID
        return Meaning(read_as or Kind.TEXT, (path,))

    def _typed(self, kind: str, field: str) -> str | None:
        """The type of a field of the type, or of one it may be; None without it."""
        known = self._schema[kind]
        for name in (kind, *known.possible):
            found = self._schema[name].fields.get(field)
            if found is not None:
                return found.named_type
        table = self._tables.get(kind)
        if table is not None and field in table.columns:
            return "DateTime" if _TIMES.fullmatch(field) else "String"
        return None


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
