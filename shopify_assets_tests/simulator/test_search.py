"""The `query:` argument: its syntax, its meaning, and how it goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.catalog.schema import load_schema
from shopify_assets.simulator.graphql.filters import Filters
from shopify_assets.simulator.graphql.search import All, Any_, Not, Term, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets_tests.simulator.conftest import Asker

ORDERS = """query($q: String!) { orders(first: 250, query: $q, sortKey: UPDATED_AT) {
    nodes { id } } }"""


def term(
    field: str | None, comparator: str, value: str, *, quoted: bool = False
) -> Term:
    return Term(field, comparator, value, quoted)


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("status:open", term("status", "", "open")),
        ("title:'a b'", term("title", "", "a b", quoted=True)),
        ('title:"a \\" b"', term("title", "", 'a " b', quoted=True)),
        ("id:>=5", term("id", ">=", "5")),
        ("a:1 b:2", All((term("a", "", "1"), term("b", "", "2")))),
        ("a:1 AND b:2", All((term("a", "", "1"), term("b", "", "2")))),
        ("-a:1", Not(term("a", "", "1"))),
        ("NOT a:1", Not(term("a", "", "1"))),
        ("lamp*", term(None, "", "lamp*")),
        ("", All(())),
        (
            "a:1 OR b:2 c:3",
            Any_((term("a", "", "1"), All((term("b", "", "2"), term("c", "", "3"))))),
        ),
        (
            "(a:1 OR b:2) c:3",
            All((Any_((term("a", "", "1"), term("b", "", "2"))), term("c", "", "3"))),
        ),
        (
            "at:>=2026-01-01T00:00:00Z",
            All((term("at", ">=", "2026-01-01T00"), term("00", "", "00Z"))),
        ),
    ],
)
def test_queries_are_read_as_shopify_reads_them(query: str, tree: object) -> None:
    assert parse(query) == tree


def truth(asker: Asker, holds: Callable[[dict[str, Any]], bool]) -> set[str]:
    records = asker.simulator.truth(asker.domain).records("Order")
    return {record["id"] for record in records if holds(record)}


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        (
            "updated_at:>='2026-05-01T00:00:00Z' AND updated_at:<'2026-10-01'",
            lambda o: "2026-05-01T00:00:00Z" <= o["updatedAt"] < "2026-10-01T05:00:00Z",
        ),
        (
            "created_at:>'2026-06-01' created_at:<='2026-07-01T12:00:00+02:00'",
            lambda o: "2026-06-01T05:00:00Z" < o["createdAt"] <= "2026-07-01T10:00:00Z",
        ),
        ("status:cancelled", lambda o: o["cancelledAt"] is not None),
        (
            "financial_status:refunded",
            lambda o: o["displayFinancialStatus"] == "REFUNDED",
        ),
        ("tag:vip -tag:b2b", lambda o: "vip" in o["tags"] and "b2b" not in o["tags"]),
        ("test:true", lambda o: o["test"]),
        ("name:'#1009'", lambda o: o["name"] == "#1009"),
        ("name:#101*", lambda o: o["name"].startswith("#101")),
        (
            "customer_id:7000000102401",
            lambda o: (o["customer"] or {}).get("id", "").endswith("/7000000102401"),
        ),
        ("status:any", lambda _: True),
    ],
)
def test_filters_let_through_what_they_name(
    ember: Asker, query: str, holds: Callable[[dict[str, Any]], bool]
) -> None:
    expected = truth(ember, holds)
    body = ember.answer(
        "query($q: String!) { ordersCount(query: $q) { count } }", q=query
    )
    assert body["data"]["ordersCount"]["count"] == len(expected)
    if len(expected) <= 250:
        rows = ember.data(ORDERS, q=query)["orders"]["nodes"]
        assert {row["id"] for row in rows} == expected
    assert "search" not in body["extensions"]


def test_an_unknown_field_matches_everything_and_only_warns(ember: Asker) -> None:
    body = ember.answer(ORDERS, q="nonsense:1")
    assert len(body["data"]["orders"]["nodes"]) == 250
    [told] = body["extensions"]["search"]
    assert told["path"] == ["orders"]
    assert told["warnings"] == [
        {
            "field": "nonsense",
            "message": "Invalid search field for this query.",
            "code": "invalid_field",
        }
    ]


def test_an_unquoted_timestamp_is_read_as_an_hour_of_the_shop(ember: Asker) -> None:
    """The answer looks fine; only the warning about a field `00` tells."""
    query = "query($q: String!) { ordersCount(query: $q) { count } }"
    body = ember.answer(query, q="updated_at:>=2026-10-12T03:30:00Z")
    [told] = body["extensions"]["search"]
    assert [each["field"] for each in told["warnings"]] == ["30"]
    read = len(truth(ember, lambda o: o["updatedAt"] >= "2026-10-12T08:00:00Z"))
    assert body["data"]["ordersCount"]["count"] == read


def test_a_timestamp_that_is_none_is_refused(ember: Asker) -> None:
    [error] = ember.answer(ORDERS, q="created_at:>='yesterday'")["errors"]
    assert error["message"] == "Invalid timestamp for query filter `created_at`."
    assert error["extensions"]["code"] == "BAD_REQUEST"


def test_ids_are_swept_in_ranges(ember: Asker) -> None:
    ids = ember.simulator.truth(ember.domain).ids("Order")
    number = ids[349].rpartition("/")[2]
    rows = ember.data(ORDERS, q=f"id:>{number}")["orders"]["nodes"]
    assert {row["id"] for row in rows} == set(ids[350:])


def test_bulk_operations_and_nested_lists_can_be_searched(own: Asker) -> None:
    own.run("{ products { edges { node { id } } } }")
    text = """query($q: String!) { bulkOperations(first: 5, query: $q) {
        nodes { status type } } }"""
    found = own.data(text, q="operation_type:query status:completed")
    assert found["bulkOperations"]["nodes"] == [
        {"status": "COMPLETED", "type": "QUERY"}
    ]
    assert own.data(text, q="status:running")["bulkOperations"]["nodes"] == []
    levels = """query($q: String!) { locations(first: 1) { nodes {
        inventoryLevels(first: 250, query: $q) { nodes { updatedAt } } } } }"""
    found = own.data(levels, q="updated_at:>='2026-06-01T00:00:00Z'")
    times = [
        level["updatedAt"]
        for level in found["locations"]["nodes"][0]["inventoryLevels"]["nodes"]
    ]
    assert times
    assert min(times) >= "2026-06-01T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01", "2026-01-01T05:00:00Z"),
        ("2026-01-01T10", "2026-01-01T15:00:00Z"),
        ("2026-01-01T00:00:00+09:00", "2025-12-31T15:00:00Z"),
    ],
)
def test_times_without_zone_are_the_shops(text: str, moment: str) -> None:
    filters = Filters(load_schema(), "-05:00", {})
    assert filters.moment(term("updated_at", ">", text, quoted=True)) == moment
