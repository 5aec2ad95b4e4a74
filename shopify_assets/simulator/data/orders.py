"""Orders: the record itself and its line items.

Charter: putting an order together from its shape, its basket, what was paid and what
was shipped. Its sums are in `order_totals.py`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data import (
    companies,
    disputes,
    order_lines,
    order_totals,
    payments,
    shipments,
)
from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.order_shapes import returns_at, returns_of
from shopify_assets.simulator.data.order_totals import Parts
from shopify_assets.simulator.data.shelves import refs
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.world import Ref

if TYPE_CHECKING:
    from shopify_assets.simulator.data.catalogue import Catalogue
    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.data.order_lines import Line
    from shopify_assets.simulator.data.order_shapes import Shape, Shapes
    from shopify_assets.simulator.data.people import People
    from shopify_assets.simulator.world.dice import Dice
    from shopify_assets.simulator.world.money import Amount

Json = dict[str, Any]

_RECENT = 64
# A value no pinned enum knows: enums grow every quarter, and rows must still load.
UNKNOWN_RETURN_STATUS = "AWAITING_CARRIER_PICKUP"
_RETURN_STATUSES = {
    "REQUESTED": "RETURN_REQUESTED",
    "OPEN": "IN_PROGRESS",
    "CLOSED": "RETURNED",
}


class Orders:
    """Makes the orders of a shop, their fulfillment orders and tender transactions."""

    def __init__(
        self, ground: Ground, shapes: Shapes, *, catalogue: Catalogue, people: People
    ) -> None:
        self._ground = ground
        self._shapes = shapes
        self._catalogue = catalogue
        self._people = people
        # An order, its ledger and its payouts are asked for close to each other.
        self._recent = lru_cache(maxsize=_RECENT)(self._decide)

    def parts(self, place: int) -> Parts:
        """Decide the order of a place."""
        return self._recent(place)

    def _decide(self, place: int) -> Parts:
        shape = self._shapes[place]
        dice = self._ground.dice("basket", place)
        included = self._ground.spec.taxes_included
        basket = order_lines.fill(
            shape, dice, catalogue=self._catalogue, taxes_included=included
        )
        back = payments.returned(shape, basket, dice)
        paid = payments.payments(shape, basket, back)
        return Parts(shape, basket, back, paid, shipments.shipped(shape, basket))

    def order(self, place: int) -> Json:
        """The Order of a place."""
        parts = self.parts(place)
        dice = self._ground.dice("details", place)
        return {
            **self._identity(parts.shape, dice),
            **self._people_of(parts.shape, dice),
            **_state(parts),
            **order_totals.totals(parts),
            **self._children(parts, dice),
        }

    def fulfillment_order(self, place: int) -> Json:
        """The FulfillmentOrder of an order's place."""
        parts = self.parts(place)
        end = self._ground.end
        return shipments.fulfillment_order(parts.shape, parts.basket, end=end)

    def tender_transaction(self, place: int) -> Json:
        """The TenderTransaction of twice an order's place, plus one for its refund."""
        parts = self.parts(place // 2)
        return payments.tender(parts.shape, parts.paid, place % 2)

    def _identity(self, shape: Shape, dice: Dice) -> Json:
        gid = ids.gid("Order", shape.place)
        number = str(ids.number("Order", shape.place))
        return {
            "__typename": "Order",
            "id": gid,
            "legacyResourceId": number,
            "name": f"#{1001 + shape.place}",
            "number": 1 + shape.place,
            "confirmationNumber": f"{shape.place * 7919 % 999_983:06d}X",
            "createdAt": stamp(shape.created),
            "updatedAt": stamp(shape.updated),
            "processedAt": stamp(shape.processed),
            "sourceName": dice.pick(texts.SOURCES),
            "sourceIdentifier": None,
            "registeredSourceUrl": None,
            "clientIp": f"203.0.113.{shape.place % 255}" if dice.chance(80) else None,
            "customerLocale": dice.pick(("en", "de-DE", "ja", "ar", None)),
            "poNumber": "PO 7/99" if dice.chance(5) else None,
            "note": texts.NOTES[dice.below(len(texts.NOTES))]
            if dice.chance(25)
            else None,
            "tags": sorted({dice.pick(texts.TAGS) for _ in range(dice.below(4))}),
            "customAttributes": order_lines.custom_attributes(dice),
            "statusPageUrl": f"https://{self._ground.spec.domain}/orders/{number}?key=a",
            "test": shape.test,
            "currencyCode": shape.till.shop,
            "presentmentCurrencyCode": shape.till.presentment,
            "taxesIncluded": self._ground.spec.taxes_included,
            "cartToken": f"hWN{shape.place:08d}" if dice.chance(70) else None,
            "checkoutToken": None,
        }

    def _people_of(self, shape: Shape, dice: Dice) -> Json:
        if shape.customer is None:
            return {
                "customer": None,
                "purchasingEntity": None,
                "email": None,
                "phone": None,
                "billingAddress": None,
                "shippingAddress": None,
                "displayAddress": None,
                "billingAddressMatchesShippingAddress": False,
                "customerAcceptsMarketing": False,
            }
        shipping = (
            None
            if shape.digital
            else self._people.address("Address", shape.place, part=0, dice=dice)
        )
        billing = self._people.address("Address", shape.place, part=1, dice=dice)
        return {
            "customer": Ref(ids.gid("Customer", shape.customer)),
            "purchasingEntity": companies.buyer(shape.customer),
            "email": self._people.email(shape.customer),
            "phone": "+15555550100" if dice.chance(30) else None,
            "billingAddress": billing,
            "shippingAddress": shipping,
            "displayAddress": shipping or billing,
            "billingAddressMatchesShippingAddress": False,
            "customerAcceptsMarketing": dice.chance(40),
        }

    def _children(self, parts: Parts, dice: Dice) -> Json:
        shape, basket = parts.shape, parts.basket
        shipping = (
            [] if shape.digital else [order_lines.shipping_line(basket, shape, dice)]
        )
        refund = (
            [payments.refund(shape, basket, parts.back, payment=len(parts.paid) - 1)]
            if parts.back is not None
            else []
        )
        fulfillments = shipments.fulfillments(shape, parts.parcels)
        # What an edit added stands first: lines are not in the order of their ids.
        lines = [self._line(line, parts, dice) for line in basket.lines]
        return {
            "lineItems": lines[::-1] if shape.edited else lines,
            "shippingLines": shipping,
            "shippingLine": shipping[0] if shipping else None,
            "discountApplications": basket.applications,
            "discountCodes": [
                each["code"] for each in basket.applications if "code" in each
            ],
            "discountCode": next(
                (each["code"] for each in basket.applications if "code" in each), None
            ),
            "taxLines": order_lines.tax_lines(_taxes(parts), basket.till),
            "transactions": payments.transactions(shape, parts.paid),
            "transactionsCount": _count(len(parts.paid)),
            "refunds": refund,
            "fulfillments": fulfillments,
            "fulfillmentsCount": _count(len(fulfillments)),
            "fulfillmentOrders": []
            if shape.digital
            else [Ref(ids.gid("FulfillmentOrder", shape.place))],
            "returns": refs("Return", returns_at(shape)),
            "additionalFees": [],
            "disputes": disputes.summaries(shape)
            if self._ground.spec.shopify_payments
            else [],
            "alerts": [],
        }

    def _line(self, line: Line, parts: Parts, dice: Dice) -> Json:
        facts = None if line.variant is None else self._catalogue.variant(line.variant)
        variant = facts.title if facts else None
        return {
            "__typename": "LineItem",
            "id": ids.gid("LineItem", parts.shape.place, line.part),
            "name": f"{line.title} - {variant}" if variant else line.title,
            "title": line.title,
            "variantTitle": variant,
            "sku": line.sku,
            "vendor": dice.pick(texts.VENDORS) if facts else None,
            "discountAllocations": order_lines.allocations(
                line.allocations, parts.basket
            ),
            "taxLines": order_lines.tax_lines(line.taxes, parts.basket.till),
            "taxable": line.taxable,
            "customAttributes": order_lines.custom_attributes(dice),
            "duties": [],
            "isGiftCard": False,
            "requiresShipping": not parts.shape.digital,
            "restockable": True,
            "merchantEditable": False,
            **order_totals.line_sums(line, parts),
            **order_lines.variant_refs(line, self._catalogue),
        }


def _taxes(parts: Parts) -> list[tuple[str, int, Amount]]:
    lines = [tax for line in parts.basket.kept() for tax in line.taxes]
    return lines + parts.basket.shipping_taxes


def _count(count: int) -> Json:
    return {"count": count, "precision": "EXACT"}


def _return_status(shape: Shape) -> str:
    """What the last return of an order says of it."""
    states = returns_of(shape)
    if not states:
        unknown = (shape.place + 92) % 97 == 0
        return UNKNOWN_RETURN_STATUS if unknown else "NO_RETURN"
    return _RETURN_STATUSES.get(states[-1], "NO_RETURN")


def _state(parts: Parts) -> Json:
    shape = parts.shape
    closed = shape.fulfillment == "FULFILLED" and shape.place % 3 == 0
    return {
        "cancelReason": "CUSTOMER" if shape.cancelled else None,
        "cancelledAt": stamp(shape.updated) if shape.cancelled else None,
        "cancellation": {"staffNote": None} if shape.cancelled else None,
        "closed": closed,
        "closedAt": stamp(shape.updated) if closed else None,
        "confirmed": True,
        "displayFinancialStatus": shape.financial,
        "displayFulfillmentStatus": shape.fulfillment,
        "edited": shape.edited,
        "fullyPaid": shape.financial in {"PAID", "PARTIALLY_REFUNDED", "REFUNDED"},
        "unpaid": shape.financial in {"PENDING", "AUTHORIZED", "VOIDED"},
        "requiresShipping": not shape.digital,
        "returnStatus": _return_status(shape),
        "taxExempt": False,
        "paymentGatewayNames": ["manual"]
        if shape.financial == "PENDING"
        else [texts.GATEWAYS[shape.place % 2]],
        "totalWeight": str(sum(line.quantity for line in parts.basket.lines) * 350),
    }
