"""Paging: every row once, whatever the sort key, direction and page size."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from shopify_assets_tests.simulator.conftest import Asker


def pages(
    asker: Asker, arguments: str, *, size: int = 50, root: str = "orders"
) -> list[dict[str, Any]]:
    text = f"""query($n: Int!, $after: String) {{
        {root}(first: $n, after: $after {arguments}) {{
            nodes {{ id {"updatedAt" if root == "orders" else ""} }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = asker.data(text, n=size, after=after)[root]
        found.extend(page["nodes"])
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        if not page["pageInfo"]["hasNextPage"]:
            return found
        assert len(page["nodes"]) == size
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize(
    "key", ["UPDATED_AT", "CREATED_AT", "ID", "TOTAL_PRICE", "PROCESSED_AT"]
)
@pytest.mark.parametrize("reverse", ["", ", reverse: true"])
def test_every_row_comes_once_under_any_sort_key(
    ember: Asker, key: str, reverse: str
) -> None:
    found = [row["id"] for row in pages(ember, f", sortKey: {key}{reverse}")]
    assert sorted(found) == sorted(ember.simulator.truth(ember.domain).ids("Order"))
    assert len(set(found)) == len(found) == 400


def test_equal_update_times_across_page_borders_lose_and_repeat_nothing(
    ember: Asker,
) -> None:
    """More rows share one second than a page holds."""
    found = pages(ember, ", sortKey: UPDATED_AT", size=7)
    times = [row["updatedAt"] for row in found]
    assert times == sorted(times)
    [(_, most)] = Counter(times).most_common(1)
    assert most > 100
    assert len({row["id"] for row in found}) == 400


def test_a_page_may_hold_250_rows_and_no_more(ember: Asker) -> None:
    text = "{ orders(first: %d) { nodes { id } } }"
    assert len(ember.data(text % 250)["orders"]["nodes"]) == 250
    [error] = ember.answer(text % 251)["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert "250" in error["message"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "you must provide one of first or last"),
        ("(first: 1, last: 1)", "providing both first and last is not supported"),
    ],
)
def test_first_or_last_is_needed_and_not_both(
    ember: Asker, arguments: str, message: str
) -> None:
    [error] = ember.answer(f"{{ orders{arguments} {{ nodes {{ id }} }} }}")["errors"]
    assert error["message"] == message
    assert error["extensions"]["code"] == "BAD_REQUEST"


def test_pages_go_backwards_too(ember: Asker) -> None:
    text = """query($before: String) { orders(last: 150, before: $before, sortKey: ID) {
        nodes { id } pageInfo { hasPreviousPage startCursor } } }"""
    found: list[str] = []
    before, more = None, True
    while more:
        page = ember.data(text, before=before)["orders"]
        found[:0] = [row["id"] for row in page["nodes"]]
        before, more = (
            page["pageInfo"][key] for key in ("startCursor", "hasPreviousPage")
        )
    assert found == ember.simulator.truth(ember.domain).ids("Order")


def test_a_nested_connection_is_drained_page_by_page(ember: Asker) -> None:
    """An order of 300 lines, a product of 300 variants, a discount of 1,000 codes."""
    large = next(
        order
        for order in ember.simulator.truth(ember.domain).records("Order")
        if len(order["lineItems"]) >= 300
    )
    text = """query($id: ID!, $after: String) { order(id: $id) {
        lineItems(first: 250, after: $after) {
            edges { cursor node { id } } pageInfo { hasNextPage endCursor } } } }"""
    first = ember.data(text, id=large["id"])["order"]["lineItems"]
    assert first["pageInfo"]["endCursor"] == first["edges"][-1]["cursor"]
    after = first["pageInfo"]["endCursor"]
    second = ember.data(text, id=large["id"], after=after)["order"]["lineItems"]
    assert not second["pageInfo"]["hasNextPage"]
    found = [edge["node"]["id"] for edge in first["edges"] + second["edges"]]
    assert found == [line["id"] for line in large["lineItems"]]


def test_rows_that_change_while_paging_move_behind_the_cursor(own: Asker) -> None:
    """Sorted by update time, a changed row is met again; none is lost."""
    text = """query($after: String) {
        orders(first: 10, after: $after, sortKey: UPDATED_AT) {
        nodes { id } pageInfo { hasNextPage endCursor } } }"""
    page = own.data(text)["orders"]
    seen = [row["id"] for row in page["nodes"]]
    own.simulator.truth(own.domain).update(seen[0], note="changed")
    while page["pageInfo"]["hasNextPage"]:
        page = own.data(text, after=page["pageInfo"]["endCursor"])["orders"]
        seen.extend(row["id"] for row in page["nodes"])
    assert seen[-1] == seen[0]
    assert len(set(seen)) == 40


def test_connections_without_a_sort_key_come_by_id(ember: Asker) -> None:
    """Also when they are filtered by time."""
    text = """{ inventoryItems(first: 250, query: "updated_at:>='2025-06-01'") {
        nodes { id updatedAt } } }"""
    rows = ember.data(text)["inventoryItems"]["nodes"]
    ids = [row["id"] for row in rows]
    assert ids == sorted(ids)
    assert [row["updatedAt"] for row in rows] != sorted(
        row["updatedAt"] for row in rows
    )


def test_a_foreign_cursor_is_refused(ember: Asker) -> None:
    text = '{ orders(first: 1, after: "nonsense") { nodes { id } } }'
    [error] = ember.answer(text)["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"


def test_counts_stop_at_their_limit_and_say_so(ember: Asker) -> None:
    text = """{ a: ordersCount(limit: 100) { count precision }
        b: ordersCount { count precision } }"""
    assert ember.data(text) == {
        "a": {"count": 100, "precision": "AT_LEAST"},
        "b": {"count": 400, "precision": "EXACT"},
    }


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        (
            "locations(first: 9)",
            "locations(first: 9, includeInactive: true, includeLegacy: true)",
        ),
        (
            "fulfillmentOrders(first: 99)",
            "fulfillmentOrders(first: 99, includeClosed: true)",
        ),
    ],
)
def test_defaults_hide_records(own: Asker, hidden: str, shown: str) -> None:
    found = own.data(
        f"{{ a: {hidden} {{ nodes {{ id }} }} b: {shown} {{ nodes {{ id }} }} }}"
    )
    assert len(found["a"]["nodes"]) < len(found["b"]["nodes"])
