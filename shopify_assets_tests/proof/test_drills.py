"""A drill per class of loss: named to the record, mended, and whole again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets import pipeline
from shopify_assets.errors import Unavailable
from shopify_assets.extract import planning
from shopify_assets.proof.verdicts import Kind, Trouble, Verdict
from shopify_assets.proof.wanted import Wanted
from shopify_assets.simulator import faults
from shopify_assets.windows import Window
from shopify_assets_tests.proof.conftest import Copy, of_kind, troubles
from shopify_assets_tests.stage import EMBER, END, HISTORY, START

if TYPE_CHECKING:
    from pathlib import Path

# What changed later may be late in the index: it is not due yet.
DUE = END - timedelta(minutes=30)


def day_of(moment: datetime) -> Window:
    start = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Window(start, start + timedelta(days=1))


def some_orders(copy: Copy, count: int) -> list[dict[str, Any]]:
    """Orders that are due, from the middle of the history."""
    orders = copy.stage.simulator.truth(EMBER).records("Order")
    settled = [each for each in orders if changed(each) < DUE]
    return settled[5 : 5 + count]


def changed(record: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(record["updatedAt"])


def number(record: dict[str, Any]) -> int:
    return int(record["id"].rpartition("/")[2])


def test_a_copy_that_is_whole_is_proven_so(copy: Copy) -> None:
    copy.stage.run("orders", copy.connection)
    result = copy.prove("orders")
    assert [(each.kind, each.verdict) for each in result.proofs] == [
        (each, Verdict.WHOLE)
        for each in (
            Kind.FILES,
            Kind.ROWS,
            Kind.WINDOWS,
            Kind.IDS,
            Kind.COUNTS,
            Kind.SAMPLE,
            Kind.SUMS,
        )
    ]
    assert of_kind(result, Kind.IDS).figures["ids"] == 30
    assert of_kind(result, Kind.FILES).figures["files"] == 2


def test_rows_removed_are_named_by_id_and_day(copy: Copy) -> None:
    copy.stage.run("orders", copy.connection)
    lost = some_orders(copy, 3)
    ids = [number(each) for each in lost]
    copy.execute("DELETE FROM shopify.orders WHERE id = ANY (%s)", ids)
    result = copy.prove("orders")
    missing = troubles(result, Trouble.MISSING)
    assert sorted(gid for each in missing for gid in each.ids) == sorted(
        each["id"] for each in lost
    )
    assert {each.window for each in missing} == {day_of(changed(each)) for each in lost}
    counts = of_kind(result, Kind.COUNTS)
    assert counts.verdict is Verdict.GAP
    assert counts.figures["source"] - counts.figures["stored"] == 3
    assert all(each.explained for each in counts.gaps)
    mended = copy.mend("orders")
    assert mended.verdict is Verdict.WHOLE
    [done] = mended.repairs
    assert done.startswith("3 records fetched by id: ")
    assert copy.is_whole("orders")


def test_a_window_skipped_is_named_and_extracted(copy: Copy) -> None:
    """The watermark was moved over it, as no run of ours does."""
    first, second, third = HISTORY.split(3)
    copy.stage.run("orders", copy.connection, first)
    copy.execute("UPDATE shopify_assets.watermarks SET watermark = %s", third.start)
    copy.stage.run("orders", copy.connection, third)
    result = copy.prove("orders")
    [skipped] = troubles(result, Trouble.SKIPPED)
    assert skipped.window == second
    inside = {
        each["id"]
        for each in copy.stage.simulator.truth(EMBER).records("Order")
        if second.start <= changed(each) < second.end
    }
    named = [gid for each in troubles(result, Trouble.MISSING) for gid in each.ids]
    assert set(named) == inside
    mended = copy.mend("orders")
    assert mended.verdict is Verdict.WHOLE
    [done] = mended.repairs
    assert done.startswith(f"{second} extracted again: ")
    assert copy.is_whole("orders")


def test_a_change_that_was_never_fetched_is_named(copy: Copy) -> None:
    """The record is there, in a state the shop has long left."""
    copy.stage.run("orders", copy.connection)
    [order] = some_orders(copy, 1)
    later = DUE - timedelta(days=1)
    truth = copy.stage.simulator.truth(EMBER)
    truth.update(order["id"], at=later, note="never fetched")
    result = copy.prove("orders")
    [stale] = troubles(result, Trouble.STALE)
    assert stale.ids == (order["id"],)
    assert stale.window == day_of(later)
    assert copy.mend("orders").verdict is Verdict.WHOLE
    assert copy.is_whole("orders")


def test_children_truncated_are_named_by_their_keys(copy: Copy) -> None:
    copy.stage.run("orders", copy.connection)
    order = next(each for each in some_orders(copy, 20) if len(each["lineItems"]) > 2)
    cut = [number(each) for each in order["lineItems"][1:]]
    copy.execute("DELETE FROM shopify.order_line_items WHERE id = ANY (%s)", cut)
    result = copy.prove("orders")
    [gap] = troubles(result, Trouble.DIFFERENT)
    assert gap.ids == (order["id"],)
    for each in cut:
        assert f"order_line_items ({number(order)}, {each}): missing" in gap.detail
    sums = of_kind(result, Kind.SUMS)
    assert {gid for each in sums.gaps for gid in each.ids} <= {order["id"]}
    mended = copy.mend("orders")
    assert mended.verdict is Verdict.WHOLE
    assert copy.is_whole("orders")


def test_a_changed_cell_is_named_by_table_key_and_column(copy: Copy) -> None:
    copy.stage.run("orders", copy.connection)
    [order] = some_orders(copy, 1)
    price = order["totalPriceSet"]["shopMoney"]["amount"]
    copy.execute(
        "UPDATE shopify.orders SET total_price = total_price + 1 WHERE id = %s",
        number(order),
    )
    result = copy.prove("orders")
    [gap] = troubles(result, Trouble.DIFFERENT)
    assert gap.ids == (order["id"],)
    found = f"{(Decimal(price) + 1).normalize():f}"
    told = f"total_price is {found}, should be {Decimal(price).normalize():f}"
    assert gap.detail == f"orders ({number(order)}): {told}"
    [summed] = troubles(result, Trouble.SUM)
    assert summed.ids == (order["id"],)
    assert summed.detail.startswith("total = subtotal + shipping + tax")
    assert copy.mend("orders").verdict is Verdict.WHOLE
    assert copy.is_whole("orders")


def test_ids_deleted_at_the_source_are_named_and_marked(copy: Copy) -> None:
    copy.stage.run("draft_orders", copy.connection)
    truth = copy.stage.simulator.truth(EMBER)
    drafts = truth.records("DraftOrder")
    gone = drafts[1]
    truth.delete(gone["id"], at=copy.stage.time())
    result = copy.prove("draft_orders")
    [gap] = troubles(result, Trouble.DELETED)
    assert gap.ids == (gone["id"],)
    assert gap.window == day_of(changed(gone))
    mended = copy.mend("draft_orders", Wanted(most_deleted=0.5))
    assert mended.repairs == ("1 records marked as deleted",)
    assert mended.verdict is Verdict.WHOLE
    assert copy.is_whole("draft_orders")
    found = copy.execute(
        "SELECT _deleted_reason FROM shopify.draft_orders WHERE id = %s", number(gone)
    )
    assert found == [("absent from the sweep of ids",)]


def test_too_many_deletions_at_once_are_refused_unless_told(copy: Copy) -> None:
    """A list that lost its half is more likely than a shop that did."""
    copy.stage.run("orders", copy.connection)
    truth = copy.stage.simulator.truth(EMBER)
    for each in some_orders(copy, 10):
        truth.delete(each["id"])
    mended = copy.mend("orders", Wanted(most_deleted=0.1))
    assert mended.verdict is Verdict.GAP
    [told] = mended.repairs
    assert told.startswith("10 of 30 records are gone at the shop, more than 10%")
    assert copy.execute("SELECT count(_deleted_at) FROM shopify.orders") == [(0,)]
    assert copy.mend("orders", Wanted(most_deleted=0.5)).verdict is Verdict.WHOLE
    assert copy.is_whole("orders")


def raw_files(copy: Copy, stream: str) -> list[Path]:
    keys = copy.stage.store.keys(f"raw/{stream}/")
    return [copy.stage.folder / each for each in sorted(keys) if ".zst" in each]


def test_a_cut_raw_file_is_named_and_its_window_fetched_again(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an extraction of several bulk operations, only the one at fault."""
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)
    monkeypatch.setattr(planning, "BULK_RECORDS", 15)
    copy.stage.run("draft_orders", copy.connection)
    copy.stage.run("orders", copy.connection)
    file = raw_files(copy, "orders")[0]
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    [gap] = copy.prove("orders").gaps
    assert gap.trouble is Trouble.FILE
    assert f"{file} is cut off at byte {len(data) // 2}" in gap.detail
    assert gap.window is not None
    assert gap.window.start == START
    assert gap.window.end < END
    mended = copy.mend("orders")
    assert mended.verdict is Verdict.WHOLE
    [done] = mended.repairs
    assert done.startswith(f"{gap.window} extracted again: ")
    assert copy.is_whole("orders")


