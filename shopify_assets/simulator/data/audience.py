"""Segments and their members, staff, and checkouts that were abandoned.

Charter: groups of real customers, the people who work at the shop, and what became of
abandoned checkouts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.order_totals import spent
from shopify_assets.simulator.data.shelves import DAY, ref
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.money import money
from shopify_assets.simulator.world.world import Record, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.data.orders import Orders
    from shopify_assets.simulator.data.people import People
    from shopify_assets.simulator.data.selling import Selling

Json = dict[str, Any]

_SEGMENTS = (
    ("Everybody", ""),
    ("Buyers", "number_of_orders > 0"),
    ("Every second one", "customer_tags CONTAINS 'second'"),
    ("Nobody", "amount_spent > 1000000000"),
    ("Without an e-mail address", "email_subscription_status = 'INVALID'"),
)
_STAFF = 4


class Audience:
    """Makes the segments and members, the staff and the abandonments of a shop."""

    def __init__(
        self, ground: Ground, people: People, *, orders: Orders, selling: Selling
    ) -> None:
        self._ground = ground
        self._people = people
        self._orders = orders
        self._selling = selling

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        customers = self._ground.scale.customers
        return [
            Table(
                "Segment",
                lambda: range(len(_SEGMENTS)),
                self.segment,
                {"creationDate": lambda at: stamp(self._ground.start + at * DAY)},
            ),
            Table(
                "CustomerSegmentMember",
                lambda: range(customers),
                self.member,
                later={"amountSpent": self._spent},
            ),
            Table("StaffMember", lambda: range(_STAFF), self.staff),
            Table(
                "Abandonment",
                lambda: range(self._selling.checkouts),
                self.abandonment,
            ),
        ]

    def segment(self, place: int) -> Json:
        """The Segment of a place."""
        name, query = _SEGMENTS[place]
        return {
            "__typename": "Segment",
            "id": ids.gid("Segment", place),
            "creationDate": stamp(self._ground.start + place * DAY),
            "lastEditDate": stamp(self._ground.end - 9 * DAY),
            "name": name,
            "query": query,
        }

    def chosen(self, arguments: Json) -> Callable[[int], bool] | None:
        """Which customers are members of the segment in the arguments."""
        wanted = arguments.get("segmentId")
        if wanted is None:
            return None
        for place in range(len(_SEGMENTS)):
            if wanted == ids.gid("Segment", place):
                return lambda customer: self._belongs(place, customer)
        return lambda _: False

    def _belongs(self, segment: int, customer: int) -> bool:
        match segment:
            case 0:
                return True
            case 1:
                return bool(self._people.orders_of(customer))
            case 2:
                return customer % 2 == 0
            case 4:
                return self._people.email(customer) is None
        return False

    def member(self, place: int) -> Json:
        """The CustomerSegmentMember that is a customer."""
        customer = self._people.customer(place)
        orders = self._people.orders_of(place)
        same = (
            "firstName",
            "lastName",
            "displayName",
            "note",
            "numberOfOrders",
            "defaultEmailAddress",
            "defaultPhoneNumber",
            "defaultAddress",
        )
        number = ids.tail(customer["id"])
        return {
            "__typename": "CustomerSegmentMember",
            "id": f"gid://shopify/CustomerSegmentMember/{number}",
            "lastOrderId": ids.gid("Order", orders[-1]) if orders else None,
            **{name: customer[name] for name in same},
        }

    def _spent(self, member: Record) -> Json:
        return self.spent_by(ids.place("Customer", ids.tail(member["id"]))[0])

    def spent_by(self, place: int) -> Json:
        """What a customer spent in all."""
        orders = self._people.orders_of(place)
        total = sum(spent(self._orders.parts(each)) for each in orders)
        return money(total, self._ground.spec.currency)

    def staff(self, place: int) -> Json:
        """The StaffMember of a place; the first one owns the shop."""
        first, last = texts.FIRST_NAMES[place], texts.LAST_NAMES[place]
        return {
            "__typename": "StaffMember",
            "id": ids.gid("StaffMember", place),
            "accountType": "REGULAR",
            "active": place != 3,
            "email": f"staff.{place}@{self._ground.spec.domain}",
            "exists": place != 3,
            "firstName": first,
            "initials": [first[0], last[0]],
            "isShopOwner": place == 0,
            "lastName": last,
            "locale": "en",
            "name": f"{first} {last}",
            "phone": None if place % 2 else "+15555550123",
        }

    def abandonment(self, place: int) -> Json:
        """The Abandonment of an abandoned checkout's place."""
        checkout = self._selling.checkout(place)
        customer = checkout["customer"] or ref("Customer", 0)
        made = checkout["createdAt"]
        return {
            "__typename": "Abandonment",
            "id": ids.gid("Abandonment", place),
            "abandonedCheckoutPayload": ref("AbandonedCheckout", place),
            "abandonmentType": "CHECKOUT",
            "cartUrl": None,
            "createdAt": made,
            "customer": customer,
            "daysSinceLastAbandonmentEmail": place % 9,
            "emailSentAt": made if place % 3 else None,
            "emailState": "SENT" if place % 3 else None,
            "lastBrowseAbandonmentDate": made,
            "lastCartAbandonmentDate": made,
            "lastCheckoutAbandonmentDate": made,
            "mostRecentStep": "CHECKOUT",
            "productsAddedToCart": self._seen(checkout["lineItems"]),
            "productsViewed": self._seen(checkout["lineItems"][:1]),
            "visitStartedAt": made,
        }

    def _seen(self, lines: list[Json]) -> list[Json]:
        return [
            {
                "__typename": "CustomerVisitProductInfo",
                "product": each["product"],
                "quantity": each["quantity"],
                "variant": each["variant"],
            }
            for each in lines
        ]

    def of_checkout(self, arguments: Json) -> Json | None:
        """The abandonment of a checkout; none when nobody is known to have left it."""
        parsed = ids.parse(arguments["abandonedCheckoutId"])
        if parsed is None or parsed.type != "AbandonedCheckout":
            return None
        place, part = ids.place(parsed.type, parsed.number)
        if part or not 0 <= place < self._selling.checkouts:
            return None
        known = self._selling.checkout(place)["customer"] is not None
        return self.abandonment(place) if known else None
