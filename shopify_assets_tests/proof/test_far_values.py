"""Values beyond what Python's own types hold: copied, proven and mended like others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shopify_assets.proof.verdicts import Kind, Trouble, Verdict
from shopify_assets_tests.proof.conftest import Copy, of_kind, troubles
from shopify_assets_tests.stage import EMBER, END

if TYPE_CHECKING:
    from shopify_assets.simulator.shop.truth import Json

FAR = "20245-01-01T00:00:00Z"
LONG = "3.2525252525252525252525"
HEAVY = str(2**64 - 1)


def far_order(copy: Copy) -> tuple[str, int]:
    """An order with times, an amount and a weight that no other has."""
    truth = copy.stage.simulator.truth(EMBER)
    order: Json = truth.records("Order")[7]
    bag = order["totalPriceSet"]
    bag = {side: {**money, "amount": LONG} for side, money in bag.items()}
    truth.update(
        order["id"],
        at=END - timedelta(days=30),
        processedAt=FAR,
        closedAt="0000-12-31T00:00:00.1234567Z",
        totalPriceSet=bag,
        totalWeight=HEAVY,
    )
    return order["id"], int(order["id"].rpartition("/")[2])


def test_an_order_of_the_year_20245_is_copied_and_proven(copy: Copy) -> None:
    _, number = far_order(copy)
    copy.stage.run("orders", copy.connection)
    query = """
        SELECT processed_at::text, closed_at::text, total_price::text,
            total_weight::text
        FROM shopify.orders WHERE id = %s
    """
    copy.execute("SET timezone = 'UTC'")
    far, early = "20245-01-01 00:00:00+00", "0001-12-31 00:00:00.123457+00 BC"
    assert copy.execute(query, number) == [(far, early, LONG, HEAVY)]
    result = copy.prove("orders")
    assert of_kind(result, Kind.SAMPLE).verdict is Verdict.WHOLE
    assert of_kind(result, Kind.IDS).verdict is Verdict.WHOLE


def test_what_differs_in_such_values_is_shown_and_mended(copy: Copy) -> None:
    gid, number = far_order(copy)
    copy.stage.run("orders", copy.connection)
    change = """
        UPDATE shopify.orders SET processed_at = '20245-01-02 00:00:00Z',
            total_price = total_price + 1e-22 WHERE id = %s
    """
    copy.execute(change, number)
    [different] = troubles(copy.prove("orders"), Trouble.DIFFERENT)
    assert different.ids == (gid,)
    assert (
        "processed_at is 20245-01-02 00:00:00+00:00, should be "
        "20245-01-01 00:00:00+00:00"
    ) in different.detail
    assert f"total_price is {LONG[:-1]}6, should be {LONG}" in different.detail
    copy.mend("orders")
    stored = "SELECT processed_at = %s::timestamptz FROM shopify.orders WHERE id = %s"
    assert copy.execute(stored, FAR, number) == [(True,)]
    assert not troubles(copy.prove("orders"), Trouble.DIFFERENT)


def test_a_record_lost_whose_version_is_far_away_is_named(copy: Copy) -> None:
    """Its day is one that no window can have: it has none."""
    copy.stage.run("orders", copy.connection)
    [(lost,)] = copy.execute("SELECT min(id) FROM shopify.orders")
    copy.execute("UPDATE shopify.orders SET updated_at = '20245-01-01 00:00:00Z'")
    copy.execute("DELETE FROM shopify.orders WHERE id = %s", lost)
    result = copy.prove("orders")
    [missing] = troubles(result, Trouble.MISSING)
    assert missing.ids == (f"gid://shopify/Order/{lost}",)
    assert of_kind(result, Kind.COUNTS).figures["stored"] == 0


def test_a_snapshot_with_a_time_far_away_is_proven_and_mended(copy: Copy) -> None:
    truth = copy.stage.simulator.truth(EMBER)
    truth.update(truth.records("Location")[0]["id"], updatedAt=FAR)
    copy.stage.run("locations", copy.connection)
    assert copy.prove("locations").verdict is Verdict.WHOLE
    far = "SELECT id FROM shopify.locations WHERE updated_at = %s::timestamptz"
    [(id_,)] = copy.execute(far, FAR)
    copy.execute("DELETE FROM shopify.locations WHERE id = %s", id_)
    assert copy.mend("locations").verdict is Verdict.WHOLE
    assert copy.execute(far, FAR) == [(id_,)]
