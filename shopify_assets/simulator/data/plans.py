"""Selling plan groups and the products they are offered with.

Charter: who may be bought by which plan; both sides tell the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.catalogue import VARIANTS_MOST
from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.shelves import counted, refs, times
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.world import Ref, Table

if TYPE_CHECKING:
    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.world.world import Record

Json = dict[str, Any]

GROUPS = 4


class Plans:
    """Makes the selling plan groups of a shop; the last one is offered nowhere."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        return [
            Table(
                "SellingPlanGroup",
                lambda: range(GROUPS),
                self.group,
                times(self._created, self._updated),
            )
        ]

    def _created(self, place: int) -> int:
        return self._ground.start + place * 86_400

    def _updated(self, place: int) -> int:
        return max(self._created(place), self._ground.end - 86_400 * (1 + place))

    def _products(self, group: int) -> list[int]:
        count = self._ground.scale.products
        return [each for each in range(count) if group in _groups(each)]

    def group(self, place: int) -> Json:
        """The SellingPlanGroup of a place."""
        products = self._products(place)
        variants = [each * VARIANTS_MOST for each in products if each % 4 == 0][:20]
        return {
            "__typename": "SellingPlanGroup",
            "id": ids.gid("SellingPlanGroup", place),
            "appId": None,
            "createdAt": stamp(self._created(place)),
            "updatedAt": stamp(self._updated(place)),
            "description": None if place % 2 else "Comes again",
            "merchantCode": f"group-{place}",
            "name": f"Subscribe & save {place}",
            "options": ["Delivery every"],
            "position": place or None,
            "productVariants": refs("ProductVariant", variants),
            "productVariantsCount": counted(len(variants)),
            "products": refs("Product", products),
            "productsCount": counted(len(products)),
            "sellingPlans": [self._plan(place, at) for at in range(1 + place % 3)],
        }

    def _plan(self, group: int, at: int) -> Json:
        kind = "SellingPlanRecurring"
        return {
            "__typename": "SellingPlan",
            "id": ids.gid("SellingPlan", group, at),
            "billingPolicy": {
                "__typename": f"{kind}BillingPolicy",
                "anchors": [],
                "createdAt": stamp(self._created(group)),
                "interval": "MONTH",
                "intervalCount": 1 + at,
                "maxCycles": None,
                "minCycles": None,
            },
            "category": "SUBSCRIPTION",
            "createdAt": stamp(self._created(group)),
            "description": None,
            "name": f"Every {1 + at} months",
            "options": [f"{1 + at} months"],
            "position": at,
        }

    def of_product(self, record: Record) -> list[Ref]:
        """The groups a product is offered with."""
        place = ids.place("Product", ids.tail(record["id"]))[0]
        return refs("SellingPlanGroup", _groups(place))

    def of_variant(self, record: Record) -> list[Ref]:
        """The groups a variant is offered with."""
        place = ids.place("ProductVariant", ids.tail(record["id"]))[0]
        product, position = divmod(place, VARIANTS_MOST)
        offered = position == 0 and product % 4 == 0
        return refs("SellingPlanGroup", _groups(product) if offered else [])


def _groups(product: int) -> list[int]:
    """The first group has every product, the others some, the last none."""
    return [0, *([1] if product % 5 == 0 else []), *([2] if product % 8 == 0 else [])]
