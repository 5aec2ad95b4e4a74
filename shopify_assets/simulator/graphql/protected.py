"""Protected customer data: which fields tell of a customer, and how they are withheld.

Charter: the five kinds an app is approved for, one by one, and the fields of each.
Scopes are another matter: an app may hold `read_customers` and no approval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.errors import ConfigurationError
from shopify_assets.simulator.graphql.refusals import Refused
from shopify_assets.simulator.world.spec import CUSTOMER, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shopify_assets.catalog.schema import Schema

PROTECTED_DATA = "https://shopify.dev/docs/apps/launch/protected-customer-data"

_FIELDS = {
    "name": {
        "Customer": {"firstName", "lastName", "displayName"},
        "CustomerSegmentMember": {"firstName", "lastName", "displayName"},
        "MailingAddress": {"firstName", "lastName", "name"},
    },
    "email": {
        "Customer": {"email", "defaultEmailAddress", "emailMarketingConsent"},
        "CustomerSegmentMember": {"defaultEmailAddress"},
        "Order": {"email"},
        "DraftOrder": {"email"},
    },
    "phone": {
        "Customer": {"phone", "defaultPhoneNumber", "smsMarketingConsent"},
        "CustomerSegmentMember": {"defaultPhoneNumber"},
        "MailingAddress": {"phone"},
        "Order": {"phone"},
        "DraftOrder": {"phone"},
    },
    "address": {
        "Customer": {"addresses", "addressesV2", "defaultAddress"},
        "CustomerSegmentMember": {"defaultAddress"},
        "Order": {"billingAddress", "shippingAddress", "displayAddress"},
        "DraftOrder": {"billingAddress", "shippingAddress"},
        "AbandonedCheckout": {"billingAddress", "shippingAddress"},
        "FulfillmentOrder": {"destination"},
    },
}
_KIND_OF = {
    (owner, name): kind
    for kind, owners in _FIELDS.items()
    for owner, names in owners.items()
    for name in names
}


def approvals(kinds: Iterable[str]) -> frozenset[str]:
    """What an app is approved for, as it stands beside its scopes.

    Raises:
        ConfigurationError: there is no such kind of data.
    """
    given = tuple(kinds)
    unknown = [each for each in given if each not in KINDS]
    if unknown:
        known = ", ".join(KINDS)
        message = f"no protected data is called {unknown[0]!r}; use some of {known}"
        raise ConfigurationError(message)
    return frozenset(f"data:{kind}" for kind in given)


def withheld(
    schema: Schema, owner: str, name: str, granted: frozenset[str]
) -> Refused | None:
    """Why a field of type `owner` is withheld, if it is."""
    kind = _KIND_OF.get((owner, name))
    if kind is not None and f"data:{kind}" not in granted:
        return _refused(f"use the {name} field")
    field = schema[owner].fields[name]
    if field.named_type not in schema.types or f"data:{CUSTOMER}" in granted:
        return None
    node = schema.node_type(field)
    told = node.name if node else field.named_type
    return _refused("access the Customer object") if told == "Customer" else None


def _refused(use: str) -> Refused:
    return Refused(
        f"This app is not approved to {use}. See {PROTECTED_DATA} for more details.",
        code="ACCESS_DENIED",
        documentation=PROTECTED_DATA,
    )
