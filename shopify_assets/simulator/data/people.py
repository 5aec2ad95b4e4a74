"""Customers and addresses.

Charter: who buys, where they live, what they agreed to. Counts of orders come from the
orders' shapes, so that both sides tell the same.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.world import Ref

if TYPE_CHECKING:
    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.data.order_shapes import Shapes
    from shopify_assets.simulator.world.dice import Dice

Json = dict[str, Any]

_EMAIL_STATES = ("SUBSCRIBED", "NOT_SUBSCRIBED", "PENDING", "UNSUBSCRIBED", "INVALID")
_SMS_STATES = ("SUBSCRIBED", "NEVER_SUBSCRIBED", "PENDING", "UNSUBSCRIBED", "REDACTED")


class People:
    """Makes the customers of a shop, and addresses of anything."""

    def __init__(self, ground: Ground, shapes: Shapes) -> None:
        self._ground = ground
        self._shapes = shapes

    def created(self, place: int) -> int:
        """When a customer came to be."""
        dice = self._ground.dice("customer", place)
        return self._ground.spread(place, self._ground.scale.customers, dice)

    def updated(self, place: int) -> int:
        """When a customer changed last: with the last order, or on their own."""
        orders = self.orders_of(place)
        dice = self._ground.dice("customer change", place)
        own = self._ground.later(self.created(place), dice, 90)
        return max([own, *(self._shapes[each].created for each in orders[-1:])])

    def email(self, place: int) -> str | None:
        """A customer's e-mail address; one in thirteen has none."""
        if (place + 9) % 13 == 0:
            return None
        return f"customer.{place}+shop@example.com"

    @cached_property
    def _orders(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for place in range(len(self._shapes)):
            customer = self._shapes[place].customer
            if customer is not None:
                found.setdefault(customer, []).append(place)
        return found

    def orders_of(self, place: int) -> list[int]:
        """The places of a customer's orders."""
        return self._orders.get(place, [])

    def forget(self) -> None:
        """Orders were added: count anew."""
        self.__dict__.pop("_orders", None)

    def customer(self, place: int) -> Json:
        """The Customer of a place."""
        dice = self._ground.dice("person", place)
        first = dice.pick(texts.FIRST_NAMES) if dice.chance(95) else None
        last = dice.pick(texts.LAST_NAMES) if dice.chance(92) else None
        orders = [Ref(ids.gid("Order", each)) for each in self.orders_of(place)]
        names = " ".join(each for each in (first, last) if each)
        email = self.email(place)
        return {
            "__typename": "Customer",
            "id": ids.gid("Customer", place),
            "legacyResourceId": str(ids.number("Customer", place)),
            "firstName": first,
            "lastName": last,
            "displayName": names or email or "+15555550100",
            "createdAt": stamp(self.created(place)),
            "updatedAt": stamp(self.updated(place)),
            "state": dice.pick(("ENABLED", "DISABLED", "INVITED", "DECLINED")),
            "locale": dice.pick(("en", "de", "ja", "ar")),
            "note": dice.pick(texts.NOTES) if dice.chance(20) else None,
            "numberOfOrders": str(len(orders)),
            "orders": orders,
            "lastOrder": orders[-1] if orders else None,
            "canDelete": not orders,
            "tags": sorted({dice.pick(texts.TAGS) for _ in range(dice.below(3))}),
            "taxExempt": dice.chance(4),
            "taxExemptions": [],
            "verifiedEmail": email is not None and dice.chance(80),
            "dataSaleOptOut": dice.chance(3),
            "multipassIdentifier": None,
            "defaultEmailAddress": self._email(place, dice),
            "defaultPhoneNumber": self._phone(place, dice),
            **self._addresses(place, dice),
        }

    def _addresses(self, place: int, dice: Dice) -> Json:
        count = dice.weighted(((0, 150), (1, 600), (2, 150), (3, 80), (12, 20)))
        made = [
            self.address("CustomerAddress", place, part=part, dice=dice)
            for part in range(count)
        ]
        first = made[0] if made else None
        # The deprecated list and the connection hold the same addresses.
        return {"addresses": made, "addressesV2": made, "defaultAddress": first}

    def _email(self, place: int, dice: Dice) -> Json | None:
        email = self.email(place)
        if email is None:
            return None
        state = dice.pick(_EMAIL_STATES)
        return {
            "emailAddress": email,
            "marketingOptInLevel": "SINGLE_OPT_IN" if state == "SUBSCRIBED" else None,
            "marketingState": state,
            "marketingUpdatedAt": stamp(self.created(place))
            if state != "NOT_SUBSCRIBED"
            else None,
            "openTrackingLevel": "UNKNOWN",
            "sourceLocation": None,
            "validFormat": True,
        }

    def _phone(self, place: int, dice: Dice) -> Json | None:
        if not dice.chance(40):
            return None
        consent = {
            "collectedFrom": None,
            "optInLevel": "UNKNOWN",
            "sourceLocation": None,
            "state": dice.pick(_SMS_STATES),
            "updatedAt": None,
        }
        return {
            "phoneNumber": f"+1555{place:07d}",
            "smsMarketingConsent": consent,
            "whatsAppMarketingConsent": {**consent, "state": "NEVER_SUBSCRIBED"},
        }

    def address(self, model: str, place: int, *, part: int, dice: Dice) -> Json:
        """A MailingAddress; its number recurs under other model names."""
        city, province, code, country, zipped, country_name = dice.pick(texts.CITIES)
        first, last = dice.pick(texts.FIRST_NAMES), dice.pick(texts.LAST_NAMES)
        bare = dice.chance(5)
        street = None if bare else f"{1 + place % 400} Église Street"
        return {
            "__typename": "MailingAddress",
            "id": ids.gid("MailingAddress", place, part, f"?model_name={model}"),
            "address1": street,
            "address2": "Apt. 4\\B" if dice.chance(15) else None,
            "city": None if bare else city,
            "company": 'Müller & "Sons" GmbH' if dice.chance(10) else None,
            "coordinatesValidated": False,
            "country": country_name,
            "countryCodeV2": country,
            "firstName": first,
            "formatted": [
                each for each in (street, f"{city} {zipped}", country_name) if each
            ],
            "formattedArea": f"{city}, {country_name}",
            "lastName": last,
            "latitude": None if bare else 39.78373,
            "longitude": None if bare else -89.65063,
            "name": f"{first} {last}",
            "phone": None if dice.chance(60) else "+49 89 1234567",
            "province": province,
            "provinceCode": code,
            "timeZone": None,
            "validationResultSummary": None,
            "zip": None if bare else zipped,
        }
