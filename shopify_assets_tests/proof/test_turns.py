"""Silent changes are found within four proofs, wherever they are, and mended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.errors import Unavailable
from shopify_assets.extract import planning
from shopify_assets.postgres.books import rotations
from shopify_assets.proof import looks, turns
from shopify_assets.proof.verdicts import Kind, Trouble, Verdict
from shopify_assets.proof.wanted import Wanted
from shopify_assets_tests.proof.conftest import Copy, of_kind, troubles
from shopify_assets_tests.proof.test_drills import DUE, changed, number
from shopify_assets_tests.stage import EMBER, compiled

if TYPE_CHECKING:
    from shopify_assets.postgres.books.rotations import Rotation
    from shopify_assets.proof.verdicts import StreamProof

# Nothing beside those whose turn it is.
TURNS = Wanted(sample=0, seed=1)


def due_orders(copy: Copy) -> list[dict[str, Any]]:
    orders = copy.stage.simulator.truth(EMBER).records("Order")
    return sorted((each for each in orders if changed(each) < DUE), key=changed)


def change_in_silence(copy: Copy, *orders: dict[str, Any]) -> set[str]:
    """Change records at the shop, and no time with them; return their ids."""
    truth = copy.stage.simulator.truth(EMBER)
    for each in orders:
        truth.update(each["id"], at=changed(each), note="nobody was told")
    return {each["id"] for each in orders}


def named(result: StreamProof) -> set[str]:
    gaps = troubles(result, Trouble.DIFFERENT)
    return {gid for each in gaps for gid in each.ids}


def book(copy: Copy, stream: str = "orders") -> Rotation:
    found = rotations.rotation(copy.connection, shop=EMBER, stream=stream)
    assert found is not None
    return found


@pytest.fixture(params=["id", "time"])
def places(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Records are asked for by their ids, or by windows and in bulk."""
    if request.param == "time":
        monkeypatch.setattr(turns, "MOST_BY_ID", 0)
        monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)
    return str(request.param)


