"""Which sums hold in Shopify's model: each identity against the shop's truth."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from shopify_assets.proof.identities import IDENTITIES, Identity
from shopify_assets.proof.sums import sides
from shopify_assets.proof.verdicts import Kind, Trouble, Verdict
from shopify_assets.proof.wanted import Wanted
from shopify_assets_tests.proof.conftest import EVERYTHING, Copy, of_kind
from shopify_assets_tests.stage import EMBER, LUMEN, compiled

if TYPE_CHECKING:
    import psycopg

    from shopify_assets_tests.stage import Stage

STREAMS = sorted({each.stream for each in IDENTITIES})


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda each: each.name)
def test_an_identity_names_tables_and_columns_that_are_there(
    identity: Identity,
) -> None:
    made = compiled(identity.stream)
    tables = {each.name: each for each in made.tables}
    row = tables[identity.of] if identity.of else made.root
    for side in sides(identity):
        if side.currency:
            made.root.column(side.currency)
        for term in (*identity.left, *identity.right):
            table = tables[term.table] if term.table else row
            table.column(f"{term.column}{side.suffix}")
            if term.unless:
                made.root.column(term.unless)


@pytest.mark.parametrize("stream", STREAMS)
def test_identities_hold_in_every_currency(
    stage: Stage, postgres: psycopg.Connection, stream: str
) -> None:
    """A shop in euros whose buyers pay in dollars and dinars, too."""
    stage.run(stream, postgres, shop=LUMEN)
    proof = of_kind(Copy(stage, postgres).prove(stream, shop=LUMEN), Kind.SUMS)
    assert proof.verdict is Verdict.WHOLE
    sums = proof.figures["sums"]
    assert {each["broken"] for each in sums} == {0}
    mine = {each.name: each for each in IDENTITIES if each.stream == stream}
    assert {each["identity"] for each in sums} == set(mine)
    for each in sums:
        assert each["rows"] > 0
        if mine[each["identity"]].relation.value == "=":
            assert Decimal(each["left"]) == Decimal(each["right"])
    if stream == "orders":
        assert {each["currency"] for each in sums} == {"EUR", "KWD", "USD"}


def test_the_sums_are_those_of_the_shop(
    stage: Stage, postgres: psycopg.Connection
) -> None:
    stage.run("orders", postgres, shop=LUMEN)
    proof = of_kind(Copy(stage, postgres).prove("orders", shop=LUMEN), Kind.SUMS)
    orders = stage.simulator.truth(LUMEN).records("Order")
    received = sum(
        Decimal(each["totalReceivedSet"]["shopMoney"]["amount"]) for each in orders
    )
    assert any(
        (each["identity"], each["rows"]) == ("received = payments", len(orders))
        and Decimal(each["left"]) == received
        for each in proof.figures["sums"]
    )


BROKEN = {
    "total = subtotal + shipping": "UPDATE shopify.orders"
    " SET total_tax = total_tax + 3",
    "subtotal = lines": "UPDATE shopify.order_line_items"
    " SET original_total_presentment = original_total_presentment + 3",
    "discounts = those": "DELETE FROM shopify.order_line_item_discount_allocations",
    "shipping = shipping lines": "DELETE FROM shopify.order_shipping_lines",
    "tax = tax lines": "DELETE FROM shopify.order_tax_lines",
    "received = payments": "DELETE FROM shopify.order_transactions",
    "refunded = refund": "UPDATE shopify.order_transactions SET amount = amount + 1"
    " WHERE kind = 'REFUND'",
    "refunds <= payments": "UPDATE shopify.orders"
    " SET total_refunded = total_received + 1",
    "net payment": "UPDATE shopify.orders SET net_payment = net_payment + 1",
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_identity_is_seen_to_break(
    stage: Stage, postgres: psycopg.Connection, name: str
) -> None:
    """Else it might hold for nothing."""
    stage.run("orders", postgres, shop=LUMEN)
    copy = Copy(stage, postgres)
    copy.execute(BROKEN[name])
    proof = of_kind(copy.prove("orders", EVERYTHING, shop=LUMEN), Kind.SUMS)
    assert proof.verdict is Verdict.GAP
    told = [each for each in proof.gaps if each.detail.startswith(name)]
    assert told
    assert all(each.trouble is Trouble.SUM for each in told)
    assert all(each.ids for each in told)


def test_stock_that_does_not_add_up_is_named_by_its_item(
    stage: Stage, postgres: psycopg.Connection
) -> None:
    stage.run("inventory_items", postgres, shop=LUMEN)
    copy = Copy(stage, postgres)
    [(item,)] = copy.execute("SELECT min(id) FROM shopify.inventory_items")
    copy.execute(
        "UPDATE shopify.inventory_item_level_quantities SET quantity = quantity + 1"
        " WHERE name = 'committed' AND inventory_item_id = %s",
        item,
    )
    result = copy.prove("inventory_items", shop=LUMEN)
    [gap] = of_kind(result, Kind.SUMS).gaps
    assert gap.ids == (f"gid://shopify/InventoryItem/{item}",)
    assert gap.detail.startswith("on hand = available + committed")


def test_what_does_not_add_up_at_the_shop_itself_is_told_and_no_gap(
    copy: Copy,
) -> None:
    """The copy is just as the shop is, and no repair could make it otherwise."""
    truth = copy.stage.simulator.truth(EMBER)
    order = truth.records("Order")[4]
    strange = {"amount": "1.0", "currencyCode": "USD"}
    truth.update(
        order["id"],
        at=datetime.fromisoformat(order["updatedAt"]),
        netPaymentSet={"shopMoney": strange, "presentmentMoney": strange},
    )
    copy.stage.run("orders", copy.connection)
    result = copy.prove("orders", Wanted(sample=0))
    sums = of_kind(result, Kind.SUMS)
    assert sums.verdict is Verdict.UNDECIDED
    assert sums.reason == "1 records do not add up at the shop itself"
    assert sums.figures["not adding up at the shop"] == [order["id"]]
    assert result.gaps == ()
