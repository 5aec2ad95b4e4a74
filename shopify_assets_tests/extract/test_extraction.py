"""Extractions from a simulated shop: the same by each means, and whole."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.errors import (
    AccessDenied,
    DataError,
    ShopUnavailable,
    Unavailable,
)
from shopify_assets.extract import planning
from shopify_assets.extract.extraction import extract
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.windows import Window
from shopify_assets_tests.expected import expected_rows
from shopify_assets_tests.stage import (
    EMBER,
    END,
    HISTORY,
    NEXT_DAY,
    START,
    Stage,
    compiled,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.extract.extraction import Extracted

ALWAYS_BULK = 0
ALWAYS_PAGES = 10**6
SECOND_STEP = "query order_refunds("


def as_bulk(monkeypatch: pytest.MonkeyPatch, *, records: int = 10**6) -> None:
    """Read everything by bulk operations of so many records."""
    monkeypatch.setattr(planning, "PAGES_AT_MOST", ALWAYS_BULK)
    monkeypatch.setattr(planning, "BULK_RECORDS", records)


def sorted_texts(lines: list[bytes]) -> list[str]:
    """Records in one spelling, their keys in the order in which they came."""
    return sorted(json.dumps(json.loads(line)) for line in lines)


def counted(stage: Stage, extracted: Extracted) -> Counter[str]:
    """Records by the table they feed."""
    return Counter(
        next(iter(json.loads(line))).removeprefix("_")
        for line in stage.lines(extracted)
    )


@pytest.mark.parametrize(
    "name",
    ["orders", "customers", "products", "discounts", "fulfillment_orders"],
)
def test_pages_and_bulk_operations_give_the_same_records(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(planning, "PAGES_AT_MOST", ALWAYS_PAGES)
    paged = stage.extract(name)
    other = replace(stage, folder=stage.folder / "other")
    as_bulk(monkeypatch)
    bulk = other.extract(name)
    assert {part.mode for part in paged.manifest.parts} <= {"paged", "details"}
    assert {part.mode for part in bulk.manifest.parts} <= {"bulk", "details"}
    assert sorted_texts(stage.lines(paged)) == sorted_texts(other.lines(bulk))
    assert paged.manifest.rows == bulk.manifest.rows
    assert paged.manifest.roots == bulk.manifest.roots


@pytest.mark.parametrize(
    ("name", "children", "least"),
    [
        ("orders", "order_line_items", 300),
        ("orders", "order_fulfillment_line_items", 300),
        ("draft_orders", "draft_order_line_items", 280),
        ("fulfillment_orders", "fulfillment_order_line_items", 300),
        ("discounts", "discount_redeem_codes", 1000),
        ("customers", "customer_addresses", 12),
        ("collections", "collection_products", 40),
    ],
)
def test_a_list_longer_than_its_page_is_read_to_its_end(
    stage: Stage, name: str, children: str, least: int
) -> None:
    extracted = stage.extract(name)
    held = [json.loads(line) for line in stage.lines(extracted)]
    parents = Counter(each["__parentId"] for each in held if f"_{children}" in each)
    assert max(parents.values()) >= least
    expected = expected_rows(stage.simulator, EMBER, compiled(name))[children]
    assert parents.total() == len(expected)


def test_a_product_of_three_hundred_media_is_read_to_its_end(own: Stage) -> None:
    truth = own.simulator.truth(EMBER)
    product = truth.records("Product")[0]
    [first, *_] = product["media"]
    start = int(first["id"].rpartition("/")[2])
    many = [
        {**first, "id": f"gid://shopify/MediaImage/{start + number}"}
        for number in range(300)
    ]
    truth.update(product["id"], at=END - timedelta(days=1), media=many)
    held = [json.loads(line) for line in own.lines(own.extract("products"))]
    assert [
        each["id"]
        for each in held
        if each.get("__parentId") == product["id"]
        if "_product_media" in each
    ] == [each["id"] for each in many]


def test_the_inner_lists_of_refunds_and_fulfilments_are_whole(stage: Stage) -> None:
    found = counted(stage, stage.extract("orders"))
    expected = expected_rows(stage.simulator, EMBER, compiled("orders"))
    inner = [name for name in expected if name.startswith(
        ("order_refund_", "order_fulfillment_line")
    )]  # fmt: skip
    assert len(inner) == 5
    assert {name: found[name] for name in inner} == {
        name: len(expected[name]) for name in inner
    }


def test_a_snapshot_is_read_whole_and_in_one_part(stage: Stage) -> None:
    [part] = stage.extract("locations").manifest.parts
    assert (part.window, part.roots) == (None, 4)


def test_a_window_in_the_future_is_complete_without_parts(own: Stage) -> None:
    future = Window(END + timedelta(days=2), END + timedelta(days=3))
    before = own.simulator.requests(EMBER).fields["orders"]
    manifest = own.extract("orders", future).manifest
    assert (manifest.parts, manifest.rows, manifest.plan.covered) == ((), 0, None)
    assert own.simulator.requests(EMBER).fields["orders"] == before


def test_a_window_that_has_not_ended_is_cut_before_now(own: Stage) -> None:
    now = own.time()
    covered = own.extract("orders", NEXT_DAY).manifest.plan.covered
    assert covered is not None
    assert covered.start == END
    assert abs(covered.end - (now - planning.LAG)) < timedelta(seconds=30)


def test_a_window_is_half_open(own: Stage) -> None:
    truth = own.simulator.truth(EMBER)
    ids = [
        truth.create_order(at=END + timedelta(seconds=at))["id"] for at in (0, 9, 10)
    ]
    window = Window(END, END + timedelta(seconds=10))
    held = [json.loads(line) for line in own.lines(own.extract("orders", window))]
    assert [each["id"] for each in held if "_orders" in each] == ids[:2]


def test_a_finished_extraction_is_used_as_it_is_until_it_is_loaded(own: Stage) -> None:
    first = own.extract("products")
    requests = own.simulator.requests(EMBER)
    asked = requests.fields["products"]
    assert own.extract("products") == replace(first, reused=True)
    assert requests.fields["products"] == asked
    assert any("used as it is" in line for line in own.told)


def test_an_interrupted_extraction_fetches_no_finished_part_again(
    own: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shop is closed while the second steps run; later only these go on."""
    as_bulk(monkeypatch, records=8)
    closed = Fault(
        kind=Kind.HTTP_STATUS, status=402, match=SECOND_STEP, skip=1, times=1
    )
    own.simulator.arm(EMBER, closed)
    with pytest.raises(ShopUnavailable, match="is frozen"):
        own.extract("orders")
    requests = own.simulator.requests(EMBER)
    before = requests.bulk_operations
    assert before > 0
    extracted = own.extract("orders")
    bulk = [part for part in extracted.manifest.parts if part.mode == "bulk"]
    assert len(bulk) > 2
    assert requests.bulk_operations == len(bulk)
    assert requests.downloads == sum(part.rows > 0 for part in bulk)
    second_steps = [each for each in requests.log if SECOND_STEP in each.query]
    asked = [gid for each in second_steps for gid in each.variables["ids"]]
    assert len(asked) == len(set(asked))
    expected = expected_rows(own.simulator, EMBER, compiled("orders"))
    assert counted(own, extracted)["orders"] == len(expected["orders"])


