"""Shopify's types of metafields, and the columns that each becomes.

Charter: one list of the types, and for each the PostgreSQL type of its column and of
the columns beside it that hold its parts. How columns are called, and the SQL that
fills them, is `wide`'s business. A type that is not listed is text, and a list of it
jsonb.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, LiteralString

if TYPE_CHECKING:
    from collections.abc import Collection

_ARRAY = "[]"


@dataclass(frozen=True)
class Part:
    """A column beside a metafield's own that holds a part of its value.

    Attributes:
        name: what its column's name ends in.
        type: its PostgreSQL type.
        key: the key of the part in the value, a JSON object; None for the number in
            the value, a global id, or in each of a list of them.
    """

    name: str
    type: LiteralString
    key: str | None = None


@dataclass(frozen=True)
class Shape:
    """What values of a type become: a column of `type`, and one for each part."""

    type: LiteralString
    parts: tuple[Part, ...] = ()

    @property
    def is_list(self) -> bool:
        """Whether its column is an array."""
        return self.type.endswith(_ARRAY)


TEXT = Shape("text")
_BIGINT = Shape("bigint")
_NUMERIC = Shape("numeric")
_JSON = Shape("jsonb")
_MEASUREMENT = Shape(
    "jsonb", (Part("value", "numeric", "value"), Part("unit", "text", "unit"))
)
_MONEY = Shape(
    "jsonb",
    (Part("amount", "numeric", "amount"), Part("currency", "text", "currency_code")),
)
_RATING = Shape(
    "jsonb",
    (
        Part("value", "numeric", "value"),
        Part("scale_min", "numeric", "scale_min"),
        Part("scale_max", "numeric", "scale_max"),
    ),
)
_LINK = Shape("jsonb", (Part("text", "text", "text"), Part("url", "text", "url")))
_REFERENCE = Shape("text", (Part("id", "bigint"),))
_REFERENCES = Shape("text[]", (Part("ids", "bigint[]"),))

_MEASUREMENTS = (
    "antenna_gain", "area", "battery_charge_capacity", "battery_energy_capacity",
    "capacitance", "concentration", "data_storage_capacity", "data_transfer_rate",
    "dimension", "display_density", "distance", "duration", "electric_current",
    "electrical_resistance", "energy", "frequency", "illuminance", "inductance",
    "luminous_flux", "mass_flow_rate", "power", "pressure", "resolution",
    "rotational_speed", "sound_level", "speed", "temperature", "thermal_power",
    "voltage", "volume", "volumetric_flow_rate", "weight",
)  # fmt: skip
_REFERENCED = (
    "article", "collection", "company", "customer", "file", "metaobject", "mixed",
    "order", "page", "product", "product_taxonomy_value", "variant",
)  # fmt: skip

# Older names of some types are beside them: metafields that were never changed have
# theirs to this day.
SHAPES: dict[str, Shape] = {
    "boolean": Shape("boolean"),
    "color": TEXT,
    "date": Shape("date"),
    "date_time": Shape("timestamptz"),
    "id": TEXT,
    "integer": _BIGINT,
    "json": _JSON,
    "json_string": _JSON,
    "language": TEXT,
    "link": _LINK,
    "money": _MONEY,
    "multi_line_text_field": TEXT,
    "number_decimal": _NUMERIC,
    "number_integer": _BIGINT,
    "rating": _RATING,
    "rich_text_field": _JSON,
    "single_line_text_field": TEXT,
    "string": TEXT,
    "url": TEXT,
    **dict.fromkeys(_MEASUREMENTS, _MEASUREMENT),
    **{f"{kind}_reference": _REFERENCE for kind in _REFERENCED},
}
# Of what is plain, a list is an array.
_LISTS: dict[str, LiteralString] = {
    "bigint": "bigint[]",
    "boolean": "boolean[]",
    "date": "date[]",
    "numeric": "numeric[]",
    "text": "text[]",
    "timestamptz": "timestamptz[]",
}
_LIST = "list."
_REFERENCE_SUFFIX = "_reference"
# Of two forms that differ, the one that holds the values of both.
_WIDER: dict[frozenset[str], Shape] = {
    frozenset({"bigint", "numeric"}): _NUMERIC,
    frozenset({"bigint[]", "numeric[]"}): Shape("numeric[]"),
}


def shape_of(types: Collection[str]) -> Shape:
    """The one shape that holds values of all these types."""
    shapes = {_shape(type_) for type_ in types}
    if len(shapes) == 1:
        return shapes.pop()
    kinds = frozenset(shape.type for shape in shapes)
    if len(kinds) == 1:
        return Shape(next(iter(kinds)))
    if kinds in _WIDER:
        return _WIDER[kinds]
    if all(shape.is_list or shape.type == "jsonb" for shape in shapes):
        return _JSON
    return TEXT


def _shape(type_: str) -> Shape:
    if type_.startswith(_LIST):
        return _list_of(_listed(type_.removeprefix(_LIST)))
    return _listed(type_) or TEXT


def _listed(type_: str) -> Shape | None:
    # Shopify adds references more often than anything else.
    if type_.endswith(_REFERENCE_SUFFIX):
        return _REFERENCE
    return SHAPES.get(type_)


def _list_of(element: Shape | None) -> Shape:
    if element == _REFERENCE:
        return _REFERENCES
    if element is None or element.parts or element.type not in _LISTS:
        return _JSON
    return Shape(_LISTS[element.type])
