"""Companies that buy: their contacts, roles, locations and addresses.

Charter: business customers. A contact is a real customer, whose orders are the
company's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.order_totals import spent
from shopify_assets.simulator.data.shelves import counted, ref, refs, times
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.money import money
from shopify_assets.simulator.world.world import Record, Ref, Table

if TYPE_CHECKING:
    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.data.order_totals import Parts
    from shopify_assets.simulator.data.people import People

Json = dict[str, Any]

COMPANIES = 6
PER_COMPANY = 4
# Contacts and locations of each; the last company is new and has neither.
_CONTACTS = (3, 1, 2, 3, 1, 0)
_LOCATIONS = (3, 1, 2, 1, 2, 0)
_ROLES = ("Location admin", "Ordering only")


class Orders(Protocol):
    """The orders of the shop, as its companies need them."""

    def parts(self, place: int) -> Parts:
        """What an order is made of."""


def locations() -> list[int]:
    """The places of all company locations."""
    return _places(_LOCATIONS)


def _places(counts: tuple[int, ...]) -> list[int]:
    return [
        company * PER_COMPANY + at
        for company, count in enumerate(counts)
        for at in range(count)
    ]


def contact_of(customer: int) -> int | None:
    """The contact's place that a customer is; None for private customers."""
    company, at = divmod(customer, 3)
    if company >= COMPANIES or at >= _CONTACTS[company]:
        return None
    return company * PER_COMPANY + at


def buyer(customer: int | None) -> Json | Ref | None:
    """The PurchasingEntity of an order."""
    if customer is None:
        return None
    contact = contact_of(customer)
    if contact is None:
        return ref("Customer", customer)
    company = contact // PER_COMPANY
    return {
        "__typename": "PurchasingCompany",
        "company": ref("Company", company),
        "contact": ref("CompanyContact", contact),
        "location": ref("CompanyLocation", company * PER_COMPANY),
    }