def test_an_operation_whose_file_could_not_be_fetched_is_taken_up_again(
    own: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_bulk(monkeypatch)
    own.simulator.arm(EMBER, Fault(kind=Kind.DOWNLOAD_RESET, times=None))
    with pytest.raises(Unavailable, match="no whole answer"):
        own.extract("draft_orders")
    own.simulator.store(EMBER).faults.clear()
    extracted = own.extract("draft_orders")
    assert own.simulator.requests(EMBER).bulk_operations == 1
    assert extracted.manifest.roots == own.simulator.truth(EMBER).count("DraftOrder")


def test_an_operation_that_was_denied_is_not_taken_up_again(
    own: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once access is granted the same call asks anew, instead of failing as before."""
    as_bulk(monkeypatch)
    denied = Fault(kind=Kind.BULK_FAILED, error_code="ACCESS_DENIED", partial=False)
    own.simulator.arm(EMBER, denied)
    with pytest.raises(AccessDenied, match="ACCESS_DENIED"):
        own.extract("draft_orders")
    extracted = own.extract("draft_orders")
    assert extracted.manifest.roots == own.simulator.truth(EMBER).count("DraftOrder")


def test_operations_that_are_lost_three_times_give_way_to_pages(
    own: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_bulk(monkeypatch)
    own.simulator.arm(EMBER, Fault(kind=Kind.BULK_FAILED, times=3))
    extracted = own.extract("draft_orders")
    assert [part.mode for part in extracted.manifest.parts] == ["paged"]
    assert extracted.manifest.roots == own.simulator.truth(EMBER).count("DraftOrder")
    assert own.simulator.requests(EMBER).bulk_operations == 3
    assert any("reading by pages" in line for line in own.told)


def test_a_missing_scope_is_named_and_nothing_is_asked(own: Stage) -> None:
    own.simulator.grant(EMBER, "read_products")
    told = (
        f"shop '{EMBER}' lacks scope read_orders, needed by stream "
        "tender_transactions; grant it"
    )
    with pytest.raises(AccessDenied, match=told):
        own.extract("tender_transactions")
    assert set(own.simulator.requests(EMBER).fields) == {"currentAppInstallation"}
    assert own.store.keys("raw/") == []


def at_first(line_holds: str, happens: Callable[[], object]) -> Callable[[str], None]:
    """A reporter: when the first line with this text is told, something happens."""
    waiting = [happens]

    def report(line: str) -> None:
        if line_holds in line and waiting:
            waiting.pop()()

    return report


def disturbed(
    stage: Stage, window: Window, *, report: Callable[[str], None]
) -> Extracted:
    """Extract orders, one part at a time."""
    with closing(stage.client()) as client:
        context = replace(stage.context(client), report=report, concurrency=1)
        return extract(compiled("orders"), window, context=context)


def test_what_moves_while_it_is_extracted_is_in_the_next_window(
    own: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order changed before its part was read left this window for the next."""
    as_bulk(monkeypatch, records=8)
    truth = own.simulator.truth(EMBER)
    last = max(truth.records("Order"), key=lambda each: each["updatedAt"])
    moved_at = END + timedelta(minutes=5)

    def move() -> None:
        truth.update(last["id"], at=moved_at, note="moved")

    first = disturbed(own, HISTORY, report=at_first("COMPLETED", move))
    second = own.extract("orders", NEXT_DAY)
    ids = [set(_ids(own, each)) for each in (first, second)]
    assert last["id"] not in ids[0]
    assert ids[1] == {last["id"]}
    assert ids[0] | ids[1] == set(truth.ids("Order"))


def _ids(stage: Stage, extracted: Extracted) -> list[str]:
    held = (json.loads(line) for line in stage.lines(extracted))
    return [each["id"] for each in held if "_orders" in each]


def with_refund(stage: Stage) -> dict[str, Any]:
    orders = stage.simulator.truth(EMBER).records("Order")
    return next(each for each in orders if each["refunds"])


def test_an_order_deleted_before_its_second_step_is_no_failure(
    own: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_bulk(monkeypatch)
    gone = with_refund(own)

    def delete() -> None:
        own.simulator.truth(EMBER).delete(gone["id"])

    extracted = disturbed(own, HISTORY, report=at_first("COMPLETED", delete))
    held = [json.loads(line) for line in own.lines(extracted)]
    assert gone["id"] in {each["id"] for each in held if "_orders" in each}
    assert not any(each.get("__rootId") == gone["id"] for each in held)


def test_a_refund_withheld_from_the_second_step_is_an_error(own: Stage) -> None:
    own.simulator.arm(EMBER, Fault(kind=Kind.NULL_NODES, match=SECOND_STEP))
    told = rf"shop '{EMBER}': gid://.* came as null .*would lose rows"
    with pytest.raises(DataError, match=told):
        own.extract("orders")
    expected = expected_rows(own.simulator, EMBER, compiled("orders"))
    name = "order_refund_line_items"
    assert counted(own, own.extract("orders"))[name] == len(expected[name])


def test_a_plan_is_of_the_window_asked_for_and_not_of_another(own: Stage) -> None:
    half = START + (END - START) / 2
    half = half.replace(microsecond=0)
    for window in (Window(START, half), Window(half, END)):
        assert own.extract("orders", window).manifest.plan.window == window
    roots = [
        own.extract("orders", each).manifest.roots
        for each in (Window(START, half), Window(half, END), HISTORY)
    ]
    assert roots[0] + roots[1] == roots[2] == 30
