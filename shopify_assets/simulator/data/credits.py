"""Gift cards and store credit: money customers hold with the shop.

Charter: both kinds of credit with their transactions, which add up to the balance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.shelves import DAY, ref, refs, times
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.money import local, money
from shopify_assets.simulator.world.world import Record, Ref, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.data.people import People

Json = dict[str, Any]

_EVERY = 5
# Accounts of company locations follow those of customers.
_LOCATIONS_FROM = 1 << 21


class Credits:
    """Makes the gift cards and store credit accounts of a shop."""

    def __init__(self, ground: Ground, people: People, locations: list[int]) -> None:
        self._ground = ground
        self._people = people
        self._locations = locations

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        columns = times(self._made, self._changed)
        state: dict[str, Callable[[int], Any]] = {
            "status": lambda place: "disabled" if _disabled(place) else "enabled",
        }
        return [
            Table(
                "GiftCard", lambda: range(self._cards), self.card, {**columns, **state}
            ),
            Table("StoreCreditAccount", self._accounts, self.account),
        ]

    @property
    def _cards(self) -> int:
        return max(12, self._ground.scale.orders // 40)

    def _made(self, place: int) -> int:
        dice = self._ground.dice("gift card", place)
        return self._ground.spread(place, self._cards, dice)

    def _used(self, place: int) -> list[tuple[int, int]]:
        """Moments and shares, in hundredths, of a card's transactions."""
        made = self._made(place)
        shares = ((), (-25,), (-25, -30), (-60, 20, -35), (-100,))[place % 5]
        end = self._ground.end
        return [
            (min(made + (at + 1) * 9 * DAY, end - 1), share)
            for at, share in enumerate(shares)
        ]

    def _changed(self, place: int) -> int:
        last = [moment for moment, _ in self._used(place)]
        return max([self._made(place), *last])

    def card(self, place: int) -> Json:
        """The GiftCard of a place."""
        currency = self._ground.spec.currency
        worth = local((1000, 2500, 5000, 10_000)[place % 4], currency)
        used = self._used(place)
        balance = worth + sum(worth * share // 100 for _, share in used)
        last = f"{place * 7919 % 10_000:04d}"
        expires = stamp(self._made(place) + 700 * DAY)[:10]
        customer = place * 11 % self._ground.scale.customers
        return {
            "__typename": "GiftCard",
            "id": ids.gid("GiftCard", place),
            "balance": money(balance, currency),
            "createdAt": stamp(self._made(place)),
            "updatedAt": stamp(self._changed(place)),
            "customer": ref("Customer", customer) if place % 4 else None,
            "deactivatedAt": stamp(self._changed(place)) if _disabled(place) else None,
            "enabled": not _disabled(place),
            "expiresOn": None if place % 3 else expires,
            "initialValue": money(worth, currency),
            "isRedeemable": not _disabled(place) and balance > 0,
            "lastCharacters": last,
            "lineItem": None,
            "maskedCode": f"•••• •••• •••• {last}",
            "note": texts.NOTES[place % len(texts.NOTES)],
            "order": ref("Order", place % self._ground.scale.orders)
            if place % 7 == 0 and self._ground.scale.orders
            else None,
            "recipientAttributes": None,
            "templateSuffix": None,
            "transactions": [
                self._spent(place, part, worth * share // 100, moment)
                for part, (moment, share) in enumerate(used)
            ],
        }

    def _spent(self, place: int, part: int, amount: int, moment: int) -> Json:
        kind = f"GiftCard{'Credit' if amount > 0 else 'Debit'}Transaction"
        return {
            "__typename": kind,
            "id": ids.gid(kind, place, part),
            "amount": money(amount, self._ground.spec.currency),
            "giftCard": ref("GiftCard", place),
            "note": texts.NOTES[part] if part else None,
            "processedAt": stamp(moment),
        }

    def _accounts(self) -> list[int]:
        customers = range(2, self._ground.scale.customers, _EVERY)
        return [*customers, *(_LOCATIONS_FROM + each for each in self._locations[::2])]

    def accounts_of(self, owner: Record) -> list[Ref]:
        """The store credit accounts of a customer or a company's location."""
        parsed = ids.parse(owner["id"])
        assert parsed is not None  # noqa: S101 -- a record of ours
        place = ids.place(parsed.type, parsed.number)[0]
        if parsed.type == "Customer":
            return refs("StoreCreditAccount", [place] if place % _EVERY == 2 else [])
        held = place in self._locations[::2]
        return refs("StoreCreditAccount", [_LOCATIONS_FROM + place] if held else [])

    def account(self, place: int) -> Json:
        """The StoreCreditAccount of a customer's place, or of a location's."""
        steps = (5000, -1500, 2000, -700, 300)[: place % 6]
        made: list[Json] = []
        balance = 0
        for part, cents in enumerate(steps):
            balance += local(abs(cents), self._ground.spec.currency) * _sign(cents)
            made.append(self._transaction(place, part, cents, balance))
        owner = (
            ref("CompanyLocation", place - _LOCATIONS_FROM)
            if place >= _LOCATIONS_FROM
            else ref("Customer", place)
        )
        return {
            "__typename": "StoreCreditAccount",
            "id": ids.gid("StoreCreditAccount", place),
            "balance": money(balance, self._ground.spec.currency),
            "owner": owner,
            "transactions": made,
        }

    def _transaction(self, place: int, part: int, cents: int, balance: int) -> Json:
        currency = self._ground.spec.currency
        amount = local(abs(cents), currency) * _sign(cents)
        kind = f"StoreCreditAccount{'Credit' if cents > 0 else 'Debit'}Transaction"
        orders = [] if place >= _LOCATIONS_FROM else self._people.orders_of(place)
        paid = cents < 0 and orders
        made = {
            "__typename": kind,
            "id": ids.gid(kind, place, part),
            "account": ref("StoreCreditAccount", place),
            "amount": money(amount, currency),
            "balanceAfterTransaction": money(balance, currency),
            "createdAt": stamp(self._ground.end - (40 - part) * DAY),
            "event": "ORDER_PAYMENT" if paid else "ADJUSTMENT",
            "origin": ref("OrderTransaction", orders[0]) if paid else None,
        }
        if cents < 0:
            return made
        left = money(min(amount, balance), currency)
        return {**made, "expiresAt": None, "remainingAmount": left}


def _sign(cents: int) -> int:
    return 1 if cents > 0 else -1


def _disabled(place: int) -> bool:
    return place % 6 == 5
