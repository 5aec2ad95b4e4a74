"""Which sums hold in Shopify's model: each identity against the shop's truth."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.proof import sums as summing
from shopify_assets.proof import suspects
from shopify_assets.proof.identities import IDENTITIES, Identity, Term
from shopify_assets.proof.sums import sides
from shopify_assets.proof.verdicts import Kind, Trouble, Verdict
from shopify_assets.proof.wanted import Wanted
from shopify_assets_tests.proof.conftest import EVERYTHING, Copy, of_kind
from shopify_assets_tests.stage import EMBER, LUMEN, compiled

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    reckoned = proof.figures["sums"]
    assert {each["broken"] for each in reckoned} == {0}
    mine = {each.name: each for each in IDENTITIES if each.stream == stream}
    assert {each["identity"] for each in reckoned} == set(mine)
    for each in reckoned:
        assert each["rows"] > 0
        if mine[each["identity"]].relation.value == "=":
            assert Decimal(each["left"]) == Decimal(each["right"])
    if stream == "orders":
        assert {each["currency"] for each in reckoned} == {"EUR", "KWD", "USD"}


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


STRANGE = {"amount": "1.0", "currencyCode": "USD"}


def do_not_add_up(copy: Copy, orders: Iterable[dict[str, Any]]) -> list[str]:
    """Let orders contradict themselves at the shop, without being changed by it."""
    truth = copy.stage.simulator.truth(EMBER)
    return [
        truth.update(
            order["id"],
            at=datetime.fromisoformat(order["updatedAt"]),
            netPaymentSet={"shopMoney": STRANGE, "presentmentMoney": STRANGE},
        )["id"]
        for order in orders
    ]


def orders_of(copy: Copy) -> list[dict[str, Any]]:
    return copy.stage.simulator.truth(EMBER).records("Order")


def number(gid: str) -> int:
    return int(gid.rpartition("/")[2])


def test_what_does_not_add_up_at_the_shop_itself_is_a_note_and_whole(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its number; the copy is just as the shop is."""
    monkeypatch.setattr(suspects, "PORTION", 4)
    strange = do_not_add_up(copy, orders_of(copy)[:20])
    copy.stage.run("orders", copy.connection)
    result = copy.prove("orders", Wanted(sample=0))
    sums = of_kind(result, Kind.SUMS)
    assert (sums.verdict, sums.gaps) == (Verdict.WHOLE, ())
    assert sums.reason == "20 records do not add up at the shop itself"
    assert result.notes == (sums.reason,)
    assert set(sums.figures["such as"]) < set(strange)
    assert sums.figures["not adding up at the shop"] == 20
    assert sums.figures["compared with the shop"] == 20
    assert result.verdict is Verdict.WHOLE
    assert copy.mend("orders", Wanted(sample=0)).repairs == ()


def test_only_what_is_ours_is_counted_named_and_mended(copy: Copy) -> None:
    strange = do_not_add_up(copy, orders_of(copy)[:5])
    copy.stage.run("orders", copy.connection)
    ours = orders_of(copy)[7]["id"]
    both = strange[2]
    for gid in (ours, both):
        copy.execute(
            "UPDATE shopify.orders SET net_payment = net_payment + 3,"
            " net_payment_presentment = net_payment_presentment + 3 WHERE id = %s",
            number(gid),
        )
    result = copy.prove("orders", Wanted(sample=0))
    sums = of_kind(result, Kind.SUMS)
    assert {each.ids for each in sums.gaps} == {tuple(sorted((both, ours)))}
    assert {each.detail.split(" (")[0] for each in sums.gaps} == {
        "net payment = received - refunded: 2 rows differ"
    }
    assert sums.reason == "4 records do not add up at the shop itself"
    mended = copy.mend("orders", Wanted(sample=0))
    assert mended.repairs[0].startswith("2 records loaded again from extraction 1 ")
    assert mended.verdict is Verdict.WHOLE
    assert mended.notes == ("5 records do not add up at the shop itself",)
    assert copy.is_whole("orders")


def test_a_record_that_changed_since_is_compared_with_what_was_extracted(
    copy: Copy,
) -> None:
    """At the shop it is another one by now; what is wrong here is seen all the same."""
    one, other = do_not_add_up(copy, orders_of(copy)[3:5])
    copy.stage.run("orders", copy.connection)
    truth, now = copy.stage.simulator.truth(EMBER), copy.stage.time()
    for gid in (one, other):
        truth.update(gid, at=now, note="changed a minute ago")
    sums = of_kind(copy.prove("orders", Wanted(sample=0)), Kind.SUMS)
    assert (sums.verdict, sums.gaps) == (Verdict.WHOLE, ())
    assert sums.figures["compared with the lake"] == 2
    copy.execute(
        "UPDATE shopify.orders SET net_payment = 77 WHERE id = %s", number(one)
    )
    gaps = of_kind(copy.prove("orders", Wanted(sample=0)), Kind.SUMS).gaps
    assert {each.ids for each in gaps} == {(one,)}
    assert all("1 rows differ" in each.detail for each in gaps)


def test_beyond_the_points_the_lake_is_asked_and_else_nothing_is_decided(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspects, "PORTION", 2)
    monkeypatch.setattr(suspects, "MOST_POINTS", 1)
    do_not_add_up(copy, orders_of(copy)[:6])
    copy.stage.run("orders", copy.connection)
    figures = of_kind(copy.prove("orders", Wanted(sample=0)), Kind.SUMS).figures
    assert figures["compared with the shop"] == 2
    assert figures["compared with the lake"] == 4
    shutil.rmtree(copy.stage.folder / "raw")
    sums = of_kind(copy.prove("orders", Wanted(sample=0)), Kind.SUMS)
    assert (sums.verdict, sums.gaps) == (Verdict.UNDECIDED, ())
    told = "4 records do not add up, and were compared with nothing: the lake holds no"
    assert told in sums.reason


UNTRUE = Identity(
    stream="draft_orders",
    name="total = tax",
    left=(Term(column="total_price"),),
    right=(Term(column="total_tax"),),
)


def test_a_snapshot_that_does_not_add_up_is_compared_with_what_was_loaded(
    stage: Stage, postgres: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = compiled("draft_orders")
    snapshot = replace(made, stream=replace(made.stream, incremental=None))
    stage.run(snapshot, postgres, shop=LUMEN)
    monkeypatch.setattr(summing, "IDENTITIES", (UNTRUE,))
    copy = Copy(stage, postgres)
    first = of_kind(copy.prove(snapshot, Wanted(sample=0), shop=LUMEN), Kind.SUMS)
    assert (first.verdict, first.gaps) == (Verdict.WHOLE, ())
    assert first.figures["compared with the lake"] > 0
    assert first.figures["points"] == 0
    [(draft,)] = copy.execute("SELECT min(id) FROM shopify.draft_orders")
    copy.execute(
        "UPDATE shopify.draft_orders SET total_price = 1 + total_price WHERE id = %s",
        draft,
    )
    second = of_kind(copy.prove(snapshot, Wanted(sample=0), shop=LUMEN), Kind.SUMS)
    assert {gid for each in second.gaps for gid in each.ids} == {
        f"gid://shopify/DraftOrder/{draft}"
    }
