"""Money that moved: transactions, refunds and tender transactions of an order.

Charter: what was paid and given back. Refunds never exceed what was received; the money
of a refund is its lines, its shipping and its adjustments, which carry their sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.order_shapes import returns_of
from shopify_assets.simulator.data.shelves import ref
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.money import ZERO, Amount, total
from shopify_assets.simulator.world.world import Ref

if TYPE_CHECKING:
    from shopify_assets.simulator.data.order_lines import Basket, Line
    from shopify_assets.simulator.data.order_shapes import Shape
    from shopify_assets.simulator.world.dice import Dice

Json = dict[str, Any]


@dataclass(frozen=True)
class Returned:
    """What one refund gives back.

    Attributes:
        lines: lines with the quantity returned of each.
        shipping: shipping given back, with its tax.
        shipping_tax: that tax.
        adjustment: what lines and shipping do not explain; signed.
        restock: the restock type of its lines.
    """

    lines: tuple[tuple[Line, int], ...] = ()
    shipping: Amount = ZERO
    shipping_tax: Amount = ZERO
    adjustment: Amount = ZERO
    restock: str = "RETURN"

    def value(self, basket: Basket) -> Amount:
        """What its lines and shipping are worth."""
        parts = [line.net.share(count, line.quantity) for line, count in self.lines]
        taxes = [line.tax.share(count, line.quantity) for line, count in self.lines]
        worth = total(parts) + self.shipping
        if basket.taxes_included:
            return worth
        return worth + total(taxes) + self.shipping_tax

    def money(self, basket: Basket) -> Amount:
        """The money given back."""
        return self.value(basket) + self.adjustment

    def quantity(self, line: Line) -> int:
        """How much of `line` came back."""
        return sum(count for each, count in self.lines if each is line)


def returned(shape: Shape, basket: Basket, dice: Dice) -> Returned | None:
    """Decide what was refunded of an order, if anything."""
    if shape.financial == "REFUNDED":
        tax = total([amount for _, _, amount in basket.shipping_taxes])
        return Returned(
            lines=tuple((line, line.quantity) for line in basket.lines),
            shipping=basket.shipping - basket.shipping_discount,
            shipping_tax=tax,
            restock="CANCEL" if shape.cancelled else "RETURN",
        )
    if shape.financial == "PARTIALLY_REFUNDED":
        return _partly(basket, dice)
    return None


def _partly(basket: Basket, dice: Dice) -> Returned:
    price = basket.price(basket.lines)
    if sum(line.quantity for line in basket.lines) == 1:
        return Returned(adjustment=price.share(1, 2))
    restock = dice.pick(("RETURN", "NO_RESTOCK", "LEGACY_RESTOCK"))
    plain = Returned(lines=((basket.lines[0], 1),), restock=restock)
    if not dice.chance(30):
        return plain
    fee = plain.value(basket).share(1, 10)
    return Returned(lines=plain.lines, adjustment=ZERO - fee, restock=restock)


@dataclass(frozen=True)
class Payment:
    """One transaction before it is written down."""

    kind: str
    status: str
    amount: Amount
    parent: int | None = None


def payments(shape: Shape, basket: Basket, back: Returned | None) -> list[Payment]:
    """All transactions of an order, oldest first."""
    price = basket.price(basket.kept())
    failed = [Payment("SALE", "FAILURE", price)] if shape.place % 17 == 0 else []
    made = [*failed, *_incoming(shape, price, first=len(failed))]
    if back is not None:
        paid = max(
            at for at, each in enumerate(made) if each.kind in {"SALE", "CAPTURE"}
        )
        made.append(Payment("REFUND", "SUCCESS", back.money(basket), paid))
    return made


def _incoming(shape: Shape, price: Amount, *, first: int) -> list[Payment]:
    match shape.financial:
        case "PENDING":
            return [Payment("SALE", "PENDING", price)]
        case "AUTHORIZED":
            return [Payment("AUTHORIZATION", "SUCCESS", price)]
        case "VOIDED":
            authorized = Payment("AUTHORIZATION", "SUCCESS", price)
            return [authorized, Payment("VOID", "SUCCESS", price, first)]
        case "PARTIALLY_PAID":
            return [Payment("SALE", "SUCCESS", price.share(1, 2))]
    if shape.place % 3 == 0:
        authorized = Payment("AUTHORIZATION", "SUCCESS", price)
        return [authorized, Payment("CAPTURE", "SUCCESS", price, first)]
    return [Payment("SALE", "SUCCESS", price)]


def received(made: list[Payment]) -> Amount:
    """Money that came in."""
    return total(
        [
            each.amount
            for each in made
            if each.kind in {"SALE", "CAPTURE"} and _done(each)
        ]
    )


def refunded(made: list[Payment]) -> Amount:
    """Money that went back."""
    return total([each.amount for each in made if each.kind == "REFUND"])


def _done(payment: Payment) -> bool:
    return payment.status == "SUCCESS"


def transactions(shape: Shape, made: list[Payment]) -> list[Json]:
    """OrderTransactions."""
    return [_transaction(shape, made, part) for part in range(len(made))]


def _transaction(shape: Shape, made: list[Payment], part: int) -> Json:
    payment = made[part]
    at = stamp(moment(shape, payment.kind))
    pending = payment.status == "PENDING"
    parent = payment.parent
    manual = shape.financial == "PENDING"
    return {
        "__typename": "OrderTransaction",
        "accountNumber": None if manual else "•••• •••• •••• 4242",
        "amountRoundingSet": None,
        "amountSet": shape.till.bag(payment.amount),
        "createdAt": at,
        "errorCode": "CARD_DECLINED" if payment.status == "FAILURE" else None,
        "fees": [],
        "formattedGateway": "Shopify Payments",
        "gateway": texts.GATEWAYS[2] if manual else texts.GATEWAYS[shape.place % 2],
        "id": ids.gid("OrderTransaction", shape.place, part),
        "kind": payment.kind,
        "manualPaymentGateway": manual,
        "manuallyCapturable": shape.financial == "AUTHORIZED",
        "multiCapturable": False,
        "order": Ref(ids.gid("Order", shape.place)),
        "parentTransaction": None
        if parent is None
        else Ref(ids.gid("OrderTransaction", shape.place, parent)),
        "paymentId": f"#{1001 + shape.place}.{part + 1}",
        "processedAt": None if pending else at,
        "receiptJson": '{"paid_amount":"' + str(payment.amount.shop) + '"}',
        "status": payment.status,
        "test": shape.test,
        "totalUnsettledSet": shape.till.bag(ZERO),
    }


def moment(shape: Shape, kind: str) -> int:
    """When a transaction took place: refunds as the order's last change."""
    return shape.updated if kind == "REFUND" else shape.created


