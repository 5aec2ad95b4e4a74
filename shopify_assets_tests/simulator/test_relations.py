"""Records that belong together tell the same of each other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets_tests.simulator.conftest import EMBER, LUMEN, YUKI, Asker, Clock

if TYPE_CHECKING:
    from shopify_assets.simulator.http.server import Simulator
    from shopify_assets.simulator.shop.truth import Truth

Json = dict[str, Any]
RETURNS = """{ orders { nodes { id returnStatus updatedAt createdAt
    displayFulfillmentStatus fulfillments { fulfillmentLineItems { nodes {
        id quantity } } } refunds { id return { id } }
    returns { nodes { id status createdAt closedAt totalQuantity order { id }
        refunds { nodes { id } } returnLineItems { nodes { id quantity
            ... on ReturnLineItem { fulfillmentLineItem { id } } } }
        reverseFulfillmentOrders { nodes { id status lineItems { nodes { id
            totalQuantity fulfillmentLineItem { id } } } } } } } } } }"""


@pytest.fixture(params=[EMBER, YUKI, LUMEN])
def truth(request: pytest.FixtureRequest, shared: Simulator) -> Truth:
    return shared.truth(request.param)


def gids(records: list[Json]) -> list[str]:
    return [each["id"] for each in records]


def test_returns_are_of_what_their_order_shipped(truth: Truth) -> None:
    states: Counter[str] = Counter()
    longest = 0
    for order in truth.select(RETURNS)["orders"]:
        shipped = {
            line["id"]: line["quantity"]
            for each in order["fulfillments"]
            for line in each["fulfillmentLineItems"]
        }
        for each in order["returns"]:
            assert each["order"]["id"] == order["id"]
            assert order["createdAt"] <= each["createdAt"] <= order["updatedAt"]
            lines = each["returnLineItems"]
            assert each["totalQuantity"] == sum(line["quantity"] for line in lines)
            for line in lines:
                if "fulfillmentLineItem" in line:
                    assert (
                        line["quantity"] <= shipped[line["fulfillmentLineItem"]["id"]]
                    )
            for reverse in each["reverseFulfillmentOrders"]:
                assert len(reverse["lineItems"]) == len(lines)
            closed = each["status"] == "CLOSED"
            assert bool(each["refunds"]) == bool(each["closedAt"]) == closed
            states[each["status"]] += 1
            longest = max(longest, len(lines))
        linked = [each["return"] for each in order["refunds"] if each["return"]]
        closed_ones = [one for one in order["returns"] if one["status"] == "CLOSED"]
        assert gids(linked) == gids(closed_ones)
        if order["returns"] and order["returns"][-1]["status"] == "CLOSED":
            assert order["returnStatus"] == "RETURNED"
    assert states.keys() == {"OPEN", "REQUESTED", "DECLINED", "CANCELED", "CLOSED"}
    assert longest == 12


def test_a_return_that_changes_moves_its_order(own: Asker, clock: Clock) -> None:
    truth = own.simulator.truth(own.domain)
    [line, *_] = truth.records("Return")[0]["returnLineItems"]
    for gid, field in ((truth.ids("Return")[1], "name"), (line["id"], "customerNote")):
        clock.forward(60)
        fields: Json = {field: "changed"}
        truth.update(gid, **fields)
        moment = f"{clock.now:%Y-%m-%dT%H:%M:%SZ}"
        text = """{ orders(first: 5, query: "updated_at:>='%s'") { nodes {
            returns(first: 5) { nodes { id name returnLineItems(first: 20) { nodes {
                id customerNote } } } } } } }"""
        [order] = own.data(text % moment)["orders"]["nodes"]
        assert "changed" in str(order["returns"])
        assert gid in str(order["returns"])


def test_returns_go_with_orders_that_are_not_shown(own: Asker) -> None:
    """Without read_all_orders, what is older than sixty days is hidden."""
    truth = own.simulator.truth(own.domain)
    scopes = own.simulator.store(own.domain).scopes()
    own.simulator.grant(
        own.domain, *(each for each in scopes if each != "read_all_orders")
    )
    text = "query($i: [ID!]!) { nodes(ids: $i) { id } }"
    held = truth.ids("Return")
    shown = [each for each in own.data(text, i=held)["nodes"] if each]
    orders = own.data("{ orders(first: 99) { nodes { returns(first: 9) { nodes { id"
                      " } } } } }")  # fmt: skip
    listed = [
        one for each in orders["orders"]["nodes"] for one in each["returns"]["nodes"]
    ]
    assert sorted(gids(shown)) == sorted(gids(listed))
    assert len(shown) < len(held)
    counted = own.data("{ ordersCount { count } }")["ordersCount"]["count"]
    assert counted == len(orders["orders"]["nodes"]) < truth.count("Order")
    companies = own.data("""{ companies(first: 50) { nodes { ordersCount { count }
        orders(first: 250) { nodes { id } } } } }""")["companies"]["nodes"]
    for each in companies:
        assert each["ordersCount"]["count"] == len(each["orders"]["nodes"])
    named = own.data(text, i=truth.ids("Order"))["nodes"]
    assert len(named) - named.count(None) == counted


def test_companies_their_contacts_and_orders_belong_together(truth: Truth) -> None:
    text = """{ companies { nodes { id ordersCount { count } contactsCount { count }
            orders { nodes { id } } mainContact { id } contactRoles { nodes { id } }
            contacts { nodes { id company { id } customer { id } roleAssignments {
                nodes { id role { id } companyLocation { id } } } } }
            locations { nodes { id company { id } roleAssignments { nodes {
                id } } } } } }
        companyLocations { nodes { id } }
        orders { nodes { id customer { id } purchasingEntity { __typename
            ... on PurchasingCompany { company { id } contact { id } } } } }
        customers { nodes { id companyContactProfiles { id } } } }"""
    found = truth.select(text)
    bought = {each["id"]: each for each in found["orders"]}
    profiles = {
        one["id"]: each["id"]
        for each in found["customers"]
        for one in each["companyContactProfiles"]
    }
    locations = []
    for company in found["companies"]:
        contacts = company["contacts"]
        assert {each["company"]["id"] for each in contacts} <= {company["id"]}
        assert {each["id"]: each["customer"]["id"] for each in contacts} == {
            each["id"]: profiles.pop(each["id"]) for each in contacts
        }
        assert company["ordersCount"]["count"] == len(company["orders"])
        assert company["contactsCount"]["count"] == len(contacts)
        roles = set(gids(company["contactRoles"]))
        given = [one for each in contacts for one in each["roleAssignments"]]
        assert {each["role"]["id"] for each in given} <= roles
        told = [one for each in company["locations"] for one in each["roleAssignments"]]
        assert sorted(gids(given)) == sorted(gids(told))
        for order in company["orders"]:
            entity = bought.pop(order["id"])["purchasingEntity"]
            assert entity["company"]["id"] == company["id"]
        locations += gids(company["locations"])
    assert profiles == {}
    assert locations == gids(found["companyLocations"])
    for order in bought.values():
        assert (order["purchasingEntity"] or {}).get("__typename") in {None, "Customer"}
    assert len(bought) < len(found["orders"])


def test_publications_are_told_alike_from_both_sides(truth: Truth) -> None:
    text = """{ publications { nodes { id includedProducts { nodes { id } }
            collections { nodes { id } } includedProductsCount { count } } }
        products { nodes { id resourcePublicationsV2(onlyPublished: false) { nodes {
            isPublished publication { id } } }
            published: resourcePublicationsV2 { nodes { isPublished } } } }
        collections { nodes { id resourcePublicationsV2 { nodes {
            publication { id } } } } } }"""
    found = truth.select(text)
    for publication in found["publications"]:
        gid = publication["id"]
        shown = [
            each["id"]
            for each in found["products"]
            for one in each["resourcePublicationsV2"]
            if one["isPublished"] and one["publication"]["id"] == gid
        ]
        assert gids(publication["includedProducts"]) == shown
        assert publication["includedProductsCount"]["count"] == len(shown)
        assert gids(publication["collections"]) == [
            each["id"]
            for each in found["collections"]
            for one in each["resourcePublicationsV2"]
            if one["publication"]["id"] == gid
        ]
    later = [
        each for one in found["products"] for each in one["resourcePublicationsV2"]
    ]
    assert not all(each["isPublished"] for each in later)
    published = [each for one in found["products"] for each in one["published"]]
    assert all(each["isPublished"] for each in published)


def test_plans_are_offered_with_the_products_they_name(truth: Truth) -> None:
    text = """{ sellingPlanGroups { nodes { id products { nodes { id } }
            productVariants { nodes { id } } sellingPlans { nodes { id } } } }
        products { nodes { id sellingPlanGroups { nodes { id } } } }
        productVariants { nodes { id sellingPlanGroups { nodes { id } } } } }"""
    found = truth.select(text)
    for group in found["sellingPlanGroups"]:
        assert gids(group["products"]) == [
            each["id"]
            for each in found["products"]
            if {"id": group["id"]} in each["sellingPlanGroups"]
        ]
        assert group["sellingPlans"]
    assert found["sellingPlanGroups"][-1]["products"] == []


def test_transfers_are_carried_by_their_shipments(truth: Truth) -> None:
    text = """{ inventoryTransfers { nodes { id status totalQuantity receivedQuantity
        lineItems { nodes { totalQuantity shippedQuantity inventoryItem { id sku } } }
        shipments { nodes { id lineItemTotalQuantity totalReceivedQuantity
            lineItems { nodes { quantity inventoryItem { id } } } } } } } }"""
    transfers = truth.select(text)["inventoryTransfers"]
    for each in transfers:
        lines, shipments = each["lineItems"], each["shipments"]
        sent = sum(one["lineItemTotalQuantity"] for one in shipments)
        received = sum(one["totalReceivedQuantity"] for one in shipments)
        assert each["totalQuantity"] == sum(one["totalQuantity"] for one in lines)
        assert sent == sum(one["shippedQuantity"] for one in lines)
        assert each["receivedQuantity"] == received <= sent <= each["totalQuantity"]
        for shipment in shipments:
            assert [one["inventoryItem"]["id"] for one in shipment["lineItems"]] == [
                one["inventoryItem"]["id"] for one in lines
            ]
    assert max(len(each["lineItems"]) for each in transfers) == 12


def test_content_is_linked_both_ways_and_menus_have_three_levels(truth: Truth) -> None:
    text = """{ blogs { nodes { id articles { nodes { id } } } }
        articles { nodes { id blog { id } comments { nodes { id article { id } } } } }
        comments { nodes { id } }
        menus { nodes { items { id items { id items { id items { id } } } } } } }"""
    found = truth.select(text)
    for blog in found["blogs"]:
        assert gids(blog["articles"]) == [
            each["id"] for each in found["articles"] if each["blog"]["id"] == blog["id"]
        ]
    comments = [one for each in found["articles"] for one in each["comments"]]
    assert sorted(gids(comments)) == sorted(gids(found["comments"]))
    main, *_, empty = found["menus"]
    third = [
        one for each in main["items"] for two in each["items"] for one in two["items"]
    ]
    assert len(third) == 8
    assert all(each["items"] == [] for each in third)
    assert empty["items"] == []


def test_files_are_of_five_types_with_the_images_of_products(truth: Truth) -> None:
    text = """{ files { nodes { __typename id updatedAt } }
        products { nodes { media { nodes { id } } } } }"""
    found = truth.select(text)
    assert {each["__typename"] for each in found["files"]} == {
        "MediaImage", "GenericFile", "Video", "Model3d", "ExternalVideo"
    }  # fmt: skip
    held = set(gids(found["files"]))
    assert len(held) == len(found["files"])
    assert {one["id"] for each in found["products"] for one in each["media"]} <= held


def test_events_tell_of_real_records(truth: Truth) -> None:
    text = """{ events { nodes { id createdAt action ... on BasicEvent {
            subjectId subjectType subject { ... on Order { id } } }
        ... on CommentEvent { author { id } commented: subject { id } } } }
        orders { nodes { id createdAt events { nodes { id } } } } }"""
    found = truth.select(text)
    kinds = Counter(each["action"] for each in found["events"])
    assert kinds.keys() == {"create", "update", "comment", "destroy"}
    told = set(gids(found["events"]))
    for order in found["orders"]:
        assert set(gids(order["events"])) <= told
    made = {each["id"]: each["createdAt"] for each in found["orders"]}
    for each in found["events"]:
        if each["action"] == "create" and each["subjectType"] == "ORDER":
            assert each["subject"] == {"id": each["subjectId"]}
            assert made[each["subjectId"]] == each["createdAt"] >= "2025-11-01"
        if each["action"] == "destroy":
            assert each["subject"] is None


def test_prices_of_a_list_are_of_real_variants(truth: Truth) -> None:
    text = """{ priceLists { nodes { id currency fixedPricesCount catalog { id }
            prices(originType: FIXED) { nodes { variant { id }
                price { currencyCode } } } } }
        catalogs { nodes { id priceList { id } } } productVariants { nodes { id } } }"""
    found = truth.select(text)
    variants = set(gids(found["productVariants"]))
    catalogs = {
        each["priceList"]["id"]: each["id"]
        for each in found["catalogs"]
        if each["priceList"]
    }
    for each in found["priceLists"]:
        assert each["fixedPricesCount"] == len(each["prices"])
        assert {one["variant"]["id"] for one in each["prices"]} <= variants
        assert {one["price"]["currencyCode"] for one in each["prices"]} <= {
            each["currency"]
        }
        assert (each["catalog"] or {}).get("id") == catalogs.get(each["id"])
    assert max(len(each["prices"]) for each in found["priceLists"]) == 300


@pytest.mark.parametrize(
    "root", ["metaobjects", "articles", "companies", "files", "subscriptionContracts"]
)
def test_many_records_change_in_the_same_second(truth: Truth, root: str) -> None:
    arguments = '(type: "ingredient")' if root == "metaobjects" else ""
    rows = truth.select(f"{{ {root}{arguments} {{ nodes {{ updatedAt }} }} }}")[root]
    moments = Counter(each["updatedAt"] for each in rows)
    assert max(moments.values()) > 1
    assert len(moments) > 1


def test_payment_methods_that_were_revoked_are_hidden_by_default(truth: Truth) -> None:
    text = """{ customers { nodes { shown: paymentMethods { nodes { revokedAt } }
        all: paymentMethods(showRevoked: true) { nodes { revokedAt customer { id } } }
        id } } }"""
    customers = truth.select(text)["customers"]
    held = [one for each in customers for one in each["all"]]
    shown = [one for each in customers for one in each["shown"]]
    assert len(shown) < len(held)
    assert all(each["revokedAt"] is None for each in shown)
    for each in customers:
        assert {one["customer"]["id"] for one in each["all"]} <= {each["id"]}