def test_fewer_objects_than_a_bulk_operation_promised_are_told(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)
    copy.stage.run("orders", copy.connection)
    [manifest] = [
        each
        for each in copy.stage.store.keys("raw/orders/")
        if each.endswith("/manifest.json")
    ]
    path = copy.stage.folder / manifest
    text = path.read_text("utf-8")
    promised = text.replace('"root_object_count": 30', '"root_object_count": 31')
    assert promised != text
    path.write_text(promised, "utf-8")
    [gap] = copy.prove("orders").gaps
    assert gap.trouble is Trouble.FILE
    assert "31 root objects promised, 30 stored" in gap.detail


def test_a_stream_that_was_never_loaded_is_loaded_by_the_repair(copy: Copy) -> None:
    result = copy.prove("orders")
    [gap] = result.gaps
    assert gap.trouble is Trouble.NEVER_LOADED
    assert copy.mend("orders").verdict is Verdict.WHOLE
    assert copy.is_whole("orders")


def test_a_snapshot_is_mended_by_a_new_one(copy: Copy) -> None:
    copy.stage.run("locations", copy.connection)
    rows = copy.execute("SELECT id FROM shopify.locations ORDER BY id")
    lost, changed_row = rows[0][0], rows[1][0]
    copy.execute("DELETE FROM shopify.locations WHERE id = %s", lost)
    copy.execute("UPDATE shopify.locations SET name = 'x' WHERE id = %s", changed_row)
    result = copy.prove("locations")
    [missing] = troubles(result, Trouble.MISSING)
    assert missing.ids == (f"gid://shopify/Location/{lost}",)
    [different] = troubles(result, Trouble.DIFFERENT)
    assert different.ids == (f"gid://shopify/Location/{changed_row}",)
    assert different.detail == f"locations ({changed_row}): name differs"
    mended = copy.mend("locations")
    assert mended.verdict is Verdict.WHOLE
    restored, snapshot = mended.repairs
    assert restored.startswith("1 records loaded again from extraction 1 of stream")
    assert snapshot.startswith("a new snapshot: ")
    assert copy.is_whole("locations")


