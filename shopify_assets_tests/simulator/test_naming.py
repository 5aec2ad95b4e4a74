"""Naming one record, and a place in a list: ids, keys and cursors, good and bad."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.simulator.world import ids

if TYPE_CHECKING:
    from shopify_assets_tests.simulator.conftest import Asker

Json = dict[str, Any]
ORDER = ids.gid("Order", 3)
PRODUCT = ids.gid("Product", 3)


def refusal(asker: Asker, text: str, **variables: Any) -> tuple[str, str]:
    """The one error of an answer: its message and its code."""
    [error] = asker.answer(text, **variables)["errors"]
    return error["message"], error["extensions"]["code"]


@pytest.mark.parametrize(
    "gid",
    ["foo", "", "1", "gid://shopify/Order/", "gid://shopify/Order/x", PRODUCT,
     "gid://shopify/Product/1", "gid://other/Order/1"],
)  # fmt: skip
def test_what_is_no_id_of_an_order_is_refused(ember: Asker, gid: str) -> None:
    text = "query($id: ID!) { order(id: $id) { id } }"
    assert refusal(ember, text, id=gid) == (f"Invalid id: {gid}", "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize(
    "gid",
    ["gid://shopify/Order/1", f"{ORDER}?x=", f"{ORDER}?x=1", ids.gid("Order", 399_999),
     "gid://shopify/Order/99999999999999999999999999"],
)  # fmt: skip
def test_an_order_that_is_not_there_is_null(ember: Asker, gid: str) -> None:
    text = "query($id: ID!) { order(id: $id) { id } node(id: $id) { id } }"
    assert ember.data(text, id=gid) == {"order": None, "node": None}


def test_an_interface_has_no_ids(ember: Asker) -> None:
    for root, kind in (("catalog", "Catalog"), ("event", "Event")):
        text = f'{{ {root}(id: "gid://shopify/{kind}/40000000001") {{ id }} }}'
        assert ember.data(text) == {root: None}


def test_a_record_behind_an_interface_is_found(ember: Asker) -> None:
    truth = ember.simulator.truth(ember.domain)
    for root, kind in (("catalogs", "catalog"), ("events", "event")):
        listed = truth.select(f"{{ {root} {{ nodes {{ id __typename }} }} }}")[root]
        for row in (listed[0], listed[-1]):
            text = f'{{ {kind}(id: "{row["id"]}") {{ id __typename }} }}'
            assert ember.data(text) == {kind: row}


@pytest.mark.parametrize(
    ("root", "kind", "key", "field"),
    [
        ("productByIdentifier", "Product", "handle", "handle"),
        ("productByIdentifier", "Product", "id", "id"),
        ("collectionByIdentifier", "Collection", "handle", "handle"),
        ("orderByIdentifier", "Order", "id", "id"),
        ("customerByIdentifier", "Customer", "id", "id"),
    ],
)
def test_records_are_found_by_identifiers(
    ember: Asker, root: str, kind: str, key: str, field: str
) -> None:
    wanted = ember.simulator.truth(ember.domain).records(kind)[5]
    text = f'{{ {root}(identifier: {{ {key}: "%s" }}) {{ id }} }}'
    assert ember.data(text % wanted[field]) == {root: {"id": wanted["id"]}}
    if key != "id":
        assert ember.data(text % "nobody") == {root: None}
    else:
        assert refusal(ember, text % "nobody")[1] == "RESOURCE_NOT_FOUND"


def test_customers_are_found_by_address_and_number(ember: Asker) -> None:
    customers = ember.simulator.truth(ember.domain).records("Customer")
    for key, held, name in (
        ("emailAddress", "defaultEmailAddress", "emailAddress"),
        ("phoneNumber", "defaultPhoneNumber", "phoneNumber"),
    ):
        wanted = next(each for each in customers[3:] if each[held])
        first = next(e for e in customers if e[held] and
                     e[held][name] == wanted[held][name])  # fmt: skip
        text = f'{{ customerByIdentifier(identifier: {{ {key}: "%s" }}) {{ id }} }}'
        assert ember.data(text % wanted[held][name]) == {
            "customerByIdentifier": {"id": first["id"]}
        }
        assert ember.data(text % "nobody") == {"customerByIdentifier": None}


def test_records_are_found_by_a_metafield(ember: Asker) -> None:
    truth = ember.simulator.truth(ember.domain)
    text = "{ products { nodes { id metafields { nodes { namespace key value } } } } }"
    product = next(p for p in truth.select(text)["products"] if p["metafields"])
    custom = product["metafields"][0]
    text = """query($custom: UniqueMetafieldValueInput!) {
        productByIdentifier(identifier: { customId: $custom }) {
            metafield(namespace: "%s", key: "%s") { value } } }"""
    found = ember.data(text % (custom["namespace"], custom["key"]), custom=custom)
    assert found["productByIdentifier"]["metafield"]["value"] == custom["value"]
    custom["value"] = "nowhere"
    text = text % (custom["namespace"], custom["key"])
    assert ember.data(text, custom=custom) == {"productByIdentifier": None}


def test_other_keys_find_their_record_or_nothing(ember: Asker) -> None:
    truth = ember.simulator.truth(ember.domain)
    metaobject = truth.records("Metaobject")[7]
    text = """query($handle: MetaobjectHandleInput!) {
        metaobjectByHandle(handle: $handle) { id } }"""
    key = {"type": metaobject["type"], "handle": metaobject["handle"]}
    found = {"metaobjectByHandle": {"id": metaobject["id"]}}
    assert ember.data(text, handle=key) == found
    key["type"] = "nothing"
    assert ember.data(text, handle=key) == {"metaobjectByHandle": None}
    channel = truth.records("Channel")[1]
    text = '{ channelByHandle(handle: "%s") { id } }'
    found = {"channelByHandle": {"id": channel["id"]}}
    assert ember.data(text % channel["handle"]) == found
    assert ember.data(text % "x") == {"channelByHandle": None}


def cursor(content: Any) -> str:
    return base64.b64encode(json.dumps(content).encode()).decode()


INVALID = ("Invalid cursor for current pagination sort.", "BAD_REQUEST")
GARBAGE = [
    "", "x", "é", "e30=", cursor([]), cursor(None), cursor({"last_id": 1}),
    cursor({"last_id": "x", "last_value": 1}), cursor({"last_id": 1, "last_value": {}}),
    base64.b64encode(b'{"last_id": 1e400, "last_value": 1}').decode(),
    base64.b64encode(b"[" * 100_000).decode(),
]  # fmt: skip


@pytest.mark.parametrize("given", GARBAGE)
@pytest.mark.parametrize(
    ("called", "node"),
    [
        ("orders(first: 1, after: $c)", "id"),
        ("orders(last: 1, before: $c, sortKey: ID)", "id"),
        ("products(first: 1, after: $c, sortKey: TITLE)", "id"),
        ("files(first: 1, after: $c)", "id"),
        ("automaticDiscounts(first: 1, after: $c)", "__typename"),
        ("deletionEvents(first: 1, after: $c)", "subjectId"),
        (f'order(id: "{ORDER}") {{ lineItems(first: 1, after: $c)', "id"),
    ],
)
def test_what_is_no_cursor_is_refused(
    ember: Asker, called: str, node: str, given: str
) -> None:
    end = " }" if "{" in called else ""
    text = f"query($c: String) {{ {called} {{ nodes {{ {node} }} }} {end} }}"
    assert refusal(ember, text, c=given) == INVALID


@pytest.mark.parametrize(
    ("made_by", "given_to"),
    [
        ("UPDATED_AT", "TOTAL_PRICE"), ("UPDATED_AT", "ID"), ("ID", "UPDATED_AT"),
        ("TOTAL_PRICE", "CUSTOMER_NAME"), ("CUSTOMER_NAME", "PROCESSED_AT"),
        ("FINANCIAL_STATUS", "ORDER_NUMBER"), ("TOTAL_PRICE", "ID"),
    ],
)  # fmt: skip
def test_a_cursor_of_another_sort_key_is_refused(
    ember: Asker, made_by: str, given_to: str
) -> None:
    text = """query($c: String) { orders(first: 200, after: $c, sortKey: %s) {
        nodes { id } pageInfo { endCursor } } }"""
    page = ember.data(text % made_by)["orders"]
    given = page["pageInfo"]["endCursor"]
    assert refusal(ember, text % given_to, c=given) == INVALID
    rest = ember.data(text % made_by, c=given)["orders"]["nodes"]
    assert not {each["id"] for each in rest} & {each["id"] for each in page["nodes"]}


def test_a_cursor_of_another_connection_is_taken_for_what_it_says(
    ember: Asker,
) -> None:
    """Nothing in it tells where it is from; Shopify's hold an id and a value, too."""
    text = """query($c: String) { %s(first: 3, after: $c, sortKey: UPDATED_AT) {
        nodes { updatedAt } pageInfo { endCursor } } }"""
    given = ember.data(text % "orders")["orders"]["pageInfo"]["endCursor"]
    since = json.loads(base64.b64decode(given))["last_value"]
    found = ember.data(text % "customers", c=given)["customers"]["nodes"]
    assert found
    assert all(each["updatedAt"] >= since for each in found)
