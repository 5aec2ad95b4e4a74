"""Answers that Shopify's schema does not allow: asked again, given up, never believed.

Each kind that the fuzz of answers (`fuzz/answers`) has found keeps an example here.
"""

from __future__ import annotations

import json
import socket
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.api import bulk
from shopify_assets.api.grants import TokenEndpoint
from shopify_assets.api.pages import fetch_nodes, iter_pages
from shopify_assets.api.retry import RetryConfig
from shopify_assets.api.shapes import Malformed
from shopify_assets.errors import (
    ApiError,
    ConfigurationError,
    Unavailable,
)
from shopify_assets.settings import Secret, Shop, StoredToken
from shopify_assets.simulator.http.server import Simulator
from shopify_assets_tests.api.conftest import DOMAIN
from shopify_assets_tests.api.server import Scripted, cost, graphql
from shopify_assets_tests.api.test_own_queries import OPERATION
from shopify_assets_tests.stage import EMBER, shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets_tests.api.conftest import Time
    from shopify_assets_tests.api.server import Server

ORDERS = """query orders($first: Int!, $after: String) {
  orders(first: $first, after: $after) {
    nodes {
      _orders: __typename id note
      lineItems(first: 2) {
        nodes { _order_line_items: __typename id }
        pageInfo { hasNextPage endCursor }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""
FIELDS = "query fields($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { id tags } } }"
ORDER = "gid://shopify/Order/1"
GIVEN_UP_SOON = RetryConfig(attempts=2, internal_attempts=2, jitter=0.0)


def orders() -> dict[str, Any]:
    """The data of a good answer."""
    return {
        "orders": {
            "nodes": [{"_orders": "Order", "id": ORDER, "note": None, "lineItems": {
                "nodes": [{"_order_line_items": "LineItem", "id": "gid://shopify/LineItem/2"}],
                "pageInfo": {"hasNextPage": False, "endCursor": "x"},
            }}],
            "pageInfo": {"hasNextPage": False, "endCursor": "x"},
        }
    }  # fmt: skip


GONE = object()


def changed(path: str, value: Any) -> dict[str, Any]:
    """The same with something else at a path."""
    data: Any = orders()
    *above, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    holder = data
    for key in above:
        holder = holder[key]
    if value is GONE:
        del holder[last]
    else:
        holder[last] = value
    return data  # type: ignore[no-any-return]  # it is one


MISSHAPEN = [
    ("orders", [], "data.orders is a list, not OrderConnection!"),
    ("orders", GONE, "data.orders is missing, not OrderConnection!"),
    ("orders.nodes", {}, r"data.orders.nodes is an object, not \[Order!\]!"),
    ("orders.nodes", GONE, "data.orders.nodes is missing"),
    ("orders.nodes.0", "text", "data.orders.nodes.0 is a text, not Order!"),
    ("orders.nodes.0", [], "data.orders.nodes.0 is a list, not Order!"),
    ("orders.nodes.0.lineItems", None, "lineItems is null, not LineItemConnection!"),
    ("orders.nodes.0.lineItems", GONE, "lineItems is missing"),
    ("orders.nodes.0.lineItems.nodes", None, r"lineItems.nodes is null, not \[Line"),
    ("orders.nodes.0.lineItems.pageInfo", 1e300, "lineItems.pageInfo is a number"),
    ("orders.pageInfo", [], "data.orders.pageInfo is a list, not PageInfo!"),
    ("orders.pageInfo.hasNextPage", None, "hasNextPage is null, not Boolean!"),
    ("orders.pageInfo.hasNextPage", "yes", "hasNextPage is a text, not Boolean!"),
    ("orders.pageInfo.hasNextPage", 1, "hasNextPage is a number, not Boolean!"),
    ("orders.pageInfo.hasNextPage", GONE, "hasNextPage is missing, not Boolean!"),
    ("orders.pageInfo.endCursor", {"key": 1}, "endCursor is an object, not String"),
]


def walked(client: ShopifyClient) -> list[Any]:
    pages = iter_pages(client, ORDERS, path=("orders",), variables={}, first=1)
    return [node for page in pages for node in page.nodes]


@pytest.mark.parametrize(("path", "value", "words"), MISSHAPEN)
def test_what_leads_to_records_is_of_its_type_or_asked_for_again(
    client: ShopifyClient, server: Server, path: str, value: Any, words: str
) -> None:
    """Before: a KeyError, a TypeError, or "0 records, whole"."""
    server.answer = lambda _: graphql(orders())
    server.will_answer(graphql(changed(path, value)))
    assert walked(client) == orders()["orders"]["nodes"]
    server.answer = lambda _: graphql(changed(path, value))
    told = rf"shop '{DOMAIN}', request 'request-\d+': the answer is not of .*{words}"
    with pytest.raises(Malformed, match=told):
        walked(client)


def test_a_deviation_is_told_without_any_value(
    client: ShopifyClient, server: Server
) -> None:
    server.answer = lambda _: graphql(changed("orders.nodes.0", "a customer's words"))
    with pytest.raises(Malformed) as raised:
        walked(client)
    assert "customer's" not in str(raised.value)


def test_what_a_record_holds_is_no_matter_of_the_answer(
    client: ShopifyClient, server: Server
) -> None:
    """One odd value sets one record aside, later; the page is taken."""
    server.will_answer(graphql(changed("orders.nodes.0.note", ["no text"])))
    [node] = walked(client)
    assert node["note"] == ["no text"]


PASSED = """query passed($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Order { id agreements(first: 1) {
    nodes { id sales(first: 1) { nodes { _sales: __typename id } } }
  } } }
}"""


@pytest.mark.parametrize("id_", [None, 7, [1], {}, GONE])
def test_what_is_passed_through_has_its_id(
    client: ShopifyClient, server: Server, id_: Any
) -> None:
    node = {"id": ORDER, "agreements": {"nodes": [{"sales": {"nodes": []}}]}}
    if id_ is not GONE:
        node["agreements"]["nodes"][0]["id"] = id_  # type: ignore[index]
    server.answer = lambda _: graphql({"nodes": [node]})
    with pytest.raises(Malformed, match=r"agreements.nodes.0.id is .*, not ID!"):
        list(fetch_nodes(client, PASSED, [ORDER]))


def test_a_node_that_is_not_what_was_asked_for_is_asked_for_again(
    client: ShopifyClient, server: Server
) -> None:
    good = {"_orders": "Order", "id": ORDER, "lineItems": orders()["orders"]["nodes"]}
    del good["lineItems"]
    server.will_answer(graphql({"nodes": {}}), graphql({"nodes": [[good]]}))
    server.will_answer(graphql({"nodes": [good]}))
    assert list(fetch_nodes(client, FIELDS, [ORDER])) == [(ORDER, good)]
    assert len(server.requests) == 3


# ── bodies ───────────────────────────────────────────────────────────────────────────

FINE = json.dumps({"data": {"shop": {"id": "gid://shopify/Shop/1"}}}).encode()
BODIES = {
    "a BOM": b"\xef\xbb\xbf" + FINE,
    "a key twice": FINE[:-1] + b',"data":{"shop":null}}',
    "a key twice after half a pair": b'{"n":"\\ud83d","data":{},"data":{"shop":{}}}',
    "infinity after half a pair": b'{"n":"\\ud83d","m":1e999,"data":{"shop":{}}}',
    "a number of 5,000 digits": b'{"n":"\\ud83d","m":' + b"9" * 5_000 + b',"data":{}}',
    "UTF-16": FINE.decode().encode("utf-16"),
    "two answers": FINE + FINE,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_answer_is_asked_for_again(
    client: ShopifyClient, server: Server, body: bytes
) -> None:
    server.will_answer(Scripted(200, body), Scripted(200, FINE))
    assert client.execute("{ shop { id } }").data == json.loads(FINE)["data"]
    server.answer = lambda _: Scripted(200, body)
    with pytest.raises(Unavailable, match=f"shop '{DOMAIN}'.*'request-"):
        client.execute("{ shop { id } }", retry=GIVEN_UP_SOON)


def test_a_key_twice_in_a_text_is_none(client: ShopifyClient, server: Server) -> None:
    """What looks like keys within texts, escaped or not, is part of the text."""
    told = r'{"data":{"shop":{"id":"\u0022a\":1,\"a\":2","name":"\\\":"}}}'
    server.will_answer(Scripted(200, told.encode()))
    assert client.execute("{ shop { id name } }").data == json.loads(told)["data"]


# ── what comes beside the data ───────────────────────────────────────────────────────

COSTS: list[Any] = [
    "text", [], {"requestedQueryCost": "a lot"}, {"requestedQueryCost": True},
    {"requestedQueryCost": -5}, {"requestedQueryCost": 1e300},
]  # fmt: skip
STATUSES: list[Any] = [
    [1, 2], "text", {}, {"maximumAvailable": 2000, "currentlyAvailable": 1},
    cost(3, 2, rate=0)["cost"]["throttleStatus"],
    cost(3, 2, rate=-100)["cost"]["throttleStatus"],
    cost(3, 2, maximum=1e300)["cost"]["throttleStatus"],
    cost(3, 2, available=-1e300)["cost"]["throttleStatus"],
]  # fmt: skip


@pytest.mark.parametrize("told", COSTS, ids=repr)
def test_a_cost_that_is_none_is_taken_as_untold(
    client: ShopifyClient, server: Server, told: Any
) -> None:
    server.will_answer(graphql(orders(), extensions={"cost": told}))
    assert client.execute(ORDERS, {"first": 1}).cost is None


@pytest.mark.parametrize("status", STATUSES, ids=repr)
def test_a_bucket_that_is_none_is_taken_as_untold(
    client: ShopifyClient, server: Server, status: Any
) -> None:
    """One that never fills would be waited for without end."""
    told = {"requestedQueryCost": 3, "actualQueryCost": 2, "throttleStatus": status}
    server.answer = lambda _: graphql(orders(), extensions={"cost": told})
    for _ in range(3):
        answer = client.execute(ORDERS, {"first": 1})
        assert answer.cost is not None
        assert (answer.cost.requested, answer.cost.status) == (3, None)
    assert client.waiter.clock() == 1000.0


@pytest.mark.parametrize(
    "errors",
    [7, True, "words", {"base": ["words"]}, [None], [7], [{"extensions": "text"}],
     [{"message": "m", "path": 7}], [{"message": ["m"], "extensions": [1]}]],
    ids=repr,
)  # fmt: skip
def test_errors_of_any_form_are_told_as_errors(
    client: ShopifyClient, server: Server, errors: Any
) -> None:
    server.will_answer(graphql(None, errors=errors))
    with pytest.raises(ApiError, match=f"shop '{DOMAIN}', request 'request-1'"):
        client.execute(ORDERS)


@pytest.mark.parametrize("search", ["text", [None], [{"warnings": 7}], {"a": 1}])
def test_warnings_that_are_none_are_no_warnings(
    client: ShopifyClient, server: Server, search: Any
) -> None:
    server.will_answer(graphql(orders(), extensions={"search": search}))
    assert client.execute(ORDERS).data == orders()


@pytest.mark.parametrize(
    "scopes", [{}, "text", [None], [{}], [{"handle": None}], [{"handle": ""}], None]
)
def test_scopes_that_are_none_are_asked_for_again(
    client: ShopifyClient, server: Server, scopes: Any
) -> None:
    server.will_answer(
        graphql({"currentAppInstallation": {"accessScopes": scopes}}),
        graphql({"currentAppInstallation": {"accessScopes": [{"handle": "write_x"}]}}),
    )
    assert client.granted_scopes() == {"write_x", "read_x"}


# ── bulk operations ──────────────────────────────────────────────────────────────────

WRONG_OPERATIONS: dict[str, Any] = {
    "objectCount": ["many", "-1", None, 1.5, {}],
    "rootObjectCount": [[], True],
    "fileSize": ["text", -1],
    "createdAt": ["yesterday", None, 7, "2026-13-45T99:99:99Z"],
    "completedAt": ["soon"],
    "status": [None, "", 7],
    "id": [None, 7],
    "url": ["not a url", "file:///etc/passwd", "", 7, "http://", "ftp://host/file"],
}


@pytest.mark.parametrize(
    ("key", "value"),
    [(key, value) for key, values in WRONG_OPERATIONS.items() for value in values],
)
def test_an_operation_that_is_none_is_looked_at_again(
    client: ShopifyClient, server: Server, key: str, value: Any
) -> None:
    wrong = graphql({"bulkOperation": {**OPERATION, key: value}})
    server.will_answer(wrong, graphql({"bulkOperation": OPERATION}))
    assert bulk.poll(client, "gid").object_count == 0
    server.answer = lambda _: wrong
    with pytest.raises(Malformed, match=rf"{DOMAIN}.*'request-\d+'.*bulkOperation"):
        bulk.poll(client, "gid")


@pytest.mark.parametrize(
    "payload",
    [
        {"bulkOperation": {"id": 7}, "userErrors": []},
        {"bulkOperation": "text", "userErrors": []},
        {"bulkOperation": {"id": "gid"}, "userErrors": "text"},
        {"bulkOperation": {"id": "gid"}, "userErrors": [None]},
        {"bulkOperation": {"id": "gid"}, "userErrors": [{"code": 7}]},
        {"userErrors": []},
    ],
    ids=repr,
)
def test_a_submission_whose_answer_is_none_is_looked_for_first(
    client: ShopifyClient, server: Server, payload: Any
) -> None:
    """It may have begun: a second one would take a slot, and run for nothing."""
    begun = {"id": "gid", "query": "{}", "createdAt": "2026-11-21T12:00:00Z"}
    server.will_answer(
        graphql({"bulkOperationRunQuery": payload}),
        graphql({"bulkOperations": {"nodes": [begun]}}),
    )
    assert bulk.submit(client, "{}") == "gid"
    assert len(server.requests) == 2


# ── the network ──────────────────────────────────────────────────────────────────────


def test_a_fault_of_the_network_names_the_shop(
    client: ShopifyClient, server: Server
) -> None:
    server.answer = lambda _: Scripted(200, FINE, {"Content-Encoding": "gzip"})
    with pytest.raises(Unavailable, match=f"shop '{DOMAIN}': no whole answer"):
        client.execute("{ shop { id } }", retry=GIVEN_UP_SOON)


def test_a_certificate_that_is_not_trusted_is_told_at_once(
    make_client: Callable[..., ShopifyClient], time: Time
) -> None:
    """Before: tried again for minutes, as if it could come to be trusted by itself."""
    with Simulator([shop()], tls=True) as simulator:
        untrusted = Shop(EMBER, StoredToken("TOKEN"), simulator.base_url(EMBER))
        client = make_client(shop=untrusted)
        told = f"(?s)shop '{EMBER}': the certificate of .* not trusted.*CA_BUNDLE"
        with pytest.raises(ConfigurationError, match=told):
            client.execute("{ shop { id } }")
        secret = Secret("s" * 20)
        endpoint = TokenEndpoint(EMBER, untrusted.base_url, secret, secret)
        with pytest.raises(ConfigurationError, match=told):
            endpoint.by_credentials()
    assert (client.requests_sent, time.sleeps) == (1, [])


@contextmanager
def hanging_up() -> Iterator[int]:
    """A port that takes connections, and ends them before TLS is agreed on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                connection.recv(1)
                connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_tls_that_breaks_off_is_tried_again(
    make_client: Callable[..., ShopifyClient], time: Time
) -> None:
    with hanging_up() as port:
        there = Shop(DOMAIN, StoredToken("TOKEN"), f"https://127.0.0.1:{port}")
        client = make_client(shop=there, retry=GIVEN_UP_SOON)
        with pytest.raises(Unavailable, match=f"shop '{DOMAIN}'") as raised:
            client.execute("{ shop { id } }")
    assert not isinstance(raised.value, ConfigurationError)
    assert (client.requests_sent, time.sleeps) == (2, [1.0])
