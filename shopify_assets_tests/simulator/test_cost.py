"""The cost of queries: Shopify's published and recorded examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopify_assets.catalog.schema import load_schema
from shopify_assets.simulator.graphql.cost import Costs, multiplier
from shopify_assets.simulator.graphql.execute import prepare

if TYPE_CHECKING:
    from shopify_assets_tests.simulator.conftest import Asker

VECTORS = {
    "{ shop { id name } }": 1,
    "{ currentAppInstallation { accessScopes { handle } } }": 2,
    "{ productsCount { count precision } }": 10,
    "{ locations(first: 10) { nodes { id name isActive } } }": 6,
    "{ publications(first: 50) { nodes { id name } } }": 9,
    """{ products(first: 20) { nodes { id title
        variants(first: 5) { nodes { id title sku } } } } }""": 32,
    """{ companyLocations(first: 25) { nodes { id name
        staffMemberAssignments(first: 10) { nodes {
            id staffMember { id } companyLocation { id } } } } } }""": 92,
    """{ inventoryTransfers(first: 10) { nodes { id
        origin { name location { id name } } destination { name location { id name } }
        lineItems(first: 10) { nodes { id totalQuantity inventoryItem { id } } } }
        pageInfo { hasNextPage endCursor } } }""": 62,
    """{ paymentCustomizations(first: 250) { nodes { id
        shopifyFunction { id app { id } } errorHistory { errorsFirstOccurredAt }
        metafields(first: 250) { nodes { id } } } } }""": 189,
    """{ order(id: "gid://shopify/Order/1") {
        fulfillments(first: 5) { trackingInfo { number }
            fulfillmentLineItems(first: 5) { nodes { id lineItem { id } } } }
        fulfillmentOrders(first: 5) { nodes { id
            lineItems(first: 5) { nodes { id lineItem { id } } } } } } }""": 40,
    """{ blog(id: "gid://shopify/Blog/1") { articles(first: 50) { nodes { id blog { id }
        comments(first: 50) { nodes { id article { id } } } } } } }""": 129,
    """{ deliveryProfile(id: "gid://shopify/DeliveryProfile/1") {
        profileItems(first: 250) { nodes { id product { id }
            variants(first: 250) { nodes { id } } } } } }""": 168,
    # money is free, lists count as one object, node and nodes do not depend on the ids
    """{ orders(first: 250) { nodes { id totalPriceSet { shopMoney { amount } }
        refunds { id } } } }""": 2 + 11 * 2,
    '{ nodes(ids: ["gid://shopify/Order/1", "gid://shopify/Order/2"]) { id } }': 1,
    "{ products(first: 250) { edges { node { id } } } }": 13,
    "{ productTags(first: 250) { edges { node } nodes } }": 23,
    "{ products { nodes { id } } }": 2,
    """mutation { bulkOperationCancel(id: "gid://shopify/BulkOperation/1") {
        bulkOperation { id } } }""": 10,
}


def requested(text: str) -> int:
    operation = prepare(text, {}, None)
    if operation.is_mutation:
        return 10
    costs = Costs(load_schema(), operation.fragments, operation.variables)
    return costs.query(operation.node.selection_set).requested()


@pytest.mark.parametrize(("query", "cost"), VECTORS.items())
def test_requested_cost_follows_the_known_examples(query: str, cost: int) -> None:
    assert requested(query) == cost


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (7, 3), (8, 4), (12, 4), (13, 5),
        (20, 5), (21, 6), (33, 6), (34, 7), (54, 7), (55, 8), (90, 8), (91, 9),
        (148, 9), (149, 10), (244, 10), (245, 11), (250, 11),
    ],
)  # fmt: skip
def test_connections_grow_with_the_logarithm_of_their_rows(
    rows: int, expected: int
) -> None:
    assert multiplier(rows) == expected


def test_fragments_and_repeated_fields_are_merged_before_they_are_weighed() -> None:
    text = """query { orders(first: 2) { nodes { customer { id } ...more } } }
        fragment more on Order { customer { displayName } customer { id } }"""
    assert requested(text) == 2 + 1 * (1 + 1)


def test_a_union_costs_its_most_expensive_member() -> None:
    text = """{ discountNodes(first: 2) { nodes { discount {
        ... on DiscountCodeBasic { codes(first: 250) { nodes { id } } }
        ... on DiscountAutomaticBasic { combinesWith { orderDiscounts } } } } } }"""
    assert requested(text) == 2 + (1 + 1 + 13)


@pytest.mark.parametrize(
    ("query", "charged"),
    [
        ("{ shop { id name } }", 1),
        ("{ currentAppInstallation { accessScopes { handle } } }", 2),
        ("{ productsCount { count precision } }", 10),
        ("{ orders(first: 250) { nodes { id } } }", 13),
        ("{ publications(first: 50) { nodes { id name } } }", 3),
    ],
)
def test_what_was_not_used_is_given_back(
    ember: Asker, query: str, charged: int
) -> None:
    """Full pages are charged whole, sparsely filled ones by their rows."""
    cost = ember.answer(query)["extensions"]["cost"]
    assert cost["actualQueryCost"] == charged
    assert cost["requestedQueryCost"] == requested(query)


def test_too_expensive_a_query_is_refused_before_it_runs(ember: Asker) -> None:
    text = """{ orders(first: 250) { nodes { lineItems(first: 250) { nodes {
        product { variants(first: 250) { nodes { id } } } } } } } }"""
    body = ember.answer(text)
    assert "data" not in body
    [error] = body["errors"]
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert error["extensions"]["cost"] == requested(text) > 1000
    assert body["extensions"]["cost"]["actualQueryCost"] is None
