"""Damage in every table of every stream, whether a simulated shop fills it or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from psycopg import sql

from shopify_assets.catalog.scalars import Kind
from shopify_assets.normalize.values import DTYPES
from shopify_assets.postgres.books import damage as books
from shopify_assets.postgres.books.damage import Fault
from shopify_assets.postgres.load.merge import load
from shopify_assets.postgres.loads import Load, Trust
from shopify_assets.streams import STREAMS
from shopify_assets_tests.stage import compiled

if TYPE_CHECKING:
    import psycopg

    from shopify_assets.catalog.tables import Column, Table

SHOP = "my-store.myshopify.com"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
RECORDS = (1, 2, 3)
CUT, CHANGED, MORE = RECORDS

VALUES: dict[Kind, Any] = {
    Kind.TEXT: "told",
    Kind.BIGINT: 1,
    Kind.INTEGER: 1,
    Kind.DOUBLE: 0.5,
    Kind.NUMERIC: "10.50",
    Kind.BOOLEAN: True,
    Kind.TIMESTAMPTZ: BEGAN,
    Kind.DATE: date(2026, 2, 28),
    Kind.JSONB: '{"a": 1}',
    Kind.TEXT_ARRAY: ["gift"],
}
OTHERS: dict[Kind, Any] = {
    **VALUES,
    Kind.TEXT: "something else",
    Kind.BIGINT: 2,
    Kind.INTEGER: 2,
    Kind.DOUBLE: 0.75,
    Kind.NUMERIC: "10.51",
    Kind.BOOLEAN: False,
    Kind.TIMESTAMPTZ: datetime(2031, 1, 1, tzinfo=UTC),
    Kind.DATE: date(2026, 3, 1),
    Kind.JSONB: '{"a": 2}',
    Kind.TEXT_ARRAY: ["gift", "new"],
}


def key(kind: Kind, number: int) -> int | str:
    """A key's value, as the column holds it."""
    return f"gid://shopify/Thing/{number}" if kind is Kind.TEXT else number


def row(table: Table, record: int) -> dict[str, Any]:
    """The row of a record in a table."""
    values = {column.name: VALUES[column.kind] for column in table.columns}
    for name in table.key:
        values[name] = key(table.column(name).kind, record)
    values[table.root_key[1]] = key(table.column(table.root_key[1]).kind, record)
    return {**values, "shop": SHOP}


def frame(table: Table) -> pl.DataFrame:
    schema = {column.name: DTYPES[column.kind] for column in table.columns}
    return pl.DataFrame([row(table, each) for each in RECORDS], schema=schema)


def changed_column(table: Table) -> Column:
    """A column that is none of the key; else the last of the key."""
    free = [column for column in table.columns if column.name not in table.key]
    return free[len(table.name) % len(free)] if free else table.column(table.key[-1])


def damage(connection: psycopg.Connection, table: Table) -> None:
    """Delete the row of one record, change that of another, add one to a third."""
    name, root = sql.Identifier("shopify", table.name), table.root_key[1]
    kind = table.column(root).kind
    which = sql.SQL("WHERE {} = %s").format(sql.Identifier(root))
    delete = sql.SQL("DELETE FROM {} {}").format(name, which)
    assert connection.execute(delete, (key(kind, CUT),)).rowcount == 1
    column = changed_column(table)
    value: Any = OTHERS[column.kind]
    if column.name in table.key:
        value = key(column.kind, 8)
    change = sql.SQL("UPDATE {} SET {} = %s::{} {}").format(
        name, sql.Identifier(column.name), sql.SQL(column.kind.value), which
    )
    assert connection.execute(change, (value, key(kind, CHANGED))).rowcount == 1
    last = table.column(table.key[-1])
    further = {**row(table, MORE), last.name: key(last.kind, 9)}
    names = sql.SQL(", ").join(map(sql.Identifier, further))
    casts = (sql.SQL("%s::") + sql.SQL(c.kind.value) for c in table.columns)
    add = sql.SQL("INSERT INTO {} ({}, _extracted_at) VALUES ({}, now())").format(
        name, names, sql.SQL(", ").join(casts)
    )
    ordered = [further[column.name] for column in table.columns]
    assert connection.execute(add, ordered).rowcount == 1


def contents(
    connection: psycopg.Connection, tables: tuple[Table, ...]
) -> dict[str, list[tuple[Any, ...]]]:
    rows = {}
    for table in tables:
        names = sql.SQL(", ").join(sql.Identifier(each.name) for each in table.columns)
        query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
            names,
            sql.Identifier("shopify", table.name),
            sql.SQL(", ").join(map(sql.Identifier, table.key)),
        )
        rows[table.name] = connection.execute(query).fetchall()
    connection.commit()
    return rows


@pytest.mark.parametrize("name", [stream.name for stream in STREAMS])
def test_damage_is_named_and_mended(postgres: psycopg.Connection, name: str) -> None:
    root, *children = tables = compiled(name).tables
    batch = Load(
        shop=SHOP,
        stream=name,
        tables=tables,
        frames={table.name: [frame(table)] for table in tables},
        extraction="1",
        extracted_at=BEGAN,
    )
    load(postgres, batch)
    loaded = contents(postgres, tables)
    for table in tables:
        damage(postgres, table)
    postgres.commit()
    kind = root.column(root.key[-1]).kind
    cut, changed, more = (str(key(kind, record)) for record in RECORDS)
    added = {(root.name, str(key(kind, 9)), Fault.ADDED)}
    of_root = {(root.name, changed, Fault.ALTERED)}
    if changed_column(root).name in root.key:
        # A changed key is a record gone, and another one added.
        of_root = {(root.name, changed, Fault.GONE)}
        added.add((root.name, str(key(kind, 8)), Fault.ADDED))
    found = books.compare(postgres, tables, shop=SHOP, stream=name)
    assert {(each.table, each.id, each.fault) for each in found.unlike} == {
        (root.name, cut, Fault.GONE),
        *of_root,
        *added,
        *(
            (table.name, record, Fault.ALTERED)
            for table in children
            for record in (cut, changed, more)
        ),
    }
    load(postgres, replace(batch, trust=Trust.NOTHING))
    found = books.compare(postgres, tables, shop=SHOP, stream=name)
    assert {(each.table, each.id, each.fault) for each in found.unlike} == added
    delete = sql.SQL("DELETE FROM {} WHERE {}::text = ANY (%s)").format(
        sql.Identifier("shopify", root.name), sql.Identifier(root.key[-1])
    )
    postgres.execute(delete, ([record for _, record, _ in added],))
    assert contents(postgres, tables) == loaded
