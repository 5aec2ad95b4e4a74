"""What goes wrong while a query runs is told with its path, and with what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.simulator.faults import Fault, Kind

if TYPE_CHECKING:
    from shopify_assets_tests.simulator.conftest import Asker

LINES = "lineItems(first: 250) { nodes { product { id } variant { id } } }"
DEAR = f"{{ orders(first: 250) {{ nodes {{ {LINES} }} }} }}"
ONE_OF = "you must provide one of first or last"


def told(
    message: str, code: str, column: int, *path: str | int, **more: Any
) -> dict[str, Any]:
    """An error as it is listed, of a query of one line."""
    return {
        "message": message,
        "locations": [{"line": 1, "column": column}],
        "path": list(path),
        "extensions": {"code": code, **more},
    }


@pytest.mark.parametrize(
    ("query", "data", "error"),
    [
        (
            "{ shop { name } orders { nodes { id } } }",
            None,  # a list of orders may not be null, so nothing is left
            told(ONE_OF, "BAD_REQUEST", 17, "orders"),
        ),
        (
            "{ shop { name } some: events { nodes { id } } }",
            {"shop": {"name": "Ember"}, "some": None},
            told(ONE_OF, "BAD_REQUEST", 17, "some"),
        ),
        (
            '{ node(id: "foo") { id } shop { name } }',
            {"node": None, "shop": {"name": "Ember"}},
            told("Invalid id: foo", "RESOURCE_NOT_FOUND", 3, "node"),
        ),
    ],
)
def test_a_refused_field_is_null_as_far_as_it_may_be(
    ember: Asker, query: str, data: Any, error: dict[str, Any]
) -> None:
    body = ember.answer(query)
    assert (body["data"], body["errors"]) == (data, [error])
    assert body["extensions"]["cost"]["actualQueryCost"] > 0


def test_a_refusal_within_lists_tells_each_place(ember: Asker) -> None:
    """Orders stand in a list that may not hold nulls: the list's owner is null."""
    query = "{ orders(first: 2) { edges { node { o: lineItems { nodes { id } } } } } }"
    body = ember.answer(query)
    assert body["data"] is None
    path = ("orders", "edges", 0, "node", "o")
    assert body["errors"] == [told(ONE_OF, "BAD_REQUEST", 37, *path)]


def test_a_field_that_may_be_null_spares_its_neighbours(ember: Asker) -> None:
    inner = "metafields(first: 1) { nodes { id %s } }"
    query = f"{{ orders(first: 9, reverse: true) {{ nodes {{ {inner} }} }} }}"
    whole = ember.data(query % "key: id")["orders"]["nodes"]
    body = ember.answer(query % "key: references { nodes { __typename } }")
    places = [
        ["orders", "nodes", at, "metafields", "nodes", 0, "key"]
        for at, order in enumerate(whole)
        if order["metafields"]["nodes"]
    ]
    assert places
    assert [error["path"] for error in body["errors"]] == places
    for order in whole:
        for metafield in order["metafields"]["nodes"]:
            metafield["key"] = None
    assert body["data"]["orders"]["nodes"] == whole


def test_access_is_denied_at_a_place(own: Asker) -> None:
    own.simulator.grant(own.domain, "read_orders")
    body = own.answer("{ shop { name } customers(first: 1) { nodes { id } } }")
    assert body["data"] is None
    [error] = body["errors"]
    assert error["locations"] == [{"line": 1, "column": 17}]
    assert error["path"] == ["customers"]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert error["extensions"]["requiredAccess"].startswith("`read_customers`")


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        (Kind.THROTTLED, "{ orders(first: 250) { nodes { id } } }"),
        (Kind.MAX_COST, DEAR),
        (Kind.INTERNAL_ERROR, "{ shop { name } }"),
    ],
)  # fmt: skip
def test_what_was_not_begun_has_no_data_at_all(
    own: Asker, kind: Kind, query: str
) -> None:
    own.simulator.arm(own.domain, Fault(kind=kind))
    body = own.answer(query)
    assert "data" not in body
    assert body["errors"]


def test_a_bulk_operation_that_is_refused_fails(own: Asker) -> None:
    """Where a page tells why, a file has no place for it."""
    search = """query: "created_at:>='no time'\""""
    page = own.answer(f"{{ orders(first: 1, {search}) {{ nodes {{ id }} }} }}")
    assert page["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    done = own.run(f"{{ orders({search}) {{ edges {{ node {{ id }} }} }} }}")
    assert (done["status"], done["errorCode"]) == ("FAILED", "INTERNAL_SERVER_ERROR")


def test_a_mutation_that_is_not_simulated_says_so(own: Asker) -> None:
    """It is Shopify's, so it cannot be called undefined; nothing is executed."""
    query = """mutation($i: OrderInput!) { it: orderUpdate(input: $i) { order { id } }
        bulkOperationCancel(id: "gid://shopify/BulkOperation/1") {
            userErrors { field } } }"""
    body = own.answer(query, i={"id": "gid://shopify/Order/1"})
    assert body == {
        "data": {"it": None, "bulkOperationCancel": None},
        "errors": [
            told("Mutation 'orderUpdate' is not simulated", "NOT_SIMULATED", 29, "it")
        ],
    }
    [error] = own.answer("mutation { orderUpdte { order { id } } }")["errors"]
    assert error["extensions"]["code"] == "undefinedField"


def test_webhooks_are_refused_in_their_payload(own: Asker) -> None:
    query = """mutation { webhookSubscriptionDelete(id: "gid://shopify/WebhookSubscription/1")
        { deletedWebhookSubscriptionId userErrors { field message } } }"""
    payload = own.data(query)["webhookSubscriptionDelete"]
    assert payload == {
        "deletedWebhookSubscriptionId": None,
        "userErrors": [{"field": None, "message": "Webhooks are not simulated"}],
    }
