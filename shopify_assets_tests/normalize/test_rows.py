"""Rows: nested lists, references to ancestors, and places in lists."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.schema import load_schema
from shopify_assets.normalize.run import Normalizer
from shopify_assets.streams import STREAMS
from shopify_assets_tests.normalize.declared import (
    SHOP,
    THEN,
    frames,
    lines,
    rows,
    thing,
)


def box(number: int, color: str | None, *tags: str) -> dict[str, Any]:
    look = None if color is None else {"color": color}
    inner = {"tags": [{"tag": each} for each in tags]}
    return {"id": f"gid://shopify/Box/{number}", "look": look, "inner": inner}


def test_lists_within_lists_are_tables_with_all_their_ancestors() -> None:
    block = lines(
        thing(boxes=[box(1, "red", "a", "b"), box(2, None)]),
        thing(boxes=None),
        thing(id="gid://shopify/Thing/7", boxes=[box(3, "blue", "c")]),
        thing(id="gid://shopify/Thing/8", boxes=[{"inner": None}, {"inner": {}}]),
    )

    found = rows(block)

    assert [each["id"] for each in found["things"]] == [1, 1, 7, 8]
    assert found["thing_boxes"] == [
        {"thing_id": 1, "id": 1, "color": "red"},
        {"thing_id": 1, "id": 2, "color": None},
        {"thing_id": 7, "id": 3, "color": "blue"},
        {"thing_id": 8, "id": None, "color": None},
        {"thing_id": 8, "id": None, "color": None},
    ]
    assert found["thing_box_tags"] == [
        {"thing_id": 1, "box_id": 1, "position": 0, "tag": "a"},
        {"thing_id": 1, "box_id": 1, "position": 1, "tag": "b"},
        {"thing_id": 7, "box_id": 3, "position": 0, "tag": "c"},
    ]


def mark(parent: int, name: str, *spots: int) -> dict[str, Any]:
    return {
        "_thing_marks": "Mark",
        "mark": name,
        "spots": [{"spot": each} for each in spots],
        "__parentId": f"gid://shopify/Thing/{parent}",
    }


MARKS = [
    mark(1, "a", 10, 11),
    mark(2, "b"),
    mark(1, "c", 12),
    mark(2, "d", 13),
    mark(1, "e"),
]


@given(st.lists(st.integers(0, len(MARKS)), max_size=4))
def test_siblings_without_id_are_numbered_across_blocks(cuts: list[int]) -> None:
    """Wherever the file is cut into blocks, in the order their parent has them."""
    places = [0, *sorted(cuts), len(MARKS)]
    blocks = [lines(*MARKS[first:end]) for first, end in pairwise(places)]

    found = rows(*blocks)

    assert found["thing_marks"] == [
        {"thing_id": 1, "position": 0, "mark": "a"},
        {"thing_id": 2, "position": 0, "mark": "b"},
        {"thing_id": 1, "position": 1, "mark": "c"},
        {"thing_id": 2, "position": 1, "mark": "d"},
        {"thing_id": 1, "position": 2, "mark": "e"},
    ]
    assert found["thing_mark_spots"] == [
        {"thing_id": 1, "mark_position": 0, "position": 0, "spot": 10},
        {"thing_id": 1, "mark_position": 0, "position": 1, "spot": 11},
        {"thing_id": 1, "mark_position": 1, "position": 0, "spot": 12},
        {"thing_id": 2, "mark_position": 1, "position": 0, "spot": 13},
    ]


def step(thing: int, number: int) -> dict[str, Any]:
    return {
        "_thing_steps": "Step",
        "id": f"gid://shopify/Step/{number}",
        "__parentId": f"gid://shopify/Thing/{thing}",
    }


def need(thing: int, step: int, number: int) -> dict[str, Any]:
    return {
        "_thing_step_needs": "Need",
        "id": f"gid://shopify/Need/{number}",
        "__parentId": f"gid://shopify/Step/{step}",
        "__rootId": f"gid://shopify/Thing/{thing}",
    }


def test_an_order_is_that_of_the_parents_lines_whatever_their_ids() -> None:
    """However they are mixed, and wherever a page or a block ends."""
    found = rows(
        lines(step(1, 30), step(2, 5), step(1, 10)),
        lines(step(1, 20), step(2, 4)),
    )
    assert [tuple(each.values()) for each in found["thing_steps"]] == [
        (1, 30, 0),
        (2, 5, 0),
        (1, 10, 1),
        (1, 20, 2),
        (2, 4, 1),
    ]


def test_what_hangs_below_several_records_is_counted_in_each() -> None:
    found = rows(
        lines(need(1, 7, 30), need(1, 7, 10), need(2, 7, 30), need(2, 7, 10)),
    )
    assert [tuple(each.values()) for each in found["thing_step_needs"]] == [
        (1, 7, 30, 0),
        (1, 7, 10, 1),
        (2, 7, 30, 0),
        (2, 7, 10, 1),
    ]


def test_a_value_in_an_object_that_is_null_is_null() -> None:
    bags: list[Any] = [
        None,
        {},
        {"shopMoney": None},
        {"shopMoney": {"amount": "1.50", "currencyCode": "EUR"}},
    ]

    found = rows(lines(*(thing(priceSet=each) for each in bags)))["things"]

    assert [each["price"] for each in found] == [None, None, None, "1.50"]


def test_rows_carry_shop_and_time() -> None:
    frame = frames(lines(thing(), thing()))["things"]

    assert frame["shop"].to_list() == [SHOP, SHOP]
    assert frame["_extracted_at"].to_list() == [THEN, THEN]


def test_a_block_without_records_has_no_frames() -> None:
    assert frames(b"", b"\n") == {}


def test_an_order_is_all_its_tables() -> None:
    """A real stream, as a bulk operation and the second step write it."""
    order = {"__parentId": "gid://shopify/Order/5"}
    refund = {"__parentId": "gid://shopify/Refund/9", "__rootId": order["__parentId"]}
    found = _compiled_rows(
        "orders",
        {
            "_orders": "Order",
            "id": "gid://shopify/Order/5",
            "tags": ["vip", "b2b"],
            "updatedAt": "2026-07-14T12:00:00Z",
            "totalPriceSet": {
                "shopMoney": {"amount": "199.90"},
                "presentmentMoney": {"amount": "210.0"},
            },
            "taxLines": [{"title": "VAT", "rate": 0.19, "channelLiable": None}],
            "refunds": [{"id": "gid://shopify/Refund/9", "note": "broken"}],
        },
        {"_order_line_items": "LineItem", "id": "gid://shopify/LineItem/6", **order},
        {
            "_order_refund_line_items": "RefundLineItem",
            "id": "gid://shopify/RefundLineItem/1",
            "quantity": 2,
            **refund,
        },
    )

    assert {name: len(each) for name, each in found.items()} == {
        "orders": 1,
        "order_tax_lines": 1,
        "order_refunds": 1,
        "order_line_items": 1,
        "order_refund_line_items": 1,
    }
    assert _some(found["orders"][0]) == {
        "shop": SHOP,
        "id": 5,
        "tags": ["vip", "b2b"],
        "updated_at": datetime(2026, 7, 14, 12, tzinfo=UTC),
        "total_price": "199.90",
        "total_price_presentment": "210.0",
        "_extracted_at": THEN,
    }
    assert _some(found["order_tax_lines"][0]) == {
        "shop": SHOP,
        "order_id": 5,
        "position": 0,
        "title": "VAT",
        "rate": 0.19,
        "_extracted_at": THEN,
    }
    refund_line = _some(found["order_refund_line_items"][0])
    assert (refund_line["order_id"], refund_line["refund_id"]) == (5, 9)
    assert refund_line["quantity"] == 2


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_every_stream_reads_a_bare_record_of_each_marker(stream: Any) -> None:
    """All tables of all streams can be made: no path leads nowhere."""
    tables = compile_stream(load_schema(), stream).tables
    bare = lines(*({each.marker: "X"} for each in tables if not each.lists))

    (found,) = Normalizer(tables).frames(
        [bare], shop=SHOP, extracted_at=THEN, source="file"
    )

    assert found.keys() == {each.name for each in tables if not each.lists}
    assert all(
        frame.columns[:-1] == [each.name for each in table.columns]
        for table in tables
        for name, frame in found.items()
        if name == table.name
    )


def _compiled_rows(
    stream: str, *records: dict[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    declared = next(each for each in STREAMS if each.name == stream)
    tables = compile_stream(load_schema(), declared).tables
    (found,) = Normalizer(tables).frames(
        [lines(*records)], shop=SHOP, extracted_at=THEN, source="file"
    )
    return {name: frame.to_dicts() for name, frame in found.items()}


def _some(row: dict[str, Any]) -> dict[str, Any]:
    """The row without what is null."""
    return {name: each for name, each in row.items() if each is not None}
