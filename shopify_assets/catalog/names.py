"""The one place where names of tables and columns are made.

Charter: pure functions from GraphQL names to SQL names.

    totalPriceSet.shopMoney.amount             → total_price
    totalPriceSet.shopMoney.currencyCode       → total_price_currency
    totalPriceSet.presentmentMoney.amount      → total_price_presentment
    shippingAddress.countryCodeV2              → shipping_address_country_code_v2
    order.id                                   → order_id
    orders + lineItems                         → order_line_items
"""

from __future__ import annotations

import re
from functools import cache

from shopify_assets.errors import ConfigurationError

# PostgreSQL cuts longer identifiers silently, so two names could become one.
MAX_IDENTIFIER = 63

DATA_SCHEMA = "shopify"
"""The schema of the warehouse that holds the tables."""

_WORD_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CARRIED = "_by_"
_SILENT = frozenset({"shopMoney", "amount"})
_MONEY_WORDS = {"presentmentMoney": "presentment", "currencyCode": "currency"}


@cache
def snake(name: str) -> str:
    """`lineItems` → `line_items`, `SKUCode` → `sku_code`, `address1` → `address1`."""
    return _WORD_BORDER.sub("_", name).lower()


def singular(name: str) -> str:
    """`orders` → `order`, `addresses` → `address`, `companies` → `company`."""
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith(("sses", "ches")):
        return name[:-2]
    # A menu is the one thing here whose plural looks like a status.
    if name.endswith("menus"):
        return name[:-1]
    if name.endswith("s") and not name.endswith(("ss", "us", "is")):
        return name[:-1]
    return name


def table_name(parent: str, field: str) -> str:
    """Name the child table of `parent` that holds its list or connection `field`.

    What a root table carries has a name of its own: `returns_by_order` + `returns` →
    `returns`.
    """
    if parent.startswith(f"{snake(field)}{_CARRIED}"):
        return snake(field)
    return checked(f"{singular(parent)}_{snake(field)}")


def carrier_name(stream: str, root: str) -> str:
    """Name the root table of a stream that another one's records carry.

    (`returns`, `orders`) → `returns_by_order`.
    """
    return checked(f"{stream}{_CARRIED}{singular(snake(root))}")


def reference_name(field: str, key: str) -> str:
    """Name the column by which a child refers to its parent's `key` column.

    The parent was made from `field`: (`lineItems`, `id`) → `line_item_id`.
    """
    return checked(f"{singular(snake(field))}_{key}")


def column_name(path: tuple[str, ...], money_depth: int | None = None) -> str:
    """Name the column at `path`; steps from `money_depth` on lie within money.

    Args:
        path: response keys from the record to the value.
        money_depth: index of the first step inside a MoneyBag or MoneyV2, if any.
    """
    if money_depth is None:
        return checked("_".join(snake(step) for step in path))
    outer = [snake(step) for step in path[:money_depth]]
    outer[-1] = outer[-1].removesuffix("_set")
    inner = [
        _MONEY_WORDS.get(step, snake(step))
        for step in path[money_depth:]
        if step not in _SILENT
    ]
    return checked("_".join([*outer, *inner]))


def checked(name: str) -> str:
    """Return `name` if PostgreSQL keeps it whole.

    Raises:
        ConfigurationError: it is too long; an alias in the selection shortens it.
    """
    if len(name) > MAX_IDENTIFIER:
        message = (
            f"the name {name!r} has {len(name)} characters, PostgreSQL keeps "
            f"{MAX_IDENTIFIER}; shorten it with an alias in the stream's selection"
        )
        raise ConfigurationError(message)
    return name
