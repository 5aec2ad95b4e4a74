"""Filters by what merchants define: metafields, and the fields of metaobjects.

Charter: `metafields.{namespace}.{key}` and `fields.{key}`. Only what a definition lets
be filtered by can be.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.graphql.meaning.meaning import Kind, Meaning
from shopify_assets.simulator.graphql.meaning.reading import Reader

if TYPE_CHECKING:
    from shopify_assets.simulator.graphql.meaning import meaning
    from shopify_assets.simulator.graphql.meaning.reading import Columns

_METAFIELDS = "metafields."
_FIELDS = "fields."
# The types whose lists document the filter, as definitions call their owners.
_OWNERS = {
    "Order": "ORDER",
    "Product": "PRODUCT",
    "Company": "COMPANY",
    "CompanyLocation": "COMPANY_LOCATION",
}
_READ_AS = {
    "boolean": Kind.FLAG,
    "date": Kind.TIME,
    "date_time": Kind.TIME,
    "number_decimal": Kind.NUMBER,
    "number_integer": Kind.NUMBER,
}
_ENABLED = "capabilities.adminFilterable.enabled"


class Custom:
    """Finds meanings of custom fields in one world."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._made: dict[tuple[str, str, str], Meaning] = {}

    def is_metafield(self, name: str) -> bool:
        """Whether a filter names a metafield."""
        return name.startswith(_METAFIELDS)

    def names(self, name: str, kind: str) -> bool:
        """Whether a filter of a type names a custom field."""
        if kind == "Metaobject":
            return name.startswith(_FIELDS)
        return kind in _OWNERS and self.is_metafield(name)

    def filter(self, name: str, kind: str) -> Meaning | None:
        """What the filter reads; None when nothing lets it be filtered by."""
        read_as = self._metaobject(name) if kind == "Metaobject" else None
        read_as = read_as or self._defined(name, kind)
        if read_as is None:
            return None
        key = (kind, name, read_as)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = _meaning(name, kind, read_as, self._columns)
        return made

    def _defined(self, name: str, kind: str) -> str | None:
        for definition in self._readers("MetafieldDefinition"):
            row = definition.row
            called = f"{_METAFIELDS}{row['namespace']}.{row['key']}"
            if row["ownerType"] == _OWNERS.get(kind) and called == name:
                named = str(row["type"]["name"])
                return named if definition.first(_ENABLED) else None
        return None

    def _metaobject(self, name: str) -> str | None:
        for definition in self._readers("MetaobjectDefinition"):
            for field in definition.each("fieldDefinitions"):
                if name == f"{_FIELDS}{field.row['key']}" and field.first(_ENABLED):
                    return str(field.first("type.name"))
        return None

    def _readers(self, kind: str) -> list[Reader]:
        return [Reader(self._columns, row) for row in self._columns.world.records(kind)]


def _meaning(name: str, kind: str, read_as: str, columns: Columns) -> Meaning:
    def held(reader: meaning.Reader) -> list[Any]:
        if kind == "Metaobject":
            key = name.removeprefix(_FIELDS)
            return [
                each["value"] for each in reader.row["fields"] if each["key"] == key
            ]
        return [
            each["value"]
            for each in columns.world.metafields(reader.row)
            if f"{_METAFIELDS}{each['namespace']}.{each['key']}" == name
        ]

    element = read_as.removeprefix("list.")
    kept = _READ_AS.get(element, Kind.TEXT)

    def derive(reader: meaning.Reader) -> list[Any]:
        values = [each for each in held(reader) if each is not None]
        if element != read_as:
            values = [inner for each in values for inner in json.loads(each)]
        return [each == "true" for each in values] if kept is Kind.FLAG else values

    return Meaning(kept, derive=derive)
