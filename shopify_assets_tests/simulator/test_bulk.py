"""Bulk operations: their rules, their life, and the files they leave."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.http.server import SimulatedShop, Simulator
from shopify_assets_tests.simulator.conftest import END, Asker

ORDERS = """{ orders { edges { node { id name
    lineItems { edges { node { id title __typename } } }
    fulfillmentOrders { edges { node { id status
        lineItems { edges { node { id totalQuantity } } } } } } } } } }"""
FIVE = " ".join(
    f'm{n}: metafields(namespace: "n{n}") {{ edges {{ node {{ id }} }} }}'
    for n in range(5)
)
REFUSALS = {
    "{ shop { name } }": "Bulk queries must contain at least one connection.",
    f"{{ products {{ edges {{ node {{ id {FIVE} }} }} }} }}": (
        "Bulk queries cannot contain more than 5 connections."
    ),
    """{ customers { edges { node { id orders { edges { node { id fulfillmentOrders {
        edges { node { id lineItems { edges { node { id } } } } } } } } } } } } }""": (
        "Bulk queries cannot contain connections with a nesting depth greater than 2."
    ),
    """{ node(id: "gid://shopify/Order/1") { ... on Order {
        lineItems { edges { node { id } } } } } }""": (
        "Bulk queries cannot contain a top level `node` field."
    ),
    "{ products { nodes { id } } }": (
        "All connection fields in a bulk query must select their contents using "
        "'edges' > 'node', e.g: 'products { edges { node {'. Selecting via 'nodes' is "
        "not supported. Invalid connection fields: 'products'."
    ),
    "{ products { edges { node { title variants { edges { node { id } } } } } } }": (
        "The parent 'node' field for a nested connection must select the 'id' field "
        "without an alias and must be of 'ID' return type. Connection fields without "
        "'id': products."
    ),
    "{ products { edges { node { key: id variants { edges { node { id } } } } } } }": (
        "The parent 'node' field for a nested connection must select the 'id' field "
        "without an alias and must be of 'ID' return type. Connection fields without "
        "'id': products."
    ),
    """{ orders { edges { node { id refunds {
        refundLineItems { edges { node { id } } } } } } } }""": (
        "Queries that contain a connection field within a list field are not currently "
        "supported."
    ),
    """mutation { bulkOperationCancel(id: "gid://shopify/BulkOperation/1") {
        userErrors { field } } }""": (
        "Invalid operation type. Only `query` operations are supported."
    ),
}


@pytest.mark.parametrize(("query", "message"), REFUSALS.items())
def test_a_query_against_the_rules_is_refused_at_submission(
    ember: Asker, query: str, message: str
) -> None:
    refused = ember.submit(query)
    assert refused["bulkOperation"] is None
    assert (refused["userErrors"][0]["code"], refused["userErrors"][0]["message"]) == (
        "INVALID",
        message,
    )


@pytest.mark.parametrize(
    ("query", "begins"),
    [
        ("{ orders {", "Invalid bulk query: syntax error, "),
        (
            "{ orders { edges { node { nme } } } }",
            "Invalid bulk query: Field 'nme' doesn't",
        ),
        (
            "{ orders { edges { node { id } } } } #" + "x" * 65_536,
            "Query is too large (65",
        ),
    ],
)
def test_what_is_no_query_is_refused_too(ember: Asker, query: str, begins: str) -> None:
    [error] = ember.submit(query)["userErrors"]
    assert error["message"].startswith(begins)


def test_five_connections_of_depth_two_are_allowed(ember: Asker) -> None:
    assert ember.run(ORDERS)["status"] == "COMPLETED"


def expected_lines(asker: Asker) -> set[tuple[str, str | None]]:
    """Ids and parents of ORDERS, from the oracle."""
    truth = asker.simulator.truth(asker.domain)
    found: set[tuple[str, str | None]] = set()
    for order in truth.records("Order"):
        found.add((order["id"], None))
        found |= {(line["id"], order["id"]) for line in order["lineItems"]}
    for fulfillment in truth.records("FulfillmentOrder"):
        found.add((fulfillment["id"], fulfillment["orderId"]))
        found |= {(line["id"], fulfillment["id"]) for line in fulfillment["lineItems"]}
    return found


@pytest.mark.parametrize("arguments", ["", ", groupObjects: true"])
def test_every_record_has_one_line_with_its_parent(
    ember: Asker, arguments: str
) -> None:
    operation = ember.run(ORDERS, arguments)
    raw = ember.lines(operation)
    lines = [json.loads(line) for line in raw]
    found = [(line["id"], line.get("__parentId")) for line in lines]
    assert len(found) == len(set(found))
    assert set(found) == expected_lines(ember)
    roots = [line for line in lines if "__parentId" not in line]
    assert operation["objectCount"] == str(len(lines))
    assert operation["rootObjectCount"] == str(len(roots)) == "400"
    assert operation["fileSize"] == str(sum(len(line) + 1 for line in raw))
    position = {line["id"]: at for at, line in enumerate(lines)}
    for line in lines:
        assert position.get(line.get("__parentId"), -1) < position[line["id"]]


def test_children_stand_beside_their_parent_only_when_grouped(ember: Asker) -> None:
    def adjacent(arguments: str) -> bool:
        lines = [json.loads(line) for line in ember.lines(ember.run(ORDERS, arguments))]
        return "__parentId" in lines[1]

    assert not adjacent("")
    assert adjacent(", groupObjects: true")


def test_slashes_are_escaped_and_everything_else_is_raw(ember: Asker) -> None:
    operation = ember.run("{ orders { edges { node { id note } } } }")
    content = b"\n".join(ember.lines(operation))
    assert b"gid:\\/\\/shopify\\/Order\\/" in content
    assert b"gid://" not in content
    assert "\u2028".encode() in content


def test_arguments_of_the_root_connection_count_and_paging_is_ignored(
    ember: Asker,
) -> None:
    operation = ember.run(
        """{ orders(first: 3, query: "status:cancelled", sortKey: CREATED_AT,
                reverse: true) {
            edges { cursor node { createdAt cancelledAt } }
            pageInfo { hasNextPage } } }"""
    )
    lines = [json.loads(line) for line in ember.lines(operation)]
    assert len(lines) > 3
    assert all(line["cancelledAt"] for line in lines)
    times = [line["createdAt"] for line in lines]
    assert times == sorted(times, reverse=True)


def test_a_connection_inside_an_object_or_union_gives_lines(ember: Asker) -> None:
    operation = ember.run(
        """{ discountNodes { edges { node { id discount { __typename
            ... on DiscountCodeBasic { title
                codes { edges { node { id code } } } } } } } } }"""
    )
    lines = [json.loads(line) for line in ember.lines(operation)]
    codes = [line for line in lines if "code" in line]
    assert len(codes) > 250
    assert {line["__parentId"] for line in codes} <= {line["id"] for line in lines}
    assert (
        len({line["discount"]["__typename"] for line in lines if "discount" in line})
        == 8
    )


def test_lines_below_a_single_object_are_roots(ember: Asker) -> None:
    operation = ember.run(
        """{ shopifyPaymentsAccount { balanceTransactions {
            edges { node { id fee { amount } } } } } }"""
    )
    assert operation["rootObjectCount"] == operation["objectCount"]


def test_an_empty_result_has_no_url(ember: Asker) -> None:
    operation = ember.run(
        "{ orders(query: \"created_at:<'1999-01-01'\") { edges { node { id } } } }"
    )
    assert operation["status"] == "COMPLETED"
    assert (operation["url"], operation["objectCount"]) == (None, "0")


def test_five_operations_run_at_once_and_the_sixth_is_told_which(own: Asker) -> None:
    own.simulator.arm(own.domain, Fault(kind=Kind.BULK_STUCK, times=5))
    query = "{ products { edges { node { id } } } }"
    going = [own.submit(query)["bulkOperation"]["id"] for _ in range(5)]
    refused = own.submit(query)
    assert refused["bulkOperation"] is None
    [error] = refused["userErrors"]
    assert (error["code"], error["field"]) == ("OPERATION_IN_PROGRESS", None)
    assert error["message"].endswith(": " + ", ".join(going))
    assert cancel(own, going[2])["bulkOperation"]["status"] in {"CANCELING", "CANCELED"}
    assert ended(own, going[2]) == "CANCELED"
    assert own.submit(query)["userErrors"] == []


def cancel(asker: Asker, gid: str) -> dict[str, Any]:
    text = """mutation($id: ID!) { bulkOperationCancel(id: $id) {
        bulkOperation { status } userErrors { field message } } }"""
    made: dict[str, Any] = asker.data(text, id=gid)["bulkOperationCancel"]
    return made


def ended(asker: Asker, gid: str) -> str:
    status = "RUNNING"
    while status in {"CREATED", "RUNNING", "CANCELING"}:
        status = asker.operation(gid)["status"]
    return status


def test_what_has_ended_or_never_was_cannot_be_cancelled(own: Asker) -> None:
    done = own.run("{ products { edges { node { id } } } }")
    assert cancel(own, done["id"]) == {
        "bulkOperation": {"status": "COMPLETED"},
        "userErrors": [
            {
                "field": None,
                "message": "A bulk operation cannot be canceled when it is completed",
            }
        ],
    }
    unknown = cancel(own, "gid://shopify/BulkOperation/1")
    assert unknown["userErrors"] == [
        {"field": ["id"], "message": "Bulk operation does not exist"}
    ]


def test_a_denied_field_fails_the_whole_operation_as_it_runs(own: Asker) -> None:
    own.simulator.grant(own.domain, "read_orders", "read_all_orders")
    found = own.run("{ orders { edges { node { id customer { id } } } } }")
    assert (found["status"], found["errorCode"]) == ("FAILED", "ACCESS_DENIED")


def test_operations_are_found_by_id_by_node_and_in_the_list(own: Asker) -> None:
    gid = own.run("{ products { edges { node { id } } } }")["id"]
    found = own.data(
        """query($id: ID!) { node(id: $id) { ... on BulkOperation { status } }
            bulkOperations(first: 5) { nodes { id } } currentBulkOperation { id } }""",
        id=gid,
    )
    assert found == {
        "node": {"status": "COMPLETED"},
        "bulkOperations": {"nodes": [{"id": gid}]},
        "currentBulkOperation": {"id": gid},
    }


def test_downloads_resume_by_range_and_need_no_token(ember: Asker) -> None:
    operation = ember.run(ORDERS)
    whole = requests.get(operation["url"], timeout=10)
    assert whole.headers["Content-Encoding"] == "gzip"
    identity = {"Accept-Encoding": "identity"}
    plain = requests.get(operation["url"], headers=identity, timeout=10)
    assert plain.content == whole.content
    assert plain.headers["Content-Length"] == operation["fileSize"]
    rest = requests.get(
        operation["url"], headers={**identity, "Range": "bytes=1000-"}, timeout=10
    )
    assert rest.status_code == 206
    assert rest.content == whole.content[1000:]
    size = operation["fileSize"]
    assert rest.headers["Content-Range"] == f"bytes 1000-{int(size) - 1}/{size}"
    beyond = requests.get(
        operation["url"], headers={"Range": f"bytes={size}-"}, timeout=10
    )
    assert beyond.status_code == 416


def test_the_link_names_the_file_as_the_storage_does(ember: Asker) -> None:
    operation = ember.run(ORDERS)
    name = f"bulk-{operation['id'].rpartition('/')[2]}.jsonl"
    link = parse_qs(urlsplit(operation["url"]).query)
    shown = f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"
    assert link["response-content-disposition"] == [shown]
    headers = requests.get(operation["url"], timeout=10).headers
    assert headers["Content-Disposition"] == shown


def test_two_thousand_orders_are_served_within_seconds() -> None:
    """The speed others build upon; generous, for machines are shared."""
    shop = SimulatedShop("big.myshopify.com", orders=2000, end=END)
    with Simulator([shop]) as simulator:
        started = time.monotonic()
        operation = Asker(simulator, shop.domain).run(ORDERS)
        assert operation["rootObjectCount"] == "2000"
        assert time.monotonic() - started < 20
