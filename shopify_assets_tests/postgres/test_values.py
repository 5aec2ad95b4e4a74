"""Every value arrives as it left, by each way into a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from shopify_assets.postgres.load.merge import load
from shopify_assets_tests.postgres.orders import (
    ORDERS,
    TABLES,
    Line,
    Order,
    batch,
    contents,
    load_orders,
    order_rows,
    stored,
)

if TYPE_CHECKING:
    import psycopg

VALUES: list[tuple[str, Any]] = [
    ("id", 2**63 - 1),
    ("id", 2**53 + 1),
    ("total_price", Decimal("1.005000")),
    ("total_price", Decimal("-0.000001")),
    ("total_price", Decimal("12345678901234567890.123456")),
    ("line_count", -(2**31)),
    ("score", 0.1 + 0.2),
    ("updated_at", datetime(2026, 3, 29, 1, 59, 59, 999999, tzinfo=UTC)),
    ("updated_at", datetime(1900, 1, 1, tzinfo=UTC)),
    ("due_on", date(9999, 12, 31)),
    ("name", "👩‍👩‍👧 \u202eשלום\u202c \\. \\N \t\r\n 'quote' \"double\" \ufffd"),
    ("name", ""),
    ("name", None),
    ("tags", []),
    ("tags", ["", None, 'a "quoted", one', "{br,ace}", "back\\slash", "NULL", "é"]),
    ("tags", None),
    ("test", True),
    ("test", None),
]


@pytest.mark.parametrize("way", ["copied", "merged"])
def test_values_arrive_exactly(postgres: psycopg.Connection, way: str) -> None:
    orders = [
        Order(number, rest={name: value})
        for number, (name, value) in enumerate(VALUES, start=1)
    ]
    if way == "merged":
        known = [row["id"] for row in order_rows(orders)]
        ancient = {"updated_at": datetime(1800, 1, 1, tzinfo=UTC)}
        load_orders(postgres, *(Order(each, rest=ancient) for each in known))
    load_orders(postgres, *orders, extracted=1)
    names = [each.name for each in ORDERS.columns]
    expected = sorted(order_rows(orders), key=lambda row: row["id"])
    assert stored(postgres, ORDERS, *names) == [
        {**row, "note": {"of": "old"}} for row in expected
    ]


@pytest.mark.parametrize(
    "document",
    [
        '{"a": 1.10, "b": [null, "ü👍"], "c": {}}',
        "[]",
        '"text"',
        "null",
        "12345678901234567890.123456789",
    ],
)
def test_documents_keep_their_numbers_and_text(
    postgres: psycopg.Connection, document: str
) -> None:
    load_orders(postgres, Order(1, rest={"note": document}))
    row = postgres.execute("SELECT note::text FROM shopify.orders").fetchone()
    assert row == (document,)


lines = st.lists(
    st.builds(
        Line,
        id=st.integers(1, 3),
        title=st.none() | st.sampled_from(["a", "ü", ""]),
        rates=st.lists(st.sampled_from(["0.1", "0.190000"]), max_size=2).map(tuple),
    ),
    max_size=3,
    unique_by=lambda line: line.id,
).map(tuple)
orders = st.lists(
    st.builds(
        Order,
        id=st.integers(1, 4),
        version=st.integers(5, 6),
        name=st.none() | st.sampled_from(["#1", "#2"]),
        lines=lines,
    ),
    max_size=4,
    unique_by=lambda order: order.id,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(before=orders, batch_of=orders)
def test_merging_into_older_rows_gives_what_copying_into_none_gives(
    postgres: psycopg.Connection, before: list[Order], batch_of: list[Order]
) -> None:
    """Whatever was stored of these records in an older version leaves no trace."""
    older = [replace(each, version=each.version - 5) for each in before]
    mentioned = {each.id for each in batch_of}
    others = [each for each in older if each.id not in mentioned]

    empty(postgres)
    load_orders(postgres, *batch_of, *others)
    copied = contents(postgres)

    empty(postgres)
    load_orders(postgres, *older)
    load_orders(postgres, *batch_of, extracted=1)
    assert contents(postgres) == copied


def empty(connection: psycopg.Connection) -> None:
    load_orders(connection)  # the tables exist after it
    with connection.transaction():
        for table in TABLES:
            name = sql.Identifier("shopify", table.name)
            connection.execute(sql.SQL("DELETE FROM {}").format(name))


def many(*, first: int = 1) -> list[Order]:
    return [
        Order(number, lines=(Line(number),)) for number in range(first, first + 1200)
    ]


def test_filling_an_empty_table_gives_what_adding_to_it_gives(
    postgres: psycopg.Connection,
) -> None:
    """A large first batch drops the indexes and builds them after: all of them."""
    whole = batch(*many(), Order(7, version=9, name="twice"))
    load(postgres, whole)
    filled, indexes = contents(postgres), index_definitions(postgres)

    empty(postgres)
    parts = {
        name: [part for each in frames for part in each.iter_slices(500)]
        for name, frames in whole.frames.items()
    }
    load(postgres, replace(whole, frames=parts))
    assert contents(postgres) == filled
    assert len(filled["orders"]) == 1200
    assert filled["orders"][6]["name"] == "twice"
    assert indexes == index_definitions(postgres)
    assert len(indexes) == 4


def test_large_batches_of_new_and_of_known_records_are_merged_alike(
    postgres: psycopg.Connection,
) -> None:
    load(postgres, batch(*many()))
    load(postgres, batch(*many(first=2001), extracted=1))
    load(postgres, batch(*many(first=1001), extracted=2))
    found = contents(postgres)
    expected = [*range(1, 2201), *range(2201, 3201)]
    assert [row["id"] for row in found["orders"]] == expected
    assert [row["order_id"] for row in found["order_line_items"]] == expected


def index_definitions(connection: psycopg.Connection) -> list[tuple[str]]:
    with connection.transaction():
        return connection.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'shopify' "
            "AND tablename <> 'global_ids' ORDER BY 1"
        ).fetchall()
