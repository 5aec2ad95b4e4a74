"""The shape of each order: when, whose, in which state. Cheap, so it can be listed.

Charter: the decisions about an order that lists and other records depend on. The order
itself is made in `orders.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shopify_assets.simulator.world.money import Till

if TYPE_CHECKING:
    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.world.dice import Dice

LARGE_ORDER = 300
LONG_RETURN = 14
_MASS_EDIT_MOST = 700

_FINANCIAL = (
    ("PAID", 700), ("PENDING", 50), ("AUTHORIZED", 40), ("PARTIALLY_PAID", 30),
    ("PARTIALLY_REFUNDED", 100), ("REFUNDED", 50), ("VOIDED", 30),
)  # fmt: skip
_FULFILLMENT = (
    ("FULFILLED", 700), ("UNFULFILLED", 150), ("PARTIALLY_FULFILLED", 100),
    ("ON_HOLD", 50),
)  # fmt: skip
# How many tender transactions an order of each state has: money in, money out.
TENDERS = {"PAID": 1, "PARTIALLY_PAID": 1, "PARTIALLY_REFUNDED": 2, "REFUNDED": 2}


class Shape(NamedTuple):
    """The decisions about one order. Moments are seconds since 1970."""

    place: int
    created: int
    updated: int
    processed: int
    customer: int | None
    financial: str
    fulfillment: str
    lines: int
    cancelled: bool
    edited: bool
    test: bool
    digital: bool
    till: Till

    @property
    def tenders(self) -> int:
        """How many tender transactions it has."""
        return TENDERS.get(self.financial, 0)


class Shapes:
    """The shapes of all orders of a shop."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._made: list[Shape] = []

    def __len__(self) -> int:
        return self._ground.scale.orders + len(self._ground.added)

    def __getitem__(self, place: int) -> Shape:
        while len(self._made) <= place:
            self._made.append(self._make(len(self._made)))
        return self._made[place]

    def _make(self, place: int) -> Shape:
        ground = self._ground
        dice = ground.dice("order", place)
        created = self._created(place, dice)
        financial = dice.weighted(_FINANCIAL)
        edited = financial == "PAID" and dice.chance(8)
        shape = Shape(
            place=place,
            created=created,
            updated=self._updated(place, created, dice),
            processed=created - 400 * 86_400 if dice.chance(3) else created,
            customer=self._customer(dice),
            financial=financial,
            fulfillment=_fulfillment(financial, dice),
            lines=self._lines(place, edited, dice),
            cancelled=financial == "VOIDED"
            or (financial == "REFUNDED" and place % 2 > 0),
            edited=edited,
            test=dice.chance(2),
            digital=dice.chance(6),
            till=ground.till(dice),
        )
        return _sent_back(shape) if shape.lines == LONG_RETURN else shape

    def _created(self, place: int, dice: Dice) -> int:
        history = self._ground.scale.orders
        if place >= history:
            return self._ground.added[place - history]
        return self._ground.spread(place, history, dice)

    def _updated(self, place: int, created: int, dice: Dice) -> int:
        count = self._ground.scale.orders
        first = count // 5
        if first <= place < first + min(_MASS_EDIT_MOST, count * 35 // 100):
            return self._mass_edit
        return self._ground.later(created, dice, 30)

    @property
    def _mass_edit(self) -> int:
        """The one second in which many orders changed, after all of them were made."""
        start, end = self._ground.start, self._ground.end
        return max(end - 20 * 86_400, start + (end - start) * 3 // 5)

    def _customer(self, dice: Dice) -> int | None:
        if dice.chance(12):
            return None
        return dice.below(self._ground.scale.customers)

    def _lines(self, place: int, edited: bool, dice: Dice) -> int:  # noqa: FBT001 -- a fact of the order, not a switch
        if place % 1000 == min(777, self._ground.scale.orders // 3):
            return LARGE_ORDER
        if place % 1000 == min(611, self._ground.scale.orders * 3 // 5):
            return LONG_RETURN
        return dice.weighted(((1, 450), (2, 300), (3, 150), (4, 60), (7, 40))) + edited


def _fulfillment(financial: str, dice: Dice) -> str:
    if financial in {"VOIDED", "REFUNDED"}:
        return "UNFULFILLED"
    if financial in {"PENDING", "AUTHORIZED"}:
        return dice.pick(("UNFULFILLED", "ON_HOLD"))
    return dice.weighted(_FULFILLMENT)


def _sent_back(shape: Shape) -> Shape:
    """The order that was shipped and paid, and comes back in many lines."""
    return shape._replace(
        financial="PAID",
        fulfillment="FULFILLED",
        cancelled=False,
        edited=False,
        digital=False,
    )


_OPEN_RETURNS = ("OPEN", "REQUESTED", "DECLINED", "CANCELED")
_EVERY = 9


def returns_of(shape: Shape) -> tuple[str, ...]:
    """The states of an order's returns: only what was shipped can come back."""
    if shape.fulfillment != "FULFILLED" or shape.digital:
        return ()
    if shape.lines == LONG_RETURN:
        return ("OPEN",)
    if shape.financial == "PARTIALLY_REFUNDED" and shape.lines > 1:
        return ("CLOSED",)
    if shape.financial == "PAID" and shape.place % _EVERY == _EVERY // 2:
        state = _OPEN_RETURNS[shape.place // _EVERY % len(_OPEN_RETURNS)]
        return ("DECLINED", state) if shape.place % 2 else (state,)
    return ()


def returns_at(shape: Shape) -> range:
    """The places of an order's returns: twice its own, and the one after."""
    first = shape.place * 2
    return range(first, first + len(returns_of(shape)))


def disputed(shape: Shape) -> bool:
    """Whether a buyer disputes the payment, made through Shopify Payments."""
    return shape.place % 18 == 8 and shape.financial == "PAID" and not shape.test