class Companies:
    """Makes the companies of a shop."""

    def __init__(self, ground: Ground, people: People, orders: Orders) -> None:
        self._ground = ground
        self._people = people
        self._orders = orders

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        count = self._ground.scale.customers
        columns = times(self._created, self._updated)
        contacts = [each for each in _places(_CONTACTS) if _customer(each) < count]
        return [
            Table(
                "Company",
                lambda: range(COMPANIES),
                self.company,
                {
                    **columns,
                    "sinceDate": lambda at: stamp(self._created(at)),
                },
                later={"totalSpent": self._spent},
            ),
            Table("CompanyContact", lambda: contacts, self.contact, columns),
            Table("CompanyLocation", locations, self.location, columns),
        ]

    def _created(self, place: int) -> int:
        return self._ground.start + place * 86_400 * 7

    def _updated(self, place: int) -> int:
        """Half of them changed in the same second."""
        if place % 2:
            return max(self._created(place), self._ground.end - 86_400)
        dice = self._ground.dice("company", place)
        return self._ground.later(self._created(place), dice, 300)

    def _contacts(self, company: int) -> list[int]:
        count = self._ground.scale.customers
        held = (company * PER_COMPANY + at for at in range(_CONTACTS[company]))
        return [each for each in held if _customer(each) < count]

    def _orders_of(self, company: int) -> list[int]:
        customers = [_customer(each) for each in self._contacts(company)]
        return sorted(at for each in customers for at in self._people.orders_of(each))

    def _spent(self, record: Record) -> Json:
        orders = [each.gid for each in record["orders"]]
        places = [ids.place("Order", ids.tail(each))[0] for each in orders]
        parts = [self._orders.parts(each) for each in places]
        return money(sum(map(spent, parts)), self._ground.spec.currency)

    def company(self, place: int) -> Json:
        """The Company of a place."""
        contacts, orders = self._contacts(place), self._orders_of(place)
        held = [place * PER_COMPANY + at for at in range(_LOCATIONS[place])]
        return {
            "__typename": "Company",
            "id": ids.gid("Company", place),
            "name": f"{texts.LAST_NAMES[place]} & {texts.LAST_NAMES[place + 6]}",
            "externalId": f"ERP-{place:04d}" if place % 2 else None,
            "note": texts.NOTES[place],
            "createdAt": stamp(self._created(place)),
            "updatedAt": stamp(self._updated(place)),
            "customerSince": stamp(self._created(place)),
            "contactRoles": [self._role(place, at) for at in range(len(_ROLES))],
            "contacts": refs("CompanyContact", contacts),
            "contactsCount": counted(len(contacts)),
            "defaultRole": ref("CompanyContactRole", place, 1),
            "hasTimelineComment": False,
            "lifetimeDuration": "over 1 year",
            "locations": refs("CompanyLocation", held),
            "locationsCount": counted(len(held)),
            "mainContact": ref("CompanyContact", contacts[0]) if contacts else None,
            "orders": refs("Order", orders),
            "draftOrders": [],
        }

    def _role(self, company: int, at: int) -> Json:
        return {
            "__typename": "CompanyContactRole",
            "id": ids.gid("CompanyContactRole", company, at),
            "name": _ROLES[at],
            "note": None if at else "May order for everybody",
        }

    def contact(self, place: int) -> Json:
        """The CompanyContact of a place."""
        company = place // PER_COMPANY
        customer = _customer(place)
        return {
            "__typename": "CompanyContact",
            "id": ids.gid("CompanyContact", place),
            "company": ref("Company", company),
            "customer": ref("Customer", customer),
            "createdAt": stamp(self._created(place)),
            "updatedAt": stamp(self._updated(place)),
            "isMainContact": place % PER_COMPANY == 0,
            "lifetimeDuration": "over 1 year",
            "locale": "de" if place % 2 else "en",
            "title": None if place % 3 == 0 else "Buyer",
            "orders": refs("Order", self._people.orders_of(customer)),
            "draftOrders": [],
            "roleAssignments": [
                self._assignment(place, at) for at in range(_LOCATIONS[company])
            ],
        }

    def _assignment(self, contact: int, at: int) -> Json:
        company, moment = contact // PER_COMPANY, stamp(self._created(contact))
        location = company * PER_COMPANY + at
        return {
            "__typename": "CompanyContactRoleAssignment",
            "id": ids.gid("CompanyContactRoleAssignment", contact, at),
            "company": ref("Company", company),
            "companyContact": ref("CompanyContact", contact),
            "companyLocation": ref("CompanyLocation", location),
            "createdAt": moment,
            "updatedAt": moment,
            "role": ref("CompanyContactRole", company, (contact + at) % len(_ROLES)),
        }

    def location(self, place: int) -> Json:
        """The CompanyLocation of a place; the first one of a company orders."""
        company, at = divmod(place, PER_COMPANY)
        orders = self._orders_of(company) if at == 0 else []
        address = self._address(place)
        assigned = [
            Ref(ids.gid("CompanyContactRoleAssignment", each, at))
            for each in self._contacts(company)
        ]
        return {
            "__typename": "CompanyLocation",
            "id": ids.gid("CompanyLocation", place),
            "name": f"{texts.CITIES[place % len(texts.CITIES)][0]} branch",
            "company": ref("Company", company),
            "billingAddress": address if place % 2 else None,
            "shippingAddress": address,
            "createdAt": stamp(self._created(place)),
            "updatedAt": stamp(self._updated(place)),
            "currency": self._ground.spec.currency,
            "externalId": f"LOC-{place}" if place % 3 else None,
            "locale": "en" if place % 2 else None,
            "note": texts.NOTES[place % len(texts.NOTES)],
            "orders": refs("Order", orders),
            "draftOrders": [],
            "phone": "+15555550111" if place % 2 else None,
            "roleAssignments": assigned,
        }

    def _address(self, place: int) -> Json:
        city, province, code, country, zipped, name = texts.CITIES[
            place % len(texts.CITIES)
        ]
        moment = stamp(self._created(place))
        return {
            "__typename": "CompanyAddress",
            "id": ids.gid("CompanyAddress", place),
            "address1": f"{1 + place} Église Street",
            "address2": None,
            "city": city,
            "companyName": f"Company {place // PER_COMPANY}",
            "country": name,
            "countryCode": country,
            "createdAt": moment,
            "updatedAt": moment,
            "formattedAddress": [f"{1 + place} Église Street", f"{city} {zipped}"],
            "formattedArea": f"{city}, {name}",
            "province": province,
            "zoneCode": code,
            "zip": zipped,
            "recipient": None,
        }


def _customer(contact: int) -> int:
    company, at = divmod(contact, PER_COMPANY)
    return company * 3 + at
