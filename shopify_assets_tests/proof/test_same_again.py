"""Repairs that would fetch the same again, and counts that cry for nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from shopify_assets import pipeline
from shopify_assets.extract.planning import Size
from shopify_assets.proof import comparing, counts
from shopify_assets.proof.ids import CHANGED, EXTRACTED, ID, SKEW, Due, compare
from shopify_assets.proof.sweep import sweep
from shopify_assets.proof.verdicts import Kind, Trouble, Verdict
from shopify_assets.simulator.faults import Fault
from shopify_assets.simulator.faults import Kind as FaultKind
from shopify_assets_tests.proof.conftest import Copy, of_kind, troubles
from shopify_assets_tests.proof.test_decisions import NOW, frame
from shopify_assets_tests.proof.test_drills import number, some_orders
from shopify_assets_tests.stage import EMBER

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.proof.subject import Subject


def counting(
    monkeypatch: pytest.MonkeyPatch, count: Callable[[int, int], int]
) -> list[int]:
    """Let Shopify count otherwise: what, by how often it was asked and the truth."""
    step: Callable[..., Size] = counts._ask  # noqa: SLF001 -- the one question of counts
    asked: list[int] = []

    def ask(subject: Subject, query: str, variables: dict[str, Any]) -> Size:
        size = step(subject, query, variables)
        asked.append(size.records)
        return replace(size, records=count(len(asked), size.records))

    monkeypatch.setattr(counts, "_ask", ask)
    return asked


def test_a_count_that_the_list_never_fills_fetches_nothing(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every id that the shop lists is there; the window would bring the same rows."""
    copy.stage.run("orders", copy.connection)
    counting(monkeypatch, lambda _asked, records: records + bool(records))

    def extracted(*given: object, **further: object) -> None:
        raise AssertionError((given, further))

    monkeypatch.setattr(pipeline, "extract_slice", extracted)
    mended = copy.mend("orders")
    assert mended.verdict is Verdict.GAP
    assert troubles(mended, Trouble.COUNT)
    assert mended.repairs
    for line in mended.repairs:
        assert "the shop answers the same again: its list names the " in line
    # It is not proven a second time, for nothing was done.
    book = "SELECT count(*) FROM shopify_assets.proofs WHERE kind = 'counts'"
    assert copy.execute(book) == [(1,)]


def test_what_a_new_snapshot_does_not_mend_is_said(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.stage.run("collections", copy.connection)
    counting(monkeypatch, lambda _asked, records: records + 1)
    mended = copy.mend("collections")
    assert mended.verdict is Verdict.GAP
    snapshot, again = mended.repairs
    assert snapshot.startswith("a new snapshot: ")
    assert again.startswith(
        "the shop answers the same again, a repair does not change it: Shopify counts"
    )


def test_records_that_come_again_as_they_are_stored_are_said_to(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shop's list gives another time than the shop gives of the record itself."""
    copy.stage.run("orders", copy.connection)
    [order] = some_orders(copy, 1)

    def newer(*given: Any, **further: Any) -> Any:
        swept = sweep(*given, **further)
        later = pl.col(CHANGED) + timedelta(seconds=1)
        one = pl.col(ID) == number(order)
        moved = pl.when(one).then(later).otherwise(pl.col(CHANGED)).alias(CHANGED)
        return replace(swept, records=swept.records.with_columns(moved))

    monkeypatch.setattr(comparing, "sweep", newer)
    mended = copy.mend("orders")
    assert mended.verdict is Verdict.GAP
    fetched, again = mended.repairs
    assert fetched.startswith("1 records fetched by id: ")
    assert again.startswith("the shop answers the same again, a repair does not change")
    assert f"older than the shop's: {number(order)}" in again


def test_an_undecided_kind_is_no_reason_to_fetch_a_snapshot(copy: Copy) -> None:
    copy.stage.run("collections", copy.connection)
    null = Fault(kind=FaultKind.NULL_ROOT, field="collectionsCount", times=None)
    copy.stage.simulator.arm(EMBER, null)
    mended = copy.mend("collections")
    assert (mended.verdict, mended.repairs) == (Verdict.UNDECIDED, ())


# ── counts that cry for nothing ──────────────────────────────────────────────────────


def test_one_made_and_one_deleted_during_the_sweep_is_no_gap(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both counts are the same, and the list between them had both records."""
    copy.stage.run("collections", copy.connection)
    asked = counting(
        monkeypatch, lambda asked, records: records - 1 if asked < 3 else records
    )
    result = copy.prove("collections")
    assert len(asked) == 3
    assert of_kind(result, Kind.COUNTS).verdict is Verdict.WHOLE


def test_a_count_that_trails_behind_new_records_is_no_gap(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.stage.run("gift_cards", copy.connection)
    truth = copy.stage.simulator.truth(EMBER)
    [card] = truth.records("GiftCard")[:1]
    now = (copy.stage.time() + timedelta(seconds=50)).isoformat()
    truth.update(card["id"], createdAt=now)
    counting(monkeypatch, lambda _asked, records: records - 1)
    result = copy.prove("gift_cards")
    assert of_kind(result, Kind.COUNTS).verdict is Verdict.WHOLE


def test_windows_edited_in_bulk_while_they_are_counted_are_no_gap(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What agrees at the third look agreed all the time."""
    copy.stage.run("orders", copy.connection)
    looked: list[str] = []
    refresh = counts._Counter.refresh  # noqa: SLF001 -- where the looks begin

    def look(self: Any) -> None:
        looked.append("look")
        refresh(self)

    monkeypatch.setattr(counts._Counter, "refresh", look)  # noqa: SLF001 -- the same
    counting(monkeypatch, lambda _asked, records: records + (len(looked) < 4))
    result = copy.prove("orders")
    assert of_kind(result, Kind.COUNTS).verdict is Verdict.WHOLE
    assert len(looked) == 4


@pytest.mark.parametrize("stream", ["orders", "collections"])
def test_a_lower_bound_is_neither_whole_nor_undecided(
    copy: Copy, monkeypatch: pytest.MonkeyPatch, stream: str
) -> None:
    """Unless the list has fewer records than that: then it is a gap."""
    copy.stage.run(stream, copy.connection)
    at_least = Fault(
        kind=FaultKind.EDITED, edits=(("EXACT", "AT_LEAST"),), match="count", times=None
    )
    copy.stage.simulator.arm(EMBER, at_least)
    result = copy.prove(stream)
    counted = of_kind(result, Kind.COUNTS)
    assert counted.verdict is Verdict.NOT_APPLICABLE
    assert counted.reason == (
        "Shopify's count is a lower bound only (precision AT_LEAST)"
    )
    assert result.verdict is Verdict.WHOLE
    counting(monkeypatch, lambda _asked, records: records + bool(records))
    assert of_kind(copy.prove(stream), Kind.COUNTS).verdict is Verdict.GAP


def test_a_row_loaded_at_about_the_time_of_the_sweep_is_not_judged_by_it() -> None:
    """Shopify's servers do not agree to the second what time it is."""
    due = Due(begin=None, end=NOW, swept=NOW, snapshot=True)
    listed = frame({1: 0})
    stored = frame({1: 0, 2: 0}, extracted=NOW - SKEW / 2)
    assert compare(listed, stored, due).surplus.is_empty()
    earlier = frame({1: 0, 2: 0}, extracted=NOW - SKEW * 2)
    assert compare(listed, earlier, due).surplus[ID].to_list() == [2]
    assert EXTRACTED in earlier.columns
