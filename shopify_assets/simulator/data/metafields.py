"""Metafields of any owner.

Charter: which metafields an owner has. They are made from the owner's id alone, so
every type that can have metafields has some.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator import ids, texts
from shopify_assets.simulator.dice import fingerprint
from shopify_assets.simulator.spec import stamp

if TYPE_CHECKING:
    from shopify_assets.simulator.world import Record, World

_KEYS = (
    ("custom", "care", "multi_line_text_field"),
    ("custom", "weight_g", "number_integer"),
    ("global", "specification", "json"),
    ("custom", "related", "list.product_reference"),
    ("app--1234--reviews", "rating", "rating"),
)
_VALUES = (
    f'Wash cold{texts.LINE_SEPARATOR}\n"gently" \\ 🧺',
    "350",
    '{"a":{"b":[1,2.50,null]},"text":"ünïcode"}',
    '["' + ids.gid("Product", 0) + '"]',
    '{"value":"4.5","scale_min":"1.0","scale_max":"5.0"}',
)
_OWNER_TYPES = {
    "ProductVariant": "PRODUCTVARIANT",
    "DraftOrder": "DRAFTORDER",
    "CompanyLocation": "COMPANY_LOCATION",
    "DiscountNode": "DISCOUNT",
    "InventoryTransfer": "TRANSFER",
    "SellingPlan": "SELLING_PLAN",
    "DeliveryCustomization": "DELIVERY_CUSTOMIZATION",
    "PaymentCustomization": "PAYMENT_CUSTOMIZATION",
}
_BASE = 1 << 60
_KIND_SHIFT, _PLACE_SHIFT = 32, 3
_NO_KIND = 511


class Metafields:
    """Makes the metafields of any record of a world, and finds them by id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kinds = sorted(world.tables)

    def of(self, owner: Record) -> list[Record]:
        """The metafields of a record, none to four."""
        held = owner.get("metafields")
        if held is not None or "id" not in owner:
            return held or []
        count = fingerprint(owner["id"], "metafields") % 5
        return [self._metafield(owner, part) for part in range(count)]

    def find(self, gid: ids.Gid) -> Record | None:
        """The metafield with this id."""
        kind, rest = divmod(gid.number - _BASE, 1 << _KIND_SHIFT)
        if gid.type != "Metafield" or not 0 <= kind < len(self._kinds):
            return None
        place, part = divmod(rest, 1 << _PLACE_SHIFT)
        if place not in self._world.places(self._kinds[kind]):
            return None
        found = self.of(self._world.record(self._kinds[kind], place))
        return found[part] if part < len(found) else None

    def _number(self, owner: Record, part: int) -> int:
        kind, parsed = owner["__typename"], ids.parse(owner["id"])
        table = self._world.tables.get(kind)
        place = table.place_of(parsed) if table and parsed else None
        if place is None:
            high, place = _NO_KIND, fingerprint(owner["id"]) >> _PLACE_SHIFT
        else:
            high = self._kinds.index(kind)
        return _BASE + (high << _KIND_SHIFT) + (place << _PLACE_SHIFT) + part

    def _changed(self, owner: Record) -> str:
        changed = owner.get("updatedAt")
        return changed if isinstance(changed, str) else stamp(self._world.scale.start)

    def _metafield(self, owner: Record, part: int) -> Record:
        at = (fingerprint(owner["id"]) + part) % len(_KEYS)
        namespace, key, kind = _KEYS[at]
        number, value, changed = (
            self._number(owner, part),
            _VALUES[at],
            self._changed(owner),
        )
        return {
            "__typename": "Metafield",
            "id": f"gid://shopify/Metafield/{number}",
            "legacyResourceId": str(number),
            "namespace": namespace,
            "key": key,
            "type": kind,
            "value": value,
            "jsonValue": _json_value(kind, value),
            "compareDigest": f"{fingerprint(value):08x}",
            "sizeInBytes": len(value.encode()),
            "createdAt": changed,
            "updatedAt": changed,
            "owner": owner,
            "ownerType": _OWNER_TYPES.get(
                owner["__typename"], owner["__typename"].upper()
            ),
            "definition": None,
            "reference": None,
            "references": [],
        }


def _json_value(kind: str, value: str) -> Any:
    return value if kind.endswith("text_field") else json.loads(value)
