"""Bulk operations on all kinds of root: paths, values, nodes without ids, refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shopify_assets_tests.simulator.conftest import Asker

Json = dict[str, Any]


def lines(own: Asker, query: str) -> list[Json]:
    operation = own.run(query)
    assert operation["status"] == "COMPLETED", operation
    return [json.loads(line) for line in own.lines(operation)]


def test_records_of_a_path_are_roots(own: Asker) -> None:
    query = "{ shopifyPaymentsAccount { payouts { edges { node { id status } } } } }"
    found = lines(own, query)
    expected = own.simulator.truth(own.domain).select(query)
    assert found == expected["shopifyPaymentsAccount"]["payouts"]
    assert not any("__parentId" in each for each in found)


@pytest.mark.parametrize(
    "query",
    [
        "{ metafieldDefinitions(ownerType: PRODUCT) { edges { node { id key } } } }",
        '{ metaobjects(type: "ingredient") { edges { node { id handle } } } }',
        "{ events { edges { node { id action } } } }",
        "{ files { edges { node { id __typename } } } }",
        "{ catalogs(type: MARKET) { edges { node { id title } } } }",
    ],
)
def test_roots_asked_by_value_are_written_inline(own: Asker, query: str) -> None:
    [expected] = own.simulator.truth(own.domain).select(query).values()
    assert expected
    assert lines(own, query) == expected


def test_nodes_without_an_id_have_their_parents_alone(own: Asker) -> None:
    query = """{ products { edges { node { id resourcePublicationsV2 { edges { node {
        isPublished publication { id } } } } } } } }"""
    found = lines(own, query)
    children = [each for each in found if "__parentId" in each]
    products = own.simulator.truth(own.domain).select(query)["products"]
    for product in products:
        assert [
            {name: each[name] for name in ("isPublished", "publication")}
            for each in children
            if each["__parentId"] == product["id"]
        ] == product["resourcePublicationsV2"]
    assert children
    assert not any("id" in each for each in children)


def test_agreements_and_their_sales_come_two_levels_deep(own: Asker) -> None:
    query = """{ orders { edges { node { id agreements { edges { node { id sales {
        edges { node { id quantity } } } } } } } } } }"""
    found = lines(own, query)
    by_parent: dict[str, list[str]] = {}
    for each in found:
        by_parent.setdefault(each.get("__parentId", ""), []).append(each["id"])
    for order in own.simulator.truth(own.domain).select(query)["orders"]:
        ids = [each["id"] for each in order["agreements"]]
        assert by_parent[order["id"]] == ids
        for each in order["agreements"]:
            sales = [one["id"] for one in each["sales"]]
            assert by_parent.get(each["id"], []) == sales


@pytest.mark.parametrize(
    "query",
    [
        "{ customerSegmentMembers(%s) { edges { node { id } } } }",
        "{ translatableResources(%s) { edges { node { resourceId } } } }",
        "{ subscriptionBillingCycles(%s) { edges { node { cycleIndex } } } }",
    ],
)
def test_what_hangs_on_another_record_is_refused(own: Asker, query: str) -> None:
    given = {
        "customer": 'segmentId: "gid://shopify/Segment/1"',
        "translat": "resourceType: PRODUCT",
        "subscrip": 'contractId: "gid://shopify/SubscriptionContract/1"',
    }
    submitted = own.submit(query % given[query[2:10]])
    assert submitted["bulkOperation"] is None
    [error] = submitted["userErrors"]
    assert error["code"] == "INVALID"
    assert "'Node' interface" in error["message"]


@pytest.mark.parametrize(
    ("scope", "query"),
    [
        ("read_gift_cards", "{ giftCards { edges { node { id } } } }"),
        (
            "read_returns",
            "{ orders { edges { node { id returns { edges { node { id } } } } } } }",
        ),
    ],
)
def test_without_its_scope_an_operation_fails(
    own: Asker, scope: str, query: str
) -> None:
    held = own.simulator.store(own.domain).scopes()
    own.simulator.grant(own.domain, *(each for each in held if each != scope))
    operation = own.run(query)
    assert (operation["status"], operation["errorCode"]) == ("FAILED", "ACCESS_DENIED")
