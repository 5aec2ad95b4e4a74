"""Costs agree with those that Shopify stated for real queries."""

from __future__ import annotations

import pytest

from shopify_assets.catalog.cost import connection_cost, cost_of, node_cost
from shopify_assets.catalog.schema import Schema
from shopify_assets.catalog.selection import root_field, select
from shopify_assets.catalog.tables import Path


@pytest.mark.parametrize(
    ("root", "selection", "paging", "points"),
    [
        ("shop", "id name", (1, {}), 1),
        ("currentAppInstallation", "accessScopes { handle }", (1, {}), 2),
        ("products", "id", (1, {}), 3),
        ("products", "id", (20, {}), 7),
        ("products", "id", (50, {}), 9),
        ("products", "id", (100, {}), 11),
        ("products", "id", (250, {}), 13),
        ("locations", "id name isActive", (10, {}), 6),
        ("publications", "id name", (50, {}), 9),
        (
            "products",
            "id title variants { nodes { id title sku } }",
            (20, {("variants",): 5}),
            32,
        ),
        (
            "companyLocations",
            """id name staffMemberAssignments { nodes {
                id staffMember { id } companyLocation { id }
            } }""",
            (25, {("staffMemberAssignments",): 10}),
            92,
        ),
        (
            "inventoryTransfers",
            """id
            origin { name location { id name } }
            destination { name location { id name } }
            lineItems { nodes { id totalQuantity inventoryItem { id } } }""",
            (10, {("lineItems",): 10}),
            62,
        ),
        (
            "paymentCustomizations",
            """id shopifyFunction { id app { id } }
            errorHistory { errorsFirstOccurredAt }
            metafields { nodes { id } }""",
            (250, {("metafields",): 250}),
            189,
        ),
        (
            "orders",
            """id customer { id }
            lineItems { nodes { id product { id } variant { id } } }""",
            (250, {("lineItems",): 50}),
            277,
        ),
    ],
)
def test_connection_costs_what_shopify_stated(
    schema: Schema,
    root: str,
    selection: str,
    paging: tuple[int, dict[Path, int]],
    points: int,
) -> None:
    size, sizes = paging
    selected = root_field(schema, root, selection)
    assert cost_of(selected, size=size, sizes=sizes) == points


@pytest.mark.parametrize(
    ("owner", "selection", "sizes", "points"),
    [
        (
            "Order",
            """fulfillments(first: 5) {
                trackingInfo { number }
                fulfillmentLineItems { nodes { id lineItem { id } } }
            }
            fulfillmentOrders { nodes {
                id lineItems { nodes { id lineItem { id } } }
            } }""",
            {
                ("fulfillments", "fulfillmentLineItems"): 5,
                ("fulfillmentOrders",): 5,
                ("fulfillmentOrders", "lineItems"): 5,
            },
            40,
        ),
        (
            "Blog",
            """articles { nodes {
                id blog { id } comments { nodes { id article { id } } }
            } }""",
            {("articles",): 50, ("articles", "comments"): 50},
            129,
        ),
        (
            "DeliveryProfile",
            """profileItems { nodes {
                id product { id } variants { nodes { id } }
            } }""",
            {("profileItems",): 250, ("profileItems", "variants"): 250},
            168,
        ),
    ],
)
def test_single_object_costs_what_shopify_stated(
    schema: Schema, owner: str, selection: str, sizes: dict[Path, int], points: int
) -> None:
    assert node_cost(select(schema, schema[owner], selection), sizes=sizes) == points


@pytest.mark.parametrize(
    ("size", "factor"),
    [
        (1, 1),
        (2, 1),
        (3, 2),
        (4, 2),
        (5, 3),
        (7, 3),
        (8, 4),
        (12, 4),
        (13, 5),
        (20, 5),
        (21, 6),
        (34, 7),
        (55, 8),
        (91, 9),
        (149, 10),
        (244, 10),
        (245, 11),
        (250, 11),
    ],
)
def test_connection_grows_with_the_logarithm_of_its_size(
    size: int, factor: int
) -> None:
    assert connection_cost(1, size=size) == 2 + factor


@pytest.mark.parametrize(
    "money",
    [
        "totalPriceSet { shopMoney { amount } presentmentMoney { amount } }",
        "totalPriceSet { shopMoney { amount } }",
    ],
)
def test_money_costs_nothing(schema: Schema, money: str) -> None:
    order = schema["Order"]
    assert node_cost(select(schema, order, f"id {money}"), sizes={}) == 1


def test_abstract_type_costs_its_dearest_concrete_type(schema: Schema) -> None:
    cheap = "... on ExternalVideo { id }"
    dear = "... on Video { id originalSource { url } sources { url } }"
    both = select(schema, schema["Media"], f"alt {cheap} {dear}")
    assert node_cost(both, sizes={}) == 3


def test_connection_that_is_not_asked_for_costs_nothing(schema: Schema) -> None:
    """The second step reads it; a page must not become smaller for its sake."""
    selected = select(
        schema,
        schema["Order"],
        """refunds { lineItems: refundLineItems { nodes { quantity } } }
        lineItems { nodes { id } }""",
    )
    assert node_cost(selected, sizes={("lineItems",): 10}) == 1 + 1 + (2 + 4)
