"""Agreements: the ledger of an order, sale by sale.

Charter: what was agreed when. The sales of the first agreement make up the order as it
was placed, those of edits its total, and those of refunds take off what was given back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.order_shapes import returns_at
from shopify_assets.simulator.data.shelves import ref
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.money import ZERO, Amount

if TYPE_CHECKING:
    from shopify_assets.simulator.data.order_lines import Line
    from shopify_assets.simulator.data.order_totals import Parts

Json = dict[str, Any]


class Ledger:
    """Writes the agreements of one order; every sale has a number of its own."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._place = parts.shape.place
        self._sales = 0

    def agreements(self) -> list[Json]:
        """All agreements, oldest first."""
        basket, shape = self._parts.basket, self._parts.shape
        placed = [self._product(line, line.quantity) for line in basket.lines]
        if basket.shipping:
            placed.append(self._shipping())
        made = [self._agreement("OrderAgreement", placed, at=shape.created)]
        removed = [line for line in basket.lines if line.removed]
        if removed:
            sales = [self._product(line, -line.quantity) for line in removed]
            made.append(self._agreement("OrderEditAgreement", sales, at=shape.updated))
        made += [self._return(at) for at in returns_at(shape)]
        if self._parts.back is not None:
            made.append(self._refund())
        return made

    def _agreement(self, kind: str, sales: list[Json], *, at: int) -> Json:
        reasons = {
            "OrderAgreement": "ORDER",
            "OrderEditAgreement": "ORDER_EDIT",
            "RefundAgreement": "REFUND",
            "ReturnAgreement": "RETURN",
        }
        return {
            "__typename": kind,
            "id": ids.gid(kind, self._place),
            "app": None,
            "happenedAt": stamp(at),
            "order": ref("Order", self._place),
            "reason": reasons[kind],
            "sales": sales,
            "user": None,
        }

    def _return(self, place: int) -> Json:
        """A return is agreed upon before any money moves: it has no sales."""
        at = self._parts.shape.updated
        made = self._agreement("ReturnAgreement", [], at=at)
        made["id"] = ids.gid("ReturnAgreement", self._place, place % 2)
        made["return"] = ref("Return", place)
        return made

    def _refund(self) -> Json:
        back = self._parts.back
        assert back is not None  # noqa: S101 -- asked by the caller
        sales = [self._product(line, -count) for line, count in back.lines]
        if back.shipping:
            sales.append(self._shipping_back(back.shipping, back.shipping_tax))
        if back.adjustment:
            sales.append(self._adjustment(ZERO - back.adjustment))
        at = self._parts.shape.updated
        made = self._agreement("RefundAgreement", sales, at=at)
        return {**made, "refund": ref("Refund", self._place)}

    def _product(self, line: Line, count: int) -> Json:
        """A sale of `count` of a line; negative when it is taken back."""
        share, sign = abs(count), 1 if count > 0 else -1
        net = line.net.share(share, line.quantity) * sign
        tax = line.tax.share(share, line.quantity) * sign
        discount = line.discount.share(share, line.quantity) * sign
        made = self._sale("ProductSale", "PRODUCT", net=net, tax=tax, discount=discount)
        made["quantity"] = count
        made["lineItem"] = ref("LineItem", self._place, line.part)
        return made

    def _shipping(self) -> Json:
        basket = self._parts.basket
        tax = basket.tax([])
        net = basket.shipping - basket.shipping_discount
        discount = basket.shipping_discount
        return self._shipping_sale(net, tax, discount=discount)

    def _shipping_back(self, net: Amount, tax: Amount) -> Json:
        return self._shipping_sale(ZERO - net, ZERO - tax, discount=ZERO)

    def _shipping_sale(self, net: Amount, tax: Amount, *, discount: Amount) -> Json:
        made = self._sale(
            "ShippingLineSale", "SHIPPING", net=net, tax=tax, discount=discount
        )
        made["shippingLine"] = ref("ShippingLine", self._place)
        return made

    def _adjustment(self, amount: Amount) -> Json:
        return self._sale(
            "AdjustmentSale", "ADJUSTMENT", net=amount, tax=ZERO, discount=ZERO
        )

    def _sale(
        self, kind: str, line: str, *, net: Amount, tax: Amount, discount: Amount
    ) -> Json:
        bag, number = self._parts.shape.till.bag, self._sales
        self._sales += 1
        included = self._parts.basket.taxes_included
        returned = net.shop < 0 or tax.shop < 0
        return {
            "__typename": kind,
            "id": ids.gid(kind, self._place, number),
            "actionType": "RETURN" if returned else "ORDER",
            "lineType": line,
            "quantity": None,
            "taxes": [self._tax(number, tax)] if tax else [],
            "totalAmount": bag(net if included else net + tax),
            "totalDiscountAmountAfterTaxes": bag(discount),
            "totalDiscountAmountBeforeTaxes": bag(discount),
            "totalTaxAmount": bag(tax),
        }

    def _tax(self, number: int, tax: Amount) -> Json:
        bag = self._parts.shape.till.bag(tax)
        return {
            "__typename": "SaleTax",
            "id": ids.gid("SaleTax", self._place, number),
            "amount": bag,
            "taxLine": {
                "__typename": "TaxLine",
                "channelLiable": False,
                "priceSet": bag,
                "rate": 0.05,
                "ratePercentage": 5.0,
                "source": None,
                "title": "Tax",
            },
        }
