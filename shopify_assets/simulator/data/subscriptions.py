"""Subscriptions: contracts, their lines, billing attempts and cycles; how they pay.

Charter: what customers ordered to come again. A cycle with an attempt is billed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.shelves import DAY, counted, ref, refs, times
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.money import money
from shopify_assets.simulator.world.world import Ref, Table

if TYPE_CHECKING:
    from shopify_assets.simulator.data.catalogue import Catalogue
    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.data.people import People
    from shopify_assets.simulator.world.world import Record

Json = dict[str, Any]

PER_CONTRACT = 8
_CYCLE = 30 * DAY
_STATUSES = ("ACTIVE", "PAUSED", "CANCELLED", "ACTIVE", "FAILED", "EXPIRED")


class Subscriptions:
    """Makes the subscription contracts of a shop; customer methods share the place."""

    def __init__(self, ground: Ground, catalogue: Catalogue, people: People) -> None:
        self._ground = ground
        self._catalogue = catalogue
        self._people = people

    @property
    def contracts(self) -> int:
        """How many contracts there are."""
        return max(8, self._ground.scale.orders // 50)

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        return [
            Table(
                "SubscriptionContract",
                lambda: range(self.contracts),
                self.contract,
                times(self._created, self._updated),
            ),
            Table(
                "SubscriptionBillingAttempt",
                lambda: [
                    place * PER_CONTRACT + at
                    for place in range(self.contracts)
                    for at in range(self._attempts(place))
                ],
                self.attempt,
                times(self._attempted),
            ),
            Table("CustomerPaymentMethod", lambda: range(self.contracts), self.method),
        ]

    def _created(self, place: int) -> int:
        dice = self._ground.dice("contract", place)
        return self._ground.spread(place, self.contracts, dice)

    def _updated(self, place: int) -> int:
        if place % 3 == 0:
            return max(self._created(place), self._ground.end - 2 * DAY)
        dice = self._ground.dice("contract change", place)
        return self._ground.later(self._created(place), dice, 60)

    def _customer(self, place: int) -> int:
        return place * 7 % self._ground.scale.customers

    def _attempts(self, place: int) -> int:
        past = (self._ground.end - self._created(place)) // _CYCLE
        return int(min(place % 4, past))

    def _attempted(self, at: int) -> int:
        place, cycle = divmod(at, PER_CONTRACT)
        return self._created(place) + (cycle + 1) * _CYCLE

    def contract(self, place: int) -> Json:
        """The SubscriptionContract of a place."""
        currency = self._ground.spec.currency
        orders = self._people.orders_of(self._customer(place))
        attempts = self._attempts(place)
        lines = [self._line(place, part) for part in range(1 + place % 3)]
        due = self._created(place) + (attempts + 1) * _CYCLE
        return {
            "__typename": "SubscriptionContract",
            "id": ids.gid("SubscriptionContract", place),
            "billingAttempts": refs(
                "SubscriptionBillingAttempt",
                [place * PER_CONTRACT + at for at in range(attempts)],
            ),
            "billingPolicy": _policy(place),
            "createdAt": stamp(self._created(place)),
            "updatedAt": stamp(self._updated(place)),
            "currencyCode": currency,
            "customAttributes": [],
            "customer": ref("Customer", self._customer(place)),
            "customerPaymentMethod": None
            if _revoked(place)
            else ref("CustomerPaymentMethod", place),
            "deliveryPrice": money(0, currency),
            "discounts": [],
            "lastPaymentStatus": "SUCCEEDED" if attempts else None,
            "lines": lines,
            "linesCount": counted(len(lines)),
            "lineCount": len(lines),
            "nextBillingDate": stamp(due) if place % 6 == 0 else None,
            "note": texts.NOTES[place % len(texts.NOTES)],
            "orders": refs("Order", orders[:attempts]),
            "originOrder": ref("Order", orders[0]) if orders else None,
            "revisionId": str(ids.number("SubscriptionContract", place)),
            "status": _STATUSES[place % len(_STATUSES)],
        }

    def _line(self, place: int, part: int) -> Json:
        places = self._catalogue.variant_places
        variant = places[(place * 5 + part) % len(places)]
        facts = self._catalogue.variant(variant)
        price = money(facts.price, self._ground.spec.currency)
        product = self._catalogue.product_of(variant)
        return {
            "__typename": "SubscriptionLine",
            "id": ids.gid("SubscriptionLine", place, part),
            "concatenatedOriginContract": None,
            "currentPrice": price,
            "customAttributes": [],
            "discountAllocations": [],
            "lineDiscountedPrice": price,
            "pricingPolicy": None,
            "productId": ids.gid("Product", product),
            "quantity": 1,
            "requiresShipping": True,
            "sellingPlanId": ids.gid("SellingPlan", place % 3),
            "sellingPlanName": f"Plan {place % 3}",
            "sku": facts.sku,
            "taxable": facts.taxable,
            "title": facts.product,
            "variantId": ids.gid("ProductVariant", variant),
            "variantImage": None,
            "variantTitle": facts.title,
        }

    def attempt(self, at: int) -> Json:
        """The SubscriptionBillingAttempt of eight times a contract's place."""
        place, cycle = divmod(at, PER_CONTRACT)
        moment = stamp(self._attempted(at))
        orders = self._people.orders_of(self._customer(place))
        paid = cycle < len(orders)
        order = ref("Order", orders[cycle]) if paid else None
        state: Json = {"__typename": "SubscriptionBillingAttemptFailedState"}
        if paid:
            kind = "SubscriptionBillingAttemptSuccessState"
            state = {"__typename": kind, "order": order}
        return {
            "__typename": "SubscriptionBillingAttempt",
            "id": ids.gid("SubscriptionBillingAttempt", at),
            "completedAt": moment if paid else None,
            "createdAt": moment,
            "idempotencyKey": f"attempt-{at}",
            "order": order,
            "originTime": moment,
            "ready": True,
            "respectInventoryPolicy": True,
            "state": state,
            "subscriptionContract": ref("SubscriptionContract", place),
            "transactions": [ref("OrderTransaction", orders[cycle])] if paid else [],
        }

    def method(self, place: int) -> Json:
        """The CustomerPaymentMethod of a contract's place."""
        revoked = stamp(self._ground.end - DAY) if _revoked(place) else None
        return {
            "__typename": "CustomerPaymentMethod",
            "id": ids.gid("CustomerPaymentMethod", place),
            "customer": ref("Customer", self._customer(place)),
            "revokedAt": revoked,
            "revokedReason": "MANUALLY_REVOKED" if revoked else None,
            "subscriptionContracts": []
            if revoked
            else refs("SubscriptionContract", [place]),
        }

    def of_customer(self, kind: str, customer: Record) -> list[Ref]:
        """What a customer has of contracts or of payment methods."""
        place = ids.place("Customer", ids.tail(customer["id"]))[0]
        held = range(self.contracts)
        return refs(kind, [each for each in held if self._customer(each) == place])

    def cycles(self, arguments: Json) -> list[Json]:
        """The SubscriptionBillingCycles of a contract; every fifth has none yet."""
        parsed = ids.parse(arguments["contractId"])
        if parsed is None or parsed.type != "SubscriptionContract":
            return []
        place, part = ids.place(parsed.type, parsed.number)
        if part or not 0 <= place < self.contracts or place % 5 == 4:
            return []
        return [self._cycle(place, at) for at in range(3 + place % 4)]

    def _cycle(self, place: int, at: int) -> Json:
        start = self._created(place) + at * _CYCLE
        billed = at < self._attempts(place)
        attempts = [place * PER_CONTRACT + at] if billed else []
        return {
            "__typename": "SubscriptionBillingCycle",
            "__seed": ("cycle", place, at),
            "billingAttemptExpectedDate": stamp(start + _CYCLE),
            "billingAttempts": refs("SubscriptionBillingAttempt", attempts),
            "cycleEndAt": stamp(start + _CYCLE),
            "cycleIndex": at + 1,
            "cycleStartAt": stamp(start),
            "edited": False,
            "editedContract": None,
            "skipped": at == 5,
            "sourceContract": ref("SubscriptionContract", place),
            "status": "BILLED" if billed else "UNBILLED",
        }


def _policy(place: int) -> Json:
    return {
        "__typename": "SubscriptionBillingPolicy",
        "anchors": [],
        "interval": "MONTH",
        "intervalCount": 1,
        "maxCycles": None,
        "minCycles": 2 if place % 2 else None,
    }


def _revoked(place: int) -> bool:
    return place % 6 == 5
