"""Discounts of all eight kinds with their codes, and collections.

Charter: what promotes products. The first discount has more codes than a page holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.catalogue import COLLECTIONS, products_in
from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.money import local, money
from shopify_assets.simulator.world.world import Ref

if TYPE_CHECKING:
    from shopify_assets.simulator.data.ground import Ground

Json = dict[str, Any]

MANY_CODES = 1000
DISCOUNTS = 24
_KINDS = (
    "DiscountCodeBasic", "DiscountAutomaticBasic", "DiscountCodeBxgy",
    "DiscountAutomaticBxgy", "DiscountCodeFreeShipping",
    "DiscountAutomaticFreeShipping", "DiscountCodeApp", "DiscountAutomaticApp",
)  # fmt: skip


class Promotion:
    """Makes the discounts and collections of a shop."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def created(self, place: int) -> int:
        """When a discount was made."""
        return self._ground.spread(
            place, DISCOUNTS, self._ground.dice("discount", place)
        )

    def updated(self, place: int) -> int:
        """When a discount changed last."""
        dice = self._ground.dice("discount change", place)
        return self._ground.later(self.created(place), dice, 60)

    def discount_node(self, place: int) -> Json:
        """The DiscountNode of a place; it repeats what discounts are sorted by."""
        discount = self._discount(place)
        sortable = ("createdAt", "updatedAt", "startsAt", "endsAt", "status", "title")
        return {
            "__typename": "DiscountNode",
            "id": ids.gid("DiscountNode", place),
            "discount": discount,
            **{name: discount[name] for name in sortable},
        }

    def _discount(self, place: int) -> Json:
        kind = _KINDS[place % len(_KINDS)]
        created = self.created(place)
        ended = place % 3 == 1
        common = {
            "__typename": kind,
            "appliesOncePerCustomer": place % 2 == 0,
            "asyncUsageCount": place * 3,
            "combinesWith": {
                "orderDiscounts": True,
                "productDiscounts": False,
                "productDiscountsWithTagsOnSameCartLine": None,
                "shippingDiscounts": True,
            },
            "createdAt": stamp(created),
            "updatedAt": stamp(self.updated(place)),
            "startsAt": stamp(created),
            "endsAt": stamp(self.updated(place)) if ended else None,
            "status": "EXPIRED" if ended else "ACTIVE",
            "discountClasses": ["SHIPPING"] if "Shipping" in kind else ["ORDER"],
            "recurringCycleLimit": 1 if "Automatic" in kind else None,
            "title": f"{texts.THINGS[place % 8]} weeks {place}",
            "summary": "10% off the whole order",
            "shortSummary": "10% off",
            "tags": [],
            "minimumRequirement": None,
            "usageLimit": None if place % 2 else 500,
            "totalSales": self._sales(place),
        }
        return {**common, **self._codes(place, kind)}

    def _sales(self, place: int) -> Json | None:
        currency = self._ground.spec.currency
        return money(local(12_345, currency) * place, currency) if place % 4 else None

    def _codes(self, place: int, kind: str) -> Json:
        if not kind.startswith("DiscountCode"):
            return {}
        count = MANY_CODES if place == 0 else 1 + place % 3
        codes = [
            {
                "__typename": "DiscountRedeemCode",
                "id": ids.gid("DiscountRedeemCode", place, part),
                "asyncUsageCount": part % 5,
                "code": f"SAVE-{place}-{part:04d}",
                "createdBy": None,
            }
            for part in range(count)
        ]
        return {"codes": codes, "codesCount": {"count": count, "precision": "EXACT"}}

    def collection_updated(self, place: int) -> int:
        """When a collection changed last."""
        dice = self._ground.dice("collection", place)
        return self._ground.later(self._ground.start + place * 86_400, dice, 600)

    def collection(self, place: int) -> Json:
        """The Collection of a place; even ones follow conditions."""
        products = products_in(place, self._ground.scale.products)
        if place == COLLECTIONS - 1:
            products = []
        # By hand the newest may come first: their order is not that of the ids.
        shown = products[::-1] if place % 3 == 1 else products
        members = [Ref(ids.gid("Product", each)) for each in shown]
        title = f"{texts.MATERIALS[place % 8]} goods {place}"
        return {
            "__typename": "Collection",
            "id": ids.gid("Collection", place),
            "legacyResourceId": str(ids.number("Collection", place)),
            "title": title,
            "handle": f"collection-{place}",
            "description": "",
            "descriptionHtml": "",
            "image": None,
            "sortOrder": "MANUAL" if place % 2 else "BEST_SELLING",
            "templateSuffix": None,
            "seo": {"title": title, "description": None},
            "updatedAt": stamp(self.collection_updated(place)),
            "products": members,
            "productsCount": {"count": len(members), "precision": "EXACT"},
            "sources": [self._source(place, members)] if place % 2 == 0 else [],
        }

    def _source(self, place: int, members: list[Ref]) -> Json:
        return {
            "__typename": "CollectionConditionsSource",
            "id": ids.gid("CollectionConditionsSource", place),
            "app": None,
            "description": None,
            **({} if place % 4 == 0 else {"exclusion": None}),
            "products": members,
            "shareable": False,
            "targetType": "PRODUCTS",
            "title": f"Rule {place}",
        }
