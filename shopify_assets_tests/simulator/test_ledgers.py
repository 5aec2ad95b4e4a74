"""Money beyond the order: what is told in parts adds up to what is told in whole."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.simulator.http.server import SimulatedShop, Simulator
from shopify_assets_tests.simulator.conftest import (
    EMBER,
    END,
    LUMEN,
    YUKI,
    Asker,
    Clock,
)

if TYPE_CHECKING:
    from shopify_assets.simulator.shop.truth import Truth

Json = dict[str, Any]
SIDES = ("shopMoney", "presentmentMoney")
BAG = "{ shopMoney { amount } presentmentMoney { amount } }"
AGREEMENTS = f"""{{ orders {{ nodes {{ id totalPriceSet {BAG} totalRefundedSet {BAG}
    originalTotalPriceSet {BAG} agreements {{ nodes {{ id __typename reason
        ... on RefundAgreement {{ refund {{ id }} }}
        ... on ReturnAgreement {{ return {{ id }} }}
        sales {{ nodes {{ id quantity lineType totalAmount {BAG} }} }} }} }}
    returns {{ nodes {{ id }} }} refunds {{ id }} }} }} }}"""
ACCOUNT = """{ shopifyPaymentsAccount {
    balance { amount }
    payouts { nodes { id status net { amount } summary {
        chargesGross { amount } chargesFee { amount } refundsFeeGross { amount }
        refundsFee { amount } adjustmentsGross { amount }
        adjustmentsFee { amount } } } }
    balanceTransactions { nodes { id type amount { amount } fee { amount }
        net { amount } associatedOrder { id } associatedPayout { id status } } } } }"""


@pytest.fixture(params=[EMBER, YUKI, LUMEN])
def truth(request: pytest.FixtureRequest, shared: Simulator) -> Truth:
    return shared.truth(request.param)


def amount(money: Json) -> Decimal:
    return Decimal(money["amount"])


def added(agreements: list[Json], side: str) -> Decimal:
    sales = [sale for each in agreements for sale in each["sales"]]
    return sum((amount(sale["totalAmount"][side]) for sale in sales), Decimal(0))


@pytest.mark.parametrize("side", SIDES)
def test_agreements_are_the_ledger_of_an_order(truth: Truth, side: str) -> None:
    seen: set[str] = set()
    for order in truth.select(AGREEMENTS)["orders"]:
        kinds: defaultdict[str, list[Json]] = defaultdict(list)
        for each in order["agreements"]:
            kinds[each["reason"]].append(each)
            seen.add(each["__typename"])
        placed = added(kinds["ORDER"], side)
        edited = added(kinds["ORDER_EDIT"], side)
        assert placed == amount(order["originalTotalPriceSet"][side])
        assert placed + edited == amount(order["totalPriceSet"][side])
        assert -added(kinds["REFUND"], side) == amount(order["totalRefundedSet"][side])
        assert [each["return"] for each in kinds["RETURN"]] == order["returns"]
        assert [each["refund"] for each in kinds["REFUND"]] == order["refunds"]
    assert seen == {
        "OrderAgreement", "OrderEditAgreement", "RefundAgreement", "ReturnAgreement"
    }  # fmt: skip


def test_an_order_has_more_sales_than_a_small_page(shared: Simulator) -> None:
    orders = shared.truth(EMBER).select(AGREEMENTS)["orders"]
    assert max(len(each["agreements"][0]["sales"]) for each in orders) > 250


def test_payouts_are_the_sums_of_their_balance_transactions(truth: Truth) -> None:
    account = truth.select(ACCOUNT)["shopifyPaymentsAccount"]
    paid: defaultdict[str | None, list[Json]] = defaultdict(list)
    for each in account["balanceTransactions"]:
        assert amount(each["net"]) == amount(each["amount"]) - amount(each["fee"])
        paid[each["associatedPayout"]["id"]].append(each)
    waiting = paid.pop(None, [])
    assert {each["associatedPayout"]["status"] for each in waiting} <= {"PENDING"}
    assert amount(account["balance"][0]) == net(waiting)
    assert [each["id"] for each in account["payouts"]] == list(
        dict.fromkeys(sorted(paid, key=str))
    )
    for payout in account["payouts"]:
        held = paid[payout["id"]]
        assert amount(payout["net"]) == net(held)
        assert {each["associatedPayout"]["status"] for each in held} == {
            payout["status"]
        }
        sums = {name: amount(each) for name, each in payout["summary"].items()}
        gross = sum(each for name, each in sums.items() if "Gross" in name)
        fees = sum(each for name, each in sums.items() if "Gross" not in name)
        assert amount(payout["net"]) == gross - fees


def net(transactions: list[Json]) -> Decimal:
    return sum((amount(each["net"]) for each in transactions), Decimal(0))


def test_balance_transactions_are_the_card_payments_of_orders(truth: Truth) -> None:
    account = truth.select(ACCOUNT)["shopifyPaymentsAccount"]
    text = f"""{{ orders {{ nodes {{ id test totalReceivedSet {BAG}
        totalRefundedSet {BAG} transactions {{ gateway kind status }} }} }} }}"""
    orders = {each["id"]: each for each in truth.select(text)["orders"]}
    moved: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for each in account["balanceTransactions"]:
        moved[each["associatedOrder"]["id"], each["type"]] += amount(each["amount"])
    assert {order for order, _ in moved} <= orders.keys()
    for (gid, kind), total in moved.items():
        order = orders[gid]
        assert "shopify_payments" in {each["gateway"] for each in order["transactions"]}
        if kind == "CHARGE":
            assert total == amount(order["totalReceivedSet"]["shopMoney"])
        if kind == "REFUND":
            assert -total == amount(order["totalRefundedSet"]["shopMoney"])


def test_disputes_are_told_alike_by_order_and_account(truth: Truth) -> None:
    text = """{ disputes { nodes { id status type order { id } amount { amount } } }
        orders { nodes { id disputes { initiatedAs status } } } }"""
    found = truth.select(text)
    by_order = {each["order"]["id"]: each for each in found["disputes"]}
    assert by_order
    for order in found["orders"]:
        dispute = by_order.pop(order["id"], None)
        assert order["disputes"] == (
            [{"initiatedAs": dispute["type"], "status": dispute["status"]}]
            if dispute
            else []
        )
    assert by_order == {}


@pytest.mark.parametrize("kind", ["cards", "accounts"])
def test_transactions_add_up_to_the_balance(truth: Truth, kind: str) -> None:
    cards = """{ giftCards { nodes { balance { amount } initialValue { amount }
        transactions { nodes { amount { amount } } } } } }"""
    accounts = """{ customers { nodes { id storeCreditAccounts { nodes { balance {
        amount } owner { ... on Customer { id } } transactions { nodes {
        amount { amount } balanceAfterTransaction { amount } } } } } } } }"""
    if kind == "cards":
        held = truth.select(cards)["giftCards"]
    else:
        customers = truth.select(accounts)["customers"]
        held = [each for one in customers for each in one["storeCreditAccounts"]]
        for one in customers:
            owners = {each["owner"]["id"] for each in one["storeCreditAccounts"]}
            assert owners <= {one["id"]}
    assert any(each["transactions"] for each in held)
    assert not all(each["transactions"] for each in held)
    for each in held:
        begun = amount(each.get("initialValue") or {"amount": "0"})
        moved = sum((amount(one["amount"]) for one in each["transactions"]), begun)
        assert amount(each["balance"]) == moved
        for one in each["transactions"][-1:] if kind == "accounts" else ():
            assert one["balanceAfterTransaction"] == each["balance"]


def test_a_shop_without_shopify_payments_has_no_account() -> None:
    shop = SimulatedShop(EMBER, orders=30, end=END, shopify_payments=False)
    with Simulator([shop], clock=Clock()) as simulator:
        asker = Asker(simulator, EMBER)
        text = """{ shopifyPaymentsAccount { id payouts(first: 1) { nodes { id } } }
            disputes(first: 1) { nodes { id } } }"""
        assert asker.data(text) == {
            "shopifyPaymentsAccount": None,
            "disputes": {"nodes": []},
        }
        operation = asker.run(
            "{ shopifyPaymentsAccount { payouts { edges { node { id } } } } }"
        )
        assert (operation["status"], operation["objectCount"]) == ("COMPLETED", "0")


def test_payouts_and_balance_transactions_are_paged_filtered_and_sorted(
    ember: Asker,
) -> None:
    text = """{ shopifyPaymentsAccount {
        balanceTransactions(first: 5, sortKey: PROCESSED_AT, reverse: true, query:
            "processed_at:>='2026-09-01T00:00:00Z' processed_at:<'2026-10-01T00:00:00Z'"
        ) { nodes { transactionDate } pageInfo { hasNextPage endCursor } }
        payouts(first: 3, query: "status:scheduled") { nodes { status } } } }"""
    account = ember.data(text)["shopifyPaymentsAccount"]
    dates = [
        each["transactionDate"] for each in account["balanceTransactions"]["nodes"]
    ]
    assert len(dates) == 5
    assert dates == sorted(dates, reverse=True)
    assert all("2026-09-01" <= each < "2026-10-01" for each in dates)
    assert {each["status"] for each in account["payouts"]["nodes"]} <= {"SCHEDULED"}


def test_orders_that_are_added_are_paid_out_later(own: Asker) -> None:
    truth = own.simulator.truth(own.domain)
    before = truth.select(ACCOUNT)["shopifyPaymentsAccount"]
    made = set(truth.add_orders(8))
    account = truth.select(ACCOUNT)["shopifyPaymentsAccount"]
    new = [
        each
        for each in account["balanceTransactions"]
        if each["associatedOrder"]["id"] in made
    ]
    assert new
    assert {each["associatedPayout"]["status"] for each in new} == {"PENDING"}
    assert account["payouts"] == before["payouts"]
    assert amount(account["balance"][0]) == amount(before["balance"][0]) + net(new)


@pytest.mark.parametrize("side", SIDES)
def test_what_remains_of_an_order_is_told_in_its_parts(truth: Truth, side: str) -> None:
    names = ("currentTotalPriceSet", "currentSubtotalPriceSet", "currentTotalTaxSet",
             "currentShippingPriceSet")  # fmt: skip
    told = " ".join(f"{name} {BAG}" for name in names)
    for order in truth.select(f"{{ orders {{ nodes {{ taxesIncluded {told} }} }} }}")[
        "orders"
    ]:
        whole, lines, tax, shipping = (amount(order[name][side]) for name in names)
        assert whole == lines + shipping + (0 if order["taxesIncluded"] else tax)
