"""The `query:` argument: its syntax, its meaning, and how it goes wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.catalog.schema import load_schema
from shopify_assets.simulator.graphql.meaning.kinds import Clock
from shopify_assets.simulator.graphql.search import All, Any_, Not, Term, parse
from shopify_assets.simulator.graphql.searching import Searching
from shopify_assets_tests.simulator.conftest import END

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
        ("2026", "2026-01-01T05:00:00Z"),
        ("2026-03", "2026-03-01T05:00:00Z"),
        ("now", "2026-11-01T00:00:00Z"),
    ],
)
def test_times_without_zone_are_the_shops(text: str, moment: str) -> None:
    clock = Clock("-05:00", lambda: END)
    assert clock.moment(term("updated_at", ">", text, quoted=True)) == moment


def counted(asker: Asker, root: str, query: str) -> int:
    text = f"query($q: String!) {{ {root}Count(query: $q) {{ count }} }}"
    found: int = asker.data(text, q=query)[f"{root}Count"]["count"]
    return found


def test_what_is_ignored_hides_nothing_denied_or_not(ember: Asker) -> None:
    whole = counted(ember, "orders", "")
    for query in (
        "-nonsense:1",
        "NOT (nonsense:1)",
        "nonsense:1 OR tag:vip",
        "status:",
    ):
        assert counted(ember, "orders", query) == whole
    vips = counted(ember, "orders", "tag:vip")
    assert 0 < vips == counted(ember, "orders", "tag:vip -nonsense:1") < whole


@pytest.mark.parametrize(
    ("root", "query", "field"),
    [
        ("orders", "test:perhaps", "test"),
        ("orders", "id:abc", "id"),
        ("orders", "current_total_price:>dear", "current_total_price"),
        ("orders", "total_weight:5stone", "total_weight"),
        ("orders", "financial_status:rich", "financial_status"),
        ("products", "inventory_total:1..x", "inventory_total"),
    ],
)
def test_a_value_that_cannot_be_read_is_ignored_and_told(
    ember: Asker, root: str, query: str, field: str
) -> None:
    text = f"query($q: String!) {{ {root}Count(query: $q) {{ count }} }}"
    body = ember.answer(text, q=query)
    assert body["data"][f"{root}Count"]["count"] == counted(ember, root, "")
    [told] = body["extensions"]["search"]
    [warning] = told["warnings"]
    assert (warning["field"], warning["code"]) == (field, "invalid_value")


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("current_total_price:50..100", lambda o: 50 <= price(o) <= 100),
        ("current_total_price:>=50 current_total_price:<100",
         lambda o: 50 <= price(o) < 100),
        ("subtotal_line_items_quantity:5..20",
         lambda o: 5 <= o["subtotalLineItemsQuantity"] <= 20),
        ("total_weight:>=1.4kg", lambda o: int(o["totalWeight"]) >= 1400),
        ("total_weight:'.7 kg'", lambda o: o["totalWeight"] == "700"),
        ("gateway:manual OR gateway:paypal",
         lambda o: {"manual", "paypal"} & set(o["paymentGatewayNames"])),
        ("gateway:*", lambda o: o["paymentGatewayNames"]),
        ("po_number:*", lambda o: o["poNumber"]),
        ("-po_number:* tag_not:vip", lambda o: not o["poNumber"]
         and "vip" not in o["tags"]),
        ("source_name:web,pos", lambda o: o["sourceName"] in {"web", "pos"}),
        ("name:1009", lambda o: o["name"] == "#1009"),
        ("(status:open OR status:cancelled) -test:true",
         lambda o: (o["cancelledAt"] or not o["closed"]) and not o["test"]),
        ("created_at:2026-03-01..2026-03-31",
         lambda o: "2026-03-01T05" <= o["createdAt"] < "2026-04-01T05"),
        ("created_at:<now", lambda _: True),
        ("created_at:<2026", lambda o: o["createdAt"] < "2026-01-01T05:00:00Z"),
    ],
)  # fmt: skip
def test_ranges_units_choices_and_connectives(
    ember: Asker, query: str, holds: Callable[[dict[str, Any]], Any]
) -> None:
    expected = truth(ember, lambda order: bool(holds(order)))
    assert 0 < counted(ember, "orders", query) == len(expected)
    text = "query($q: String!) { orders(first: 250, query: $q) { nodes { id } } }"
    found = {row["id"] for row in ember.data(text, q=query)["orders"]["nodes"]}
    assert found <= expected
    assert len(found) == min(250, len(expected))


def price(order: dict[str, Any]) -> float:
    return float(order["currentTotalPriceSet"]["shopMoney"]["amount"])


def test_a_word_without_a_field_is_looked_for_in_several(ember: Asker) -> None:
    customers = ember.simulator.truth(ember.domain).records("Customer")
    known = next(each for each in customers if each["lastName"])
    word = known["lastName"].partition("'")[2] or known["lastName"]
    text = "query($q: String!) { customers(first: 250, query: $q) { nodes { id } } }"
    for query in (word, word.upper(), f"{word[:4]}*", f'"{known["displayName"]}"'):
        rows = ember.data(text, q=query)["customers"]["nodes"]
        assert known["id"] in {row["id"] for row in rows}
        assert len(rows) < len(customers)
    assert ember.data(text, q="xyzzy")["customers"]["nodes"] == []


@pytest.mark.parametrize("kind", ["PRODUCT", "ORDER", "DRAFT_ORDER"])
def test_events_are_told_by_their_subject(ember: Asker, kind: str) -> None:
    """Comments have no subject type: they do not match, and nothing breaks."""
    events = ember.simulator.truth(ember.domain).records("Event")
    assert {each["__typename"] for each in events} == {"BasicEvent", "CommentEvent"}
    text = (
        "query($q: String!) { events(first: 250, query: $q) { nodes { id action } } }"
    )
    for more in ("", " action:destroy"):
        wanted = [
            each["id"]
            for each in events
            if each.get("subjectType") == kind
            and (not more or each["action"] == "destroy")
        ]
        rows = ember.data(text, q=f"subject_type:{kind}{more}")["events"]["nodes"]
        assert len(wanted) > 0
        assert [row["id"] for row in rows] == wanted[:250]


def test_filters_that_other_records_answer(ember: Asker) -> None:
    oracle = ember.simulator.truth(ember.domain)
    checkout = next(c for c in oracle.records("AbandonedCheckout") if c["customer"])
    mine = [
        each["createdAt"]
        for each in oracle.records("AbandonedCheckout")
        if (each["customer"] or {}).get("id") == checkout["customer"]["id"]
    ]
    query = f"last_abandoned_order_date:'{max(mine)}'"
    text = "query($q: String!) { customers(first: 250, query: $q) { nodes { id } } }"
    rows = ember.data(text, q=query)["customers"]["nodes"]
    assert checkout["customer"] in [
        {"__typename": "Customer", "id": row["id"]} for row in rows
    ]
    product = oracle.records("Product")[3]
    images = {each["id"] for each in product["media"]}
    text = "query($q: String!) { files(first: 250, query: $q) { nodes { id } } }"
    number = product["id"].rpartition("/")[2]
    rows = ember.data(text, q=f"product_id:{number}")["files"]["nodes"]
    assert {row["id"] for row in rows} == images
    text = """query($q: String!) { abandonedCheckouts(first: 250, query: $q) {
        nodes { id } } }"""
    states = {
        state: ember.data(text, q=f"email_state:{state}")["abandonedCheckouts"]["nodes"]
        for state in ("sent", "not_sent", "scheduled", "suppressed")
    }
    found = [row["id"] for rows in states.values() for row in rows]
    assert len(found) == len(set(found)) > 0


def definitions(asker: Asker) -> dict[bool, str]:
    """A metafield of products that can be filtered by, and one that cannot."""
    text = """{ metafieldDefinitions(ownerType: PRODUCT) { nodes { namespace key
        capabilities { adminFilterable { enabled } } } } }"""
    found = asker.simulator.truth(asker.domain).select(text)["metafieldDefinitions"]
    return {
        each["capabilities"]["adminFilterable"]["enabled"]: (
            f"{each['namespace']}.{each['key']}"
        )
        for each in found
    }


def test_products_are_filtered_by_a_defined_metafield(ember: Asker) -> None:
    name = definitions(ember)[True]
    text = "{ products { nodes { id metafields { nodes { namespace key value } } } } }"
    products = ember.simulator.truth(ember.domain).select(text)["products"]
    values = {
        product["id"]: each["value"]
        for product in products
        for each in product["metafields"]
        if f"{each['namespace']}.{each['key']}" == name
    }
    value = next(iter(values.values()))
    text = "query($q: String!) { products(first: 250, query: $q) { nodes { id } } }"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    rows = ember.data(text, q=f"metafields.{name}:'{escaped}'")["products"]["nodes"]
    assert {row["id"] for row in rows} == {
        gid for gid, held in values.items() if held == value
    }


def test_a_metafield_nothing_makes_filterable_is_an_error_since_2026_10(
    ember: Asker,
) -> None:
    for name in (definitions(ember)[False], "custom.nowhere"):
        query = f"metafields.{name}:1"
        text = "query($q: String!) { products(first: 1, query: $q) { nodes { id } } }"
        [error] = ember.answer(text, q=query)["errors"]
        assert error["extensions"]["code"] == "BAD_REQUEST"
        store = ember.simulator.store(ember.domain)
        former = replace(load_schema(), version="2026-07")
        searching = Searching.of(store.world, former, now=lambda: END)
        made = searching.filters.prepare(query, "Product", known=())
        assert [each["code"] for each in made.warnings] == ["invalid_field"]


def test_a_saved_search_is_searched_for_beside_the_query(ember: Asker) -> None:
    [saved, *_] = ember.simulator.truth(ember.domain).select(
        "{ orderSavedSearches { nodes { id query } } }"
    )["orderSavedSearches"]
    text = """query($id: ID!, $q: String) {
        ordersCount(savedSearchId: $id, query: $q) { count } }"""
    alone = ember.data(text, id=saved["id"])["ordersCount"]["count"]
    assert alone == counted(ember, "orders", saved["query"])
    [error] = ember.answer(text, id="gid://shopify/SavedSearch/1")["errors"]
    assert error["extensions"]["code"] == "RESOURCE_NOT_FOUND"
