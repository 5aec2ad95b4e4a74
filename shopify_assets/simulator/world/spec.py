"""What a simulated shop is: size, currencies, history, plan, scopes, secrets.

Charter: the declaration of a shop. Nothing here makes records or answers requests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from shopify_assets.catalog.schema import load_schema
from shopify_assets.simulator.world.forms import REAL

HISTORY = timedelta(days=730)
STAMP = "%Y-%m-%dT%H:%M:%SZ"

CUSTOMER = "customer"
# The kinds of protected data an app is approved for: all else of a customer, and four.
KINDS = (CUSTOMER, "name", "address", "phone", "email")

_OTHERS = re.compile("marketplace|quick_sale")
# Restore rate in points a second; the bucket holds twenty seconds of it.
RESTORE_RATES = {"standard": 100, "advanced": 200, "plus": 1000, "enterprise": 2000}


class Reuse(StrEnum):
    """Whether a refresh token that was traded is taken once more.

    Shopify takes it, and answers the same, until its successor is used, at most 30 days
    (since 2026-08-28; before, for an hour). `ANEW` answers another pair each time, and
    the one before dies; `NEVER` is what one-time tokens mean elsewhere.
    """

    UNTIL_USED = "until_used"
    HOUR = "hour"
    ANEW = "anew"
    NEVER = "never"


@lru_cache(maxsize=1)
def all_scopes() -> tuple[str, ...]:
    """Every read scope an app of a merchant's can hold, and all of history.

    Those of marketplaces and quick sale are left out: they open orders a second time.
    """
    named: set[str] = set()
    for each in load_schema().types.values():
        named.update(each.scopes)
        for selected in each.fields.values():
            named.update(selected.scopes)
    readable = {
        scope
        for scope in named
        if scope.startswith("read_") and not _OTHERS.search(scope)
    }
    return tuple(sorted(readable | {"read_all_orders", "write_customers"}))


@dataclass(frozen=True)
class SimulatedShop:
    """One shop to simulate.

    Attributes:
        domain: its myshopify domain; the name is taken from it.
        currency: the shop's currency.
        presentment_currencies: others that buyers may pay in.
        orders: number of orders in its history.
        customers: number of customers; by default seven for ten orders.
        products: number of products; by default one for twenty orders, at least forty.
        seed: with `end`, all that the records depend on.
        start: first moment of its history; by default two years before `end`.
        end: last moment of its history; by default the last midnight (UTC).
        plan: standard, advanced, plus or enterprise: the size of the cost bucket.
        scopes: the app's access scopes; None grants every read scope.
        access_token: a stored token that never ends.
        client_id, client_secret: the app's, for the grants.
        refresh_token: the first refresh token.
        reuse: whether a traded refresh token is taken once more.
        timezone: the shop's IANA time zone.
        utc_offset: its present offset, such as `-05:00`.
        taxes_included: whether prices contain tax.
        protected_data: the kinds of customer data the app is approved for, of
            customer, name, address, phone, email.
        shopify_payments: whether it uses Shopify Payments: payouts, disputes.
        bulk_seconds: how long a bulk operation stays CREATED before it runs.
        id_forms: which forms of `forms.Form` the ids of which types have, where they
            are no plain numbers; the type `*` stands for all others.
    """

    domain: str
    currency: str = "USD"
    presentment_currencies: tuple[str, ...] = ()
    orders: int = 2000
    customers: int | None = None
    products: int | None = None
    seed: int = 1
    start: datetime | None = None
    end: datetime | None = None
    plan: str = "standard"
    scopes: tuple[str, ...] | None = None
    access_token: str = "shpat_simulated"  # noqa: S105 -- opens a simulation only
    client_id: str = "simulated-app"
    client_secret: str = "shpss_simulated"  # noqa: S105 -- opens a simulation only
    refresh_token: str = "shprt_simulated"  # noqa: S105 -- opens a simulation only
    reuse: Reuse = Reuse.UNTIL_USED
    timezone: str = "America/New_York"
    utc_offset: str = "-05:00"
    taxes_included: bool = False
    protected_data: tuple[str, ...] = KINDS
    shopify_payments: bool = True
    bulk_seconds: float = 0.02
    id_forms: Mapping[str, str] = field(default_factory=lambda: REAL, hash=False)

    @property
    def name(self) -> str:
        """The shop's name, such as `Ember`."""
        return self.domain.partition(".")[0].replace("-", " ").title()


@dataclass(frozen=True)
class Scale:
    """The numbers a specification leaves open, decided."""

    orders: int
    customers: int
    products: int
    start: datetime
    end: datetime


def scale(spec: SimulatedShop, now: datetime) -> Scale:
    """Decide the numbers a specification leaves open."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    end = spec.end or midnight
    return Scale(
        orders=spec.orders,
        customers=_or(spec.customers, max(5, spec.orders * 7 // 10)),
        products=_or(spec.products, max(40, min(2000, spec.orders // 20))),
        start=spec.start or end - HISTORY,
        end=end,
    )


def _or(given: int | None, default: int) -> int:
    return default if given is None else given


def stamp(moment: datetime) -> str:
    """A moment as GraphQL writes it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime(STAMP)
