"""Sums that hold in Shopify's model, declared: what is equal to what.

Charter: declarations only; how they become SQL is `sums`' business.

Shopify keeps three families of an order's sums apart: `original…` as placed, `total…`
after edits and before returns, `current…` after both. All identities of orders here are
of the second. A payment is a transaction of kind SALE or CAPTURE that succeeded. Not
declared, for its sign is nowhere documented: a refund's total by its adjustments.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import LiteralString


class Relation(Enum):
    """How the two sides stand to each other."""

    EQUAL = "="
    AT_MOST = "<="


@dataclass(frozen=True, kw_only=True)
class Term:
    """A summand: a column of the row, or the sum of one over the rows below it.

    Attributes:
        column: the column; for money without the suffix `_presentment`.
        table: the child table it is summed over; None for the row itself.
        where: which of the child rows `c`, as SQL.
        unless: a boolean column of the root that makes it nothing.
        minus: whether it is subtracted.
    """

    column: str
    table: str | None = None
    where: LiteralString = "TRUE"
    unless: str | None = None
    minus: bool = False


@dataclass(frozen=True, kw_only=True)
class Money:
    """The columns of the root that name its currencies.

    An identity of money holds in both: exactly in the buyer's, in which Shopify
    reckons; in the shop's up to a smallest coin an amount where the two differ, since
    each amount is converted and rounded by itself.
    """

    shop: str = "currency_code"
    presentment: str = "presentment_currency_code"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Two sums that must agree, for each row of a table.

    Attributes:
        stream: the stream.
        name: what it is called.
        of: the table whose rows it is about; None for the root table.
        left: what is stated.
        right: what it must be.
        relation: equal, or at most.
        when: which rows, as SQL over the root `o`.
        money: the currencies it holds in; None for quantities.
    """

    stream: str
    name: str
    left: tuple[Term, ...]
    right: tuple[Term, ...]
    of: str | None = None
    relation: Relation = Relation.EQUAL
    when: LiteralString = "TRUE"
    money: Money | None = None


def _own(*columns: str) -> tuple[Term, ...]:
    return tuple(Term(column=each) for each in columns)


_MONEY = Money()
_KEPT: LiteralString = "NOT c.is_removed"
# An edit takes units off lines whose totals stay as they were placed.
_UNEDITED: LiteralString = "NOT o.edited"
_PAID: LiteralString = "c.kind IN ('SALE', 'CAPTURE') AND c.status = 'SUCCESS'"
_GIVEN_BACK: LiteralString = "c.kind = 'REFUND' AND c.status = 'SUCCESS'"
# Duties are told as they are now, after returns; the total is that of before.
_DUTIES_WHOLE: LiteralString = (
    "coalesce(o.current_total_duties, 0) = 0 OR coalesce(o.total_refunded, 0) = 0"
)
_LINE_DISCOUNTS = "order_line_item_discount_allocations"
_SHIPPING_DISCOUNTS = "order_shipping_line_discount_allocations"

_ORDERS = (
    Identity(
        stream="orders",
        name="total = subtotal + shipping + tax + duties + tip",
        left=_own("total_price"),
        right=(
            Term(column="subtotal_price"),
            Term(column="discounted_price", table="order_shipping_lines", where=_KEPT),
            Term(column="total_tax", unless="taxes_included"),
            Term(column="current_total_duties", unless="duties_included"),
            Term(column="total_tip_received"),
        ),
        when=_DUTIES_WHOLE,
        money=_MONEY,
    ),
    Identity(
        stream="orders",
        name="subtotal = lines - discounts",
        left=_own("subtotal_price"),
        right=(
            Term(column="original_total", table="order_line_items"),
            Term(column="allocated_amount", table=_LINE_DISCOUNTS, minus=True),
        ),
        when=_UNEDITED,
        money=_MONEY,
    ),
    Identity(
        stream="orders",
        name="discounts = those of lines + those of shipping",
        left=_own("total_discounts"),
        right=(
            Term(column="allocated_amount", table=_LINE_DISCOUNTS),
            Term(column="allocated_amount", table=_SHIPPING_DISCOUNTS),
        ),
        when=_UNEDITED,
        money=_MONEY,
    ),
    Identity(
        stream="orders",
        name="shipping = shipping lines before discounts",
        left=_own("total_shipping_price"),
        right=(
            Term(column="original_price", table="order_shipping_lines", where=_KEPT),
        ),
        money=_MONEY,
    ),
    Identity(
        stream="orders",
        name="tax = tax lines",
        left=_own("total_tax"),
        right=(Term(column="price", table="order_tax_lines"),),
        money=_MONEY,
    ),
    Identity(
        stream="orders",
        name="received = payments",
        left=_own("total_received"),
        right=(Term(column="amount", table="order_transactions", where=_PAID),),
        money=_MONEY,
    ),
    Identity(
        stream="orders",
        name="refunded = refund transactions",
        left=_own("total_refunded"),
        right=(Term(column="amount", table="order_transactions", where=_GIVEN_BACK),),
        money=_MONEY,
    ),
    Identity(
        stream="orders",
        name="refunds <= payments",
        left=_own("total_refunded"),
        right=_own("total_received"),
        relation=Relation.AT_MOST,
        money=_MONEY,
    ),
    Identity(
        stream="orders",
        name="net payment = received - refunded",
        left=_own("net_payment"),
        right=(
            Term(column="total_received"),
            Term(column="total_refunded", minus=True),
        ),
        money=_MONEY,
    ),
)

_DRAFT_ORDERS = (
    Identity(
        stream="draft_orders",
        name="total = subtotal + shipping + tax",
        left=_own("total_price"),
        right=(
            *_own("subtotal_price", "total_shipping_price"),
            Term(column="total_tax", unless="taxes_included"),
        ),
        money=_MONEY,
    ),
)

_INVENTORY = (
    Identity(
        stream="inventory_items",
        name="on hand = available + committed + reserved + damaged + safety + quality",
        of="inventory_item_levels",
        left=(
            Term(
                column="quantity",
                table="inventory_item_level_quantities",
                where="c.name = 'on_hand'",
            ),
        ),
        right=(
            Term(
                column="quantity",
                table="inventory_item_level_quantities",
                where=(
                    "c.name IN ('available', 'committed', 'reserved', 'damaged',"
                    " 'safety_stock', 'quality_control')"
                ),
            ),
        ),
    ),
)

IDENTITIES = (*_ORDERS, *_DRAFT_ORDERS, *_INVENTORY)

# Currencies without a smaller coin; of all others a hundredth is taken for it.
WITHOUT_CENTS = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"),
    *("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
)
