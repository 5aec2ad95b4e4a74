"""Seals: what was loaded is told from what is stored, table by table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, LiteralString

import pytest

from shopify_assets.postgres.books import damage as books
from shopify_assets.postgres.books.damage import Comparison, Fault
from shopify_assets.postgres.books.doubts import doubt_records
from shopify_assets.postgres.load.merge import load
from shopify_assets.postgres.load.tombstones import Deletion, tombstone
from shopify_assets.postgres.loads import TableCounts, Trust
from shopify_assets_tests.postgres.orders import (
    LINES,
    MIDNIGHT,
    ORDERS,
    SHOP,
    TABLES,
    TAXES,
    Line,
    Order,
    batch,
    contents,
    load_orders,
    snapshot,
    stored,
)

if TYPE_CHECKING:
    import psycopg

CUP, BAG, HAT = Line(11), Line(12, "a bag", ("0.19", "0.01")), Line(13, "a hat")
FIRST = Order(1, lines=(CUP, BAG))
SECOND = Order(2, name="#1002", lines=(HAT,))


def compared(connection: psycopg.Connection) -> Comparison:
    return books.compare(connection, TABLES, shop=SHOP, stream="orders")


def unlike(connection: psycopg.Connection) -> set[tuple[str, str, Fault]]:
    return {(each.table, each.id, each.fault) for each in compared(connection).unlike}


def execute(connection: psycopg.Connection, query: LiteralString) -> None:
    assert connection.execute(query).rowcount > 0
    connection.commit()


DAMAGE: dict[LiteralString, tuple[str, str, Fault]] = {
    "DELETE FROM shopify.order_line_items WHERE id = 12": (
        "order_line_items",
        "1",
        Fault.ALTERED,
    ),
    "DELETE FROM shopify.order_line_item_tax_lines WHERE line_item_id = 13": (
        "order_line_item_tax_lines",
        "2",
        Fault.ALTERED,
    ),
    "UPDATE shopify.order_line_items SET title = NULL WHERE id = 11": (
        "order_line_items",
        "1",
        Fault.ALTERED,
    ),
    "UPDATE shopify.orders SET updated_at = updated_at + interval '9 days', name = 'x' "
    "WHERE id = 2": ("orders", "2", Fault.ALTERED),
    "INSERT INTO shopify.order_line_items (shop, order_id, id, _extracted_at) "
    "SELECT shop, 2, 99, now() FROM shopify.orders LIMIT 1": (
        "order_line_items",
        "2",
        Fault.ALTERED,
    ),
    "DELETE FROM shopify.orders WHERE id = 1": ("orders", "1", Fault.GONE),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("trust", Trust)
def test_damage_is_named_and_mended_by_a_load_that_doubts(
    postgres: psycopg.Connection, damage: LiteralString, trust: Trust
) -> None:
    """Doubted are all records, or the one that the comparison has named."""
    load_orders(postgres, FIRST, SECOND)
    loaded = contents(postgres)
    assert compared(postgres) == Comparison(2, 9, 0, ())
    execute(postgres, damage)
    table, record, fault = DAMAGE[damage]
    assert unlike(postgres) == {(table, record, fault)}
    if trust is Trust.DIGESTS:
        doubt_records(postgres, ORDERS, shop=SHOP, ids=[int(record)])
    load(postgres, replace(batch(FIRST, SECOND), trust=trust))
    assert contents(postgres) == loaded
    assert compared(postgres) == Comparison(2, 9, 0, ())


def test_a_load_does_not_vouch_for_what_it_did_not_write(
    postgres: psycopg.Connection,
) -> None:
    """The record is altered in another table: the damage stays as it was, and named."""
    load_orders(postgres, FIRST, SECOND)
    execute(postgres, "UPDATE shopify.order_line_items SET title = 'x' WHERE id = 13")
    load_orders(postgres, replace(SECOND, version=5, name="#2"), extracted=5)
    assert unlike(postgres) == {("order_line_items", "2", Fault.ALTERED)}


def test_distrust_writes_only_what_differs(postgres: psycopg.Connection) -> None:
    load_orders(postgres, FIRST, SECOND)
    execute(postgres, "UPDATE shopify.order_line_items SET title = 'x' WHERE id = 13")
    doubting = replace(batch(FIRST, SECOND, extracted=9), trust=Trust.NOTHING)
    assert load(postgres, doubting).rows == {
        "orders": TableCounts(unchanged=2),
        "order_line_items": TableCounts(updated=1, unchanged=2),
        "order_line_item_tax_lines": TableCounts(unchanged=4),
    }


def test_equal_values_have_one_seal(postgres: psycopg.Connection) -> None:
    """Numbers of another scale, and documents written otherwise, are not altered."""
    load_orders(postgres, FIRST)
    execute(
        postgres,
        """UPDATE shopify.orders SET total_price = 10.5000, note = '{ "of":"old" }'""",
    )
    assert unlike(postgres) == set()


def test_rows_of_no_record_are_named(postgres: psycopg.Connection) -> None:
    load_orders(postgres, FIRST)
    execute(
        postgres,
        "INSERT INTO shopify.order_line_items (shop, order_id, id, _extracted_at) "
        "SELECT shop, 77, 1, now() FROM shopify.orders",
    )
    execute(
        postgres,
        "INSERT INTO shopify.orders (shop, id, updated_at, _extracted_at) "
        "SELECT shop, 78, updated_at, now() FROM shopify.orders",
    )
    assert unlike(postgres) == {
        ("order_line_items", "77", Fault.STRAY),
        ("orders", "78", Fault.ADDED),
    }


def test_what_was_loaded_before_rows_were_sealed_is_not_called_a_gap(
    postgres: psycopg.Connection,
) -> None:
    """It is sealed by the next load that brings it, which compares it in full."""
    load_orders(postgres, FIRST, SECOND)
    execute(postgres, "DELETE FROM shopify_assets.seals WHERE id = '1'")
    execute(postgres, "UPDATE shopify_assets.seal_forms SET since = now()")
    execute(postgres, "UPDATE shopify.order_line_items SET title = 'x' WHERE id = 12")
    assert compared(postgres) == Comparison(1, 0, 1, ())
    load_orders(postgres, FIRST, SECOND)
    assert compared(postgres) == Comparison(2, 9, 0, ())
    assert [each["title"] for each in stored(postgres, LINES)] == [
        "a cup",
        "a bag",
        "a hat",
    ]


def test_seals_of_another_server_are_not_compared(postgres: psycopg.Connection) -> None:
    load_orders(postgres, FIRST)
    execute(postgres, "UPDATE shopify_assets.seal_forms SET hashes = hashes + 1")
    assert compared(postgres) == Comparison(0, 0, 1, ())


def test_seals_of_an_earlier_declaration_cover_what_it_had(
    postgres: psycopg.Connection,
) -> None:
    """A column more does not make what was sealed without it unknown."""
    fewer = replace(
        LINES, columns=tuple(each for each in LINES.columns if each.name != "title")
    )
    given = batch(FIRST)
    frames = {
        **given.frames,
        "order_line_items": [
            each.drop("title") for each in given.frames["order_line_items"]
        ],
    }
    load(postgres, replace(given, tables=(ORDERS, fewer, TAXES), frames=frames))
    load_orders(postgres, SECOND)
    assert compared(postgres).unlike == ()
    execute(postgres, "UPDATE shopify.order_line_items SET title = 'x' WHERE id = 11")
    assert unlike(postgres) == set()
    execute(postgres, "DELETE FROM shopify.order_line_items WHERE id = 11")
    assert unlike(postgres) == {("order_line_items", "1", Fault.ALTERED)}


def test_a_type_that_was_widened_leaves_its_records_undecided(
    postgres: psycopg.Connection,
) -> None:
    load_orders(postgres, FIRST)
    postgres.execute("ALTER TABLE shopify.orders ALTER line_count TYPE numeric")
    postgres.commit()
    assert compared(postgres) == Comparison(0, 0, 1, ())


def test_the_dead_have_no_seal_and_no_children(postgres: psycopg.Connection) -> None:
    load_orders(postgres, FIRST, SECOND)
    gone = Deletion(
        shop=SHOP,
        tables=TABLES,
        ids=(1,),
        deleted_at=MIDNIGHT + timedelta(minutes=1),
        reason="told",
    )
    tombstone(postgres, gone)
    assert compared(postgres) == Comparison(1, 3, 0, ())
    load(postgres, snapshot(extracted=2))
    assert compared(postgres) == Comparison(0, 0, 0, ())
    load_orders(postgres, replace(FIRST, version=3), extracted=3)
    assert compared(postgres) == Comparison(1, 6, 0, ())


def test_children_that_survived_their_lost_record_do_not_come_back_with_it(
    postgres: psycopg.Connection,
) -> None:
    load_orders(postgres, FIRST, SECOND)
    execute(postgres, "DELETE FROM shopify.orders WHERE id = 1")
    load_orders(postgres, replace(FIRST, lines=(CUP,)), extracted=1)
    assert [each["id"] for each in stored(postgres, LINES)] == [11, 13]
    execute(postgres, "DELETE FROM shopify.orders")
    load_orders(postgres, replace(FIRST, lines=(BAG,)), extracted=2)
    assert [each["id"] for each in stored(postgres, LINES)] == [12]
    assert compared(postgres).unlike == ()


def test_shops_are_compared_apart(postgres: psycopg.Connection) -> None:
    load_orders(postgres, FIRST)
    load(postgres, batch(FIRST, shop="other.myshopify.com"))
    execute(
        postgres,
        "DELETE FROM shopify.order_line_items WHERE shop = 'other.myshopify.com'",
    )
    assert compared(postgres) == Comparison(1, 6, 0, ())
