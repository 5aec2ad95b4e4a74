"""Draft orders and abandoned checkouts: sales that are not orders (yet).

Charter: both kinds of unfinished sale, with lines, taxes and totals that add up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data import order_lines
from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.order_shapes import Shape
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.money import ZERO, total
from shopify_assets.simulator.world.world import Ref

if TYPE_CHECKING:
    from shopify_assets.simulator.data.catalogue import Catalogue
    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.data.order_lines import Basket, Line
    from shopify_assets.simulator.data.people import People
    from shopify_assets.simulator.world.dice import Dice

Json = dict[str, Any]

_DRAFT_STATUSES = ("OPEN", "INVOICE_SENT", "COMPLETED")


class Selling:
    """Makes the draft orders and abandoned checkouts of a shop."""

    def __init__(self, ground: Ground, *, catalogue: Catalogue, people: People) -> None:
        self._ground = ground
        self._catalogue = catalogue
        self._people = people

    @property
    def drafts(self) -> int:
        """How many draft orders there are."""
        return max(3, self._ground.scale.orders // 20)

    @property
    def checkouts(self) -> int:
        """How many abandoned checkouts there are."""
        return max(3, self._ground.scale.orders // 10)

    def created(self, kind: str, place: int) -> int:
        """When one of them was begun."""
        count = self.drafts if kind == "DraftOrder" else self.checkouts
        return self._ground.spread(place, count, self._ground.dice(kind, place))

    def updated(self, kind: str, place: int) -> int:
        """When one of them changed last."""
        dice = self._ground.dice(kind, "change", place)
        return self._ground.later(self.created(kind, place), dice, 10)

    def _sale(self, kind: str, place: int) -> tuple[Shape, Basket, Dice]:
        dice = self._ground.dice(kind, "sale", place)
        shape = Shape(
            place=place,
            created=self.created(kind, place),
            updated=self.updated(kind, place),
            processed=self.created(kind, place),
            customer=None
            if dice.chance(25)
            else dice.below(self._ground.scale.customers),
            financial="PENDING",
            fulfillment="UNFULFILLED",
            lines=280 if (kind, place) == ("DraftOrder", 1) else dice.between(1, 5),
            cancelled=False,
            edited=False,
            test=False,
            digital=False,
            till=self._ground.till(dice),
        )
        included = self._ground.spec.taxes_included
        basket = order_lines.fill(
            shape, dice, catalogue=self._catalogue, taxes_included=included
        )
        return shape, basket, dice

    def draft(self, place: int) -> Json:
        """The DraftOrder of a place."""
        shape, basket, dice = self._sale("DraftOrder", place)
        status = _DRAFT_STATUSES[place % 3]
        done = status == "COMPLETED"
        bag = shape.till.bag
        return {
            "__typename": "DraftOrder",
            "id": ids.gid("DraftOrder", place),
            "legacyResourceId": str(ids.number("DraftOrder", place)),
            "name": f"#D{place + 1}",
            "status": status,
            "completedAt": stamp(shape.updated) if done else None,
            "createdAt": stamp(shape.created),
            "updatedAt": stamp(shape.updated),
            "invoiceSentAt": stamp(shape.created) if status == "INVOICE_SENT" else None,
            "order": Ref(ids.gid("Order", place)) if done else None,
            "currencyCode": shape.till.shop,
            "presentmentCurrencyCode": shape.till.presentment,
            "note2": dice.pick(texts.NOTES),
            "tags": sorted({dice.pick(texts.TAGS) for _ in range(dice.below(3))}),
            "customAttributes": order_lines.custom_attributes(dice),
            "taxesIncluded": self._ground.spec.taxes_included,
            "appliedDiscount": None,
            "lineItemsSubtotalPrice": bag(total([each.net for each in basket.lines])),
            "totalLineItemsPriceSet": bag(
                total([each.original for each in basket.lines])
            ),
            "totalQuantityOfLineItems": sum(each.quantity for each in basket.lines),
            "totalShippingPriceSet": bag(basket.shipping),
            "totalDiscountsSet": bag(_discounts(basket)),
            "shippingLine": None,
            "warnings": [],
            "platformDiscounts": [],
            "lineItems": [
                self._draft_line(each, basket, shape) for each in basket.lines
            ],
            **self._buyer("DraftOrderAddress", shape, dice),
            **_sums(basket),
        }

    def _buyer(self, model: str, shape: Shape, dice: Dice) -> Json:
        if shape.customer is None:
            return {
                "customer": None,
                "email": None,
                "shippingAddress": None,
                "billingAddress": None,
            }
        address = self._people.address(model, shape.place, part=0, dice=dice)
        return {
            "customer": Ref(ids.gid("Customer", shape.customer)),
            "email": self._people.email(shape.customer),
            "shippingAddress": address,
            "billingAddress": address if dice.chance(60) else None,
        }

    def _draft_line(self, line: Line, basket: Basket, shape: Shape) -> Json:
        bag = basket.till.bag
        return {
            "__typename": "DraftOrderLineItem",
            "id": ids.gid("DraftOrderLineItem", shape.place, line.part),
            "appliedDiscount": None,
            "approximateDiscountedUnitPriceSet": bag(line.net.share(1, line.quantity)),
            "custom": line.variant is None,
            "customAttributes": [],
            "discountedTotalSet": bag(line.net),
            "isGiftCard": False,
            "name": line.title,
            "originalTotalSet": bag(line.original),
            "originalUnitPriceSet": bag(line.unit),
            "priceOverride": None,
            "quantity": line.quantity,
            "requiresShipping": True,
            "sku": line.sku,
            "taxLines": order_lines.tax_lines(line.taxes, basket.till),
            "taxable": line.taxable,
            "title": line.title,
            "totalDiscountSet": bag(line.discount),
            "uuid": f"00000000-0000-4000-8000-{shape.place:08d}{line.part:04d}",
            "components": [],
            **order_lines.variant_refs(line, self._catalogue),
        }

    def checkout(self, place: int) -> Json:
        """The AbandonedCheckout of a place; every fifth was completed after all."""
        shape, basket, dice = self._sale("AbandonedCheckout", place)
        bag = shape.till.bag
        buyer = self._buyer("CheckoutAddress", shape, dice)
        buyer.pop("email")
        return {
            "__typename": "AbandonedCheckout",
            "id": ids.gid("AbandonedCheckout", place),
            "abandonedCheckoutUrl": f"https://{self._ground.spec.domain}/ac/{place}?key=a",
            "name": f"#{9_000_000 + place}",
            "completedAt": stamp(shape.updated) if place % 5 == 0 else None,
            "createdAt": stamp(shape.created),
            "updatedAt": stamp(shape.updated),
            "customAttributes": order_lines.custom_attributes(dice),
            "discountCodes": [
                each["code"] for each in basket.applications if "code" in each
            ],
            "note": dice.pick(texts.NOTES) or "",
            "taxesIncluded": self._ground.spec.taxes_included,
            "totalDiscountSet": bag(_discounts(basket)),
            "totalDutiesSet": None,
            "totalLineItemsPriceSet": bag(
                total([each.original for each in basket.lines])
            ),
            "lineItems": [
                self._checkout_line(each, basket, shape) for each in basket.lines
            ],
            **buyer,
            **_sums(basket),
        }

    def _checkout_line(self, line: Line, basket: Basket, shape: Shape) -> Json:
        bag = basket.till.bag
        return {
            "__typename": "AbandonedCheckoutLineItem",
            "id": ids.gid("AbandonedCheckoutLineItem", shape.place, line.part),
            "components": None,
            "customAttributes": [],
            "discountAllocations": order_lines.allocations(line.allocations, basket),
            "discountedTotalPriceSet": bag(line.net),
            "discountedUnitPriceSet": bag(line.net.share(1, line.quantity)),
            "image": None,
            "originalTotalPriceSet": bag(line.original),
            "originalUnitPriceSet": bag(line.unit),
            "parentRelationship": None,
            "quantity": line.quantity,
            "sku": line.sku,
            "title": line.title,
            "variantTitle": None,
            **order_lines.variant_refs(line, self._catalogue),
        }


def _discounts(basket: Basket) -> Any:
    return total([each.discount for each in basket.lines]) + basket.shipping_discount


def _sums(basket: Basket) -> Json:
    bag = basket.till.bag
    taxes = [tax for line in basket.lines for tax in line.taxes]
    return {
        "subtotalPriceSet": bag(total([each.net for each in basket.lines])),
        "taxLines": order_lines.tax_lines(taxes + basket.shipping_taxes, basket.till),
        "totalTaxSet": bag(basket.tax(basket.lines)),
        "totalPriceSet": bag(basket.price(basket.lines) if basket.lines else ZERO),
    }
