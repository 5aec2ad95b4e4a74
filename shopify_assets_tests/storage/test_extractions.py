"""Extractions: a crash costs nothing twice, and nothing is called whole that is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.errors import DataError, IncompleteData
from shopify_assets.storage.extractions import (
    Choice,
    Extractions,
    Resume,
    Reuse,
    Start,
    State,
    choose,
    cover,
)
from shopify_assets.storage.layout import Extent, Extraction
from shopify_assets.storage.manifests import (
    Manifest,
    PartManifest,
    PendingOperation,
    Plan,
    PlannedPart,
    Receipt,
    Refusal,
    Spent,
)
from shopify_assets.storage.records import RawWriter
from shopify_assets.storage.store import Store
from shopify_assets.windows import Window, merge_contiguous

SHOP = "my-store.myshopify.com"
NOON = datetime(2026, 7, 14, 12, tzinfo=UTC)
SPENT = Spent(seconds=3.0, points=20)


def days(first: int, end: int) -> Window:
    july = datetime(2026, 7, 1, tzinfo=UTC)
    return Window(july + timedelta(days=first - 1), july + timedelta(days=end - 1))


WEEK = Extent("orders", SHOP, days(1, 8))


def plan_of(extent: Extent, number: int = 1, *, at: datetime = NOON) -> Plan:
    """A plan of two parts, cut as far as time had come `at`."""
    window = extent.window
    halves: tuple[Window | None, ...] = (
        (None, None) if window is None else window.halves()
    )
    return Plan(
        stream=extent.stream,
        shop=extent.shop,
        window=window,
        number=number,
        cut_end=None if window is None else min(at, window.end),
        api_version="2026-10",
        query_hash="q1",
        created_at=at,
        parts=tuple(
            PlannedPart(number=part, mode="bulk", window=each)
            for part, each in enumerate(halves, 1)
        ),
    )


def finish_part(store: Store, plan: Plan, number: int) -> PartManifest:
    """Put a raw file of `number` records into the lake."""
    with store.local_temp() as folder, RawWriter(folder / "part") as writer:
        writer.write_records([{"id": each} for each in range(number)])
        content = writer.finish()
        part = PartManifest(
            number=number,
            mode="bulk",
            window=plan.parts[number - 1].window,
            rows=content.rows,
            roots=content.roots,
            bytes=content.bytes,
            stored_bytes=content.stored_bytes,
            sha256=content.sha256,
            query_hash=plan.query_hash,
            extracted_at=NOON,
            seconds=1.5,
            operation_id=f"gid://shopify/BulkOperation/{number}",
            object_count=content.rows,
        )
        Extractions(store).finish(plan.extraction, part, file=folder / "part")
    return part


def extract(store: Store, plan: Plan) -> Manifest:
    """Go all the way from the plan to the manifest."""
    Extractions(store).begin(plan)
    for part in plan.parts:
        finish_part(store, plan, part.number)
    return Extractions(store).complete(plan, extracted_at=NOON, spent=SPENT)


def test_an_extraction_from_its_plan_to_its_receipt(store: Store) -> None:
    """Each step is seen by whoever looks next, in this order."""
    extractions = Extractions(store)
    plan = plan_of(WEEK)
    operation = PendingOperation(operation_id="gid://x/1", started_at=NOON)

    assert extractions.newest(WEEK) is None

    extractions.begin(plan)
    extractions.pend(plan.extraction, 2, operation=operation)
    assert extractions.newest(WEEK) == State(1, plan, complete=False, loaded=False)
    assert extractions.pending(plan.extraction, 1) is None
    assert extractions.pending(plan.extraction, 2) == operation
    assert extractions.finished(plan) == ()

    second = finish_part(store, plan, 2)
    assert extractions.part(plan.extraction, 2) == second
    assert extractions.pending(plan.extraction, 2) is None
    assert extractions.finished(plan) == (second,)

    first = finish_part(store, plan, 1)
    manifest = extractions.complete(plan, extracted_at=NOON, spent=SPENT)
    assert manifest == Manifest(
        plan=plan,
        parts=(first, second),
        rows=3,
        roots=3,
        bytes=first.bytes + second.bytes,
        stored_bytes=first.stored_bytes + second.stored_bytes,
        spent=SPENT,
        extracted_at=NOON,
        api_version="2026-10",
    )
    assert extractions.manifest(plan.extraction) == manifest
    assert extractions.newest(WEEK) == State(1, plan, complete=True, loaded=False)

    receipt = Receipt(loaded_at=NOON, rows=3)
    extractions.acknowledge(plan.extraction, receipt)
    assert extractions.receipt(plan.extraction) == receipt
    assert extractions.newest(WEEK) == State(1, plan, complete=True, loaded=True)


def test_the_newest_extraction_is_the_one_with_the_highest_number(store: Store) -> None:
    extract(store, plan_of(WEEK, 1))
    second = plan_of(WEEK, 2)
    Extractions(store).begin(second)

    newest = Extractions(store).newest(WEEK)

    assert newest == State(2, second, complete=False, loaded=False)


def test_an_extraction_with_a_part_missing_is_never_complete(store: Store) -> None:
    plan = plan_of(WEEK)
    Extractions(store).begin(plan)
    finish_part(store, plan, 1)

    with pytest.raises(
        IncompleteData, match=r"extraction 1 of stream 'orders' .*\[2\]"
    ):
        Extractions(store).complete(plan, extracted_at=NOON, spent=SPENT)

    assert not store.exists(plan.extraction.manifest)


def test_a_part_whose_raw_file_is_missing_or_cut_is_not_finished(store: Store) -> None:
    plan = plan_of(WEEK)
    finish_part(store, plan, 1)
    finish_part(store, plan, 2)

    store.delete(plan.extraction.raw_file(1))
    store.write(plan.extraction.raw_file(2), b"cut")

    assert Extractions(store).finished(plan) == ()


def test_a_part_of_another_window_is_not_the_planned_one(store: Store) -> None:
    plan = plan_of(WEEK)
    finish_part(store, plan, 1)

    other = plan_of(Extent("orders", SHOP, days(2, 8)))
    moved = msgspec.structs.replace(plan, parts=other.parts)

    assert Extractions(store).finished(moved) == ()


def test_the_blocks_of_a_part_are_its_lines_and_checked(store: Store) -> None:
    plan = plan_of(WEEK)
    part = finish_part(store, plan, 2)
    extractions = Extractions(store)

    assert list(extractions.blocks(plan.extraction, part)) == [b'{"id":0}\n{"id":1}\n']

    key = plan.extraction.raw_file(2)
    store.write(key, (store.read(key) or b"")[:-1])
    with pytest.raises(IncompleteData, match=r"part-00002.ndjson.zst is cut off"):
        list(extractions.blocks(plan.extraction, part))


HOUR = timedelta(hours=1)
DONE = plan_of(WEEK, 7)


@pytest.mark.parametrize(
    ("newest", "age", "choice"),
    [
        (None, 0 * HOUR, Start(1)),
        (State(7, DONE, complete=False, loaded=False), 23 * HOUR, Resume(7)),
        (State(7, DONE, complete=True, loaded=False), 23 * HOUR, Reuse(7)),
        (State(7, DONE, complete=False, loaded=False), 24 * HOUR, Start(8)),
        (State(7, DONE, complete=True, loaded=False), 24 * HOUR, Start(8)),
        (State(7, DONE, complete=True, loaded=True), 1 * HOUR, Start(8)),
        (State(7, None, complete=False, loaded=False), 1 * HOUR, Start(8)),
        # Its clock was a little ahead, or wrong: it would be of this day for years.
        (State(7, DONE, complete=True, loaded=False), -HOUR / 10, Reuse(7)),
        (State(7, DONE, complete=True, loaded=False), -HOUR, Start(8)),
        (State(7, DONE, complete=False, loaded=False), -87_600 * HOUR, Start(8)),
    ],
)
def test_a_crash_never_fetches_twice_within_a_day(
    newest: State | None, age: timedelta, choice: Choice
) -> None:
    assert choose(newest, NOON + age, query_hash="q1") == choice


@pytest.mark.parametrize("complete", [True, False])
def test_what_other_queries_began_is_not_gone_on_with(complete: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    newest = State(7, DONE, complete=complete, loaded=False)

    assert choose(newest, NOON, query_hash="q2") == Start(8)


@pytest.mark.parametrize("hours", [0, 1, 1_000])
def test_what_was_refused_is_begun_anew_at_any_age(hours: int) -> None:
    """What came may have been at fault: it is asked for once more."""
    newest = State(7, DONE, complete=True, loaded=False, refused=True)

    assert choose(newest, NOON + hours * HOUR, query_hash="q1") == Start(8)


REFUSAL = Refusal(step="load", reason="a reason", refused_at=NOON)


def test_what_was_refused_is_neither_due_nor_found(store: Store) -> None:
    """An older one takes its place, as long as nothing was loaded of it."""
    extractions = Extractions(store)
    older, refused = plan_of(WEEK, 1), plan_of(WEEK, 2)
    extract(store, older)
    extract(store, refused)
    extractions.refuse(refused.extraction, REFUSAL)

    assert extractions.refusal(refused.extraction) == REFUSAL
    assert [each.plan for each in extractions.refused("orders", SHOP)] == [refused]
    assert extractions.newest(WEEK) == State(
        2, refused, complete=True, loaded=False, refused=True
    )
    assert [each.plan for each in extractions.waiting(WEEK)] == [older]
    assert [each.plan for each in extractions.find_complete(WEEK)] == [older]

    extractions.acknowledge(refused.extraction, Receipt(loaded_at=NOON, rows=3))
    assert extractions.refused("orders", SHOP) == ()
    assert [each.plan for each in extractions.find_complete(WEEK)] == [refused]


def test_what_was_loaded_is_not_refused_any_more(store: Store) -> None:
    extractions = Extractions(store)
    plan = plan_of(WEEK)
    extract(store, plan)
    extractions.acknowledge(plan.extraction, Receipt(loaded_at=NOON, rows=3))
    extractions.refuse(plan.extraction, REFUSAL)

    assert extractions.refusal(plan.extraction) is None


def found(store: Store, window: Window | None) -> list[tuple[Window | None, int]]:
    manifests = Extractions(store).find_complete(Extent("orders", SHOP, window))
    return [(each.plan.window, each.plan.number) for each in manifests]


def test_the_newest_complete_extraction_of_the_same_window_is_found(
    store: Store,
) -> None:
    for number in (1, 2):
        extract(store, plan_of(WEEK, number))
    extract(store, plan_of(Extent("orders", SHOP, days(1, 31)), at=NOON + HOUR))
    Extractions(store).begin(plan_of(WEEK, 3))

    assert found(store, days(1, 8)) == [(days(1, 8), 2)]


def test_extractions_of_other_windows_together_hold_a_window(store: Store) -> None:
    """The newest wins wherever several hold the same time."""
    for first, end, hour in ((1, 5, 1), (3, 6, 4), (5, 8, 2), (6, 8, 3)):
        extent = Extent("orders", SHOP, days(first, end))
        extract(store, plan_of(extent, at=NOON + hour * HOUR))
    extract(store, plan_of(Extent("products", SHOP, days(1, 8))))

    assert found(store, days(2, 8)) == [
        (days(1, 5), 1),
        (days(3, 6), 1),
        (days(6, 8), 1),
    ]
    assert found(store, days(6, 7)) == [(days(6, 8), 1)]


def test_a_gap_is_named_with_its_remedy(store: Store) -> None:
    extract(store, plan_of(Extent("orders", SHOP, days(1, 3))))
    extract(store, plan_of(Extent("orders", SHOP, days(4, 8))))
    extract(store, plan_of(Extent("orders", "other.myshopify.com", days(1, 8))))

    with pytest.raises(
        DataError,
        match=r"stream 'orders' of shop 'my-store.myshopify.com' in "
        r"\[2026-07-03T00:00:00Z, 2026-07-04T00:00:00Z\).* asset orders_raw ",
    ):
        found(store, days(1, 8))


def test_what_had_not_happened_yet_is_not_held(store: Store) -> None:
    """A month extracted at noon of its 14th day holds nothing of the 15th."""
    extract(store, plan_of(Extent("orders", SHOP, days(1, 32)), at=NOON))

    assert found(store, days(3, 14)) == [(days(1, 32), 1)]
    with pytest.raises(DataError, match="2026-07-15T00:00:00Z, 2026-07-16T00:00:00Z"):
        found(store, days(15, 16))


def test_a_window_that_goes_on_is_held_as_far_as_time_had_come(store: Store) -> None:
    """The day of the last extraction is not over: that is no gap."""
    extract(store, plan_of(Extent("orders", SHOP, days(1, 32)), at=NOON))

    assert found(store, days(13, 15)) == [(days(1, 32), 1)]


def due(store: Store, window: Window | None) -> list[tuple[Window | None, int]]:
    manifests = Extractions(store).due(Extent("orders", SHOP, window))
    return [(each.plan.window, each.plan.number) for each in manifests]


def test_what_waits_to_be_loaded_is_due_in_the_order_of_its_making(
    store: Store,
) -> None:
    """Whatever meets the extent, and nothing of another; an unfinished one waits."""
    for first, end, hour in ((3, 6, 4), (1, 5, 1), (9, 12, 2)):
        extent = Extent("orders", SHOP, days(first, end))
        extract(store, plan_of(extent, at=NOON + hour * HOUR))
    extract(store, plan_of(Extent("products", SHOP, days(1, 8))))
    extract(store, plan_of(Extent("orders", SHOP, None)))
    Extractions(store).begin(plan_of(Extent("orders", SHOP, days(2, 4))))

    assert due(store, days(1, 8)) == [(days(1, 5), 1), (days(3, 6), 1)]
    assert due(store, None) == [(None, 1)]


def test_when_nothing_waits_what_was_loaded_is_due_again(store: Store) -> None:
    plan = plan_of(WEEK)
    extract(store, plan)
    receipt = Receipt(loaded_at=NOON, rows=3)
    Extractions(store).acknowledge(plan.extraction, receipt)

    assert due(store, days(1, 8)) == [(days(1, 8), 1)]

    extract(store, plan_of(Extent("orders", SHOP, days(7, 9))))
    assert due(store, days(1, 8)) == [(days(7, 9), 1)]

    with pytest.raises(DataError, match="was never extracted"):
        due(store, days(20, 21))


def test_a_snapshot_is_held_by_snapshots_only(store: Store) -> None:
    extract(store, plan_of(WEEK))
    with pytest.raises(DataError, match="as a snapshot: this was never extracted"):
        found(store, None)

    for number in (1, 2):
        extract(store, plan_of(Extent("orders", SHOP, None), number))

    assert found(store, None) == [(None, 2)]


@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(1, 5)), max_size=8),
    st.permutations(range(8)),
)
def test_a_cover_holds_the_newest_extraction_of_each_day_and_no_other(
    spans: list[tuple[int, int]], ages: list[int]
) -> None:
    window = days(5, 15)
    manifests = [
        Manifest.of(
            plan_of(
                Extent("orders", SHOP, days(first, first + width)),
                at=NOON + timedelta(days=60, hours=age),
            ),
            (),
            extracted_at=NOON,
            spent=SPENT,
        )
        for (first, width), age in zip(spans, ages, strict=False)
    ]

    chosen = cover(manifests, window)

    newest_first = sorted(manifests, key=lambda each: each.plan.created_at)[::-1]
    newest_by_day = [
        next((each for each in newest_first if _holds(each, day)), None)
        for day in window.split(10)
    ]
    assert set(chosen.manifests) == set(newest_by_day) - {None}
    assert chosen.gaps == merge_contiguous(
        day
        for day, newest in zip(window.split(10), newest_by_day, strict=True)
        if newest is None
    )


def _holds(manifest: Manifest, day: Window) -> bool:
    return manifest.plan.window is not None and manifest.plan.window.overlaps(day)


def test_what_must_be_there_is_named_when_it_is_not(store: Store) -> None:
    extraction = Extraction(WEEK, 1)

    with pytest.raises(DataError, match=r"plan.json does not exist; materialise"):
        Extractions(store).plan(extraction)
    with pytest.raises(DataError, match=r"manifest.json does not exist; materialise"):
        Extractions(store).manifest(extraction)
    with pytest.raises(DataError, match=r"part-00001.json does not exist; mater"):
        Extractions(store).part(extraction, 1)


def test_an_empty_window_of_the_future_holds_nothing() -> None:
    plan = plan_of(WEEK, at=WEEK.window.start - HOUR if WEEK.window else NOON)

    assert plan.covered is None
    empty = Manifest.of(plan, (), extracted_at=NOON, spent=SPENT)
    assert cover([empty], days(1, 2)).manifests == ()
