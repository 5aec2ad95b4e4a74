"""A small stream for the loader's tests: orders, their lines, and the lines' taxes.

Orders have versions and every kind of column; lines are keyed by their id, taxes by
their position. A record is written as one value, `Order`, and loaded by `load_orders`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
from psycopg import sql
from psycopg.rows import dict_row

from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.tables import Column, Table
from shopify_assets.postgres.load.merge import load
from shopify_assets.postgres.loads import Disposition, Load, LoadResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import psycopg

SHOP = "my-store.myshopify.com"
MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


def column(name: str, kind: Kind) -> Column:
    return Column(name, kind, nullable=name not in {"shop", "id", "order_id"})


ORDERS = Table(
    name="orders",
    stream="orders",
    columns=(
        column("shop", Kind.TEXT),
        column("id", Kind.BIGINT),
        column("updated_at", Kind.TIMESTAMPTZ),
        column("name", Kind.TEXT),
        column("total_price", Kind.NUMERIC),
        column("line_count", Kind.INTEGER),
        column("score", Kind.DOUBLE),
        column("test", Kind.BOOLEAN),
        column("due_on", Kind.DATE),
        column("tags", Kind.TEXT_ARRAY),
        column("note", Kind.JSONB),
    ),
    key=("shop", "id"),
    root_key=("shop", "id"),
    parent=None,
    parent_key=(),
    version="updated_at",
    marker="_orders",
)
LINES = Table(
    name="order_line_items",
    stream="orders",
    columns=(
        column("shop", Kind.TEXT),
        column("order_id", Kind.BIGINT),
        column("id", Kind.BIGINT),
        column("title", Kind.TEXT),
    ),
    key=("shop", "order_id", "id"),
    root_key=("shop", "order_id"),
    parent="orders",
    parent_key=("shop", "order_id"),
    version=None,
    marker="_order_line_items",
)
TAXES = Table(
    name="order_line_item_tax_lines",
    stream="orders",
    columns=(
        column("shop", Kind.TEXT),
        column("order_id", Kind.BIGINT),
        column("line_item_id", Kind.BIGINT),
        column("position", Kind.INTEGER),
        column("rate", Kind.NUMERIC),
    ),
    key=("shop", "order_id", "line_item_id", "position"),
    root_key=("shop", "order_id"),
    parent="order_line_items",
    parent_key=("shop", "order_id", "line_item_id"),
    version=None,
    marker="_order_line_items",
    lists=(("taxLines",),),
)
TABLES = (ORDERS, LINES, TAXES)

DTYPES: dict[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.BIGINT: pl.Int64(),
    Kind.INTEGER: pl.Int32(),
    Kind.DOUBLE: pl.Float64(),
    Kind.NUMERIC: pl.String(),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.TIMESTAMPTZ: pl.Datetime("us", "UTC"),
    Kind.DATE: pl.Date(),
    Kind.JSONB: pl.String(),
    Kind.TEXT_ARRAY: pl.List(pl.String()),
}


@dataclass(frozen=True)
class Line:
    """A line of an order, with the rates of its taxes."""

    id: int
    title: str | None = "a cup"
    rates: tuple[str, ...] = ("0.19",)


@dataclass(frozen=True)
class Order:
    """An order as extracted; `version` is the minute of its last change."""

    id: int
    version: int = 0
    name: str | None = "#1001"
    lines: tuple[Line, ...] = ()
    rest: dict[str, Any] = field(default_factory=dict)


def at(minute: int) -> datetime:
    """A time of the test's day."""
    return MIDNIGHT + timedelta(minutes=minute)


def frame(table: Table, rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a frame of the table's dtypes; a value left out is null."""
    schema = {each.name: DTYPES[each.kind] for each in table.columns}
    filled = [{name: _held(row.get(name)) for name in schema} for row in rows]
    return pl.DataFrame(filled, schema=schema)


def _held(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def order_rows(orders: Sequence[Order], shop: str = SHOP) -> list[dict[str, Any]]:
    """The rows of the root table."""
    return [
        {
            "shop": shop,
            "id": each.id,
            "updated_at": at(each.version),
            "name": each.name,
            "total_price": Decimal("10.50"),
            "line_count": len(each.lines),
            "score": 0.1,
            "test": False,
            "due_on": date(2026, 2, 28),
            "tags": ["gift"],
            "note": '{"of": "old"}',
            **each.rest,
        }
        for each in orders
    ]


def line_rows(orders: Sequence[Order], shop: str = SHOP) -> list[dict[str, Any]]:
    """The rows of the child table."""
    return [
        {"shop": shop, "order_id": order.id, "id": line.id, "title": line.title}
        for order in orders
        for line in order.lines
    ]


def tax_rows(orders: Sequence[Order], shop: str = SHOP) -> list[dict[str, Any]]:
    """The rows of the grandchild table."""
    return [
        {
            "shop": shop,
            "order_id": order.id,
            "line_item_id": line.id,
            "position": position,
            "rate": Decimal(rate),
        }
        for order in orders
        for line in order.lines
        for position, rate in enumerate(line.rates)
    ]


def batch(
    *orders: Order,
    extracted: int = 0,
    shop: str = SHOP,
    disposition: Disposition = Disposition.MERGE,
) -> Load:
    """A batch of orders, extracted at a minute of the test's day."""
    return Load(
        shop=shop,
        stream="orders",
        tables=TABLES,
        frames={
            "orders": [frame(ORDERS, order_rows(orders, shop))],
            "order_line_items": [frame(LINES, line_rows(orders, shop))],
            "order_line_item_tax_lines": [frame(TAXES, tax_rows(orders, shop))],
        },
        extraction=f"orders of minute {extracted}",
        extracted_at=at(extracted),
        disposition=disposition,
    )


def snapshot(*orders: Order, extracted: int = 0, shop: str = SHOP) -> Load:
    """A batch that holds all orders there are."""
    given = batch(*orders, extracted=extracted, shop=shop)
    return replace(given, disposition=Disposition.REPLACE)


def load_orders(
    connection: psycopg.Connection, *orders: Order, extracted: int = 0
) -> LoadResult:
    """Load a batch of orders."""
    return load(connection, batch(*orders, extracted=extracted))


def stored(
    connection: psycopg.Connection, table: Table, *columns: str
) -> list[dict[str, Any]]:
    """All rows of a table in the order of their keys; all columns, if none is named."""
    wanted = (
        sql.SQL(", ").join(map(sql.Identifier, columns)) if columns else sql.SQL("*")
    )
    query = sql.SQL("SELECT {} FROM shopify.{} ORDER BY {}").format(
        wanted,
        sql.Identifier(table.name),
        sql.SQL(", ").join(map(sql.Identifier, table.key)),
    )
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query).fetchall()


def written(connection: psycopg.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table whole, and the transaction that wrote it."""
    found = {}
    with connection.transaction():
        for table in TABLES:
            query = sql.SQL(
                "SELECT xmin::text, ctid::text, t.* FROM shopify.{} t"
            ).format(sql.Identifier(table.name))
            found[table.name] = sorted(connection.execute(query).fetchall(), key=repr)
    return found


def contents(connection: psycopg.Connection) -> dict[str, list[dict[str, Any]]]:
    """The rows of all tables, without what the loader notes of them."""
    return {
        table.name: stored(connection, table, *(each.name for each in table.columns))
        for table in TABLES
    }