def test_silent_changes_are_found_within_four_proofs_and_mended(
    copy: Copy, places: str
) -> None:
    copy.stage.run("orders", copy.connection)
    orders = due_orders(copy)
    wrong = change_in_silence(copy, *orders[:: len(orders) // 4][:5])
    assert len(wrong) == 5
    found, compared = set[str](), 0
    for proofs in range(1, 5):
        result = copy.prove("orders", TURNS)
        sample = of_kind(result, Kind.SAMPLE)
        compared += sample.figures["records"]
        # What was found once is named until it is mended.
        assert found <= named(result) <= wrong
        assert sample.verdict is (Verdict.GAP if named(result) else Verdict.WHOLE)
        found = named(result)
        assert book(copy).proofs == proofs
    assert found == wrong
    assert compared >= len(orders)
    assert sample.figures["of the round"] == "100.0 %"
    assert book(copy).places == places
    mended = copy.mend("orders", TURNS)
    assert mended.verdict is Verdict.WHOLE
    assert copy.is_whole("orders")
    assert book(copy).differing == ()


def test_a_differing_record_is_named_by_its_column(copy: Copy, places: str) -> None:
    del places
    copy.stage.run("orders", copy.connection)
    [order] = due_orders(copy)[3:4]
    change_in_silence(copy, order)
    [gap] = copy.prove("orders", replace(TURNS, rounds=1)).gaps
    assert gap.detail == f"orders ({number(order)}): note differs"
    assert gap.ids == (order["id"],)


def test_fewer_records_than_the_sample_are_compared_at_once(copy: Copy) -> None:
    copy.stage.run("orders", copy.connection)
    wrong = change_in_silence(copy, *due_orders(copy)[::7])
    result = copy.prove("orders", Wanted(sample=50, seed=1))
    assert named(result) == wrong
    figures = of_kind(result, Kind.SAMPLE).figures
    assert figures["all compared"] is True
    assert figures["0.1 % wrong found with"] == "100 %"
    assert figures["told"] == f"all {len(due_orders(copy))} records compared"


def test_the_verdict_says_how_far_the_round_has_come(copy: Copy) -> None:
    copy.stage.run("orders", copy.connection)
    orders = len(due_orders(copy))
    shares = []
    for _ in range(5):
        result = copy.prove("orders", TURNS)
        figures = of_kind(result, Kind.SAMPLE).figures
        shares.append((figures["round"], float(figures["of the round"][:-2])))
    assert [number for number, _ in shares] == [1, 1, 1, 1, 2]
    assert 0 < shares[0][1] < shares[1][1] < shares[2][1] < shares[3][1] == 100.0
    assert shares[4] == (2, shares[0][1])
    day = f"{copy.stage.time():%Y-%m-%d}"
    through = f"{day} to {day}, {orders} of {orders} compared"
    assert figures["last full round"] == through
    assert f"the last full round: {through}" in figures["told"]


def test_points_end_a_turn_and_the_verdict_says_how_many_proofs_it_takes(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.stage.run("orders", copy.connection)
    monkeypatch.setattr(turns, "IDS_OF_A_PART", 2)
    few = replace(TURNS, rounds=1, max_points=5)
    compared, proofs = 0, 0
    while not proofs or book(copy).last is None:
        result = copy.prove("orders", few)
        figures = of_kind(result, Kind.SAMPLE).figures
        compared += figures["records"]
        proofs += 1
    assert compared == len(due_orders(copy))
    assert proofs > 1
    assert figures["proofs a round"] == proofs


def test_a_proof_that_is_killed_loses_nothing_it_found(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at its third portion; the next one goes on where it was."""
    copy.stage.run("orders", copy.connection)
    orders = due_orders(copy)
    wrong = change_in_silence(copy, *orders)
    monkeypatch.setattr(turns, "IDS_OF_A_PART", 4)
    at_once = replace(TURNS, rounds=1)
    look, seen = looks.Looker.by_ids, list[int]()

    def killed(self: looks.Looker, ids: Any) -> looks.Look:
        seen.append(len(ids))
        if len(seen) > 4:  # each portion is looked at twice, for it differs
            raise Unavailable("killed")
        return look(self, ids)

    with monkeypatch.context() as broken:
        broken.setattr(looks.Looker, "by_ids", killed)
        broken_off = of_kind(copy.prove("orders", at_once), Kind.SAMPLE)
    assert (broken_off.verdict, broken_off.reason) == (Verdict.UNDECIDED, "killed")
    kept = book(copy)
    assert (kept.round, kept.proofs, kept.compared) == (1, 0, 8)
    assert len(kept.differing) == 8
    result = copy.prove("orders", at_once)
    assert named(result) == wrong
    assert book(copy).compared == len(orders)


def test_of_two_proofs_side_by_side_one_moves_the_book(copy: Copy) -> None:
    """Whichever comes second has compared in vain, and spoils nothing."""
    copy.stage.run("orders", copy.connection)
    copy.prove("orders", TURNS)
    before = book(copy)
    copy.prove("orders", TURNS)
    after = book(copy)
    late = replace(before, position=before.position + 1)
    assert not rotations.write(
        copy.connection, late, shop=EMBER, stream="orders", before=before
    )
    assert book(copy) == after


def test_the_same_seed_chooses_the_same(copy: Copy) -> None:
    copy.stage.run("orders", copy.connection)
    some = Wanted(sample=6, rounds=0, seed=7)
    first, second = (copy.prove("orders", some) for _ in range(2))
    figures = [of_kind(each, Kind.SAMPLE).figures for each in (first, second)]
    assert figures[0]["records"] == figures[1]["records"] == 6
    assert figures[0]["rows"] == figures[1]["rows"]
    assert rotations.rotation(copy.connection, shop=EMBER, stream="orders") is None


def test_the_newest_and_the_dearest_are_always_among_the_sample(copy: Copy) -> None:
    copy.stage.run("orders", copy.connection)
    orders = due_orders(copy)
    amounts = copy.execute(
        "SELECT id FROM shopify.orders ORDER BY greatest(total_price, "
        "original_total_price, current_total_price) DESC LIMIT 1"
    )
    dearest = next(each for each in orders if number(each) == amounts[0][0])
    wrong = change_in_silence(copy, orders[-1], dearest)
    result = copy.prove("orders", Wanted(sample=8, rounds=0, seed=1))
    assert named(result) == wrong


def test_a_stream_without_ids_to_ask_by_is_read_by_windows(copy: Copy) -> None:
    """Its records are no `Node`: what differs is mended by its day."""
    stream = "shop_pay_receipts"
    assert compiled(stream).queries.by_ids is None
    copy.stage.run(stream, copy.connection)
    rows = copy.execute("SELECT id FROM shopify.shop_pay_receipts ORDER BY created_at")
    assert len(rows) > 1
    wrong = rows[0][0]
    copy.execute(
        "UPDATE shopify.shop_pay_receipts SET processing_state = 'X' WHERE id = %s",
        wrong,
    )
    result = copy.prove(stream, replace(TURNS, rounds=1))
    [gap] = troubles(result, Trouble.DIFFERENT)
    assert gap.window is not None
    assert copy.mend(stream, TURNS).verdict is Verdict.WHOLE
    assert copy.is_whole(stream)


def test_a_large_snapshot_takes_turns_too(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And asks the shop for nothing."""
    monkeypatch.setattr(turns, "SNAPSHOT_AT_ONCE", 3)
    copy.stage.run("inventory_items", copy.connection)
    rows = copy.execute("SELECT id FROM shopify.inventory_items")
    copy.execute("UPDATE shopify.inventory_items SET sku = 'x'")
    for _ in range(4):
        result = copy.prove("inventory_items", TURNS)
    sample = of_kind(result, Kind.SAMPLE)
    assert len(named(result)) == len(rows)
    assert sample.figures["points"] == 0


def test_more_records_than_are_shown_are_named_together(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "SHOWN", 2)
    copy.stage.run("orders", copy.connection)
    wrong = change_in_silence(copy, *due_orders(copy))
    result = copy.prove("orders", replace(TURNS, rounds=1))
    gaps = troubles(result, Trouble.DIFFERENT)
    assert named(result) == wrong
    assert gaps[-1].detail == f"the rows of {len(wrong) - 2} further records differ"
    assert copy.mend("orders", TURNS).verdict is Verdict.WHOLE
