"""The shops' records: lawful, deterministic, and as awkward as real ones."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from shopify_assets.catalog.schema import load_schema
from shopify_assets.simulator.http.server import SimulatedShop, Simulator
from shopify_assets_tests.simulator.conftest import EMBER, END, LUMEN, YUKI, Asker

Json = dict[str, Any]
SIDES = ("shopMoney", "presentmentMoney")


class Known:
    """What shops hold, read once."""

    def __init__(self, shared: Simulator, domain: str) -> None:
        self.records = cache(shared.truth(domain).records)


@pytest.fixture(scope="module", params=[EMBER, YUKI, LUMEN])
def truth(request: pytest.FixtureRequest, shared: Simulator) -> Known:
    return Known(shared, request.param)


@pytest.fixture(scope="module")
def ember_orders(shared: Simulator) -> list[Json]:
    return shared.truth(EMBER).records("Order")


def money(bag: Json, side: str) -> Decimal:
    return Decimal(bag[side]["amount"])


def added(records: list[Json], key: str, side: str) -> Decimal:
    return sum((money(record[key], side) for record in records), Decimal(0))


def kept(order: Json) -> list[Json]:
    """Lines that no edit removed (edited orders have no refunds)."""
    lines: list[Json] = order["lineItems"]
    return [line for line in lines if not order["edited"] or line["currentQuantity"]]


@pytest.mark.parametrize("side", SIDES)
def test_an_orders_total_is_lines_shipping_and_tax_less_discounts(
    truth: Known, side: str
) -> None:
    for order in truth.records("Order"):
        tax = (
            Decimal(0) if order["taxesIncluded"] else money(order["totalTaxSet"], side)
        )
        expected = (
            added(kept(order), "originalTotalSet", side)
            + money(order["totalShippingPriceSet"], side)
            + tax
            - money(order["totalDiscountsSet"], side)
        )
        assert money(order["totalPriceSet"], side) == expected, order["name"]


@pytest.mark.parametrize("side", SIDES)
def test_discounts_and_taxes_are_the_sums_of_their_parts(
    truth: Known, side: str
) -> None:
    for order in truth.records("Order"):
        lines = kept(order)
        holders = [*lines, *order["shippingLines"]]
        allocations = [
            each for holder in holders for each in holder["discountAllocations"]
        ]
        discounts = added(allocations, "allocatedAmountSet", side)
        assert money(order["totalDiscountsSet"], side) == discounts
        assert added(lines, "totalDiscountSet", side) == added(
            [each for line in lines for each in line["discountAllocations"]],
            "allocatedAmountSet",
            side,
        )
        taxes = [each for holder in holders for each in holder["taxLines"]]
        assert money(order["totalTaxSet"], side) == added(taxes, "priceSet", side)
        assert money(order["totalTaxSet"], side) == added(
            order["taxLines"], "priceSet", side
        )


@pytest.mark.parametrize("side", SIDES)
def test_refunds_are_explained_and_never_exceed_what_was_received(
    truth: Known, side: str
) -> None:
    for order in truth.records("Order"):
        for refund in order["refunds"]:
            lines, shipping = refund["refundLineItems"], refund["refundShippingLines"]
            expected = (
                added(lines, "subtotalSet", side)
                + added(shipping, "subtotalAmountSet", side)
                + added(refund["orderAdjustments"], "amountSet", side)
            )
            if not order["taxesIncluded"]:
                expected += added(lines, "totalTaxSet", side)
                expected += added(shipping, "taxAmountSet", side)
            assert money(refund["totalRefundedSet"], side) == expected
        refunded = added(order["refunds"], "totalRefundedSet", side)
        assert refunded == money(order["totalRefundedSet"], side)
        assert refunded <= money(order["totalReceivedSet"], side)


@pytest.mark.parametrize("side", SIDES)
def test_transactions_make_up_what_was_received_and_given_back(
    truth: Known, side: str
) -> None:
    for order in truth.records("Order"):
        done = [each for each in order["transactions"] if each["status"] == "SUCCESS"]
        paid = [each for each in done if each["kind"] in {"SALE", "CAPTURE"}]
        back = [each for each in done if each["kind"] == "REFUND"]
        assert added(paid, "amountSet", side) == money(order["totalReceivedSet"], side)
        assert added(back, "amountSet", side) == money(order["totalRefundedSet"], side)
        assert money(order["netPaymentSet"], side) == (
            money(order["totalReceivedSet"], side)
            - money(order["totalRefundedSet"], side)
        )


def test_tender_transactions_are_the_money_of_the_orders(truth: Known) -> None:
    moved: defaultdict[str, Decimal] = defaultdict(Decimal)
    for tender in truth.records("TenderTransaction"):
        moved[tender["order"]["id"]] += Decimal(tender["amount"]["amount"])
    for order in truth.records("Order"):
        net = Decimal(order["netPaymentSet"]["presentmentMoney"]["amount"])
        assert moved[order["id"]] == net


def test_fulfilments_hold_no_more_than_was_ordered(truth: Known) -> None:
    for order in truth.records("Order"):
        shipped: Counter[str] = Counter()
        for fulfillment in order["fulfillments"]:
            for line in fulfillment["fulfillmentLineItems"]:
                shipped[line["lineItem"]["id"]] += line["quantity"]
            assert fulfillment["totalQuantity"] == sum(
                line["quantity"] for line in fulfillment["fulfillmentLineItems"]
            )
        for line in order["lineItems"]:
            assert shipped[line["id"]] <= line["quantity"]
            assert 0 <= line["currentQuantity"] <= line["quantity"]


def test_what_is_on_hand_is_the_sum_of_its_states(truth: Known) -> None:
    levels = truth.records("InventoryLevel")
    assert levels
    for level in levels:
        held = {each["name"]: each["quantity"] for each in level["quantities"]}
        incoming = held.pop("incoming")
        assert held.pop("on_hand") == sum(held.values())
        assert incoming >= 0
        assert set(held) == {
            "available", "committed", "damaged", "quality_control", "reserved",
            "safety_stock",
        }  # fmt: skip


def test_both_sides_of_a_link_agree(truth: Known) -> None:
    of_customer: Counter[str] = Counter(
        order["customer"]["id"] for order in truth.records("Order") if order["customer"]
    )
    for customer in truth.records("Customer"):
        assert customer["numberOfOrders"] == str(of_customer[customer["id"]])
        assert len(customer["orders"]) == of_customer[customer["id"]]
    members = {
        (collection["id"], product["id"])
        for collection in truth.records("Collection")
        for product in collection["products"]
    }
    assert members == {
        (collection["id"], product["id"])
        for product in truth.records("Product")
        for collection in product["collections"]
    }
    variants = {
        each["id"]: each["product"]["id"] for each in truth.records("ProductVariant")
    }
    assert variants == {
        variant["id"]: product["id"]
        for product in truth.records("Product")
        for variant in product["variants"]
    }
    stock = {
        each["id"]: each["inventoryQuantity"]
        for each in truth.records("ProductVariant")
    }
    for product in truth.records("Product"):
        total = sum(stock[each["id"]] for each in product["variants"])
        assert product["totalInventory"] == (total if product["tracksInventory"] else 0)


def test_draft_orders_and_checkouts_add_up(truth: Known) -> None:
    for sale in [*truth.records("DraftOrder"), *truth.records("AbandonedCheckout")]:
        draft = sale["__typename"] == "DraftOrder"
        key = "discountedTotalSet" if draft else "discountedTotalPriceSet"
        for side in SIDES:
            net = added(sale["lineItems"], key, side)
            assert money(sale["subtotalPriceSet"], side) == net


def test_times_lie_within_history_and_ascend(truth: Known) -> None:
    orders = truth.records("Order")
    created = [order["createdAt"] for order in orders]
    assert created == sorted(created)
    for order in orders:
        assert order["createdAt"] <= order["updatedAt"] < "2026-11-01T00:00:00Z"
    assert created[0] < "2024-12-01"
    assert created[-1] > "2026-10-20"


def text_of(simulator: Simulator) -> str:
    kinds = ("Order", "Customer", "Product", "ProductVariant", "DiscountNode")
    truth = simulator.truth(EMBER)
    records = [record for kind in kinds for record in truth.records(kind)]
    return json.dumps(records, ensure_ascii=False)


def test_the_same_seed_and_end_give_the_same_bytes() -> None:
    once, again, other = (
        text_of(Simulator([SimulatedShop(EMBER, orders=60, seed=seed, end=END)]))
        for seed in (1, 1, 9)
    )
    assert once == again
    assert once != other


def some(records: list[Json], holds: Any) -> int:
    return sum(1 for record in records if holds(record))


def note(order: Json) -> str:
    return order["note"] or ""


AWKWARD_ORDERS = {
    "300 lines": lambda o: len(o["lineItems"]) >= 300,
    "no customer": lambda o: o["customer"] is None,
    "cancelled": lambda o: o["cancelledAt"] is not None,
    "test": lambda o: o["test"],
    "refunded in part": lambda o: o["displayFinancialStatus"] == "PARTIALLY_REFUNDED",
    "a refund without lines": lambda o: any(
        not refund["refundLineItems"] for refund in o["refunds"]
    ),
    "a refund discrepancy": lambda o: any(
        refund["orderAdjustments"] for refund in o["refunds"]
    ),
    "a refund without createdAt": lambda o: any(
        refund["createdAt"] is None for refund in o["refunds"]
    ),
    "edited, a line removed": lambda o: (
        o["edited"] and any(not line["currentQuantity"] for line in o["lineItems"])
    ),
    "a line of a deleted product": lambda o: any(
        line["variant"] is None for line in o["lineItems"]
    ),
    "backdated": lambda o: o["processedAt"] < o["createdAt"],
    "an enum value nobody knows": lambda o: (
        o["returnStatus"] not in load_schema()["OrderReturnStatus"].values
    ),
    "a line separator": lambda o: "\u2028" in note(o),
    "quotes": lambda o: '"' in note(o),
    "backslashes": lambda o: "\\" in note(o),
    "tabs and new lines": lambda o: "\t" in note(o) and "\n" in note(o),
    "right to left": lambda o: any("א" <= char <= "ي" for char in note(o)),
    "emoji": lambda o: any(ord(char) > 0xFFFF for char in note(o)),
    "very long text": lambda o: len(note(o)) > 10_000,
    "repeated attribute keys": lambda o: (
        Counter(each["key"] for each in o["customAttributes"])["engraving"] > 1
    ),
    "a failed payment": lambda o: any(
        each["status"] == "FAILURE" for each in o["transactions"]
    ),
    "no shipping address": lambda o: o["shippingAddress"] is None,
    "a number no double can hold": lambda o: (
        float(o["legacyResourceId"]) != int(o["legacyResourceId"])
    ),
}


@pytest.mark.parametrize("what", AWKWARD_ORDERS)
def test_orders_hold_the_awkward(ember_orders: list[Json], what: str) -> None:
    assert some(ember_orders, AWKWARD_ORDERS[what]) > 0


def test_other_records_hold_the_awkward(shared: Simulator) -> None:
    truth = shared.truth(LUMEN)
    products, customers = truth.records("Product"), truth.records("Customer")
    discounts = truth.records("DiscountNode")
    assert some(products, lambda p: len(p["variants"]) == 300) == 1
    assert some(products, lambda p: not p["media"]) > 0
    assert some(customers, lambda c: not c["addressesV2"]) > 0
    assert some(customers, lambda c: c["defaultEmailAddress"] is None) > 0
    assert some(discounts, lambda d: len(d["discount"].get("codes", ())) > 250) == 1
    assert {d["discount"]["__typename"] for d in discounts} == set(
        load_schema()["Discount"].possible
    )
    assert some(truth.records("Collection"), lambda c: not c["products"]) > 0
    assert some(truth.records("Location"), lambda each: not each["isActive"]) == 1


def test_ids_carry_query_strings_and_share_numbers(shared: Simulator) -> None:
    truth = shared.truth(EMBER)
    levels = [level["id"] for level in truth.records("InventoryLevel")]
    assert len(set(levels)) == len(levels)
    assert len({each.partition("?")[0] for each in levels}) < len(levels)
    models = {
        each["id"].partition("?model_name=")[2]
        for order in truth.records("Order")
        for each in [order["billingAddress"]]
        if each
    } | {
        each["id"].partition("?model_name=")[2]
        for customer in truth.records("Customer")
        for each in customer["addressesV2"]
    }
    assert models == {"Address", "CustomerAddress"}


def test_money_has_the_decimals_of_its_currency_and_no_zeros_at_the_end(
    shared: Simulator,
) -> None:
    seen: dict[str, set[int]] = {}
    for domain in (YUKI, LUMEN):
        for order in shared.truth(domain).records("Order"):
            for side in SIDES:
                found = order["totalPriceSet"][side]
                fraction = found["amount"].partition(".")[2]
                assert fraction == "0" or not fraction.endswith("0")
                seen.setdefault(found["currencyCode"], set()).add(len(fraction))
    assert {currency: max(places) for currency, places in seen.items()} == {
        "JPY": 1, "EUR": 2, "USD": 2, "GBP": 2, "KWD": 3,
    }  # fmt: skip


def test_moments_at_which_clocks_change_are_used(ember_orders: list[Json]) -> None:
    """The hour New York skips in March, and the one Berlin has twice in October."""
    created = {order["createdAt"] for order in ember_orders}
    assert {"2026-03-08T07:00:00Z", "2026-10-25T01:00:00Z"} <= created


def test_short_histories_are_lawful_too() -> None:
    start = datetime(2026, 10, 30, tzinfo=UTC)
    shop = SimulatedShop(EMBER, orders=90, start=start, end=END)
    truth = Simulator([shop]).truth(EMBER)
    for record in truth.records("Order") + truth.records("Product"):
        assert "2026-10-30" <= record["createdAt"] <= record["updatedAt"] < "2026-11-01"


def test_history_ends_at_the_last_midnight_by_default() -> None:
    now = datetime(2026, 7, 14, 15, 30, tzinfo=UTC)
    simulator = Simulator([SimulatedShop(EMBER, orders=60)], clock=lambda: now)
    orders = simulator.truth(EMBER).records("Order")
    assert max(order["updatedAt"] for order in orders) == "2026-07-13T23:59:59Z"


def test_unmodelled_records_are_deterministic_and_found_by_id(ember: Asker) -> None:
    """Also records born inside others, through up to two steps."""
    text = """{ companies(first: 9) { nodes { id
        contacts(first: 9) { nodes { id title company { id }
            roleAssignments(first: 9) { nodes { companyContact { id } } } } } } } }"""
    found = ember.data(text)
    assert found == ember.data(text)
    contacts = [
        (company, contact)
        for company in found["companies"]["nodes"]
        for contact in company["contacts"]["nodes"]
    ]
    assert contacts
    for company, contact in contacts:
        assert contact["company"] == {"id": company["id"]}
    by_id = ember.data(
        "query($i: [ID!]!) { nodes(ids: $i) { ... on CompanyContact { id title } } }",
        i=[contact["id"] for _, contact in contacts],
    )
    assert by_id["nodes"] == [
        {key: contact[key] for key in ("id", "title")} for _, contact in contacts
    ]


def test_nothing_is_listed_twice(ember: Asker) -> None:
    """Neither in a list nor in a connection, whatever is made up and whatever not."""
    asked = """{
        files(first: 250) { nodes { id } }
        publications(first: 250) { nodes { channels(first: 250) { nodes { id } } } }
        catalogs(first: 250) { nodes { operations { id } } }
    }"""
    answer = ember.data(asked)
    lists = [
        answer["files"]["nodes"],
        *(each["channels"]["nodes"] for each in answer["publications"]["nodes"]),
        *(each["operations"] for each in answer["catalogs"]["nodes"]),
    ]
    named = [[each["id"] for each in found] for found in lists]
    assert named == [sorted(set(ids), key=ids.index) for ids in named]
    assert any(len(ids) > 1 for ids in named)
