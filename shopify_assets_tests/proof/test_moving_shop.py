"""A shop that goes on while it is proven, and lists that are not the whole truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.proof import comparing, counts, looks, warehouse
from shopify_assets.proof.subject import Subject
from shopify_assets.proof.sweep import sweep
from shopify_assets.proof.verdicts import Kind, Trouble, Verdict
from shopify_assets.proof.verify import verify
from shopify_assets.simulator.faults import Fault
from shopify_assets.simulator.faults import Kind as FaultKind
from shopify_assets.simulator.world.spec import all_scopes
from shopify_assets_tests.proof.conftest import EVERYTHING, Copy, of_kind, troubles
from shopify_assets_tests.proof.test_every_stream import unproven
from shopify_assets_tests.stage import EMBER, END

if TYPE_CHECKING:
    from collections.abc import Callable


def go_on(copy: Copy) -> None:
    """A moment in a shop's life: an order placed, one changed, one changed again."""
    truth = copy.stage.simulator.truth(EMBER)
    copy.stage.time.sleep(7)
    now = copy.stage.time()
    truth.create_order(at=now, note="placed meanwhile")
    orders = truth.records("Order")
    for place in (3, 11):
        truth.update(orders[place]["id"], at=now, note=f"changed at {now}")


def meanwhile(
    copy: Copy, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> list[str]:
    """Let the shop go on each time just before a step of the proof."""
    step: Callable[..., Any] = getattr(module, name)
    moments: list[str] = []

    def moved(*given: Any, **further: Any) -> Any:
        moments.append(name)
        go_on(copy)
        return step(*given, **further)

    monkeypatch.setattr(module, name, moved)
    return moments


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (comparing, "sweep"),
        (warehouse, "roots"),
        (counts, "changed_in"),
        (counts, "_ask"),
        (looks, "extract_ids"),
        (looks, "unlike"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_shop_that_goes_on_raises_no_alarm(
    copy: Copy, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    copy.stage.run("orders", copy.connection)
    go_on(copy)
    moments = meanwhile(copy, monkeypatch, module, name)
    result = copy.prove("orders")
    assert moments
    assert unproven(result) == []
    assert of_kind(result, Kind.IDS).figures["stored"] == 30


def test_a_load_during_the_proof_raises_no_alarm(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is loaded after the sweep is not taken for deleted."""
    copy.stage.run("orders", copy.connection)
    go_on(copy)
    copy.stage.time.sleep(3_600)
    step = warehouse.roots

    def loaded(*given: Any, **further: Any) -> Any:
        go_on(copy)
        copy.stage.time.sleep(600)
        copy.stage.run("orders", copy.connection, incremental=True)
        return step(*given, **further)

    monkeypatch.setattr(warehouse, "roots", loaded)
    assert unproven(copy.prove("orders")) == []


def test_what_is_not_due_yet_is_counted_and_no_gap(copy: Copy) -> None:
    copy.stage.run("orders", copy.connection)
    copy.stage.simulator.truth(EMBER).add_orders(4, at=END + timedelta(minutes=5))
    result = copy.prove("orders")
    assert unproven(result) == []
    assert of_kind(result, Kind.IDS).figures["not due yet"] == 4


def test_a_record_the_list_has_lost_is_not_taken_for_deleted(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for by id, which no index stands before."""
    copy.stage.run("orders", copy.connection)
    step = sweep

    def lossy(*given: Any, **further: Any) -> Any:
        swept = step(*given, **further)
        return replace(swept, records=swept.records[1:])

    monkeypatch.setattr(comparing, "sweep", lossy)
    result = copy.prove("orders")
    assert troubles(result, Trouble.DELETED) == []
    assert of_kind(result, Kind.IDS).figures["deleted"] == 0


def test_what_cannot_be_asked_for_by_id_is_listed_twice_before_it_is_gone(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = "shop_locales"
    copy.stage.run(stream, copy.connection)
    swept: list[int] = []

    def lossy(*given: Any, **further: Any) -> Any:
        found = sweep(*given, **further)
        swept.append(found.records.height)
        # The first list has lost a record, the second one has not.
        return replace(
            found, records=found.records[1:] if len(swept) < 2 else found.records
        )

    monkeypatch.setattr(comparing, "sweep", lossy)
    result = copy.prove(stream)
    assert len(swept) == 2
    assert swept[0] > 0
    assert troubles(result, Trouble.DELETED) == []
    assert of_kind(result, Kind.IDS).figures["deleted"] == 0


def test_orders_older_than_sixty_days_are_not_taken_for_deleted(copy: Copy) -> None:
    """The scope was taken away: the shop seems to have lost its history."""
    copy.stage.run("orders", copy.connection)
    scopes = set(all_scopes()) - {"read_all_orders"}
    copy.stage.simulator.grant(EMBER, *scopes)
    mended = copy.mend("orders")
    ids = of_kind(mended, Kind.IDS)
    assert ids.verdict is Verdict.RECENT
    since = copy.stage.time() - timedelta(days=60)
    assert ids.reason.startswith(f"orders made before {since:%Y-%m-%d} are not shown")
    assert "grant read_all_orders" in ids.reason
    assert ids.figures["hidden from the app"] > 0
    assert troubles(mended, Trouble.DELETED) == []
    assert copy.execute("SELECT count(_deleted_at) FROM shopify.orders") == [(0,)]


def test_a_scope_taken_away_leaves_the_copy_undecided(copy: Copy) -> None:
    copy.stage.run("orders", copy.connection)
    copy.stage.simulator.grant(EMBER, "read_products")
    result = copy.prove("orders")
    assert result.verdict is Verdict.UNDECIDED
    assert {each.verdict for each in result.proofs} == {Verdict.UNDECIDED}
    assert "lacks scope" in result.proofs[0].reason


def test_a_stream_that_was_never_readable_has_no_gap(copy: Copy) -> None:
    copy.stage.simulator.grant(EMBER, "read_products")
    result = copy.prove("orders")
    assert result.verdict is Verdict.NOT_APPLICABLE
    assert result.gaps == ()


def test_a_shop_that_stutters_is_proven_all_the_same(copy: Copy) -> None:
    copy.stage.run("draft_orders", copy.connection)
    copy.stage.simulator.arm(
        EMBER,
        Fault(kind=FaultKind.THROTTLED, times=2),
        Fault(kind=FaultKind.HTTP_STATUS, status=502, times=2),
    )
    with copy.subject("draft_orders") as subject:
        assert isinstance(subject, Subject)
        assert unproven(verify(subject, EVERYTHING)) == []
