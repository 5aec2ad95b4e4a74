"""The oracle, and the world as tests change it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.catalog.schema import load_schema
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from shopify_assets_tests.simulator.conftest import Asker, Clock

MODELLED = (
    "Order", "Customer", "Product", "ProductVariant", "InventoryItem", "InventoryLevel",
    "Location", "Collection", "DiscountNode", "DraftOrder", "AbandonedCheckout",
    "FulfillmentOrder", "TenderTransaction",
)  # fmt: skip
LATER = datetime(2026, 11, 1, 2, tzinfo=UTC)
CHANGED = """{ orders(first: 50, query: "updated_at:>='2026-11-01T00:00:00Z'") {
    nodes { id note updatedAt } } }"""


def changed(asker: Asker) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = asker.data(CHANGED)["orders"]["nodes"]
    return rows


def test_a_change_shows_and_moves_the_update_time(own: Asker) -> None:
    truth = own.simulator.truth(own.domain)
    gid = truth.ids("Order")[3]
    truth.update(gid, at=LATER, note="new")
    expected = {"id": gid, "note": "new", "updatedAt": "2026-11-01T02:00:00Z"}
    assert changed(own) == [expected]
    assert truth.record(gid)["note"] == "new"  # type: ignore[index]  # it exists


def test_a_change_of_a_child_moves_its_owner(own: Asker, clock: Clock) -> None:
    truth = own.simulator.truth(own.domain)
    line = truth.records("Order")[0]["lineItems"][0]
    truth.update(line["id"], title="renamed")
    assert [row["updatedAt"] for row in changed(own)] == [
        f"{clock.now:%Y-%m-%dT%H:%M:%SZ}"
    ]
    assert own.data(
        "query($i: ID!) { node(id: $i) { ... on LineItem { title } } }", i=line["id"]
    ) == {"node": {"title": "renamed"}}


def test_a_payment_entered_late_lies_among_older_ones_with_the_greatest_id(
    own: Asker,
) -> None:
    truth = own.simulator.truth(own.domain)
    held = truth.ids("TenderTransaction")
    processed = datetime(2026, 9, 1, 12, tzinfo=UTC)
    late = truth.pay_late(processed=processed)
    assert late["processedAt"] == "2026-09-01T12:00:00Z"
    assert (
        max([*held, late["id"]], key=lambda gid: int(gid.split("/")[-1])) == late["id"]
    )
    text = """query($q: String) { tenderTransactions(first: 250, query: $q) {
        nodes { id processedAt } } }"""
    around = "processed_at:>='2026-09-01T12:00:00Z' AND processed_at:<'2026-09-02'"
    first, *_ = own.data(text, q=around)["tenderTransactions"]["nodes"]
    assert first == {"id": late["id"], "processedAt": "2026-09-01T12:00:00Z"}
    assert truth.record(late["order"]["id"])["createdAt"] > "2026-11"  # type: ignore[index]  # it was just made


def test_what_is_deleted_is_gone_everywhere(own: Asker) -> None:
    truth = own.simulator.truth(own.domain)
    order = next(each for each in truth.records("Order") if each["customer"])
    product = truth.ids("Product")[0]
    line = truth.records("Order")[-1]["lineItems"][0]["id"]
    for gid in (order["id"], product, line):
        truth.delete(gid)
    assert own.data(
        "query($i: [ID!]!) { nodes(ids: $i) { id } }", i=[order["id"], product, line]
    ) == {"nodes": [None, None, None]}
    assert order["id"] not in truth.ids("Order")
    found = own.data(
        "query($i: ID!) { customer(id: $i) { orders(first: 9) { nodes { id } } } }",
        i=order["customer"]["id"],
    )
    assert order["id"] not in {
        each["id"] for each in found["customer"]["orders"]["nodes"]
    }
    assert own.data("{ ordersCount { count } productsCount { count } }") == {
        "ordersCount": {"count": 39},
        "productsCount": {"count": 39},
    }


def test_events_tell_of_deletions(own: Asker) -> None:
    truth = own.simulator.truth(own.domain)
    gid = truth.ids("DraftOrder")[0]
    truth.delete(gid, at=LATER)
    text = """{ events(first: 9, query:
            "action:destroy AND created_at:>='2026-11-01T00:00:00Z'") { nodes {
                action createdAt ... on BasicEvent { subjectId subjectType } } } }"""
    assert own.data(text)["events"]["nodes"] == [
        {
            "action": "destroy",
            "createdAt": "2026-11-01T02:00:00Z",
            "subjectId": gid,
            "subjectType": "DRAFT_ORDER",
        }
    ]


def test_orders_are_added_and_bulk_operations_see_them(own: Asker) -> None:
    truth = own.simulator.truth(own.domain)
    made = truth.create_order(at=LATER, note="fresh")
    more = truth.add_orders(2, at=LATER)
    assert {row["id"] for row in changed(own)} == {made["id"], *more}
    assert made["note"] == "fresh"
    assert made["createdAt"] == "2026-11-01T02:00:00Z"
    operation = own.run("{ orders { edges { node { id } } } }")
    assert operation["rootObjectCount"] == str(truth.count("Order")) == "43"


@pytest.mark.parametrize("count", [250, 251])
def test_nodes_take_250_ids(own: Asker, count: int) -> None:
    gid = own.simulator.truth(own.domain).ids("Order")[0]
    body = own.answer("query($i: [ID!]!) { nodes(ids: $i) { id } }", i=[gid] * count)
    if count == 250:
        assert body["data"]["nodes"] == [{"id": gid}] * count
    else:
        assert body["errors"][0]["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"


def test_what_is_no_id_is_refused_and_what_is_missing_is_null(own: Asker) -> None:
    text = "query($i: [ID!]!) { nodes(ids: $i) { id } }"
    [error] = own.answer(text, i=["nonsense"])["errors"]
    assert error["extensions"]["code"] == "RESOURCE_NOT_FOUND"
    missing = ["gid://shopify/Order/1", "gid://shopify/Nothing/1"]
    assert own.data(text, i=missing) == {"nodes": [None, None]}


def test_every_record_and_child_is_found_by_its_id(own: Asker) -> None:
    truth = own.simulator.truth(own.domain)
    found: dict[str, str] = {}
    for kind in MODELLED:
        for record in truth.records(kind)[:30]:
            collect(record, found)
    kinds = set(found.values())
    assert {"LineItem", "Refund", "OrderTransaction", "Fulfillment", "FulfillmentEvent",
            "MailingAddress", "MediaImage", "DiscountRedeemCode"} <= kinds  # fmt: skip
    node = set(load_schema()["Node"].possible)
    ids = [gid for gid, kind in found.items() if kind in node]
    for at in range(0, len(ids), 250):
        page = ids[at : at + 250]
        text = "query($i: [ID!]!) { nodes(ids: $i) { id __typename } }"
        rows = own.data(text, i=page)["nodes"]
        assert rows == [{"id": gid, "__typename": found[gid]} for gid in page]


def collect(value: Any, found: dict[str, str]) -> None:
    """Gather the types of all ids within a record, links not followed."""
    if isinstance(value, list):
        for each in value:
            collect(each, found)
    elif isinstance(value, dict):
        if "__typename" in value and "id" in value and len(value) > 2:
            found[value["id"]] = value["__typename"]
        for each in value.values():
            collect(each, found)


def test_metafields_are_filtered_and_found_by_id(ember: Asker) -> None:
    text = """{ orders(first: 50) { nodes { metafields(first: 9) { nodes {
        id namespace key value type owner { ... on Order { id } } } } id
        custom: metafields(first: 9, namespace: "custom") { nodes { namespace } }
        care: metafield(namespace: "custom", key: "care") { key } } } }"""
    rows = ember.data(text)["orders"]["nodes"]
    held = [(row["id"], each) for row in rows for each in row["metafields"]["nodes"]]
    assert held
    assert all(each["owner"]["id"] == owner for owner, each in held)
    found = ember.data(
        "query($i: [ID!]!) { nodes(ids: $i) { ... on Metafield { id key value } } }",
        i=[each["id"] for _, each in held],
    )["nodes"]
    assert found == [
        {key: each[key] for key in ("id", "key", "value")} for _, each in held
    ]
    assert {each["namespace"] for row in rows for each in row["custom"]["nodes"]} == {
        "custom"
    }


def test_the_oracle_selects_without_pages_and_scopes(own: Asker) -> None:
    truth = own.simulator.truth(own.domain)
    own.simulator.grant(own.domain)
    text = (
        "{ orders(sortKey: ID) { edges { node { id lineItems { nodes { id } } } } } }"
    )
    expected = [
        {
            "id": order["id"],
            "lineItems": [{"id": line["id"]} for line in order["lineItems"]],
        }
        for order in truth.records("Order")
    ]
    assert truth.select(text)["orders"] == expected


def test_requests_are_counted(own: Asker) -> None:
    own.data("{ shop { id } orders(first: 1) { nodes { id } } }")
    operation = own.run("{ orders { edges { node { id } } } }")
    own.lines(operation)
    counted = own.simulator.requests(own.domain)
    assert counted.fields["orders"] == counted.fields["shop"] == 1
    assert (counted.bulk_operations, counted.downloads) == (1, 1)
    assert counted.download_bytes == int(operation["fileSize"])
    assert counted.log[0].fields == ("shop", "orders")
    counted.reset()
    assert (counted.graphql, counted.fields.total()) == (0, 0)


def test_a_shop_that_is_not_simulated_is_named(own: Asker) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.myshopify\.com"):
        own.simulator.truth("none.myshopify.com")
