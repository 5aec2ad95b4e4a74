"""Tables without what cannot be read: which parts of a record, and in which part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopify_assets.catalog.compiler import CompiledStream, compile_stream
from shopify_assets.catalog.schema import load_schema
from shopify_assets.errors import DataError
from shopify_assets.normalize.result import Normalized
from shopify_assets.normalizing import normalized
from shopify_assets.storage.folder import FolderStore
from shopify_assets.streams import STREAMS
from shopify_assets_tests.normalize.test_files import (
    Part,
    clock,
    extract,
    line_item,
    order,
    read,
)

if TYPE_CHECKING:
    from pathlib import Path

    from shopify_assets_tests.normalize.test_files import Record


@pytest.fixture(scope="module")
def orders() -> CompiledStream:
    (declared,) = (each for each in STREAMS if each.name == "orders")
    return compile_stream(load_schema(), declared)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path)


def checks(tables: Normalized) -> set[str]:
    """The checks that fail, but for nulls: these records are of other queries."""
    return {finding.check for finding in tables.findings} - {"not_null"}


def unreadable(number: int, *, day: int) -> Record:
    return {**order(number, day=day), "createdAt": "no time"}


def test_of_a_record_that_came_twice_the_later_part_decides(
    store: FolderStore, orders: CompiledStream
) -> None:
    """Readable there, nothing is set aside; else it is, and its older state is kept."""
    manifest = extract(
        store,
        Part([unreadable(1, day=1), line_item(9, of=1), order(2, day=1)]),
        Part([order(1, day=2), line_item(8, of=1), unreadable(2, day=2)]),
    )

    tables = normalized(orders, manifest, store=store, clock=clock)

    assert [(fault.record, fault.part, fault.line) for fault in tables.aside] == [
        ("2", 2, 3)
    ]
    assert checks(tables) == set()
    roots = read(store, manifest, orders, "orders")
    assert roots.select("id").rows() == [(2,), (1,)]
    lines = read(store, manifest, orders, "order_line_items")
    assert lines.select("order_id", "id").rows() == [(1, 8)]


def test_rows_without_a_parent_are_found_in_their_line_and_their_check_tells(
    store: FolderStore, orders: CompiledStream
) -> None:
    manifest = extract(
        store, Part([order(1, day=1), line_item(7, of=1), line_item(8, of=2)])
    )

    tables = normalized(orders, manifest, store=store, clock=clock)

    [fault] = tables.aside
    assert (fault.record, fault.table, fault.line) == ("2", "order_line_items", 3)
    assert checks(tables) == {"parents_exist"}
    lines = read(store, manifest, orders, "order_line_items")
    assert lines["id"].to_list() == [7]


def test_lines_told_twice_are_no_fault(
    store: FolderStore, orders: CompiledStream
) -> None:
    manifest = extract(
        store,
        Part(
            [order(1, day=1), order(1, day=1), line_item(7, of=1), line_item(7, of=1)]
        ),
    )

    tables = normalized(orders, manifest, store=store, clock=clock)

    assert (tables.aside, checks(tables)) == ((), set())


@pytest.mark.parametrize(
    ("bad", "of", "share"), [(10, 12, 0.0), (11, 12, 0.95), (20, 40, 0.5)]
)
def test_so_many_may_be_set_aside(
    store: FolderStore, orders: CompiledStream, bad: int, of: int, share: float
) -> None:
    """Ten always, and as many as the share says."""
    records = [unreadable(each, day=1) for each in range(bad)]
    records += [order(each, day=1) for each in range(bad, of)]
    manifest = extract(store, Part(records))

    tables = normalized(
        orders, manifest, store=store, clock=clock, most_set_aside=share
    )

    assert len(tables.aside) == bad
    assert tables.records == of - bad


def test_one_more_is_too_many_and_leaves_no_tables(
    store: FolderStore, orders: CompiledStream
) -> None:
    records = [unreadable(each, day=1) for each in range(11)]
    manifest = extract(store, Part([*records, order(11, day=1)]))

    with pytest.raises(DataError, match="11 of 12 records cannot be read and 10 may"):
        normalized(orders, manifest, store=store, clock=clock)
    with pytest.raises(DataError, match="is not normalised"):
        read(store, manifest, orders, "orders")
