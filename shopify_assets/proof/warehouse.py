"""What the warehouse holds of a stream of a shop, as a proof needs it.

Charter: reading, and nothing else: ids and times of root records, whole rows of chosen
records, loads and how far they came. SQL is composed from the tables' declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

import polars as pl
from psycopg import sql

from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.slim import CREATED_AT
from shopify_assets.normalize.values import DTYPES
from shopify_assets.postgres.form import ddl
from shopify_assets.proof.ids import CHANGED, EXTRACTED, ID, MADE
from shopify_assets.proof.moments import read_as_moments
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    import psycopg

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.tables import Table
    from shopify_assets.proof.rows import Row

_INSTANT = DTYPES[Kind.TIMESTAMPTZ]
_AT_ONCE = 50_000  # rows in memory as Python values

_WINDOWS: LiteralString = """
    SELECT window_start, window_end FROM shopify_assets.loads
    WHERE shop = %s AND stream = %s AND window_start IS NOT NULL
"""
_REACHED: LiteralString = """
    SELECT watermark, extracted_at FROM shopify_assets.watermarks
    WHERE shop = %s AND stream = %s
"""


@dataclass(frozen=True)
class Reached:
    """How far a stream is loaded.

    Attributes:
        watermark: up to which replication-key value; None for a snapshot.
        extracted_at: when the newest extraction began.
    """

    watermark: datetime | None
    extracted_at: datetime


def reached(
    connection: psycopg.Connection, *, shop: str, stream: str
) -> Reached | None:
    """How far (shop, stream) is loaded; None if it never was."""
    with connection.transaction():
        row = connection.execute(_REACHED, (shop, stream)).fetchone()
    return Reached(*row) if row else None


def windows(
    connection: psycopg.Connection, *, shop: str, stream: str
) -> tuple[Window, ...]:
    """The windows that were ever loaded."""
    with connection.transaction():
        rows = connection.execute(_WINDOWS, (shop, stream)).fetchall()
    return tuple(Window(*row) for row in rows if row[0] < row[1])


def roots(
    connection: psycopg.Connection, compiled: CompiledStream, *, shop: str
) -> pl.DataFrame:
    """Ids and times of the living root records: a frame as `ids.compare` takes it."""
    columns = _columns_of_ids(compiled.root)
    query = sql.SQL(
        "SELECT {names} FROM {table} WHERE shop = %s AND _deleted_at IS NULL"
    ).format(names=ddl.names(columns.values()), table=ddl.qualified(compiled.root))
    schema = _schema_of_ids(compiled.root, columns)
    # Times come as numbers, for there are some that Python's own type cannot hold.
    numbers = {
        name: pl.Int64() if dtype == _INSTANT else dtype
        for name, dtype in schema.items()
    }
    frames = [pl.DataFrame(schema=numbers)]
    with connection.transaction(), connection.cursor("shopify_assets_ids") as cursor:
        read_as_moments(cursor)
        cursor.itersize = _AT_ONCE
        cursor.execute(query, (shop,), binary=True)
        while rows := cursor.fetchmany(_AT_ONCE):
            frames.append(pl.DataFrame(rows, schema=numbers, orient="row"))
    return pl.concat(frames).cast(pl.Schema(schema))


def _columns_of_ids(root: Table) -> dict[str, str]:
    """The frame's columns, and the table's for each."""
    names = {each.name for each in root.columns}
    columns = {ID: root.key[-1]}
    if root.version:
        columns[CHANGED] = root.version
    if CREATED_AT in names and root.column(CREATED_AT).kind is Kind.TIMESTAMPTZ:
        columns[MADE] = CREATED_AT
    return {**columns, EXTRACTED: ddl.EXTRACTED_AT}


def _schema_of_ids(root: Table, columns: dict[str, str]) -> dict[str, pl.DataType]:
    schema = dict.fromkeys(columns, _INSTANT)
    schema[ID] = DTYPES[root.column(columns[ID]).kind]
    return schema


def rows_of_roots(
    connection: psycopg.Connection, table: Table, *, shop: str, ids: Sequence[Any]
) -> list[Row]:
    """All rows of a table that belong to chosen root records.

    Times and dates are `Instant` and `CalendarDate`.
    """
    query = sql.SQL("SELECT {names} FROM {table} WHERE shop = %s AND {root} = ANY (%s)")
    composed = query.format(
        names=ddl.names(each.name for each in table.columns),
        table=ddl.qualified(table),
        root=sql.Identifier(table.root_key[1]),
    )
    with connection.transaction(), connection.cursor() as cursor:
        read_as_moments(cursor)
        return cursor.execute(composed, (shop, list(ids)), binary=True).fetchall()


def dearest(
    connection: psycopg.Connection, compiled: CompiledStream, *, shop: str, most: int
) -> list[Any]:
    """The root records with the greatest amounts, or else with the most rows below."""
    root = compiled.root
    amounts = [
        sql.Identifier(column.name)
        for column in root.columns
        if column.kind is Kind.NUMERIC
        and column.path[-1:] == ("amount",)
        # One currency, so that the amounts of two records can be compared.
        and not any("presentment" in key.lower() for key in column.path)
    ]
    below = [table for table in compiled.tables if table.parent == root.name]
    if amounts:
        query = _by_amount(root, amounts)
    elif below:
        query = _by_rows(below)
    else:
        return []
    with connection.transaction():
        rows = connection.execute(query, {"shop": shop, "most": most}).fetchall()
    return [id_ for (id_,) in rows]


def _by_amount(root: Table, amounts: Sequence[sql.Identifier]) -> sql.Composed:
    return sql.SQL("""
        SELECT {id} FROM {table} WHERE shop = %(shop)s AND _deleted_at IS NULL
        ORDER BY greatest({amounts}) DESC NULLS LAST, {id} LIMIT %(most)s
    """).format(
        id=sql.Identifier(root.key[-1]),
        table=ddl.qualified(root),
        amounts=sql.SQL(", ").join(amounts),
    )


def _by_rows(tables: Iterable[Table]) -> sql.Composed:
    rows = (
        sql.SQL("SELECT {} AS id FROM {} WHERE shop = %(shop)s").format(
            sql.Identifier(table.root_key[1]), ddl.qualified(table)
        )
        for table in tables
    )
    return sql.SQL("""
        SELECT id FROM ({}) below GROUP BY id ORDER BY count(*) DESC, id LIMIT %(most)s
    """).format(sql.SQL(" UNION ALL ").join(rows))


def counted(
    connection: psycopg.Connection, query: sql.Composed, *, shop: str
) -> Iterator[tuple[Any, ...]]:
    """The rows of a query with the parameter `%(shop)s`."""
    with connection.transaction():
        yield from connection.execute(query, {"shop": shop}).fetchall()
