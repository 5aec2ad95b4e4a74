"""The cost of queries: Shopify's published and recorded examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.catalog.schema import load_schema
from shopify_assets.simulator.graphql.cost import multiplier
from shopify_assets.simulator.graphql.execute import prepare
from shopify_assets.simulator.graphql.weighing import Weighing

if TYPE_CHECKING:
    from shopify_assets_tests.simulator.conftest import Asker

FILE = "nodes { filename }"
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


def requested(text: str, **variables: Any) -> int:
    operation = prepare(text, variables, None)
    weighing = Weighing(load_schema(), operation.fragments, operation.variables)
    weigh = weighing.mutation if operation.is_mutation else weighing.query
    return weigh(operation.node.selection_set).requested()


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


ONE = "nodes { id }"
SIZED = {
    # whatever stands beside the one end that is asked for
    f"{{ products(first: null, last: 10) {{ {ONE} }} }}": 6,
    f"{{ products(first: 10, last: null) {{ {ONE} }} }}": 6,
    f"{{ products(first: 0, last: 10) {{ {ONE} }} }}": 6,
    f"{{ products(last: 250) {{ {ONE} }} }}": 13,
    f"{{ products(first: 0) {{ {ONE} }} }}": 2,
    f"{{ products(first: null) {{ {ONE} }} }}": 2,
    f"{{ products(first: -1) {{ {ONE} }} }}": 2,
    f"{{ products(first: 251) {{ {ONE} }} }}": 13,
    f"query($n: Int) {{ products(first: $n) {{ {ONE} }} }}": 2,
    f"query($n: Int = 10) {{ products(first: $n) {{ {ONE} }} }}": 6,
    # files come by fifty where nothing is asked for
    f'{{ theme(id: "gid://shopify/OnlineStoreTheme/1") {{ files {{ {FILE} }} }} }}': (
        1 + 2 + 7
    ),
    # the node object is what a row costs: none is selected here
    "{ products(first: 250) { pageInfo { hasNextPage } } }": 2,
    "{ products(first: 250) { edges { cursor } } }": 2,
    # rows that are selected twice are paid for twice
    f"{{ products(first: 250) {{ {ONE} edges {{ node {{ id }} }} }} }}": 2 + 11 * 2,
    "{ productTags(first: 250) { nodes } }": 2,
}


@pytest.mark.parametrize(("query", "cost"), SIZED.items())
def test_a_connection_costs_by_the_rows_it_asks_for(query: str, cost: int) -> None:
    assert requested(query) == cost


def test_variables_say_how_many_rows() -> None:
    text = "query($n: Int = 3) { products(first: $n) { nodes { id } } }"
    assert requested(text, n=100) == 11
    assert requested(text, n=None) == 2


def test_what_is_skipped_costs_nothing() -> None:
    text = """query($with: Boolean!) { order(id: "gid://shopify/Order/1") { id
        customer @include(if: $with) { id }
        ... @skip(if: $with) { refunds { id } fulfillments { id } } } }"""
    assert requested(text, **{"with": True}) == 1 + 1
    assert requested(text, **{"with": False}) == 1 + 2


def test_the_same_field_under_two_names_costs_twice() -> None:
    text = """{ order(id: "gid://shopify/Order/1") {
        a: metafield(key: "a") { id } b: metafield(key: "b") { id } } }"""
    assert requested(text) == 1 + 2


@pytest.mark.parametrize(
    ("selection", "below"),
    [
        ("collection { ruleSet { appliedDisjunctively } }", 0),
        ("collection { ruleSet { rules { column } } }", 1),
        ("customer { defaultAddress { city } addresses { city } }", 0),
        ("customer { emailMarketingConsent { sourceLocation { id } } }", 1),
        ("productVariant { selectedOptions { optionValue { id } } }", 1),
        ("inventoryItem { measurement { weight { value } } }", 0),
        ("product { variantsCount { count } }", 0),
        ("blog { articlesCount { count } }", 10),
    ],
)
def test_what_is_free_frees_nothing_below_it(selection: str, below: int) -> None:
    """Only an item's measurement and money are free with all that is below them."""
    name, _, rest = selection.partition(" ")
    text = f'{{ {name}(id: "gid://shopify/Any/1") {rest} }}'
    assert requested(text) == 1 + below


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


def test_nodes_are_charged_one_by_one_and_never_more_than_asked_for(
    ember: Asker,
) -> None:
    rows = ember.data("{ orders(first: 7) { nodes { id } } }")["orders"]["nodes"]
    ids = [row["id"] for row in rows]
    text = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on Order {
        shopifyProtect { status } lineItems(first: 50) { nodes { id } } } } }"""
    costs = [
        ember.answer(text, ids=ids[:count])["extensions"]["cost"] for count in (1, 2, 7)
    ]
    assert {cost["requestedQueryCost"] for cost in costs} == {requested(text, ids=ids)}
    charged = [cost["actualQueryCost"] for cost in costs]
    assert charged[0] < charged[1] < charged[2] <= requested(text, ids=ids)


def test_too_expensive_a_query_is_refused_before_it_runs(ember: Asker) -> None:
    text = """{ orders(first: 250) { nodes { lineItems(first: 250) { nodes {
        product { variants(first: 250) { nodes { id } } } } } } } }"""
    body = ember.answer(text)
    assert "data" not in body
    [error] = body["errors"]
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert error["extensions"]["cost"] == requested(text) > 1000
    assert body["extensions"]["cost"]["actualQueryCost"] is None
