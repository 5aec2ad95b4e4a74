"""A load: all or nothing, newer over older, and nothing written without need."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.tables import Column
from shopify_assets.errors import DataError
from shopify_assets.postgres.books import watermarks
from shopify_assets.postgres.load.merge import load
from shopify_assets.postgres.loads import Disposition, TableCounts
from shopify_assets.windows import Window
from shopify_assets_tests.postgres.orders import (
    LINES,
    ORDERS,
    SHOP,
    TABLES,
    TAXES,
    Line,
    Order,
    at,
    batch,
    contents,
    frame,
    line_rows,
    load_orders,
    order_rows,
    snapshot,
    stored,
    tax_rows,
    written,
)

if TYPE_CHECKING:
    import psycopg

CUP = Line(11, "a cup", rates=("0.19", "0.01"))
POT = Line(12, "a pot")


def test_a_first_load_stores_every_row_whole(postgres: psycopg.Connection) -> None:
    result = load_orders(postgres, Order(1, lines=(CUP, POT)), Order(2), extracted=5)
    orders = stored(postgres, ORDERS)
    digests = [row.pop("_digests") for row in orders]
    assert [len(set(each)) for each in digests] == [len(TABLES)] * 2
    loaded_at = orders[0]["_loaded_at"]
    noted = {"_extracted_at": at(5), "_loaded_at": loaded_at}
    alive = {"_deleted_at": None, "_deleted_reason": None}
    given = [Order(1, lines=(CUP, POT)), Order(2)]
    assert orders == [
        {**row, **noted, **alive, "note": {"of": "old"}} for row in order_rows(given)
    ]
    assert stored(postgres, LINES) == [{**row, **noted} for row in line_rows(given)]
    assert stored(postgres, TAXES) == [{**row, **noted} for row in tax_rows(given)]
    assert result.rows == {
        "orders": TableCounts(inserted=2),
        "order_line_items": TableCounts(inserted=2),
        "order_line_item_tax_lines": TableCounts(inserted=3),
    }


@pytest.mark.parametrize("extracted", [0, 1], ids=["the same", "a later one"])
def test_a_second_load_of_the_same_rows_writes_nothing(
    postgres: psycopg.Connection, extracted: int
) -> None:
    orders = [Order(1, lines=(CUP, POT)), Order(2, name=None, lines=(Line(13, None),))]
    load_orders(postgres, *orders)
    before = written(postgres)
    result = load_orders(postgres, *orders, extracted=extracted)
    assert written(postgres) == before
    assert result.rows == {
        "orders": TableCounts(unchanged=2),
        "order_line_items": TableCounts(unchanged=3),
        "order_line_item_tax_lines": TableCounts(unchanged=4),
    }


def test_a_newer_version_replaces_the_older_and_notes_when(
    postgres: psycopg.Connection,
) -> None:
    load_orders(postgres, Order(1, version=1, name="old"), Order(2, version=1))
    untouched = written(postgres)["orders"][1]
    load_orders(postgres, Order(1, version=2, name="new"), extracted=3)
    row = stored(postgres, ORDERS)[0]
    assert (row["name"], row["updated_at"]) == ("new", at(2))
    assert row["_extracted_at"] == at(3)
    assert untouched in written(postgres)["orders"]


def test_an_older_version_replaces_nothing_nor_do_its_children(
    postgres: psycopg.Connection,
) -> None:
    load_orders(postgres, Order(1, version=2, lines=(CUP,)), Order(2, version=2))
    before = written(postgres)
    stale = Order(1, version=1, name="stale", lines=(replace(CUP, title="x"), POT))
    result = load_orders(postgres, stale, Order(2, version=2), extracted=9)
    assert written(postgres) == before
    assert result.rows["orders"] == TableCounts(unchanged=2)
    assert result.rows["order_line_items"] == TableCounts(unchanged=2)


@pytest.mark.parametrize(
    ("extracted", "kept"),
    [(5, "first"), (6, "second"), (7, "second")],
    ids=["earlier", "at once", "later"],
)
def test_of_equal_versions_the_one_extracted_later_is_kept(
    postgres: psycopg.Connection, extracted: int, kept: str
) -> None:
    load_orders(postgres, Order(1, name="first"), extracted=6)
    load_orders(postgres, Order(1, name="second"), extracted=extracted)
    assert stored(postgres, ORDERS, "name") == [{"name": kept}]


def test_children_follow_their_record(postgres: psycopg.Connection) -> None:
    """Removed ones go, new ones come, changed ones change, others stay as written."""
    kept, changed, gone = Line(11), Line(12, rates=("0.1", "0.2")), Line(13)
    other = Order(2, lines=(kept,))
    load_orders(postgres, Order(1, lines=(kept, changed, gone)), other)
    before = written(postgres)
    new = Order(1, version=1, lines=(kept, Line(12, "new", rates=("0.1",)), Line(14)))
    result = load_orders(postgres, new, extracted=1)

    given = [new, other]
    after = contents(postgres)
    assert after["order_line_items"] == line_rows(given)
    assert after["order_line_item_tax_lines"] == tax_rows(given)
    assert result.rows["order_line_items"] == TableCounts(1, 1, 1, unchanged=1)
    taxes = result.rows["order_line_item_tax_lines"]
    assert taxes == TableCounts(inserted=1, updated=0, deleted=2, unchanged=2)
    untouched = set(before["order_line_items"]) & set(
        written(postgres)["order_line_items"]
    )
    assert sorted(row[3:5] for row in untouched) == [(1, kept.id), (2, kept.id)]


def test_a_record_left_without_children_loses_them(
    postgres: psycopg.Connection,
) -> None:
    load_orders(postgres, Order(1, lines=(CUP, POT)), Order(2, lines=(CUP,)))
    load_orders(postgres, Order(1, version=1))
    assert stored(postgres, LINES, "order_id", "id") == [{"order_id": 2, "id": 11}]
    assert {row["order_id"] for row in stored(postgres, TAXES)} == {2}


def test_children_change_though_their_record_says_it_did_not(
    postgres: psycopg.Connection,
) -> None:
    load_orders(postgres, Order(1, lines=(CUP,)))
    load_orders(postgres, Order(1, lines=(POT,)), extracted=1)
    assert stored(postgres, LINES, "id") == [{"id": POT.id}]
    # What an earlier extraction knows of them is no news.
    load_orders(postgres, Order(1), extracted=0)
    assert stored(postgres, LINES, "id") == [{"id": POT.id}]


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_a_record_met_twice_in_one_batch_is_stored_once_in_its_highest_version(
    postgres: psycopg.Connection, *, known: bool
) -> None:
    if known:
        load_orders(postgres, Order(1, version=0, lines=(CUP,)))
    twice = [
        Order(1, version=1, name="old", lines=(CUP,)),
        Order(1, version=2, name="new", lines=(CUP,)),
        Order(1, version=1, name="old", lines=(CUP,)),
        Order(2),
    ]
    result = load_orders(postgres, *twice)
    assert stored(postgres, ORDERS, "name") == [{"name": "new"}, {"name": "#1001"}]
    assert stored(postgres, LINES, "id") == [{"id": CUP.id}]
    counts = result.rows["orders"]
    assert counts.inserted + counts.updated + counts.unchanged == 2


def forget_digests(connection: psycopg.Connection, shop: str = SHOP) -> None:
    """Bring a warehouse to the state of one that never had any."""
    forget = "UPDATE shopify.orders SET _digests = NULL WHERE shop = %s"
    connection.execute(forget, (shop,))
    connection.commit()


def test_rows_stored_before_there_were_digests_are_compared_in_full(
    postgres: psycopg.Connection,
) -> None:
    orders = [Order(1, version=2, lines=(CUP, POT)), Order(2, version=2, lines=(CUP,))]
    load_orders(postgres, *orders)
    postgres.execute("ALTER TABLE shopify.orders DROP COLUMN _digests")
    postgres.commit()
    before = written(postgres)

    stale = replace(orders[1], version=1, lines=())
    result = load_orders(postgres, orders[0], stale, extracted=1)
    after = written(postgres)
    assert stored(postgres, ORDERS, "updated_at") == [{"updated_at": at(2)}] * 2
    assert after["order_line_items"] == before["order_line_items"]
    assert after["order_line_item_tax_lines"] == before["order_line_item_tax_lines"]
    assert result.rows["orders"] == TableCounts(updated=1, unchanged=1)
    known = [row["_digests"] is not None for row in stored(postgres, ORDERS)]
    assert known == [True, False]
    load_orders(postgres, orders[0], extracted=2)
    assert written(postgres) == after

    newer = Order(2, version=3, lines=(POT,))
    load_orders(postgres, newer, extracted=2)
    given = [orders[0], newer]
    assert contents(postgres)["order_line_items"] == line_rows(given)
    assert contents(postgres)["order_line_item_tax_lines"] == tax_rows(given)


def test_a_new_column_is_filled_though_no_version_moved(
    postgres: psycopg.Connection,
) -> None:
    phone = Column("phone", Kind.TEXT, nullable=True)
    wider = replace(LINES, columns=(*LINES.columns, phone))
    given = batch(Order(1, lines=(CUP,)))
    load(postgres, given)
    before = written(postgres)

    lines = [each.with_columns(phone=pl.lit("1")) for each in given.frames[LINES.name]]
    frames = {**given.frames, LINES.name: lines}
    load(postgres, replace(given, tables=(ORDERS, wider, TAXES), frames=frames))
    assert stored(postgres, LINES, "id", "phone") == [{"id": CUP.id, "phone": "1"}]
    untouched = "order_line_item_tax_lines"
    assert written(postgres)[untouched] == before[untouched]


@pytest.mark.parametrize("deed", ["DROP TABLE {}", "TRUNCATE {}"])
def test_a_child_table_that_others_emptied_is_filled_again_by_every_load(
    postgres: psycopg.Connection, deed: str
) -> None:
    orders = [Order(1, lines=(CUP, POT)), Order(2, lines=(CUP,)), Order(3)]
    load_orders(postgres, *orders)
    before = written(postgres)
    postgres.execute(deed.format("shopify.order_line_items"))
    postgres.commit()

    result = load_orders(postgres, orders[0])
    assert result.rows["order_line_items"] == TableCounts(inserted=2)
    load_orders(postgres, *orders[1:])
    assert contents(postgres)["order_line_items"] == line_rows(orders)
    after = written(postgres)
    assert after[TAXES.name] == before[TAXES.name]
    kept = [row for row in before["orders"] if row in after["orders"]]
    assert [row[3] for row in kept] == [3]


orders_of_any_state = st.builds(
    Order,
    st.integers(1, 3),
    st.integers(0, 2),
    st.sampled_from(["a", "b"]),
    st.lists(
        st.builds(Line, st.integers(1, 3), st.sampled_from(["x", "y"])),
        max_size=2,
        unique_by=lambda line: line.id,
    ).map(tuple),
)
batches = st.tuples(
    st.lists(orders_of_any_state, max_size=3, unique_by=lambda order: order.id),
    st.integers(0, 3),
    st.sampled_from(list(Disposition)),
)


@given(st.lists(batches, min_size=1, max_size=5))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_digests_spare_work_and_change_no_result(
    postgres: psycopg.Connection,
    loads: list[tuple[list[Order], int, Disposition]],
) -> None:
    """Two shops take the same loads; of one, nothing is known by digests."""
    shops = [f"{uuid4().hex}.myshopify.com" for _ in range(2)]
    for orders, extracted, disposition in loads:
        for shop in shops:
            given = batch(*orders, extracted=extracted, shop=shop)
            load(postgres, replace(given, disposition=disposition))
        forget_digests(postgres, shops[1])
    spared, compared = (_of_shop(postgres, shop) for shop in shops)
    assert spared == compared


def _of_shop(
    connection: psycopg.Connection, shop: str
) -> dict[str, list[dict[str, Any]]]:
    names = {each.name: [column.name for column in each.columns] for each in TABLES}
    names["orders"] += ["_deleted_at", "_deleted_reason"]
    return {
        table.name: [
            {**row, "shop": ""}
            for row in stored(connection, table, *names[table.name])
            if row["shop"] == shop
        ]
        for table in TABLES
    }


def test_what_a_snapshot_lacks_is_tombstoned_and_loses_its_children(
    postgres: psycopg.Connection,
) -> None:
    load(postgres, snapshot(Order(1, lines=(CUP,)), Order(2, lines=(CUP,))))
    load(postgres, snapshot(Order(3), shop="other.myshopify.com"))
    result = load(postgres, snapshot(Order(1, lines=(CUP,)), extracted=5))

    assert stored(postgres, ORDERS, "id", "_deleted_at", "_deleted_reason") == [
        {"id": 1, "_deleted_at": None, "_deleted_reason": None},
        {"id": 2, "_deleted_at": at(5), "_deleted_reason": "absent from snapshot"},
        {"id": 3, "_deleted_at": None, "_deleted_reason": None},
    ]
    assert stored(postgres, LINES, "order_id") == [{"order_id": 1}]
    assert result.rows["orders"] == TableCounts(deleted=1, unchanged=1)
    assert result.rows["order_line_items"] == TableCounts(deleted=1, unchanged=1)
    before = written(postgres)
    load(postgres, snapshot(Order(1, lines=(CUP,)), extracted=6))
    assert written(postgres) == before


def test_a_tombstoned_record_comes_back_by_a_later_extraction_only(
    postgres: psycopg.Connection,
) -> None:
    load_orders(postgres, Order(1, lines=(CUP,)), Order(2), extracted=1)
    load(postgres, snapshot(Order(2), extracted=5))
    load_orders(postgres, Order(1, version=9, lines=(CUP,)), extracted=4)
    assert stored(postgres, ORDERS, "_deleted_at")[0] == {"_deleted_at": at(5)}
    assert stored(postgres, LINES) == []

    load_orders(postgres, Order(1, lines=(CUP,)), extracted=6)
    columns = ("_deleted_at", "_deleted_reason", "_extracted_at")
    assert stored(postgres, ORDERS, *columns)[0] == {
        "_deleted_at": None,
        "_deleted_reason": None,
        "_extracted_at": at(6),
    }
    assert stored(postgres, LINES, "id") == [{"id": CUP.id}]


def test_an_older_snapshot_is_left_aside(postgres: psycopg.Connection) -> None:
    load(postgres, snapshot(Order(1), Order(2), extracted=5))
    before = written(postgres)
    result = load(postgres, snapshot(Order(1, name="x"), extracted=4))
    assert (result.superseded, dict(result.rows)) == (True, {})
    assert written(postgres) == before


def test_a_snapshot_of_nothing_tombstones_all(postgres: psycopg.Connection) -> None:
    load(postgres, snapshot(Order(1, lines=(CUP,)), Order(2)))
    load(postgres, snapshot(extracted=1))
    assert stored(postgres, ORDERS, "_deleted_at") == [{"_deleted_at": at(1)}] * 2
    assert stored(postgres, TAXES) == []


def test_records_without_versions_go_by_the_time_of_extraction(
    postgres: psycopg.Connection,
) -> None:
    plain = replace(ORDERS, version=None)

    def load_named(name: str, *, extracted: int) -> None:
        given = batch(Order(1, name=name), extracted=extracted)
        load(postgres, replace(given, tables=(plain, LINES, TAXES)))

    for name, extracted in (("first", 5), ("second", 6), ("late", 5)):
        load_named(name, extracted=extracted)
    assert stored(postgres, ORDERS, "name") == [{"name": "second"}]


def test_an_empty_batch_is_a_load_like_others(postgres: psycopg.Connection) -> None:
    result = load_orders(postgres)
    assert result.rows["orders"] == TableCounts()
    load_orders(postgres, Order(1, lines=(CUP,)))
    before = written(postgres)
    load_orders(postgres)
    assert written(postgres) == before


def test_the_books_tell_each_load_and_the_watermark_never_goes_back(
    postgres: psycopg.Connection,
) -> None:
    window = Window(at(0), at(60))
    first = batch(Order(1, lines=(CUP,)), extracted=60)
    load(postgres, replace(first, window=window, watermark=at(60)))
    load(postgres, replace(batch(extracted=61), watermark=at(30)))
    assert watermarks.watermark(postgres, shop=SHOP, stream="orders") == at(60)
    assert watermarks.watermark(postgres, shop=SHOP, stream="products") is None

    found = postgres.execute("""
        SELECT shop, stream, extraction, disposition, window_start, window_end
        FROM shopify_assets.loads ORDER BY id
    """)
    assert found.fetchall() == [
        (SHOP, "orders", "orders of minute 60", "merge", at(0), at(60)),
        (SHOP, "orders", "orders of minute 61", "merge", None, None),
    ]
    counts = postgres.execute("SELECT rows FROM shopify_assets.loads").fetchone()
    assert counts is not None
    one = {"inserted": 1, "updated": 0, "deleted": 0, "unchanged": 0}
    assert counts[0]["order_line_items"] == one


def bad(column: str, value: object) -> pl.DataFrame:
    return frame(ORDERS, [{**order_rows([Order(1)])[0], column: value}])


@pytest.mark.parametrize(
    ("frames", "told"),
    [
        ({"orders": [bad("name", "a\0b")]}, "table orders .*invalid byte sequence"),
        ({"orders": [bad("note", "{")]}, "table orders .*invalid input syntax.* json"),
        (
            {"orders": [bad("shop", "other.myshopify.com")]},
            "another shop than my-store",
        ),
        (
            {"orders": [bad("id", 1).with_columns(pl.col("score").cast(pl.Float32))]},
            "column score comes as Float32, and double precision needs Float64",
        ),
        ({"orders": [bad("id", 1).drop("note")]}, "column note comes as None"),
        ({"orders": [bad("id", 3)]}, "order_line_items: 1 records .* order_id 1"),
    ],
)
def test_rows_that_do_not_fit_are_refused_and_none_is_kept(
    postgres: psycopg.Connection, frames: dict[str, list[pl.DataFrame]], told: str
) -> None:
    load_orders(postgres, Order(2))
    before = written(postgres)
    good = batch(Order(1, lines=(CUP,)), extracted=1)
    with pytest.raises(DataError, match=told):
        load(postgres, replace(good, frames={**good.frames, **frames}))
    assert written(postgres) == before
    row = postgres.execute("SELECT count(*) FROM shopify_assets.loads").fetchone()
    assert row == (1,)


def test_a_load_is_a_transaction_of_its_own(postgres: psycopg.Connection) -> None:
    postgres.execute("SELECT 1")
    with pytest.raises(RuntimeError, match="within a transaction"):
        load_orders(postgres, Order(1))


def test_the_time_a_load_took_is_read_from_the_given_clock(
    postgres: psycopg.Connection,
) -> None:
    ticks = iter(range(100))
    result = load(postgres, batch(Order(1)), clock=lambda: float(next(ticks)))
    assert result.seconds == 2.0
