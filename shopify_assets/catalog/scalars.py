"""The one table of Shopify's scalar types: which column kind each becomes.

Charter: scalar types and kinds of GIDs, once. How a kind is decoded is normalize's
business, how it is spelled in SQL is postgres' business.
"""

from __future__ import annotations

from enum import Enum

from shopify_assets.catalog.schema import Type
from shopify_assets.errors import ConfigurationError


class Kind(Enum):
    """A column's kind; the value is its PostgreSQL type."""

    TEXT = "text"
    BIGINT = "bigint"
    INTEGER = "integer"
    DOUBLE = "double precision"
    NUMERIC = "numeric"
    BOOLEAN = "boolean"
    TIMESTAMPTZ = "timestamptz"
    DATE = "date"
    JSONB = "jsonb"
    TEXT_ARRAY = "text[]"


class GidStyle(Enum):
    """What the part of a GID after its type is, so what can be a key."""

    NUMBER = "number"  # gid://shopify/Order/1
    QUALIFIED = "qualified"  # gid://shopify/InventoryLevel/1?inventory_item_id=2
    WORD = "word"  # gid://shopify/TaxonomyCategory/sg-4-17


SCALAR_KINDS = {
    "ARN": Kind.TEXT,
    "BigInt": Kind.NUMERIC,
    "Boolean": Kind.BOOLEAN,
    "Color": Kind.TEXT,
    "Date": Kind.DATE,
    "DateTime": Kind.TIMESTAMPTZ,
    "Decimal": Kind.NUMERIC,
    "Float": Kind.DOUBLE,
    "FormattedString": Kind.TEXT,
    "HTML": Kind.TEXT,
    "ID": Kind.TEXT,
    "Int": Kind.INTEGER,
    "JSON": Kind.JSONB,
    "Money": Kind.NUMERIC,
    "StorefrontID": Kind.TEXT,
    "String": Kind.TEXT,
    "URL": Kind.TEXT,
    "UnsignedInt64": Kind.NUMERIC,  # half of them are beyond bigint
}

# Types whose GID carries a query, so that its number alone is no key (facts seen live).
QUALIFIED_GIDS = frozenset(
    {
        "DeliveryProfileItem",
        "FulfillmentService",
        "InventoryLevel",
        "InventoryQuantity",
        "MailingAddress",
    }
)

# Types whose GID has no number at all.
WORDY_GIDS = frozenset({"TaxonomyCategory"})


def kind_of(leaf: Type) -> Kind:
    """Return the column kind of a scalar or enum; enums are text, for they grow.

    Raises:
        ConfigurationError: the scalar is new; it must be added to `SCALAR_KINDS`.
    """
    if leaf.kind == "ENUM":
        return Kind.TEXT
    try:
        return SCALAR_KINDS[leaf.name]
    except KeyError:
        message = f"scalar {leaf.name!r} is new: say in scalars.py what kind it becomes"
        raise ConfigurationError(message) from None


def gid_style(owner: Type) -> GidStyle:
    """Tell whether a GID of `owner` is known by its number alone, or has none.

    The same number under two types is two things, so an abstract type needs its GID.
    """
    if owner.name in WORDY_GIDS:
        return GidStyle.WORD
    qualified = owner.is_abstract or owner.name in QUALIFIED_GIDS
    return GidStyle.QUALIFIED if qualified else GidStyle.NUMBER
