"""The lines of an order: what was bought, shipped, taxed and discounted.

Charter: line items, shipping lines, tax lines, discount applications and allocations,
and the sums over them. All arithmetic is on `Amount`, so every sum is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.money import ZERO, Amount, Till, local, total
from shopify_assets.simulator.world.world import Ref

if TYPE_CHECKING:
    from shopify_assets.simulator.data.catalogue import Catalogue
    from shopify_assets.simulator.data.order_shapes import Shape
    from shopify_assets.simulator.world.dice import Dice

Json = dict[str, Any]

# Taxes by currency of the shop: title and rate in hundredths of a per cent.
_TAXES = {
    "USD": (("State tax", 625), ("County tax", 200)),
    "EUR": (("MwSt", 1900),),
    "JPY": (("消費税", 1000),),
}
_OTHER_TAXES = (("VAT", 500),)


@dataclass
class Line:
    """One line item while its order is made up."""

    part: int
    quantity: int
    unit: Amount
    variant: int | None
    title: str
    sku: str | None
    taxable: bool
    removed: bool
    allocations: list[tuple[int, Amount]] = field(default_factory=list)
    taxes: list[tuple[str, int, Amount]] = field(default_factory=list)

    @property
    def original(self) -> Amount:
        """Price times quantity."""
        return self.unit * self.quantity

    @property
    def discount(self) -> Amount:
        """All that was taken off."""
        return total([amount for _, amount in self.allocations])

    @property
    def net(self) -> Amount:
        """What remains after all discounts."""
        return self.original - self.discount if self.allocations else self.original

    @property
    def tax(self) -> Amount:
        """All its taxes."""
        return total([amount for _, _, amount in self.taxes])


@dataclass
class Basket:
    """The lines of one order and the discounts upon them."""

    till: Till
    taxes_included: bool
    lines: list[Line]
    shipping: Amount
    shipping_discount: Amount = ZERO
    shipping_taxes: list[tuple[str, int, Amount]] = field(default_factory=list)
    applications: list[Json] = field(default_factory=list)

    def kept(self) -> list[Line]:
        """Lines that no edit removed."""
        return [line for line in self.lines if not line.removed]

    def tax(self, lines: list[Line]) -> Amount:
        """The taxes of `lines` and of shipping."""
        shipping = [amount for _, _, amount in self.shipping_taxes]
        return total([line.tax for line in lines] + shipping)

    def price(self, lines: list[Line]) -> Amount:
        """What `lines` and shipping cost in all."""
        net = total([line.net for line in lines]) + self.shipping
        tax = ZERO if self.taxes_included else self.tax(lines)
        return net - self.shipping_discount + tax


def fill(
    shape: Shape, dice: Dice, *, catalogue: Catalogue, taxes_included: bool
) -> Basket:
    """Choose the lines of an order, discount and tax them."""
    lines = [
        _line(part, shape, dice=dice, catalogue=catalogue)
        for part in range(shape.lines)
    ]
    shipping = shape.till.amount(
        0 if shape.digital else local(dice.pick((0, 495, 799, 1250)), shape.till.shop)
    )
    if not shape.digital and dice.chance(20):
        shipping = ZERO
    basket = Basket(shape.till, taxes_included, lines, shipping)
    _discount(basket, dice)
    _tax(basket)
    return basket


def _line(part: int, shape: Shape, *, dice: Dice, catalogue: Catalogue) -> Line:
    removed = shape.edited and part == shape.lines - 1
    quantity = dice.weighted(((1, 700), (2, 200), (3, 80), (12, 20)))
    if dice.chance(5):
        price = local(dice.between(100, 9900), shape.till.shop)
        unit = shape.till.amount(price)
        return Line(
            part,
            quantity,
            unit,
            variant=None,
            title="Custom item ✂",
            sku=None,
            taxable=True,
            removed=removed,
        )
    place = catalogue.any_variant(dice)
    facts = catalogue.variant(place)
    unit = shape.till.amount(facts.price)
    return Line(
        part,
        quantity,
        unit,
        variant=place,
        title=facts.product,
        sku=facts.sku,
        taxable=facts.taxable,
        removed=removed,
    )


def _discount(basket: Basket, dice: Dice) -> None:
    kind = dice.weighted(
        (
            ("none", 600),
            ("code", 200),
            ("automatic", 90),
            ("manual", 50),
            ("shipping", 60),
        )
    )
    if kind in {"code", "manual"}:
        _percentage(basket, kind, percent=dice.pick((5, 10, 15, 33)))
    elif kind == "automatic":
        _fixed(basket, basket.till.amount(local(200, basket.till.shop)))
    elif kind == "shipping" and basket.shipping:
        _free_shipping(basket)


def _percentage(basket: Basket, kind: str, *, percent: int) -> None:
    index = _apply(basket, kind, value={"percentage": float(percent)})
    for line in basket.lines:
        line.allocations.append((index, line.original.share(percent, 100)))


def _fixed(basket: Basket, amount: Amount) -> None:
    value = basket.till.bag(amount)["presentmentMoney"]
    index = _apply(basket, "automatic", value=value)
    first = basket.lines[0]
    most = first.original
    fits = amount.shop <= most.shop and amount.presentment <= most.presentment
    first.allocations.append((index, amount if fits else most))


def _free_shipping(basket: Basket) -> None:
    _apply(basket, "shipping", value={"percentage": 100.0})
    basket.shipping_discount = basket.shipping


def _apply(basket: Basket, kind: str, *, value: Json) -> int:
    typename, named = _APPLICATIONS[kind]
    amount = "MoneyV2" if "amount" in value else "PricingPercentageValue"
    index = len(basket.applications)
    basket.applications.append(
        {
            "__typename": typename,
            "allocationMethod": "EACH" if kind == "automatic" else "ACROSS",
            "index": index,
            "targetSelection": "EXPLICIT" if kind == "automatic" else "ALL",
            "targetType": "SHIPPING_LINE" if kind == "shipping" else "LINE_ITEM",
            "value": {"__typename": amount, **value},
            **named,
        }
    )
    return index


_APPLICATIONS: dict[str, tuple[str, Json]] = {
    "code": ("DiscountCodeApplication", {"code": "WELCOME10"}),
    "shipping": ("DiscountCodeApplication", {"code": "FREESHIP"}),
    "automatic": ("AutomaticDiscountApplication", {"title": "Bundle & save"}),
    "manual": (
        "ManualDiscountApplication",
        {"title": "Goodwill", "description": "Entschuldigung für die Verspätung"},
    ),
}


def _tax(basket: Basket) -> None:
    rates = _TAXES.get(basket.till.shop, _OTHER_TAXES)
    for line in basket.lines:
        if line.taxable:
            line.taxes = [_taxed(line.net, each, basket) for each in rates]
    shipped = basket.shipping - basket.shipping_discount
    if shipped:
        basket.shipping_taxes = [_taxed(shipped, each, basket) for each in rates[:1]]


def _taxed(
    net: Amount, tax: tuple[str, int], basket: Basket
) -> tuple[str, int, Amount]:
    title, rate = tax
    whole = 10_000 + rate if basket.taxes_included else 10_000
    return title, rate, net.share(rate, whole)


def tax_lines(taxes: list[tuple[str, int, Amount]], till: Till) -> list[Json]:
    """TaxLines, one for each title and rate."""
    sums: dict[tuple[str, int], Amount] = {}
    for title, rate, amount in taxes:
        sums[title, rate] = sums.get((title, rate), ZERO) + amount
    return [
        {
            "channelLiable": False,
            "priceSet": till.bag(amount),
            "rate": rate / 10_000,
            "ratePercentage": rate / 100,
            "source": None,
            "title": title,
        }
        for (title, rate), amount in sums.items()
    ]


def shipping_line(basket: Basket, shape: Shape, dice: Dice) -> Json:
    """The ShippingLine of an order."""
    till = basket.till
    net = basket.shipping - basket.shipping_discount
    allocated = [(0, basket.shipping_discount)] if basket.shipping_discount else []
    return {
        "__typename": "ShippingLine",
        "carrierIdentifier": None,
        "code": dice.pick(("Standard", "Express", "Économique")),
        "currentDiscountedPriceSet": till.bag(net),
        "custom": False,
        "deliveryCategory": None,
        "discountAllocations": allocations(allocated, basket),
        "discountedPriceSet": till.bag(net),
        "id": ids.gid("ShippingLine", shape.place),
        "isRemoved": False,
        "originalPriceSet": till.bag(basket.shipping),
        "phone": None,
        "shippingRateHandle": None,
        "source": "shopify",
        "taxLines": tax_lines(basket.shipping_taxes, till),
        "title": "Standard 🚚",
    }


def allocations(given: list[tuple[int, Amount]], basket: Basket) -> list[Json]:
    """DiscountAllocations."""
    return [
        {
            "allocatedAmountSet": basket.till.bag(amount),
            "discountApplication": basket.applications[index],
        }
        for index, amount in given
    ]


def custom_attributes(dice: Dice) -> list[Json]:
    """Attributes a buyer or a theme left: mostly none, keys may repeat or be empty."""
    if not dice.chance(20):
        return []
    given: list[Json] = [
        {"key": "engraving", "value": dice.pick(texts.NOTES[3:9])},
        {"key": "_delivery_at", "value": dice.pick(texts.EDIT_DATES)},
        {"key": "engraving", "value": None},
        {"key": "", "value": ""},
    ]
    return given[: dice.between(1, 4)]


def variant_refs(line: Line, catalogue: Catalogue) -> Json:
    """The product and variant of a line; null once they were deleted."""
    if line.variant is None:
        return {"product": None, "variant": None}
    product = catalogue.product_of(line.variant)
    return {
        "product": Ref(ids.gid("Product", product)),
        "variant": Ref(ids.gid("ProductVariant", line.variant)),
    }