def refund(shape: Shape, basket: Basket, back: Returned, *, payment: int) -> Json:
    """The Refund of an order; `payment` is the part of its transaction."""
    till, at = shape.till, stamp(shape.updated)
    gid = ids.gid("Refund", shape.place)
    return {
        "__typename": "Refund",
        "createdAt": None if shape.place % 11 == 0 else at,
        "duties": [],
        "id": gid,
        "legacyResourceId": str(ids.number("Refund", shape.place)),
        "note": texts.NOTES[shape.place % len(texts.NOTES)],
        "order": Ref(ids.gid("Order", shape.place)),
        "orderAdjustments": _adjustments(shape, back),
        "processedAt": at,
        "refundLineItems": [
            _refund_line(shape, back, part) for part in range(len(back.lines))
        ],
        "refundShippingLines": _refund_shipping(shape, back),
        "return": ref("Return", shape.place * 2)
        if "CLOSED" in returns_of(shape)
        else None,
        "staffMember": None,
        "totalRefundedSet": till.bag(back.money(basket)),
        "transactions": [Ref(ids.gid("OrderTransaction", shape.place, payment))],
        "updatedAt": at,
    }


def _adjustments(shape: Shape, back: Returned) -> list[Json]:
    if not back.adjustment:
        return []
    return [
        {
            "__typename": "OrderAdjustment",
            "amountSet": shape.till.bag(back.adjustment),
            "id": ids.gid("OrderAdjustment", shape.place),
            "reason": "REFUND_DISCREPANCY",
            "taxAmountSet": shape.till.bag(ZERO),
        }
    ]


def _refund_line(shape: Shape, back: Returned, part: int) -> Json:
    line, count = back.lines[part]
    net = line.net.share(count, line.quantity)
    return {
        "__typename": "RefundLineItem",
        "id": ids.gid("RefundLineItem", shape.place, part),
        "lineItem": Ref(ids.gid("LineItem", shape.place, line.part)),
        "location": None
        if back.restock == "NO_RESTOCK"
        else Ref(ids.gid("Location", shape.place % 2)),
        "priceSet": shape.till.bag(net.share(1, count)),
        "quantity": count,
        "restockType": back.restock,
        "restocked": back.restock != "NO_RESTOCK",
        "subtotalSet": shape.till.bag(net),
        "totalTaxSet": shape.till.bag(line.tax.share(count, line.quantity)),
    }


def _refund_shipping(shape: Shape, back: Returned) -> list[Json]:
    if not back.shipping:
        return []
    return [
        {
            "__typename": "RefundShippingLine",
            "id": ids.gid("RefundShippingLine", shape.place),
            "shippingLine": Ref(ids.gid("ShippingLine", shape.place)),
            "subtotalAmountSet": shape.till.bag(back.shipping),
            "taxAmountSet": shape.till.bag(back.shipping_tax),
        }
    ]


def tender(shape: Shape, made: list[Payment], part: int) -> Json:
    """The TenderTransaction of the money that came in (0) or went back (1)."""
    incoming = part == 0
    amount = received(made) if incoming else ZERO - refunded(made)
    money = shape.till.bag(amount)["presentmentMoney"]
    return {
        "__typename": "TenderTransaction",
        "amount": money,
        "id": ids.gid("TenderTransaction", shape.place * 2 + part),
        "order": Ref(ids.gid("Order", shape.place)),
        "paymentMethod": "credit_card" if shape.place % 5 else None,
        "processedAt": stamp(moment(shape, "SALE" if incoming else "REFUND")),
        "remoteReference": f"ch_{shape.place}_{part}" if shape.place % 4 else None,
        "test": shape.test,
        "user": None,
    }
