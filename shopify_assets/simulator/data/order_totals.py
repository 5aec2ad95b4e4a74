"""The sums an order and its lines show.

Charter: totals. Three families are kept apart: `original…` as placed, `total…` after
edits, `current…` after edits and refunds. An order's total is its lines, shipping and
(unless prices contain it) tax, less all discounts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from shopify_assets.simulator.data import payments, shipments
from shopify_assets.simulator.data.payments import Returned
from shopify_assets.simulator.world.money import ZERO, total

if TYPE_CHECKING:
    from shopify_assets.simulator.data.order_lines import Basket, Line
    from shopify_assets.simulator.data.order_shapes import Shape
    from shopify_assets.simulator.data.payments import Payment

Json = dict[str, Any]


class Parts(NamedTuple):
    """All that is decided about one order before it is written down."""

    shape: Shape
    basket: Basket
    back: Returned | None
    paid: list[Payment]
    parcels: list[list[tuple[Line, int]]]


def line_sums(line: Line, parts: Parts) -> Json:
    """Quantities and money of a LineItem."""
    bag, quantity = parts.shape.till.bag, line.quantity
    back = parts.back.quantity(line) if parts.back else 0
    current = 0 if line.removed else quantity - back
    done = shipments.shipped_quantity(parts.parcels, line)
    waiting = 0 if line.removed else max(0, quantity - done - back)
    each = line.net.share(1, quantity)
    return {
        "quantity": quantity,
        "currentQuantity": current,
        "refundableQuantity": current,
        "unfulfilledQuantity": waiting,
        "nonFulfillableQuantity": 0,
        "originalUnitPriceSet": bag(line.unit),
        "originalTotalSet": bag(line.original),
        "discountedUnitPriceSet": bag(line.unit),
        "discountedUnitPriceAfterAllDiscountsSet": bag(each),
        "discountedTotalSet": bag(line.original),
        "totalDiscountSet": bag(line.discount),
        "unfulfilledOriginalTotalSet": bag(line.unit * waiting),
        "unfulfilledDiscountedTotalSet": bag(each * waiting),
    }


def totals(parts: Parts) -> Json:
    """The sums of an Order."""
    return {**_priced(parts), **_paid(parts)}


def _priced(parts: Parts) -> Json:
    basket, bag, back = parts.basket, parts.shape.till.bag, parts.back or Returned()
    kept = basket.kept()
    discounts = total([line.discount for line in kept]) + basket.shipping_discount
    subtotal = total([line.net for line in kept])
    lines_back = [line.net.share(count, line.quantity) for line, count in back.lines]
    price = basket.price(kept)
    return {
        "subtotalPriceSet": bag(subtotal),
        "currentSubtotalPriceSet": bag(subtotal - total(lines_back)),
        "subtotalLineItemsQuantity": sum(line.quantity for line in kept),
        "currentSubtotalLineItemsQuantity": sum(
            line.quantity - back.quantity(line) for line in kept
        ),
        "totalDiscountsSet": bag(discounts),
        "totalShippingPriceSet": bag(basket.shipping),
        "totalTaxSet": bag(basket.tax(kept)),
        "totalPriceSet": bag(price),
        "originalTotalPriceSet": bag(basket.price(basket.lines)),
        "currentTotalPriceSet": bag(price - back.value(basket)),
        **_current(parts, back),
        "currentTotalDutiesSet": None,
        "originalTotalDutiesSet": None,
    }


def _current(parts: Parts, back: Returned) -> Json:
    """What remains of taxes, shipping and discounts after edits and refunds."""
    basket, bag = parts.basket, parts.shape.till.bag
    kept = basket.kept()
    taxes = [line.tax.share(count, line.quantity) for line, count in back.lines]
    off = [line.discount.share(count, line.quantity) for line, count in back.lines]
    discounts = total([line.discount for line in kept]) + basket.shipping_discount
    shipping = basket.shipping - basket.shipping_discount - back.shipping
    return {
        "currentTotalTaxSet": bag(basket.tax(kept) - total(taxes) - back.shipping_tax),
        "currentShippingPriceSet": bag(shipping),
        "currentTotalDiscountsSet": bag(discounts - total(off)),
    }


def _paid(parts: Parts) -> Json:
    bag, shape, back = parts.shape.till.bag, parts.shape, parts.back or Returned()
    price = parts.basket.price(parts.basket.kept())
    received, refunded = payments.received(parts.paid), payments.refunded(parts.paid)
    nothing = bag(ZERO)
    return {
        "totalReceivedSet": bag(received),
        "totalRefundedSet": bag(refunded),
        "totalRefundedShippingSet": bag(back.shipping),
        "netPaymentSet": bag(received - refunded),
        "totalOutstandingSet": bag(ZERO if shape.cancelled else price - received),
        "totalCapturableSet": bag(price if shape.financial == "AUTHORIZED" else ZERO),
        "refundDiscrepancySet": bag(back.adjustment),
        "totalTipReceivedSet": nothing,
        "totalCashRoundingAdjustment": {"paymentSet": nothing, "refundSet": nothing},
    }


def spent(parts: Parts) -> int:
    """What an order brought in all, in minor units of the shop's currency."""
    return (payments.received(parts.paid) - payments.refunded(parts.paid)).shop
