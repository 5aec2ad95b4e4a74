"""Shopify Payments: balance transactions, payouts, disputes, the account.

Charter: what happens to card payments after the order. A payout is the sum of the
balance transactions of one day, issued two days later; the last ones are still due.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from shopify_assets.simulator.data import payments
from shopify_assets.simulator.data.disputes import dispute, initiated
from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.order_shapes import disputed
from shopify_assets.simulator.data.shelves import DAY
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.money import local, money
from shopify_assets.simulator.world.world import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.data.order_shapes import Shape, Shapes
    from shopify_assets.simulator.data.orders import Orders

Json = dict[str, Any]

PER_ORDER = 4
_CHARGE, _REFUND, _DISPUTE = range(3)
_TYPES = ("CHARGE", "REFUND", "DISPUTE_WITHDRAWAL")
_SOURCES = ("CHARGE", "REFUND", "DISPUTE")
_DELAY = 2


class Moved(NamedTuple):
    """The money of one balance transaction, in minor units of the shop's currency."""

    amount: int
    fee: int

    @property
    def net(self) -> int:
        """What reaches the shop."""
        return self.amount - self.fee


class Payouts:
    """Makes the account of a shop that uses Shopify Payments, and what it holds."""

    def __init__(self, ground: Ground, shapes: Shapes, orders: Orders) -> None:
        self._ground = ground
        self._shapes = shapes
        self._orders = orders

    def tables(self) -> list[Table]:
        """The tables of this subject: empty without Shopify Payments."""
        used = self._ground.spec.shopify_payments
        return [
            Table(
                "ShopifyPaymentsAccount",
                lambda: range(int(used)),
                self._account,
            ),
            Table(
                "ShopifyPaymentsBalanceTransaction",
                lambda: self._transactions if used else [],
                self.transaction,
                self._columns(),
            ),
            Table(
                "ShopifyPaymentsPayout",
                lambda: sorted(self._days) if used else [],
                self.payout,
                {
                    "issuedAt": lambda day: stamp(self._issued(day)),
                    "status": self._status,
                    "transactionDates": lambda day: stamp(self._issued(day)),
                },
            ),
            Table(
                "ShopifyPaymentsDispute",
                lambda: self._disputes if used else [],
                lambda place: dispute(self._orders.parts(place), self._ground),
                {
                    "initiatedAt": lambda place: stamp(
                        initiated(self._shapes[place], self._ground.end)
                    )
                },
            ),
        ]

    def forget(self) -> None:
        """Orders were added: count anew."""
        for name in ("_transactions", "_days", "_disputes"):
            self.__dict__.pop(name, None)

    def _columns(self) -> dict[str, Callable[[int], Any]]:
        def date(at: int) -> str:
            return stamp(self._date(at))

        def payout(at: int) -> int | None:
            day = self._day(at)
            paid = day in self._days
            return ids.number("ShopifyPaymentsPayout", day) if paid else None

        return {
            "transactionDate": date,
            "processedAt": date,
            "payoutDate": lambda at: stamp(self._issued(self._day(at))),
            "availableOn": lambda at: stamp(self._issued(self._day(at))),
            "paymentsTransferId": payout,
            "payoutStatus": lambda at: self._paid(self._day(at))["status"],
        }

    @cached_property
    def _transactions(self) -> list[int]:
        return [
            place * PER_ORDER + part
            for place in range(0, len(self._shapes), 2)  # every second one by card
            for part in _parts(self._shapes[place])
        ]

    @cached_property
    def _days(self) -> dict[int, list[int]]:
        """Balance transactions by the day they were made, when they are paid out."""
        found: dict[int, list[int]] = {}
        for at in self._transactions:
            found.setdefault(self._day(at), []).append(at)
        end = self._ground.end
        return {day: each for day, each in found.items() if self._issued(day) <= end}

    @cached_property
    def _disputes(self) -> list[int]:
        return [place for place in range(len(self._shapes)) if self._disputed(place)]

    def _disputed(self, place: int) -> bool:
        return disputed(self._shapes[place])

    def _date(self, at: int) -> int:
        shape, part = self._shapes[at // PER_ORDER], at % PER_ORDER
        if part == _DISPUTE:
            return initiated(shape, self._ground.end)
        return shape.updated if part == _REFUND else shape.created

    def _day(self, at: int) -> int:
        return max(0, self._date(at) - self._ground.start) // DAY

    def _issued(self, day: int) -> int:
        return self._ground.start + (day + _DELAY) * DAY

    def _status(self, day: int) -> str:
        if self._issued(day) > self._ground.end - _DELAY * DAY:
            return "SCHEDULED"
        return {5: "FAILED", 11: "CANCELED"}.get(day % 37, "PAID")

    def _paid(self, day: int) -> Json:
        if day not in self._days:
            return {"id": None, "status": "PENDING"}
        gid = ids.gid("ShopifyPaymentsPayout", day)
        return {"id": gid, "status": self._status(day)}

    def _moved(self, at: int) -> Moved:
        parts = self._orders.parts(at // PER_ORDER)
        paid = payments.received(parts.paid).shop
        currency = self._ground.spec.currency
        match at % PER_ORDER:
            case 0:
                return Moved(paid, paid * 29 // 1000 + local(30, currency))
            case 1:
                return Moved(-payments.refunded(parts.paid).shop, 0)
        return Moved(-paid, local(1500, currency))

    def transaction(self, at: int) -> Json:
        """The ShopifyPaymentsBalanceTransaction of four times an order's place."""
        moved, place, part = self._moved(at), at // PER_ORDER, at % PER_ORDER
        currency, day = self._ground.spec.currency, self._day(at)
        number = ids.number("OrderTransaction", place) if part != _DISPUTE else None
        return {
            "__typename": "ShopifyPaymentsBalanceTransaction",
            "id": ids.gid("ShopifyPaymentsBalanceTransaction", at),
            "adjustmentReason": "Buyer disputes" if part == _DISPUTE else None,
            "adjustmentsOrders": [],
            "amount": money(moved.amount, currency),
            "associatedOrder": {
                "__typename": "ShopifyPaymentsAssociatedOrder",
                "id": ids.gid("Order", place),
                "name": f"#{1001 + place}",
            },
            "associatedPayout": {
                "__typename": "ShopifyPaymentsBalanceTransactionAssociatedPayout",
                **self._paid(day),
            },
            "fee": money(moved.fee, currency),
            "net": money(moved.net, currency),
            "sourceId": str(number) if number else None,
            "sourceOrderTransactionId": str(number) if number else None,
            "sourceType": _SOURCES[part],
            "test": False,
            "transactionDate": stamp(self._date(at)),
            "type": _TYPES[part],
        }

    def payout(self, day: int) -> Json:
        """The ShopifyPaymentsPayout of a day."""
        held = [(at % PER_ORDER, self._moved(at)) for at in self._days[day]]
        net = sum(moved.net for _, moved in held)
        currency = self._ground.spec.currency
        number = ids.number("ShopifyPaymentsPayout", day)
        return {
            "__typename": "ShopifyPaymentsPayout",
            "id": ids.gid("ShopifyPaymentsPayout", day),
            "legacyResourceId": str(number),
            "externalTraceId": f"trace-{number}" if day % 4 else None,
            "issuedAt": stamp(self._issued(day)),
            "net": money(net, currency),
            "gross": money(sum(moved.amount for _, moved in held), currency),
            "status": self._status(day),
            "summary": _summary(held, currency),
            "transactionType": "DEPOSIT" if net >= 0 else "WITHDRAWAL",
        }

    def _account(self, _: int) -> Json:
        spec = self._ground.spec
        due = [each for each in self._transactions if self._day(each) not in self._days]
        balance = sum(self._moved(each).net for each in due)
        return {
            "__typename": "ShopifyPaymentsAccount",
            "id": ids.gid("ShopifyPaymentsAccount", 0),
            "activated": True,
            "onboardable": True,
            "balance": [money(balance, spec.currency)],
            "country": "US",
            "defaultCurrency": spec.currency,
            "bankAccounts": [self._bank(part) for part in range(2)],
        }

    def _bank(self, part: int) -> Json:
        return {
            "__typename": "ShopifyPaymentsBankAccount",
            "id": ids.gid("ShopifyPaymentsBankAccount", 0, part),
            "accountNumberLastDigits": f"67{part:02d}",
            "bankName": None if part else "Bank of Springfield",
            "country": "US",
            "createdAt": stamp(self._ground.start),
            "currency": self._ground.spec.currency,
            "status": "ERRORED" if part else "VERIFIED",
        }


def _parts(shape: Shape) -> list[int]:
    if shape.test or not shape.tenders:
        return []
    made = [_CHARGE, *([_REFUND] if shape.tenders > 1 else [])]
    return [*made, _DISPUTE] if disputed(shape) else made


def _summary(held: list[tuple[int, Moved]], currency: str) -> Json:
    def gross(part: int) -> Json:
        return money(sum(each.amount for at, each in held if at == part), currency)

    def fees(part: int) -> Json:
        return money(sum(each.fee for at, each in held if at == part), currency)

    nothing = money(0, currency)
    names = (
        "advanceFees",
        "advanceGross",
        "reservedFundsFee",
        "reservedFundsGross",
        "retriedPayoutsFee",
        "retriedPayoutsGross",
        "usdcRebateCreditAmount",
    )
    return {
        "__typename": "ShopifyPaymentsPayoutSummary",
        **dict.fromkeys(names, nothing),
        "chargesGross": gross(_CHARGE),
        "chargesFee": fees(_CHARGE),
        "refundsFeeGross": gross(_REFUND),
        "refundsFee": fees(_REFUND),
        "adjustmentsGross": gross(_DISPUTE),
        "adjustmentsFee": fees(_DISPUTE),
    }