def test_what_the_shop_answers_by_null_leaves_its_records_undecided(copy: Copy) -> None:
    """Nothing was seen, so nothing was seen to be gone; a repair buries nothing."""
    copy.stage.run("themes", copy.connection)
    before = copy.execute("SELECT id, _deleted_at FROM shopify.themes ORDER BY id")
    null = faults.Fault(kind=faults.Kind.NULL_ROOT, field="themes", times=None)
    copy.stage.simulator.arm(EMBER, null)
    # Asked for by their ids they are there: the list alone is not.
    there = copy.prove("themes")
    assert (there.verdict, there.gaps) == (Verdict.UNDECIDED, ())
    assert f"though it has the {len(before)} records in the table" in there.provisos[0]
    truth = copy.stage.simulator.truth(EMBER)
    for gid in truth.ids("OnlineStoreTheme"):
        truth.delete(gid)
    result = copy.prove("themes")
    assert (result.verdict, result.gaps) == (Verdict.UNDECIDED, ())
    [reason] = [each.reason for each in result.proofs if each.kind is Kind.IDS]
    assert reason.startswith("themes is null in this shop, which has none of it now")
    copy.mend("themes")
    after = copy.execute("SELECT id, _deleted_at FROM shopify.themes ORDER BY id")
    assert after == before != []


