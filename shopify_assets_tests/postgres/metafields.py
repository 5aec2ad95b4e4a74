"""Metafields of orders, stored as the loader would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.tables import Column, Table
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets_tests.postgres.orders import ORDERS, SHOP

if TYPE_CHECKING:
    import psycopg

OF_ORDERS = Table(
    name="order_metafields",
    stream="orders",
    columns=(
        Column("shop", Kind.TEXT, nullable=False),
        Column("order_id", Kind.BIGINT, nullable=False),
        Column("id", Kind.BIGINT, nullable=False),
        Column("namespace", Kind.TEXT, nullable=False),
        Column("key", Kind.TEXT, nullable=False),
        Column("type", Kind.TEXT, nullable=False),
        Column("value", Kind.TEXT, nullable=False),
    ),
    key=("shop", "order_id", "id"),
    root_key=("shop", "order_id"),
    parent="orders",
    parent_key=("shop", "order_id"),
    version=None,
    marker="_order_metafields",
)
TABLES = (ORDERS, OF_ORDERS)
# order, namespace, key, type, value
Held = tuple[int, str, str, str, str]


def hold(connection: psycopg.Connection, *held: Held, shop: str = SHOP) -> None:
    """Store metafields as the loader would."""
    migrate(connection, TABLES)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM shopify.order_metafields")
        (last,) = cursor.fetchone() or (0,)
        cursor.executemany(
            "INSERT INTO shopify.order_metafields VALUES"
            " (%s, %s, %s, %s, %s, %s, %s, now(), now())",
            [
                (shop, order, last + number, *rest)
                for number, (order, *rest) in enumerate(held, start=1)
            ],
        )
