"""The one table of Shopify's scalar types: which column kind each becomes.

Charter: scalar types, once. Global ids are `gids`' business; how a kind is decoded is
normalize's, how it is spelled in SQL is postgres'.
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
