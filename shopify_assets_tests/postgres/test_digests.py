"""A digest tells one state of a record from another, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.tables import Column, Table
from shopify_assets.errors import DataError
from shopify_assets.postgres.load.digests import Digests
from shopify_assets_tests.postgres.orders import (
    LINES,
    ORDERS,
    TABLES,
    TAXES,
    Line,
    Order,
    frame,
    line_rows,
    order_rows,
    tax_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

IDS = pl.Series("id", dtype=pl.Int64)
PRINT_DIGESTS = """
from shopify_assets_tests.postgres.orders import Line, Order
from shopify_assets_tests.postgres.test_digests import digests_of
print(digests_of([Order(1, lines=(Line(11),))]))
"""

lines = st.builds(
    Line,
    st.integers(1, 9),
    st.none() | st.text(max_size=3),
    st.lists(st.sampled_from(["0.1", "0.19", "0.2"]), max_size=2).map(tuple),
)
orders = st.lists(
    st.builds(
        Order,
        st.integers(1, 99),
        name=st.none() | st.text(max_size=3),
        lines=st.lists(lines, max_size=3, unique_by=lambda line: line.id).map(tuple),
    ),
    max_size=4,
    unique_by=lambda order: order.id,
)


def passed(
    children: Mapping[str, Iterable[pl.DataFrame]],
    roots: Iterable[pl.DataFrame],
    tables: Sequence[Table] = TABLES,
) -> dict[int, list[int]]:
    roots = list(roots)
    digests = Digests(tables, pl.concat([IDS, *(each["id"] for each in roots)]))
    for table in tables[1:]:
        deque(digests.noted(table, children[table.name]), maxlen=0)
    found = [each.select("id", "_digests") for each in digests.added(roots)]
    return {key: value for each in found for key, value in each.iter_rows()}


def digests_of(given: Sequence[Order]) -> dict[int, list[int]]:
    children = {
        LINES.name: [frame(LINES, line_rows(given))],
        TAXES.name: [frame(TAXES, tax_rows(given))],
    }
    return passed(children, [frame(ORDERS, order_rows(given))])


@given(orders, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_their_files_matter(
    given_orders: list[Order], random: Any
) -> None:
    def scattered(table: Table, rows: list[dict[str, Any]]) -> list[pl.DataFrame]:
        return [frame(table, [row]) for row in random.sample(rows, len(rows))]

    children = {
        LINES.name: scattered(LINES, line_rows(given_orders)),
        TAXES.name: scattered(TAXES, tax_rows(given_orders)),
    }
    roots = scattered(ORDERS, order_rows(given_orders))
    assert passed(children, roots) == digests_of(given_orders)


@given(orders, orders)
def test_digests_are_equal_where_rows_are_and_only_there(
    some: list[Order], others: list[Order]
) -> None:
    ours, theirs = digests_of(some), digests_of(others)
    rows_of = (order_rows, line_rows, tax_rows)
    for one in some:
        for other in others:
            if one.id == other.id:
                alike = [rows([one]) == rows([other]) for rows in rows_of]
                pairs = zip(ours[one.id], theirs[other.id], strict=True)
                assert [mine == yours for mine, yours in pairs] == alike


@pytest.mark.parametrize(
    ("column", "some", "other"),
    [
        ("tags", ["a", "b"], ["ab"]),
        ("tags", [], None),
        ("tags", [""], [None]),
        ("name", "", None),
        ("total_price", Decimal("0.000001"), Decimal(0)),
        ("score", 0.1, 0.1 + 2**-55),
        ("line_count", 0, None),
        ("test", False, None),
    ],
)
def test_values_that_are_easily_taken_for_one_another(
    column: str, some: object, other: object
) -> None:
    one = digests_of([Order(1, rest={column: some})])
    assert one != digests_of([Order(1, rest={column: other})])
    assert one == digests_of([Order(1, rest={column: some})])


def test_rows_that_are_there_twice_are_not_as_good_as_none() -> None:
    rows = line_rows([Order(1, lines=(Line(11),))])
    roots = [frame(ORDERS, order_rows([Order(1)]))]

    def lines_digest(count: int) -> int:
        children = {LINES.name: [frame(LINES, rows * count)], TAXES.name: []}
        return passed(children, roots)[1][1]

    assert len({lines_digest(count) for count in range(5)}) == 5


def test_another_declaration_makes_other_digests_even_of_no_rows() -> None:
    phone = Column("phone", Kind.TEXT, nullable=True)
    wider = replace(LINES, columns=(*LINES.columns, phone))
    roots = [frame(ORDERS, order_rows([Order(1)]))]
    before = passed({LINES.name: [], TAXES.name: []}, roots)[1]
    after = passed({LINES.name: [], TAXES.name: []}, roots, (ORDERS, wider, TAXES))[1]
    assert [one == other for one, other in zip(before, after, strict=True)] == [
        *(True, False, True)
    ]


def test_another_process_makes_the_same_digests() -> None:
    done = subprocess.run(  # noqa: S603 -- this file's own script
        [sys.executable, "-c", PRINT_DIGESTS],
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout == f"{digests_of([Order(1, lines=(Line(11),))])}\n"


def test_a_child_whose_root_did_not_come_is_told_of() -> None:
    children = {
        LINES.name: [frame(LINES, line_rows([Order(7, lines=(Line(1),))]))],
        TAXES.name: [],
    }
    with pytest.raises(DataError, match=r"order_line_items: 1 records .* order_id 7"):
        passed(children, [frame(ORDERS, order_rows([Order(1)]))])
