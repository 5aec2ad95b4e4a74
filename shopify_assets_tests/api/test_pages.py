"""Walking connections and lists of ids to their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.api.answers import TooExpensive
from shopify_assets.api.pages import (
    LARGEST,
    Page,
    fetch_nodes,
    fetch_whole,
    iter_pages,
    next_batch,
)
from shopify_assets.api.retry import InternalError
from shopify_assets.api.throttle import Cost
from shopify_assets.api.walk import EMPTY_PAGES, REPEATED_PAGES
from shopify_assets.errors import ApiError, DataError
from shopify_assets_tests.api.server import Request, Scripted, cost, fault, graphql

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets_tests.api.conftest import Time
    from shopify_assets_tests.api.server import Server

ORDERS = """query($first: Int!, $after: String, $query: String) {
  orders(first: $first, after: $after, query: $query) {
    nodes { id } pageInfo { hasNextPage endCursor }
  }
}"""
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"


PAGE = "nodes { id } pageInfo { hasNextPage endCursor }"
LINE_ITEMS = f"query {{ node(id: 1) {{ ... on Order {{ lineItems {{ {PAGE} }} }} }} }}"
SALES = f"""query {{
  node(id: 1) {{ ... on Order {{ agreements {{ nodes {{ sales {{ {PAGE} }} }} }} }} }}
}}"""
TRANSACTIONS = f"""query {{
  shopifyPaymentsAccount {{ balanceTransactions {{ {PAGE} }} }}
}}"""


def connection(nodes: list[Any], *, cursor: str | None, more: bool) -> dict[str, Any]:
    return {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": cursor}}


def orders(server: Server, count: int) -> Callable[[Request], Scripted]:
    """A server of `count` orders; a cursor is the number of orders before it."""

    def answer(request: Request) -> Scripted:
        asked = request.variables
        start = int(asked["after"] or 0)
        end = min(start + asked["first"], count)
        nodes = [{"id": each} for each in range(start, end)]
        page = connection(nodes, cursor=str(end), more=end < count)
        return graphql({"orders": page}, extensions=cost(10, 10))

    server.answer = answer
    return answer


def walk(client: ShopifyClient, query: str = ORDERS, **more: Any) -> list[Page]:
    settings = {"path": ("orders",), "variables": {"query": "id:>0"}, **more}
    return list(iter_pages(client, query, **settings))


def ids(pages: list[Page]) -> list[int]:
    return [each["id"] for page in pages for each in page.nodes]


def test_a_connection_is_walked_to_its_end(
    client: ShopifyClient, server: Server
) -> None:
    orders(server, 600)
    pages = walk(client)
    assert ids(pages) == list(range(600))
    assert [(each.end_cursor, each.has_next) for each in pages] == [
        ("250", True),
        ("500", True),
        ("600", False),
    ]
    assert [each.variables for each in server.requests] == [
        {"query": "id:>0", "first": 250, "after": None},
        {"query": "id:>0", "first": 250, "after": "250"},
        {"query": "id:>0", "first": 250, "after": "500"},
    ]


def test_an_empty_connection_is_one_empty_page(
    client: ShopifyClient, server: Server
) -> None:
    page = connection([], cursor=None, more=False)
    server.will_answer(graphql({"orders": page}))
    assert walk(client) == [Page([], None, has_next=False)]


def test_a_walk_goes_on_where_another_ended(
    client: ShopifyClient, server: Server
) -> None:
    orders(server, 30)
    assert ids(walk(client, first=10, after="20")) == list(range(20, 30))


def test_a_connection_inside_a_node_is_walked(
    client: ShopifyClient, server: Server
) -> None:
    inner = connection([{"id": 1}], cursor="x", more=False)
    server.will_answer(graphql({"node": {"lineItems": inner}}))
    assert ids(walk(client, LINE_ITEMS, path=("node", "lineItems"))) == [1]


def test_a_connection_is_walked_below_the_one_node_that_leads_to_it(
    client: ShopifyClient, server: Server
) -> None:
    sales = connection([{"id": 1}], cursor="x", more=False)
    server.will_answer(graphql({"node": {"agreements": {"nodes": [{"sales": sales}]}}}))
    path = ("node", "agreements", "nodes", "sales")
    assert ids(walk(client, SALES, path=path)) == [1]


NONE = {"sales": connection([], cursor=None, more=False)}


@pytest.mark.parametrize("nodes", [[], [NONE, NONE]])
def test_what_leads_to_a_connection_must_be_there_once(
    client: ShopifyClient, server: Server, nodes: list[Any]
) -> None:
    server.will_answer(graphql({"node": {"agreements": {"nodes": nodes}}}))
    with pytest.raises(DataError, match="passed through"):
        walk(client, SALES, path=("node", "agreements", "nodes", "sales"))


def test_pages_that_fail_are_asked_for_in_halves_and_grow_back(
    client: ShopifyClient, server: Server
) -> None:
    """Order 70 cannot be read together with more than 20 others, and none is lost."""
    fine = orders(server, 300)

    def answer(request: Request) -> Scripted:
        start, size = int(request.variables["after"] or 0), request.variables["first"]
        if size > 20 and start <= 70 < start + size:
            return graphql(errors=[fault("INTERNAL_SERVER_ERROR")])
        return fine(request)

    server.answer = answer
    assert ids(walk(client, first=100)) == list(range(300))
    sizes = [each.variables["first"] for each in server.requests]
    assert sizes[:4] == [100, 100, 50, 100]
    assert max(sizes[-2:]) == 100


def test_a_record_that_cannot_be_read_ends_the_walk(
    client: ShopifyClient, server: Server
) -> None:
    """It is asked for alone with all patience, and never skipped."""
    server.answer = lambda _: graphql(errors=[fault("INTERNAL_SERVER_ERROR")])
    with pytest.raises(InternalError) as raised:
        walk(client, first=4, after="x")
    assert "'after': 'x', 'first': 1" in raised.value.__notes__[-1]
    sizes = [each.variables["first"] for each in server.requests]
    assert sizes == [4, 4, 2, 2, *[1] * 8]


@pytest.mark.parametrize("cursor", [None, "b", "a"])
def test_pages_that_lead_nowhere_are_an_error(
    client: ShopifyClient, server: Server, cursor: str | None
) -> None:
    """No cursor, the same again, or one of long ago: the walk would never end."""
    for each in ("a", "b", cursor):
        page = connection([{"id": 1}], cursor=each, more=True)
        server.will_answer(graphql({"orders": page}))
    with pytest.raises(ApiError, match=r"request-3.*(no cursor|a second time)"):
        walk(client)


NULLS = [
    ({"orders": None}, "data.orders is null, not OrderConnection!"),
    ({"orders": {"nodes": None, "pageInfo": {}}}, r"data.orders.nodes is null, not"),
    ({"orders": {"nodes": [], "pageInfo": None}}, "data.orders.pageInfo is null, not"),
    (
        {"orders": connection([{"id": 1}, None], cursor="a", more=False)},
        "data.orders.nodes.1 is null, not Order!",
    ),
]


@pytest.mark.parametrize(("data", "words"), NULLS)
def test_a_null_that_may_not_be_is_asked_again_and_smaller_from_the_third_time(
    client: ShopifyClient, server: Server, data: dict[str, Any], words: str
) -> None:
    orders(server, 3)
    server.will_answer(*[graphql(data)] * 3)
    lines: list[str] = []
    with client.waiter.told_to(lines.append, work=""):
        assert ids(walk(client, first=4)) == [0, 1, 2]
    sizes = [request.variables["first"] for request in server.requests]
    assert sizes == [4, 4, 2, 2, 4]
    assert all(words in line for line in lines)
    assert "asking for less this time (2 at once)" in lines[1]


@pytest.mark.parametrize(("data", "words"), NULLS)
def test_a_null_that_stays_is_told(
    client: ShopifyClient, server: Server, data: dict[str, Any], words: str
) -> None:
    server.answer = lambda _: graphql(data)
    with pytest.raises(InternalError, match=words):
        walk(client)


def test_a_null_of_what_a_shop_may_not_have_is_no_record_and_said(
    client: ShopifyClient, server: Server
) -> None:
    server.will_answer(graphql({"shopifyPaymentsAccount": None}))
    path = ("shopifyPaymentsAccount", "balanceTransactions")
    [page] = walk(client, TRANSACTIONS, path=path, optional={path[0]})
    assert page == Page([], None, has_next=False, absent=path[0])
    assert len(server.requests) == 1


def too_dear(request: Request, *, most: int, below: int = 10) -> bool:
    """What a server refuses that lets one query ask for less than our model thinks."""
    asked = request.variables
    size = len(asked.get("ids", [])) + int(asked.get("first", 0))
    return size > most or int(asked.get("nested", 10)) > below


def refusing(server: Server, fine: Callable[[Request], Scripted], **most: int) -> None:
    def answer(request: Request) -> Scripted:
        if too_dear(request, **most):
            return graphql(errors=[fault("MAX_COST_EXCEEDED")])
        return fine(request)

    server.answer = answer


def test_a_page_that_costs_too_much_is_halved_at_once_and_stays_so(
    client: ShopifyClient, server: Server, time: Time
) -> None:
    refusing(server, orders(server, 300), most=70)
    assert ids(walk(client)) == list(range(300))
    sizes = [request.variables["first"] for request in server.requests]
    assert sizes == [250, 125, *[62] * 5]
    assert ids(walk(client)) == list(range(300))
    assert [each.variables["first"] for each in server.requests[7:]] == [62] * 5
    assert time.sleeps == []


NESTED = ORDERS.replace(
    "$query: String)", "$query: String, $nested: Int = 10)"
).replace("{ id }", "{ id: number lines(first: $nested) { nodes { id } } }")


def test_one_record_that_costs_too_much_is_asked_for_with_less_below_it(
    client: ShopifyClient, server: Server
) -> None:
    refusing(server, orders(server, 2), most=10, below=3)
    pages = list(iter_pages(client, NESTED, path=("orders",), variables={}, first=4))
    assert ids(pages) == [0, 1]
    asked = [
        (each.variables["first"], each.variables.get("nested"))
        for each in server.requests
    ]
    assert asked == [(4, None), (2, None), (1, None), (1, 5), (1, 2), (1, 2)]


def test_one_record_that_fails_is_asked_for_with_less_below_it_until_it_does_not(
    client: ShopifyClient, server: Server
) -> None:
    """The next page is asked for with all there is below a record again."""
    fine = orders(server, 2)

    def answer(request: Request) -> Scripted:
        asked = request.variables
        if asked["after"] is None and asked.get("nested", 10) > 3:
            return graphql(errors=[{"message": "Timeout"}])
        return fine(request)

    server.answer = answer
    pages = list(iter_pages(client, NESTED, path=("orders",), variables={}, first=1))
    assert ids(pages) == [0, 1]
    asked = [each.variables.get("nested", 10) for each in server.requests]
    assert asked == [10, 10, 5, 5, 2, 10]


def test_ids_that_cost_too_much_are_asked_for_with_less_below_each_first(
    client: ShopifyClient, server: Server
) -> None:
    nodes(server, actual=0)
    assert server.answer is not None
    refusing(server, server.answer, most=3, below=7)
    query = NODES.replace("!)", "!, $nested: Int = 10)", 1)
    wanted = ["2", "4", "6", "8"]
    assert [gid for gid, _ in fetch_nodes(client, query, wanted)] == wanted
    asked = [
        (len(_ids(each)), each.variables.get("nested", 10)) for each in server.requests
    ]
    assert asked == [(4, 10), (4, 5), (4, 2), (4, 1), (2, 1), (2, 1)]


def test_what_costs_too_much_for_one_record_is_refused_as_such(
    client: ShopifyClient, server: Server
) -> None:
    refusing(server, orders(server, 2), most=0)
    with pytest.raises(TooExpensive, match="MAX_COST_EXCEEDED") as raised:
        walk(client, first=2)
    assert raised.value.__notes__ == ["it costs too much even for one record"]


@pytest.mark.parametrize(
    ("shop", "nodes", "absent"),
    [({"id": 1}, [{"id": 1}], ""), ([{"id": 1}], [{"id": 1}], ""), (None, [], "shop")],
    ids=["an object", "a list", "null"],
)
def test_what_has_no_pages_is_fetched_as_one(
    client: ShopifyClient, server: Server, shop: Any, nodes: list[Any], absent: str
) -> None:
    server.will_answer(graphql({"shop": shop}))
    found = fetch_whole(
        client, "{ shop }", path=("shop",), variables={}, optional={"shop"}
    )
    assert (found.nodes, found.absent) == (nodes, absent)


@pytest.mark.parametrize("shop", [None, [{"id": 1}, None]])
def test_a_whole_that_is_null_and_must_not_be_is_asked_again(
    client: ShopifyClient, server: Server, shop: Any
) -> None:
    server.will_answer(graphql({"shop": shop}), graphql({"shop": {"id": 1}}))
    found = fetch_whole(client, "{ shop }", path=("shop",), variables={})
    assert found.nodes == [{"id": 1}]


def nodes(server: Server, *, actual: float) -> None:
    """A server that has all nodes with an even number, at `actual` points each."""

    def answer(request: Request) -> Scripted:
        asked = request.variables["ids"]
        found = [{"id": each} if int(each) % 2 == 0 else None for each in asked]
        told = cost(100, len(asked) * actual)
        return graphql({"nodes": found}, extensions=told)

    server.answer = answer


@pytest.mark.parametrize(
    ("actual", "batches"),
    [
        (0.1, [250, 250, 100]),
        (1.5, [250, 125, 62, 62, 62, 39]),
        (3, [250, 125, 62, *[31] * 5, 8]),
    ],
)
def test_nodes_come_in_order_in_batches_their_cost_allows(
    client: ShopifyClient, server: Server, actual: float, batches: list[int]
) -> None:
    """Missing ones come as None."""
    nodes(server, actual=actual)
    wanted = [str(each) for each in range(600)]
    assert list(fetch_nodes(client, NODES, wanted)) == [
        (each, {"id": each} if int(each) % 2 == 0 else None) for each in wanted
    ]
    asked = [len(each.variables["ids"]) for each in server.requests]
    assert asked == batches


def test_no_ids_ask_nothing(client: ShopifyClient, server: Server) -> None:
    assert list(fetch_nodes(client, NODES, [])) == []
    assert server.requests == []


def test_nodes_that_fail_are_asked_for_in_halves(
    client: ShopifyClient, server: Server
) -> None:
    failing = graphql(errors=[fault("TIMEOUT")])
    server.will_answer(failing, failing)
    nodes(server, actual=1.5)
    wanted = [str(each) for each in range(8)]
    assert [each for each, _ in fetch_nodes(client, NODES, wanted)] == wanted
    asked = [len(each.variables["ids"]) for each in server.requests]
    assert asked == [8, 8, 4, 4]


def test_a_node_that_cannot_be_read_is_named(
    client: ShopifyClient, server: Server
) -> None:
    server.answer = lambda _: graphql(errors=[fault("TIMEOUT")])
    with pytest.raises(InternalError) as raised:
        list(fetch_nodes(client, NODES, ["1"]))
    assert "'ids': ['1']" in raised.value.__notes__[-1]


def test_an_answer_that_tells_no_cost_keeps_the_batch(
    client: ShopifyClient, server: Server
) -> None:
    server.answer = lambda asked: graphql({"nodes": [None] * len(_ids(asked))})
    assert len(list(fetch_nodes(client, NODES, ["1"] * 6, batch=2))) == 6
    assert [len(_ids(each)) for each in server.requests] == [2, 2, 2]


def _ids(request: Request) -> list[str]:
    found: list[str] = request.variables["ids"]
    return found


def test_an_answer_with_fewer_places_than_ids_is_an_error(
    client: ShopifyClient, server: Server
) -> None:
    server.will_answer(graphql({"nodes": [None]}))
    with pytest.raises(DataError, match="asked for 2 nodes, got 1"):
        list(fetch_nodes(client, NODES, ["1", "2"]))


@given(st.integers(1, LARGEST), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_batch_stays_within_shopifys_limits(
    size: int, requested: float, actual: float
) -> None:
    cost = Cost(requested, actual, None)
    assert 1 <= next_batch(size, cost) <= LARGEST


@pytest.mark.parametrize("around", [1, 3])
@pytest.mark.parametrize("updated_at", ["2026-11-21", [[]]])
def test_pages_that_come_again_under_new_cursors_are_an_error(
    client: ShopifyClient, server: Server, around: int, updated_at: object
) -> None:
    """Every cursor is new, and no record is: the walk would never end."""

    def answer(_: Request) -> Scripted:
        number = len(server.requests)
        nodes = [{"id": f"gid://{number % around}", "updatedAt": updated_at}]
        return graphql({"orders": connection(nodes, cursor=str(number), more=True)})

    server.answer = answer
    with pytest.raises(
        ApiError, match="gives 5 pages in a row whose records all came b"
    ):
        walk(client)
    assert len(server.requests) == around + REPEATED_PAGES


def test_records_that_change_while_the_walk_goes_on_may_be_met_again(
    client: ShopifyClient, server: Server
) -> None:
    for number in range(20):
        nodes = [{"id": f"gid://{number % 2}", "updatedAt": f"2026-11-{number + 1:02}"}]
        page = connection(nodes, cursor=str(number), more=number < 19)
        server.will_answer(graphql({"orders": page}))
    assert len(walk(client)) == 20


def empty(server: Server, count: int) -> None:
    """Answer with so many empty pages, then with an order and the end."""

    def answer(_: Request) -> Scripted:
        number = len(server.requests)
        more = number <= count
        nodes = [] if more else [{"id": 7}]
        return graphql({"orders": connection(nodes, cursor=str(number), more=more)})

    server.answer = answer


def test_empty_pages_lead_on_but_not_for_ever(
    client: ShopifyClient, server: Server
) -> None:
    empty(server, EMPTY_PAGES - 1)
    assert ids(walk(client)) == [7]
    server.requests.clear()
    empty(server, EMPTY_PAGES)
    with pytest.raises(
        ApiError, match="promises a next page but gives 100 empty pages"
    ):
        walk(client)
    assert len(server.requests) == EMPTY_PAGES


def test_a_long_cursor_is_shown_cut(client: ShopifyClient, server: Server) -> None:
    for number in (1, 2):
        page = connection([{"id": number}], cursor="x" * 100_000, more=True)
        server.will_answer(graphql({"orders": page}))
    with pytest.raises(ApiError, match="a second time") as refused:
        walk(client)
    assert len(str(refused.value)) < 400
