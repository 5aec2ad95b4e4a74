"""A deletion that is told marks the record, and what came later outlives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.postgres.load.tombstones import Deletion, tombstone
from shopify_assets_tests.postgres.orders import (
    LINES,
    ORDERS,
    SHOP,
    TABLES,
    TAXES,
    Line,
    Order,
    at,
    load_orders,
    stored,
    written,
)

if TYPE_CHECKING:
    import psycopg

CUP = Line(11)


def deletion(*ids: int, minute: int, shop: str = SHOP) -> Deletion:
    return Deletion(
        shop=shop, tables=TABLES, ids=ids, deleted_at=at(minute), reason="orders/delete"
    )


def test_a_deleted_record_is_marked_and_its_children_go(
    postgres: psycopg.Connection,
) -> None:
    load_orders(postgres, Order(1, lines=(CUP,)), Order(2, lines=(CUP,)), extracted=1)
    assert tombstone(postgres, deletion(1, 7, minute=2)) == 1
    assert stored(postgres, ORDERS, "id", "_deleted_at", "_deleted_reason") == [
        {"id": 1, "_deleted_at": at(2), "_deleted_reason": "orders/delete"},
        {"id": 2, "_deleted_at": None, "_deleted_reason": None},
    ]
    for table in (LINES, TAXES):
        assert stored(postgres, table, "order_id") == [{"order_id": 2}]


def test_a_deletion_told_again_or_of_another_shop_changes_nothing(
    postgres: psycopg.Connection,
) -> None:
    load_orders(postgres, Order(1, lines=(CUP,)))
    assert tombstone(postgres, deletion(1, minute=2)) == 1
    before = written(postgres)
    assert tombstone(postgres, deletion(1, minute=3)) == 0
    assert tombstone(postgres, deletion(1, minute=3, shop="b.myshopify.com")) == 0
    assert written(postgres) == before


def test_a_record_extracted_after_the_deletion_lives(
    postgres: psycopg.Connection,
) -> None:
    load_orders(postgres, Order(1, lines=(CUP,)), extracted=5)
    assert tombstone(postgres, deletion(1, minute=4)) == 0
    assert stored(postgres, ORDERS, "_deleted_at") == [{"_deleted_at": None}]


def test_a_record_extracted_before_the_deletion_stays_marked(
    postgres: psycopg.Connection,
) -> None:
    load_orders(postgres, Order(1, lines=(CUP,)), extracted=1)
    tombstone(postgres, deletion(1, minute=3))
    load_orders(postgres, Order(1, version=9, lines=(CUP,)), extracted=2)
    assert stored(postgres, ORDERS, "_deleted_at") == [{"_deleted_at": at(3)}]
    assert stored(postgres, LINES) == []
