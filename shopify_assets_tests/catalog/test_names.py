"""Names in SQL: what they become, and what holds for every name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.catalog.names import (
    MAX_IDENTIFIER,
    checked,
    column_name,
    reference_name,
    singular,
    snake,
    table_name,
)
from shopify_assets.errors import ConfigurationError

GRAPHQL_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,30}", fullmatch=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("id", "id"),
        ("lineItems", "line_items"),
        ("SKUCode", "sku_code"),
        ("address1", "address1"),
        ("countryCodeV2", "country_code_v2"),
        ("ianaTimezone", "iana_timezone"),
        ("already_snake", "already_snake"),
    ],
)
def test_camel_case_becomes_snake_case(name: str, expected: str) -> None:
    assert snake(name) == expected


@given(GRAPHQL_NAMES)
def test_snake_case_only_lowers_and_puts_underscores(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9_]+", snake(name))
    assert snake(name).replace("_", "") == name.lower().replace("_", "")


@given(GRAPHQL_NAMES)
def test_snake_case_of_snake_case_is_itself(name: str) -> None:
    assert snake(snake(name)) == snake(name)


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        ("orders", "order"),
        ("addresses", "address"),
        ("searches", "search"),
        ("companies", "company"),
        ("media", "media"),
        ("tracking_info", "tracking_info"),
        ("address", "address"),
        ("status", "status"),
        ("analysis", "analysis"),
        ("order_line_items", "order_line_item"),
        ("menus", "menu"),
    ],
)
def test_plural_becomes_singular(plural: str, expected: str) -> None:
    assert singular(plural) == expected


@given(GRAPHQL_NAMES.map(snake))
def test_singular_of_singular_is_itself(name: str) -> None:
    assert singular(singular(name)) == singular(name)


@pytest.mark.parametrize(
    ("path", "money_depth", "expected"),
    [
        (("id",), None, "id"),
        (("order", "id"), None, "order_id"),
        (
            ("shippingAddress", "countryCodeV2"),
            None,
            "shipping_address_country_code_v2",
        ),
        (("totalPriceSet", "shopMoney", "amount"), 1, "total_price"),
        (("totalPriceSet", "shopMoney", "currencyCode"), 1, "total_price_currency"),
        (
            ("totalPriceSet", "presentmentMoney", "amount"),
            1,
            "total_price_presentment",
        ),
        (
            ("totalPriceSet", "presentmentMoney", "currencyCode"),
            1,
            "total_price_presentment_currency",
        ),
        (("amount", "amount"), 1, "amount"),
        (("amount", "currencyCode"), 1, "amount_currency"),
        (("rounding", "paymentSet", "shopMoney", "amount"), 2, "rounding_payment"),
        # Outside money these words are ordinary.
        (("shopMoney", "amount"), None, "shop_money_amount"),
        (("currencyCode",), None, "currency_code"),
    ],
)
def test_path_becomes_column(
    path: tuple[str, ...], money_depth: int | None, expected: str
) -> None:
    assert column_name(path, money_depth) == expected


def test_child_tables_and_references_are_named_by_their_parent() -> None:
    assert table_name("orders", "lineItems") == "order_line_items"
    assert table_name("order_refunds", "lineItems") == "order_refund_line_items"
    assert reference_name("lineItems", "id") == "line_item_id"
    assert reference_name("addresses", "gid") == "address_gid"


@given(st.integers(1, 2 * MAX_IDENTIFIER))
def test_name_is_kept_whole_or_refused(length: int) -> None:
    name = "x" * length
    if length <= MAX_IDENTIFIER:
        assert checked(name) == name
        return
    with pytest.raises(ConfigurationError) as refused:
        checked(name)
    assert str(refused.value) == (
        f"the name '{name}' has {length} characters, PostgreSQL keeps 63; "
        "shorten it with an alias in the stream's selection"
    )