def test_two_losses_at_once_are_told_apart(copy: Copy) -> None:
    """Rows lost of one record, another record lost, a third one gone at the shop."""
    copy.stage.run("orders", copy.connection)
    cut, lost, gone = some_orders(copy, 3)
    copy.execute(
        "DELETE FROM shopify.order_line_items WHERE order_id = %s", number(cut)
    )
    copy.execute("DELETE FROM shopify.orders WHERE id = %s", number(lost))
    copy.stage.simulator.truth(EMBER).delete(gone["id"])
    result = copy.prove("orders")
    named = {
        trouble: {gid for each in troubles(result, trouble) for gid in each.ids}
        for trouble in (Trouble.DIFFERENT, Trouble.MISSING, Trouble.DELETED)
    }
    assert named == {
        Trouble.DIFFERENT: {cut["id"]},
        Trouble.MISSING: {lost["id"]},
        Trouble.DELETED: {gone["id"]},
    }
    mended = copy.mend("orders")
    assert mended.verdict is Verdict.WHOLE
    assert copy.is_whole("orders")


def test_what_a_repair_brought_is_proven_like_all_else(copy: Copy) -> None:
    """Its raw file is cut: the same records are fetched again."""
    copy.stage.run("orders", copy.connection)
    [lost] = some_orders(copy, 1)
    copy.execute("DELETE FROM shopify.orders WHERE id = %s", number(lost))
    copy.mend("orders")
    [file] = [
        each
        for each in raw_files(copy, "orders")
        if each.stem == "part-00001.ndjson" and "ids-" in str(each)
    ]
    file.write_bytes(file.read_bytes()[:-9])
    [gap] = copy.prove("orders").gaps
    assert gap.trouble is Trouble.FILE
    assert str(file) in gap.detail
    assert gap.ids == (lost["id"],)
    mended = copy.mend("orders")
    assert mended.verdict is Verdict.WHOLE
    [done] = mended.repairs
    assert done.startswith("1 records fetched by id: ")


def test_a_repair_that_was_killed_is_simply_made_again(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had fetched by then is not fetched twice."""
    copy.stage.run("orders", copy.connection)
    lost = some_orders(copy, 2)
    ids = [number(each) for each in lost]
    copy.execute("DELETE FROM shopify.orders WHERE id = ANY (%s)", ids)

    def killed(*given: object, **further: object) -> None:
        del given, further
        raise Unavailable("killed")

    with monkeypatch.context() as broken:
        broken.setattr(pipeline, "load_slice", killed)
        failed = copy.mend("orders")
    assert failed.verdict is Verdict.GAP
    assert failed.repairs == ("not mended: killed",)
    told = len(copy.stage.told)
    assert copy.mend("orders").verdict is Verdict.WHOLE
    since = copy.stage.told[told:]
    assert any("extracted before and not loaded yet" in each for each in since)
    assert copy.is_whole("orders")
