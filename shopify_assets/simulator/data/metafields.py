"""Metafields of any owner.

Charter: which metafields an owner has. They are made from the owner's id alone, so
every type that can have metafields has some.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.dice import fingerprint
from shopify_assets.simulator.world.spec import stamp
from shopify_assets.simulator.world.world import Ref

if TYPE_CHECKING:
    from shopify_assets.simulator.world.world import Record, World


class Key(NamedTuple):
    """What a metafield is called, and its type."""

    namespace: str
    key: str
    type: str


KEYS = (
    Key("custom", "care", "multi_line_text_field"),
    Key("custom", "weight_g", "number_integer"),
    Key("global", "specification", "json"),
    Key("custom", "related", "list.product_reference"),
    Key("app--1234--reviews", "rating", "rating"),
)
# All kinds of owner, and how many of the keys are defined for one: few for most.
OWNERS = (
    "API_PERMISSION", "ARTICLE", "BLOG", "CARTTRANSFORM", "COLLECTION", "COMPANY",
    "COMPANY_LOCATION", "CUSTOMER", "DELIVERY_CUSTOMIZATION", "DISCOUNT", "DRAFTORDER",
    "FULFILLMENT_CONSTRAINT_RULE", "GIFT_CARD_TRANSACTION", "LOCATION", "MARKET",
    "MEDIA_IMAGE", "ORDER", "ORDER_ROUTING_LOCATION_RULE", "PAGE",
    "PAYMENT_CUSTOMIZATION", "PRODUCT", "PRODUCTVARIANT", "SELLING_PLAN", "SHOP",
    "TRANSFER", "VALIDATION",
)  # fmt: skip
_UNDEFINED = {"API_PERMISSION", "CARTTRANSFORM", "MEDIA_IMAGE", "VALIDATION"}
DEFINED = {
    name: 4 if name in {"ORDER", "PRODUCT", "CUSTOMER"} else 2
    for name in OWNERS
    if name not in _UNDEFINED
}
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
    "DiscountNode": "DISCOUNT",
    "DiscountAutomaticNode": "DISCOUNT",
    "DiscountCodeNode": "DISCOUNT",
    "GiftCardCashOutTransaction": "GIFT_CARD_TRANSACTION",
    "InventoryTransfer": "TRANSFER",
    "CartTransform": "CARTTRANSFORM",
    "GiftCardCreditTransaction": "GIFT_CARD_TRANSACTION",
    "GiftCardDebitTransaction": "GIFT_CARD_TRANSACTION",
    "AppInstallation": "API_PERMISSION",
    "CustomerSegmentMember": "CUSTOMER",
    "Image": "MEDIA_IMAGE",
}
_CAPITAL = re.compile(r"(?<!^)([A-Z])")
_BASE = 1 << 60
_KIND_SHIFT, _PLACE_SHIFT = 32, 3
_NO_KIND = 511


class Metafields:
    """Makes the metafields of any record of a world, and finds them by id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kinds = sorted({*world.tables, *ids.OWNERS})
        self._others: dict[int, str] = {}

    def of(self, owner: Record) -> list[Record]:
        """The metafields of a record: those it lists, or else none to four."""
        held = owner.get("metafields")
        if held is None:
            _, held = self._world.later(owner, "metafields")
        if held is not None or "id" not in owner:
            return held or []
        count = fingerprint(owner["id"], "metafields") % 5
        made = (self._metafield(owner, part) for part in range(count))
        altered = (self._world.altered(each, owner["id"]) for each in made)
        return [each for each in altered if each is not None]

    def find(self, gid: ids.Gid) -> Record | None:
        """The metafield with this id."""
        owner = self._owner(gid)
        held = self.of(owner) if owner is not None else []
        wanted = f"gid://shopify/Metafield/{gid.number}"
        return next((each for each in held if each["id"] == wanted), None)

    def owner_of(self, gid: ids.Gid) -> str | None:
        """The id of the record that a metafield belongs to."""
        owner = self._owner(gid)
        return None if owner is None else str(owner["id"])

    def _owner(self, gid: ids.Gid) -> Record | None:
        kind, rest = divmod(gid.number - _BASE, 1 << _KIND_SHIFT)
        if gid.type != "Metafield" or kind < 0:
            return None
        if kind >= len(self._kinds):
            known = self._others.get(gid.number >> _PLACE_SHIFT)
            return None if known is None else self._world.find(known)
        name, place = self._kinds[kind], rest >> _PLACE_SHIFT
        if name not in self._world.tables:
            return self._world.find(
                f"gid://shopify/{name}/{ids.number(name, 0) + place}"
            )
        if not self._world.shown(name, place):
            return None
        return self._world.record(name, place)

    def _number(self, owner: Record, part: int) -> int:
        kind, parsed = owner["__typename"], ids.parse(owner["id"])
        table = self._world.tables.get(kind)
        place = table.place_of(parsed) if table and parsed else None
        if parsed and kind in ids.OWNERS and ids.owner(parsed):
            place = parsed.number - ids.number(kind, 0)
        if place is not None:
            high = self._kinds.index(kind)
            return _BASE + (high << _KIND_SHIFT) + (place << _PLACE_SHIFT) + part
        # Born inside another record: it is remembered, as its id is too long.
        low = fingerprint(owner["id"]) >> _PLACE_SHIFT << _PLACE_SHIFT
        number = _BASE + (_NO_KIND << _KIND_SHIFT) + low
        self._others[number >> _PLACE_SHIFT] = owner["id"]
        return number + part

    def _changed(self, owner: Record) -> str:
        changed = owner.get("updatedAt")
        return changed if isinstance(changed, str) else stamp(self._world.scale.start)

    def _metafield(self, owner: Record, part: int) -> Record:
        at = (fingerprint(owner["id"]) + part) % len(KEYS)
        namespace, key, kind = KEYS[at]
        number, value, changed = (
            self._number(owner, part),
            _VALUES[at],
            self._changed(owner),
        )
        name = owner["__typename"]
        owner_type = owner_type_of(name)
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
            "ownerType": owner_type,
            "definition": _definition(owner_type, at),
            "reference": None,
            "references": _references(kind, value),
        }


def owner_type_of(kind: str) -> str:
    """What a metafield's `ownerType` calls the type it belongs to."""
    return _OWNER_TYPES.get(kind, _CAPITAL.sub(r"_\1", kind).upper())


def _definition(owner_type: str, at: int) -> Ref | None:
    if at >= DEFINED.get(owner_type, 0):
        return None
    return Ref(ids.gid("MetafieldDefinition", OWNERS.index(owner_type) * 8 + at))


def _references(kind: str, value: str) -> list[Ref]:
    listed = json.loads(value) if kind.startswith("list.") else []
    return [Ref(each) for each in listed]


def _json_value(kind: str, value: str) -> Any:
    return value if kind.endswith("text_field") else json.loads(value)
