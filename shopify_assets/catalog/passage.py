"""Connections whose parent no id finds: read by way of the record they hang below.

Charter: GraphQL text only. `Order.agreements` is such a passage: an agreement is no
Node, so its sales cannot be asked for by its id. They are read through the order: the
first of each agreement for many orders at once, and where that was not all, agreement
by agreement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.catalog import names
from shopify_assets.catalog.rendering import (
    NESTED,
    Mode,
    connection_text,
    connectionless_text,
    declared,
    head,
    page_text,
    then,
    written_at,
)
from shopify_assets.catalog.second_step import Nested, is_passage, once
from shopify_assets.catalog.selection import Form, Selected, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.catalog.tables import Path

# Root records asked for at once.
PASSAGE_BATCH = 250


@dataclass(frozen=True)
class Passage:
    """A connection below root records whose nodes are only a way to further ones.

    Attributes:
        table: the table its own nodes feed; here they bring no more than their ids.
        marker: the marker of the records of its nodes.
        path: keys from a root record to it.
        text: the query, with `$ids` of root records.
        first: how many root records to ask for at once.
        walk: the query that reads one root record's, with `$id`, `$first`, `$after`.
        walk_path: keys from that answer's data to it.
        nested: the connections below its nodes. Their `drain` takes the root record's
            `$id`, and in `$before` the end cursor before their node.
    """

    table: str
    marker: str
    path: Path
    text: str
    first: int
    walk: str
    walk_path: Path
    nested: tuple[Nested, ...]


def passages(schema: Schema, root: Selected, table: str) -> Iterator[Passage]:
    """The passages below a root whose table is `table`."""
    for path, each in once(walk(root.children, Form.CONNECTION)):
        if is_passage(schema, each):
            yield _passage(root, names.table_name(table, each.key), path, each)


def _passage(root: Selected, table: str, path: Path, each: Selected) -> Passage:
    inner = tuple(once(walk(each.children, Form.CONNECTION)))
    below = " ".join(
        written_at(
            each.children,
            found,
            connection_text(child, names.table_name(table, child.key), Mode.PAGED),
        )
        for found, child in inner
    )

    def asked(first: str) -> str:
        text = page_text(each, f"{first}{then(each.arguments)}", f"id {below}")
        return (
            f"... on {root.type.name} {{ id {written_at(root.children, path, text)} }}"
        )

    step = asked("first: $first, after: $after")
    of_step = declared(step, "$id: ID!, $first: Int!, $after: String")
    many = asked(f"first: {NESTED}")
    of_many = declared(many, "$ids: [ID!]!")
    return Passage(
        table=table,
        marker=f"_{table}",
        path=path,
        text=f"query {table}_below{of_many} {{ nodes(ids: $ids) {{ {many} }} }}",
        first=PASSAGE_BATCH,
        walk=f"query {table}_walk{of_step} {{ node(id: $id) {{ {step} }} }}",
        walk_path=("node", *path),
        nested=tuple(
            _nested(root, path, each, table, found, child) for found, child in inner
        ),
    )


def _nested(  # noqa: PLR0913, PLR0917 -- two connections, each with its place
    root: Selected,
    outer_path: Path,
    outer: Selected,
    outer_table: str,
    path: Path,
    each: Selected,
) -> Nested:
    table = names.table_name(outer_table, each.key)
    node = f"_{table}: __typename {connectionless_text(each.children, table)}"
    arguments = f"first: $first, after: $after{then(each.arguments)}"
    inner = written_at(outer.children, path, page_text(each, arguments, node))
    one = head(outer, f"first: 1, after: $before{then(outer.arguments)}")
    text = written_at(root.children, outer_path, f"{one} {{ nodes {{ id {inner} }} }}")
    given = "$id: ID!, $before: String, $first: Int!, $after: String"
    found = f"node(id: $id) {{ ... on {root.type.name} {{ {text} }} }}"
    return Nested(
        path=path,
        table=table,
        drain=f"query {table}({given}) {{ {found} }}",
        drain_path=("node", *outer_path, "nodes", *path),
        nullable=each.nullable,
    )
