"""Delivery profiles and fulfilment services.

Charter: from where and whereto goods are delivered, and at which rates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.catalogue import VARIANTS_MOST
from shopify_assets.simulator.data.shelves import counted, ref, refs
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.money import local, money
from shopify_assets.simulator.world.world import Ref, Table

if TYPE_CHECKING:
    from shopify_assets.simulator.data.catalogue import Catalogue
    from shopify_assets.simulator.data.ground import Ground

Json = dict[str, Any]

PROFILES = 2
_SERVICE_LOCATION = 3
_PROFILED = range(3, 9)
_ZONES = (("Domestic", ("US",)), ("Europe", ("DE", "FR")), ("Everywhere else", (None,)))


class Delivery:
    """Makes the delivery profiles of a shop; the first is the default one."""

    def __init__(self, ground: Ground, catalogue: Catalogue) -> None:
        self._ground = ground
        self._catalogue = catalogue

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        return [
            Table("DeliveryProfile", lambda: range(PROFILES), self.profile),
            Table("FulfillmentService", lambda: range(2), _service),
        ]

    def profile(self, place: int) -> Json:
        """The DeliveryProfile of a place."""
        count = self._ground.scale.products
        products = [each for each in _PROFILED if each < count] if place else []
        return {
            "__typename": "DeliveryProfile",
            "id": ids.gid("DeliveryProfile", place),
            "activeMethodDefinitionsCount": 2 * len(_ZONES),
            "coversAllItems": place == 0,
            "default": place == 0,
            "locationsWithoutRatesCount": 0,
            "name": "Special goods" if place else "General profile",
            "originLocationCount": 2,
            "productVariantsCount": counted(
                sum(self._catalogue.count(each) for each in products)
            ),
            "profileItems": [
                self._item(place, part, product)
                for part, product in enumerate(products)
            ],
            "profileLocationGroups": [self._group(place, at) for at in range(2)],
            "sellingPlanGroups": refs("SellingPlanGroup", [0] if place else []),
            "unassignedLocations": refs("Location", [2] if place else []),
            "unassignedLocationsPaginated": refs("Location", [2] if place else []),
            "version": 3,
            "zoneCountryCount": 3,
        }

    def _item(self, place: int, part: int, product: int) -> Json:
        first = product * VARIANTS_MOST
        variants = range(first, first + self._catalogue.count(product))
        suffix = f"?profile_id={ids.number('DeliveryProfile', place)}"
        return {
            "__typename": "DeliveryProfileItem",
            "id": ids.gid("DeliveryProfileItem", place, part, suffix),
            "product": ref("Product", product),
            "variants": refs("ProductVariant", variants),
        }

    def _group(self, place: int, at: int) -> Json:
        zones = _ZONES[: 3 - at]
        return {
            "__typename": "DeliveryProfileLocationGroup",
            "__seed": ("group", place, at),
            "countriesInAnyZone": [],
            "locationGroup": {
                "__typename": "DeliveryLocationGroup",
                "id": ids.gid("DeliveryLocationGroup", place, at),
                "locations": refs("Location", [at]),
                "locationsCount": counted(1),
            },
            "locationGroupZones": [
                self._zone(place, at * len(_ZONES) + part, zone)
                for part, zone in enumerate(zones)
            ],
        }

    def _zone(self, place: int, at: int, zone: tuple[str, tuple[Any, ...]]) -> Json:
        name, countries = zone
        return {
            "__typename": "DeliveryLocationGroupZone",
            "__seed": ("zone", place, at),
            "methodDefinitions": [
                self._method(place, at * 2 + part) for part in range(2)
            ],
            "zone": {
                "__typename": "DeliveryZone",
                "id": ids.gid("DeliveryZone", place, at),
                "name": name,
                "countries": [
                    _country(place, at * 4 + part, code)
                    for part, code in enumerate(countries)
                ],
            },
        }

    def _method(self, place: int, at: int) -> Json:
        currency = self._ground.spec.currency
        return {
            "__typename": "DeliveryMethodDefinition",
            "id": ids.gid("DeliveryMethodDefinition", place, at),
            "active": at % 5 != 4,
            "description": None if at % 2 else "Three days",
            "methodConditions": [],
            "name": "Express" if at % 2 else "Standard",
            "rateProvider": {
                "__typename": "DeliveryRateDefinition",
                "id": f"gid://shopify/DeliveryRateDefinition/{place * 100 + at + 1}",
                "price": money(local(495 + at * 100, currency), currency),
            },
        }


def _country(place: int, at: int, code: str | None) -> Json:
    return {
        "__typename": "DeliveryCountry",
        "id": ids.gid("DeliveryCountry", place, at),
        "code": {
            "__typename": "DeliveryCountryCodeOrRestOfWorld",
            "countryCode": code,
            "restOfWorld": code is None,
        },
        "name": code or "Rest of world",
        "provinces": [],
        "translatedName": code or "Rest of world",
    }


def service(place: int) -> Ref:
    """A link to a fulfilment service, whose id has a query."""
    return Ref(ids.gid("FulfillmentService", place, suffix="?id=true"))


def _service(place: int) -> Json:
    return {
        "__typename": "FulfillmentService",
        "id": service(place).gid,
        "callbackUrl": "https://snow.example/callback" if place else None,
        "handle": "snow-logistics" if place else "manual",
        "inventoryManagement": bool(place),
        "location": ref("Location", _SERVICE_LOCATION) if place else None,
        "requiresShippingMethod": True,
        "serviceName": "Snow Logistics" if place else "Manual",
        "trackingSupport": bool(place),
        "type": "THIRD_PARTY" if place else "MANUAL",
    }


def service_of(location: Json) -> Any:
    """The service that runs a location, if one does."""
    run = location["id"] == ids.gid("Location", _SERVICE_LOCATION)
    return service(1) if run else None
