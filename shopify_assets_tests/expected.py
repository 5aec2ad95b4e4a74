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

from graphql import parse, print_ast
from graphql.language.ast import FieldNode, OperationDefinitionNode
from psycopg import sql

from shopify_assets.catalog import names
from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.schema import load_schema
from shopify_assets.catalog.tables import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.stream import Stream
    from shopify_assets.catalog.tables import Column, Table
    from shopify_assets.simulator.http.server import Simulator
    from shopify_assets.simulator.shop.truth import Truth

# What comes after these types' numbers is told by another column.
NUMBER_AND_QUERY = {
    "DeliveryProfileItem", "FulfillmentService", "InventoryLevel", "InventoryQuantity",
    "MailingAddress",
}  # fmt: skip

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
    truth = simulator.truth(shop)
    own, joined = _parted(compiled.stream.selection)
    values = _values(compiled)
    found = [
        record
        for value in (values if compiled.queries.each else [""])
        for record in _roots(truth, compiled.stream, own, value)
    ]
    for record in found:
        for key, text in joined.items():
            record[key] = [
                node
                for value in values
                for node in _joined(truth, text, record["id"], value, key=key)
            ]
    return found


def _roots(truth: Truth, stream: Stream, own: str, value: str) -> list[Record]:
    """The records of the root, asked by one value of `each`."""
    *objects, root = stream.root.split(".")
    schema = load_schema()
    owner = schema.query
    for each in objects:
        owner = schema[owner.fields[each].named_type]
    field = owner.fields[root]
    by = stream.each.argument if stream.each else ""
    asked = f"{by}: {value}" if by in field.args else ""
    given = ", ".join(each for each in (asked, stream.arguments) if each)
    arguments = f"({given})" if given else ""
    connected = field.type.rstrip("!").endswith("Connection")
    text = f"{root}{arguments} {{ {f'nodes {{ {own} }}' if connected else own} }}"
    for each in reversed(objects):
        text = f"{each} {{ {text} }}"
    found = truth.select(f"{{ {text} }}")
    for each in objects:
        found = found[each] or {}
    held = found.get(root)
    if held is None:
        return []
    return held if isinstance(held, list) else [held]


def _parted(selection: str) -> tuple[str, dict[str, str]]:
    """A selection without its joined fields, and these by their keys."""
    (operation,) = parse(f"{{ {selection} }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    own, joined = [], {}
    for each in operation.selection_set.selections:
        text = print_ast(each)
        if isinstance(each, FieldNode) and "$id" in text:
            joined[_key_of_connection(each)] = text
        else:
            own.append(text)
    return " ".join(own), joined


def _key_of_connection(field: FieldNode) -> str:
    """The key of a connection, or of the one that an object leads to."""
    assert field.selection_set
    first = field.selection_set.selections[0]
    assert isinstance(first, FieldNode)
    if first.name.value != "nodes":
        return _key_of_connection(first)
    return (field.alias or field.name).value


def _values(compiled: CompiledStream) -> list[str]:
    """All values of the enum that a stream is asked by."""
    each = compiled.stream.each
    if each is None:
        return [""]
    schema = load_schema()
    written = f"{compiled.stream.root} {compiled.stream.selection}"
    wanted = {
        value
        for name, field in schema.query.fields.items()
        if each.argument in field.args and re.search(rf"\b{name}\b", written)
        for value in schema[field.args[each.argument].type.rstrip("!")].values
    }
    return sorted(wanted - each.leaving_out)


def _joined(truth: Truth, text: str, gid: str, value: str, *, key: str) -> list[Record]:
    """What is joined to a record, asked by one value of `each`."""
    filled = text.replace("$id", f'"{gid}"')
    filled = re.sub(r"\$\w+", value, filled)
    if "customerSegmentMembers" in filled:  # the one connection without `nodes`
        filled = filled.replace("nodes {", "edges { node {", 1) + "}"
    found = truth.select(f"{{ {filled} }}")
    while key not in found:
        (found,) = found.values()
    nodes: list[Record] = found[key]
    return nodes


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
        return _number(found)
    return _typed(column.kind, found)


def _number(gid: str) -> int | str:
    """The number of a global id; one that has none is expected as it is."""
    kind, tail = gid.removeprefix("gid://shopify/").split("/", 1)
    if kind in NUMBER_AND_QUERY:
        tail = tail.partition("?")[0]
    return int(tail) if tail.isdecimal() and int(tail) < 2**63 else gid


def _at(path: tuple[str, ...], chain: Chain, at: int) -> Any:
    if path == ("__parentId",):
        return chain[at - 1].value["id"]
    if path == ("__grandparentId",):
        return chain[at - 2].value["id"]
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
    ordered = sorted(rows, key=lambda row: [_rank(row[place]) for place in key])
    assert len({tuple(row[place] for place in key) for row in rows}) == len(rows)
    return ordered


def _rank(value: Any) -> tuple[bool, Any]:
    """A place in the order, where an id may be a number or none."""
    return isinstance(value, str), value


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
    gids: dict[Any, str] = dict(connection.execute(STOOD_FOR, [shop]).fetchall())
    connection.commit()
    ids = [column.source is Source.GID_NUMBER for column in table.columns]
    return [
        tuple(
            gids.get(value, value) if is_id else _in_utc(value)
            for is_id, value in zip(ids, row, strict=True)
        )
        for row in found
    ]


STOOD_FOR = "SELECT id, gid FROM shopify.global_ids WHERE shop = %s"


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
