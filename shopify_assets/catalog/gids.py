"""Global ids, and the number by which a column knows one.

Charter: which part of a global id identifies a record, and the one function that makes
a `bigint` of any global id. Nothing here knows of files, frames or SQL.

    gid://shopify/Order/450789469                         → 450789469
    gid://shopify/InventoryLevel/1?inventory_item_id=2    → 1, the global id is the key
    gid://shopify/SubscriptionLine/6b2f…-uuid             → a stand-in, below zero
    gid://shopify/AppSubscriptionLineItem/1?v=1&index=0   → a stand-in, below zero

A *stand-in* is the hash of a global id that is no plain number. It is a function of the
text alone, so two tables that refer to one record agree on it without asking each
other; Shopify's own numbers are never below zero. The warehouse keeps what each stands
for in `shopify.global_ids`, and a load that would let two share one is refused.
"""

from __future__ import annotations

import re
from enum import Enum
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shopify_assets.catalog.schema import Type

BEYOND = 2**63
"""The first number that `bigint` does not hold."""

# Types whose global id carries a query, so that its number alone is no key (seen live).
QUALIFIED_TYPES = frozenset(
    {
        "DeliveryProfileItem",
        "FulfillmentService",
        "InventoryLevel",
        "InventoryQuantity",
        "MailingAddress",
    }
)

# Types of which no global id has a number; they are few, public, and joined by text.
WORDY_TYPES = frozenset({"TaxonomyCategory"})

# A type's name, and all that comes after it: base64 may hold slashes.
_GID = re.compile(r"gid://[a-z]+/(?P<type>[A-Za-z0-9]+)/(?P<tail>.+)", re.DOTALL)
# As Shopify writes a number: 007 is another id than 7.
_NUMBER = re.compile("0|[1-9][0-9]{0,18}")


class GidStyle(Enum):
    """What the part of a global id after its type is, so what can be a key."""

    NUMBER = "number"  # gid://shopify/Order/1
    QUALIFIED = "qualified"  # gid://shopify/InventoryLevel/1?inventory_item_id=2
    WORD = "word"  # gid://shopify/TaxonomyCategory/sg-4-17


def gid_style(owner: Type) -> GidStyle:
    """Tell whether a global id of `owner` is known by its number, or has none.

    The same number under two types is two things, so an abstract type needs its
    global id.
    """
    if owner.name in WORDY_TYPES:
        return GidStyle.WORD
    qualified = owner.is_abstract or owner.name in QUALIFIED_TYPES
    return GidStyle.QUALIFIED if qualified else GidStyle.NUMBER


def number_of(gid: str) -> int:
    """Return the number of a global id, or else its stand-in; any text has one.

    A bare number, as webhooks have it, is itself.

    Returns:
        0 to 2^63 - 1: Shopify's own number. Below zero: a stand-in.
    """
    parts = _GID.fullmatch(gid)
    tail = parts["tail"] if parts else gid
    if parts and parts["type"] in QUALIFIED_TYPES:
        tail = tail.partition("?")[0]
    if _NUMBER.fullmatch(tail) and int(tail) < BEYOND:
        return int(tail)
    return stand_in(gid)


def stand_in(gid: str) -> int:
    """Return the number below zero that stands for a global id that is no number."""
    digest = blake2b(gid.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) // 2 - BEYOND


def type_of(gid: str) -> str | None:
    """Return the type a global id names; None if the text is none."""
    parts = _GID.fullmatch(gid)
    return parts["type"] if parts else None


def tail_of(gid: str) -> str:
    """Return what comes after the type, for people; any other text as it is."""
    parts = _GID.fullmatch(gid)
    return parts["tail"] if parts else gid
