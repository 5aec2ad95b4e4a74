"""What the warehouse must hold: rows made from the simulator's truth.

The oracle is asked for a stream's own selection, without pages, bulk operations or
second steps, so that its connections are plain lists. What becomes of a value is
written here a second time, the long way, so that an error cannot hide in both.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from psycopg import sql

from shopify_assets.catalog import names
from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.schema import load_schema
from shopify_assets.catalog.tables import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.tables import Column, Table
    from shopify_assets.simulator.server import Simulator

Record = dict[str, Any]
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Element:
    """An object of a record, and its place among its siblings."""

    value: Record
    position: int


# From the root down to a row's own element.
Chain = tuple[Element, ...]


def records(simulator: Simulator, shop: str, compiled: CompiledStream) -> list[Record]:
    """The records of a stream as the oracle tells them."""
    stream = compiled.stream
    arguments = f"({stream.arguments})" if stream.arguments else ""
    field = load_schema().query.fields[stream.root]
    connected = field.type.rstrip("!").endswith("Connection")
    body = f"nodes {{ {stream.selection} }}" if connected else stream.selection
    found = simulator.truth(shop).select(f"{{ {stream.root}{arguments} {{ {body} }} }}")
    held = found[stream.root]
    return held if isinstance(held, list) else [held]


def expected_rows(
    simulator: Simulator, shop: str, compiled: CompiledStream
) -> dict[str, list[Row]]:
    """The rows of each table of a stream, sorted by key."""
    chains: dict[str, list[Chain]] = defaultdict(list)
    for position, record in enumerate(records(simulator, shop, compiled)):
        root = (Element(record, position),)
        chains[compiled.root.name].append(root)
        for table, chain in _below(compiled.root.name, root, record):
            chains[table].append(chain)
    known = {table.name for table in compiled.tables}
    assert chains.keys() <= known, f"no table for {chains.keys() - known}"
    return {
        table.name: sorted_rows(
            table, [_row(table, chain, shop) for chain in chains[table.name]]
        )
        for table in compiled.tables
    }


def _below(table: str, chain: Chain, value: Record) -> Iterator[tuple[str, Chain]]:
    """All elements of the lists below an element, with the tables they feed."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _below(table, chain, inner)
        elif isinstance(inner, list) and any(isinstance(each, dict) for each in inner):
            child = names.table_name(table, key)
            for position, each in enumerate(inner):
                further = (*chain, Element(each, position))
                yield child, further
                yield from _below(child, further, each)


def _row(table: Table, chain: Chain, shop: str) -> Row:
    return tuple(_value(column, chain, shop) for column in table.columns)


def _value(column: Column, chain: Chain, shop: str) -> Any:
    if column.source is Source.SHOP:
        return shop
    at = len(chain) - 1 - column.up
    if column.source is Source.POSITION:
        return chain[at].position
    found = _at(column.path, chain, at)
    if found is None:
        return None
    if column.source is Source.GID_NUMBER:
        number = re.search(r"/(\d+)(\?|$)", found)
        assert number, found
        return int(number[1])
    return _typed(column.kind, found)


def _at(path: tuple[str, ...], chain: Chain, at: int) -> Any:
    if path == ("__parentId",):
        return chain[at - 1].value["id"]
    if path == ("__rootId",):
        return chain[0].value["id"]
    found: Any = chain[at].value
    for key in path:
        found = None if found is None else found.get(key)
    return found


def _typed(kind: Kind, value: Any) -> Any:  # noqa: PLR0911 -- one a kind
    match kind:
        case Kind.NUMERIC:
            return Decimal(str(value))
        case Kind.BIGINT:
            return int(value)
        case Kind.TIMESTAMPTZ:
            return datetime.fromisoformat(value).astimezone(UTC)
        case Kind.DATE:
            return date.fromisoformat(value)
        case Kind.DOUBLE:
            return float(value)
        case Kind.TEXT:
            # The one sign PostgreSQL cannot hold.
            return str(value).replace("\0", "\ufffd")
        case _:
            return value


def sorted_rows(table: Table, rows: list[Row]) -> list[Row]:
    """The rows in order of their key, each key once."""
    key = [[each.name for each in table.columns].index(name) for name in table.key]
    ordered = sorted(rows, key=lambda row: [row[place] for place in key])
    assert len({tuple(row[place] for place in key) for row in rows}) == len(rows)
    return ordered


def stored_rows(
    connection: psycopg.Connection, shop: str, compiled: CompiledStream
) -> dict[str, list[Row]]:
    """The rows of each table of a stream that are stored and not deleted."""
    return {
        table.name: sorted_rows(table, _stored(connection, shop, table))
        for table in compiled.tables
    }


def _stored(connection: psycopg.Connection, shop: str, table: Table) -> list[Row]:
    query = sql.SQL("SELECT {columns} FROM {table} WHERE shop = %s{living}").format(
        columns=sql.SQL(", ").join(sql.Identifier(each.name) for each in table.columns),
        table=sql.Identifier("shopify", table.name),
        living=sql.SQL(" AND _deleted_at IS NULL" if table.is_root else ""),
    )
    found = connection.execute(query, [shop]).fetchall()
    connection.commit()
    return [tuple(map(_in_utc, row)) for row in found]


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def states(
    connection: psycopg.Connection, compiled: CompiledStream
) -> dict[str, list[Row]]:
    """Where each row lies and which transaction wrote it: moved by any write."""
    found = {}
    for table in compiled.tables:
        query = sql.SQL("SELECT ctid::text, xmin::text FROM {} ORDER BY 1")
        name = sql.Identifier("shopify", table.name)
        found[table.name] = connection.execute(query.format(name)).fetchall()
    connection.commit()
    return found
