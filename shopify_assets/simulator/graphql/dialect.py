"""How another API version shows the records of a shop.

Charter: one world serves all versions. Its values are those of the version in use; here
they become values of another version's types, and what only that version has gets a
type to be made up by. Nothing here reads a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from shopify_assets.catalog.schema import PINNED_VERSION, Schema, load_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shopify_assets.catalog.schema import Type

    Convert = Callable[[Any], Any]

# What a version shows in place of an enum's value that it does not have. Only UNLISTED
# is known of Shopify; the others are the nearest in meaning.
_SHOWN_AS = {
    ("ProductStatus", "UNLISTED"): "ACTIVE",
    ("OrderDisplayFulfillmentStatus", "FULFILLMENT_NOT_REQUIRED"): "UNFULFILLED",
    ("DisputeStatus", "PREVENTED"): "WON",
    ("MarketType", "CHANNEL"): "NONE",
    ("CollectionSortOrder", "MOST_RELEVANT"): "BEST_SELLING",
}
# What enums call a value that is none of the others.
_OTHERS = ("OTHER", "UNKNOWN", "NONE")


@dataclass(frozen=True)
class Dialect:
    """What one version shows.

    Attributes:
        schema: the version's own.
        readable: all types and fields that a record may be read by: those of the
            version in use, and beside them what only this version has.
    """

    schema: Schema
    readable: Schema

    @property
    def is_native(self) -> bool:
        """Whether it is the version whose values the world holds."""
        return self.schema.version == PINNED_VERSION

    def knows(self, kind: str) -> bool:
        """Whether the version has a type, so that records of it may be shown."""
        return kind in self.schema.types

    def conversion(self, kind: str, name: str) -> Convert | None:
        """What makes a field's value one of this version; None when it is as it is."""
        if self.is_native:
            return None
        shown = self.schema[kind].fields[name].named_type
        held = self.readable[kind].fields[name].named_type
        if shown != held:
            convert = _CONVERSIONS.get((held, shown))
            return None if convert is None else _each(convert)
        return self._of_enum(shown)

    def _of_enum(self, name: str) -> Convert | None:
        if name not in self.schema.types:
            return None  # a scalar of GraphQL's own
        values = self.schema[name].values
        if not set(self.readable[name].values) - set(values):
            return None
        known = frozenset(values)
        instead = next((other for other in _OTHERS if other in known), values[0])

        def convert(value: Any) -> Any:
            if isinstance(value, list):
                return [item for item in value if item in known]
            if value is None or value in known:
                return value
            shown = _SHOWN_AS.get((name, value), instead)
            return shown if shown in known else instead

        return convert


def _each(convert: Convert) -> Convert:
    def of_any(value: Any) -> Any:
        if isinstance(value, list):
            return [of_any(item) for item in value]
        return None if value is None else convert(value)

    return of_any


# By the type a value is held as, and the one it is shown as.
_CONVERSIONS: dict[tuple[str, str], Convert] = {
    ("DateTime", "Date"): lambda moment: moment[:10],
    ("Count", "Int"): lambda count: count["count"],
}


@lru_cache(maxsize=8)
def dialect(version: str) -> Dialect:
    """What a pinned version shows; made when it is asked for first."""
    native, schema = load_schema(), load_schema(version)
    if version == PINNED_VERSION:
        return Dialect(native, native)
    types = {name: _united(kind, schema.types) for name, kind in native.types.items()}
    return Dialect(schema, Schema(version, {**schema.types, **types}))


def _united(native: Type, types: Mapping[str, Type]) -> Type:
    other = types.get(native.name)
    if other is None or other.fields.keys() <= native.fields.keys():
        return native
    return replace(native, fields={**other.fields, **native.fields})
