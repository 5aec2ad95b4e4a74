"""Locations, inventory items, inventory levels and their quantities.

Charter: what is in stock where. `on_hand` is always the sum of the six states it is
made of; `incoming` stands apart. A level's number is its location's, so only its whole
id, with the item in its query string, tells levels apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.money import local, money
from shopify_assets.simulator.world.world import Ref

if TYPE_CHECKING:
    from shopify_assets.simulator.data.catalogue import Catalogue
    from shopify_assets.simulator.data.ground import Ground

Json = dict[str, Any]

LOCATIONS = 4
_ON_HAND = (
    "available",
    "committed",
    "reserved",
    "damaged",
    "safety_stock",
    "quality_control",
)


class _Place(NamedTuple):
    name: str
    city: str
    country: str
    active: bool
    legacy: bool


_LOCATIONS = (
    _Place("Main warehouse", "Springfield", "US", active=True, legacy=False),
    _Place("Lager Süd", "München", "DE", active=True, legacy=False),
    _Place("Closed pop-up 🏚", "London", "GB", active=False, legacy=False),
    _Place("Snow Logistics", "東京", "JP", active=True, legacy=True),
)


class Inventory:
    """Makes the locations and the stock of a shop."""

    def __init__(self, ground: Ground, catalogue: Catalogue) -> None:
        self._ground = ground
        self._catalogue = catalogue

    def location(self, place: int) -> Json:
        """The Location of a place; the third is inactive, the fourth a service's."""
        made = _LOCATIONS[place]
        closed = stamp(self._ground.end - 86_400)
        return {
            "__typename": "Location",
            "id": ids.gid("Location", place),
            "legacyResourceId": str(ids.number("Location", place)),
            "name": made.name,
            "isActive": made.active,
            "isFulfillmentService": made.legacy,
            "fulfillsOnlineOrders": made.active,
            "shipsInventory": True,
            "hasActiveInventory": made.active,
            "hasUnfulfilledOrders": False,
            "deactivatedAt": None if made.active else closed,
            "createdAt": stamp(self._ground.start),
            "updatedAt": stamp(self._ground.start) if made.active else closed,
            "address": _address(made),
            "addressVerified": made.active,
            "suggestedAddresses": [],
            "localPickupSettingsV2": None,
            "inventoryLevels": [
                Ref(level_gid(item, place))
                for item in self._catalogue.variant_places
                if stocked(item, place)
            ],
        }

    def item_updated(self, place: int) -> int:
        """When an inventory item changed last: not with its quantities."""
        product = self._catalogue.product_of(place)
        dice = self._ground.dice("item", place)
        return self._ground.later(self._catalogue.created(product), dice, 20)

    def item(self, place: int) -> Json:
        """The InventoryItem of a variant's place."""
        facts = self._catalogue.variant(place)
        product = self._catalogue.product_of(place)
        currency = self._ground.spec.currency
        places = [each for each in range(LOCATIONS) if stocked(place, each)]
        return {
            "__typename": "InventoryItem",
            "id": ids.gid("InventoryItem", place),
            "legacyResourceId": str(ids.number("InventoryItem", place)),
            "sku": facts.sku,
            "tracked": tracked(product),
            "trackedEditable": {"locked": False, "reason": None},
            "requiresShipping": True,
            "countryCodeOfOrigin": "PT" if place % 2 else None,
            "provinceCodeOfOrigin": None,
            "harmonizedSystemCode": "940520" if place % 3 else None,
            "countryHarmonizedSystemCodes": [],
            "unitCost": money(local(333, currency), currency) if place % 7 else None,
            "measurement": {
                "id": f"gid://shopify/InventoryItemMeasurement/{place + 1}",
                "weight": {"unit": "KILOGRAMS", "value": 0.35}
                if place % 5
                else {"unit": "GRAMS", "value": 0.0},
            },
            "createdAt": stamp(self._catalogue.created(product)),
            "updatedAt": stamp(self.item_updated(place)),
            "variants": [Ref(ids.gid("ProductVariant", place))],
            "inventoryLevels": [Ref(level_gid(place, each)) for each in places],
            "locationsCount": {"count": len(places), "precision": "EXACT"},
            "duplicateSkuCount": 0,
        }

    def level_places(self) -> list[int]:
        """The places of all levels: the item's place × 8 and the location."""
        return [
            item * 8 + place
            for item in self._catalogue.variant_places
            for place in range(LOCATIONS)
            if stocked(item, place)
        ]

    def level_updated(self, place: int) -> int:
        """When a level changed last."""
        dice = self._ground.dice("level", place)
        created = self._catalogue.created(self._catalogue.product_of(place // 8))
        return self._ground.later(created, dice, 700)

    def level(self, place: int) -> Json:
        """The InventoryLevel of a place."""
        item, location = divmod(place, 8)
        gid = level_gid(item, location)
        updated = stamp(self.level_updated(place))
        created = self._catalogue.created(self._catalogue.product_of(item))
        return {
            "__typename": "InventoryLevel",
            "id": gid,
            "isActive": _LOCATIONS[location].active,
            "canDeactivate": True,
            "deactivationAlert": None,
            "createdAt": stamp(created),
            "updatedAt": updated,
            "item": Ref(ids.gid("InventoryItem", item)),
            "location": Ref(ids.gid("Location", location)),
            "quantities": [
                {
                    "__typename": "InventoryQuantity",
                    "id": gid.replace("InventoryLevel", "InventoryQuantity")
                    + f"&name={name}",
                    "name": name,
                    "quantity": quantity,
                    "updatedAt": None if name in {"on_hand", "incoming"} else updated,
                }
                for name, quantity in self._quantities(place).items()
            ],
        }

    def _quantities(self, place: int) -> dict[str, int]:
        dice = self._ground.dice("stock", place)
        held = dict.fromkeys(_ON_HAND, 0)
        held["available"] = dice.between(-3, 250)
        held["committed"] = dice.between(0, 12)
        held["damaged"] = dice.pick((0, 0, 0, 2))
        held["safety_stock"] = dice.pick((0, 0, 5))
        held["quality_control"] = dice.pick((0, 0, 1))
        return {**held, "on_hand": sum(held.values()), "incoming": dice.pick((0, 40))}

    def sellable(self, item: int) -> int:
        """What can be sold of a variant, over the active locations."""
        return sum(
            self._quantities(item * 8 + place)["available"]
            for place in range(LOCATIONS)
            if stocked(item, place) and _LOCATIONS[place].active
        )


def _address(made: _Place) -> Json:
    return {
        "address1": "1 Warehouse Way",
        "address2": None,
        "city": made.city,
        "country": None,
        "countryCode": made.country,
        "formatted": ["1 Warehouse Way", made.city],
        "latitude": None,
        "longitude": None,
        "phone": "",
        "province": None,
        "provinceCode": None,
        "zip": None,
    }


def properties() -> Json:
    """The InventoryProperties: the states a quantity can be in."""
    return {
        "__typename": "InventoryProperties",
        "quantityNames": [
            {
                "__typename": "InventoryQuantityName",
                "belongsTo": ["on_hand"] if name in _ON_HAND else [],
                "comprises": list(_ON_HAND) if name == "on_hand" else [],
                "displayName": name.replace("_", " ").title(),
                "isInUse": True,
                "name": name,
            }
            for name in (*_ON_HAND, "on_hand", "incoming")
        ],
    }


def tracked(product: int) -> bool:
    """Whether the stock of a product is counted."""
    return (product + 7) % 9 != 0


def stocked(item: int, location: int) -> bool:
    """Whether a location holds an item."""
    return location == 0 or (item + location) % 3 == 0


def level_gid(item: int, location: int) -> str:
    """The id of the level of an item at a location."""
    number = ids.number("InventoryItem", item)
    return ids.gid("InventoryLevel", location, 0, f"?inventory_item_id={number}")


def level_place(gid: ids.Gid) -> int | None:
    """The place a level's id stands for."""
    location = ids.place("InventoryLevel", gid.number)[0]
    item = gid.suffix.removeprefix("?inventory_item_id=")
    if not item.isdigit() or not 0 <= location < LOCATIONS:
        return None
    place, part = ids.place("InventoryItem", int(item))
    return place * 8 + location if part == 0 else None
