"""Records from pages have the shape of a bulk operation's lines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shopify_assets.api.retry import InternalError
from shopify_assets.catalog.second_step import Nested
from shopify_assets.extract.records import (
    Owner,
    Sought,
    children,
    flatten,
    owners,
    placed,
    refuse_nulls,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.tables import Path

ORDER, LINE, FEE = "gid://shopify/Order/1", "gid://shopify/LineItem/2", "gid://x/Fee/3"
LINES = Nested(("lineItems",), "order_line_items", "", ("node", "lineItems"))
CODES = Nested(("discount", "codes"), "codes", "", ("node", "discount", "codes"))


def connection(*nodes: Any, end: str | None = None) -> dict[str, Any]:
    return {
        "nodes": list(nodes),
        "pageInfo": {"hasNextPage": end is not None, "endCursor": end},
    }


def no_drain(*asked: Any) -> Iterator[Any]:
    raise AssertionError(f"nothing is to be drained, but {asked} was")


def block(*records: Any) -> bytes:
    return b"".join(msgspec.json.encode(each) + b"\n" for each in records)


def owners_in(lines: bytes, marker: str, lists: tuple[Path, ...]) -> list[Owner]:
    sought = Sought(marker, lists)
    return owners([lines], [sought])[sought]


def test_a_node_is_followed_by_the_nodes_of_its_connections() -> None:
    node = {"_orders": "Order", "id": ORDER, "lineItems": connection({"id": LINE})}
    assert list(flatten(node, (LINES,), drain=no_drain)) == [
        {"_orders": "Order", "id": ORDER},
        {"id": LINE, "__parentId": ORDER},
    ]


def test_a_connection_within_an_object_is_taken_out_of_it() -> None:
    node = {"id": ORDER, "discount": {"type": "X", "codes": connection({"id": LINE})}}
    assert list(flatten(node, (CODES,), drain=no_drain)) == [
        {"id": ORDER, "discount": {"type": "X"}},
        {"id": LINE, "__parentId": ORDER},
    ]


@pytest.mark.parametrize(
    "node",
    [
        {"id": ORDER, "discount": None},
        {"id": ORDER, "discount": {"type": "automatic"}},
        {"id": ORDER, "discount": {"type": "code", "codes": None}},
    ],
    ids=["no object", "a union without it", "null"],
)
def test_where_there_is_no_connection_there_are_no_children(
    node: dict[str, Any],
) -> None:
    assert [each["id"] for each in flatten(node, (CODES,), drain=no_drain)] == [ORDER]


def test_a_connection_longer_than_its_page_is_read_to_its_end() -> None:
    asked = []

    def drain(nested: Nested, parent: str, after: str) -> Iterator[dict[str, Any]]:
        asked.append((nested.table, parent, after))
        yield {"id": "b"}
        yield {"id": "c"}

    found = children((ORDER,), LINES, connection({"id": "a"}, end="x"), drain=drain)
    assert list(found) == [{"id": each, "__parentId": ORDER} for each in "abc"]
    assert asked == [("order_line_items", ORDER, "x")]


def test_the_owners_of_inner_connections_are_found_along_the_lists() -> None:
    record = {
        "_orders": "Order",
        "id": ORDER,
        "note": '{"_orders": 1}\n',
        "transactions": [{"id": LINE, "fees": [{"id": FEE}]}, {"id": "t", "fees": []}],
        "refunds": None,
    }
    lines = block(record, {"_order_line_items": "LineItem", "id": "no"})
    transactions, fees = ("transactions",), ("fees",)
    found = owners_in(lines, "_orders", (transactions,))
    assert found == [Owner((ORDER, LINE)), Owner((ORDER, "t"))]
    found = owners_in(lines, "_orders", (transactions, fees))
    assert found == [Owner((ORDER, LINE, FEE))]
    assert owners_in(lines, "_orders", (("refunds",),)) == []


def test_all_that_is_sought_is_found_in_one_pass() -> None:
    """Of records and of their lists, in several blocks, each in the order of lines."""
    first = {"_orders": "Order", "id": ORDER, "lines": [{"id": LINE}], "fees": []}
    second = {"_orders": "Order", "id": "o", "lines": [], "fees": [{"id": FEE}]}
    child = {"_codes": "Code", "id": "c", "__parentId": "o"}
    orders, codes = Sought("_orders"), Sought("_codes")
    lines, fees = Sought("_orders", (("lines",),)), Sought("_orders", (("fees",),))
    blocks = iter([block(first), block(second, child)])
    assert owners(blocks, [orders, lines, fees, codes, Sought("_none")]) == {
        orders: [Owner((ORDER,)), Owner(("o",))],
        lines: [Owner((ORDER, LINE))],
        fees: [Owner(("o", FEE))],
        codes: [Owner(("o", "c"))],
        Sought("_none"): [],
    }


def test_the_owner_of_a_child_record_belongs_to_its_parents_root() -> None:
    lines = block({"_lines": "LineItem", "id": LINE, "__parentId": ORDER})
    (found,) = owners_in(lines, "_lines", ())
    assert (found.root_id, found.id) == (ORDER, LINE)


def test_lists_may_lie_within_objects() -> None:
    record = {"_orders": "Order", "id": ORDER, "a": {"b": [{"id": LINE}]}}
    gone = {"_orders": "Order", "id": "other", "a": None}
    found = owners_in(block(record, gone), "_orders", (("a", "b"),))
    assert found == [Owner((ORDER, LINE))]


def test_records_of_a_second_step_tell_their_ancestors_and_are_found_by_them() -> None:
    """From the root down, each record below another, as deep as there are places."""
    chain: tuple[str, ...] = (ORDER,)
    expected = (
        {"__parentId": ORDER},
        {"__parentId": "1", "__rootId": ORDER},
        {"__parentId": "2", "__rootId": ORDER, "__grandparentId": "1"},
    )
    for own, ancestors in zip("123", expected, strict=True):
        record = placed({"_deep": "X", "id": own}, chain)
        assert record == {"_deep": "X", "id": own, **ancestors}
        chain = (*chain, own)
        assert owners_in(block(record), "_deep", ()) == [Owner(chain)]


@pytest.mark.parametrize("text", [rb"\ud83d", b"\xff\xfe"], ids=["half", "no utf-8"])
def test_the_ids_of_a_line_are_found_whatever_its_texts_hold(text: bytes) -> None:
    line = b'{"_orders":"Order","id":"%s","note":"%s","lines":[{"id":"%s"}]}\n'
    lines = line % (ORDER.encode(), text, LINE.encode())
    assert owners_in(lines, "_orders", (("lines",),)) == [Owner((ORDER, LINE))]


def test_a_line_that_is_no_record_has_no_ids_and_the_others_have_theirs() -> None:
    """What it is, and that it is left out, is told when it is normalised."""
    cut = b'{"_orders":"Order","id":"gid'
    whole = block({"_orders": "Order", "id": ORDER})
    assert owners_in(cut + b"\n" + whole, "_orders", ()) == [Owner((ORDER,))]


WHOLE = replace(LINES, nullable=False)
INNER = replace(CODES, nullable=False)


@pytest.mark.parametrize(
    "node",
    [
        {"id": ORDER, "lineItems": None},
        {"id": ORDER, "lineItems": connection({"id": LINE}, None)},
        {"id": ORDER, "lineItems": {"nodes": None, "pageInfo": {}}},
        {"id": ORDER, "lineItems": {"nodes": [], "pageInfo": None}},
        {"id": ORDER, "discount": {"codes": None}},
    ],
)
def test_a_null_below_a_record_that_may_not_be_is_a_passing_fault(node: Any) -> None:
    """Taken for empty, the records below would be lost without a word."""
    with pytest.raises(InternalError, match=rf"of {ORDER} is null.*no null"):
        refuse_nulls((WHOLE, INNER))(node)
    refuse_nulls((LINES, CODES))(node)


@pytest.mark.parametrize(
    "node",
    [
        {"id": ORDER, "lineItems": connection()},
        {"id": ORDER, "discount": None},
        {"id": ORDER, "discount": {"type": "automatic"}},
    ],
)
def test_what_is_empty_or_of_another_type_is_no_fault(node: Any) -> None:
    refuse_nulls((WHOLE, INNER))(node)


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_a_line_nested_too_deep_has_no_owners_and_harms_no_other(depth: int) -> None:
    """Normalising will set its record aside."""
    nest = b"[" * depth + b"]" * depth
    deep = b'{"_orders":"Order","id":"gid://x/9","a":' + nest + b"}\n"
    lines = deep + block({"_orders": "Order", "id": ORDER})
    assert owners_in(lines, "_orders", ()) == [Owner((ORDER,))]
