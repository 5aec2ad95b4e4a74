"""What cannot come with a page or in bulk, and how it is read afterwards.

Charter: GraphQL text for reading on in a connection longer than its page (`Nested`),
for connections that sit inside a list or inside another connection's node (`Details`,
by `nodes(ids:)`), and for connections of QueryRoot that are asked by a record's id
(`Joined`). Nothing is sent here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.catalog import names
from shopify_assets.catalog.rendering import (
    Mode,
    connection_text,
    connectionless_text,
    declared,
    page_text,
    then,
    within,
    written_at,
)
from shopify_assets.catalog.schema import named_type
from shopify_assets.catalog.selection import Form, Selected, walk
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.schema import Argument, Schema
    from shopify_assets.catalog.stream import Each
    from shopify_assets.catalog.tables import Path

# Parents asked for at once in the second step: as many as Shopify takes, for a query is
# charged by what it finds and requests the same points for one id as for all.
DETAILS_BATCH = 250

_BY_ID = re.compile(r"(\w+): \$id\b")


@dataclass(frozen=True)
class Nested:
    """A connection below a record: where it lies, what it feeds, how to read on.

    Attributes:
        path: keys from the record to the connection.
        table: the table its nodes feed.
        drain: query for `$id` (its parent), `$first`, `$after` that reads on.
        drain_path: keys from the answer's data to the connection.
        nullable: whether it may be null, where what it lies in is not.
    """

    path: Path
    table: str
    drain: str
    drain_path: Path
    nullable: bool = True


@dataclass(frozen=True)
class Details:
    """The second step for one list: connections of its elements by `nodes(ids: $ids)`.

    Attributes:
        lists: paths from the record to the elements; or, for nodes of a connection,
            empty.
        table: the table whose elements are asked for.
        marker: the marker of the records which hold these elements.
        text: the query, with `$ids`.
        first: how many parents to ask for at once.
        nested: the connections read.
    """

    lists: tuple[Path, ...]
    table: str
    marker: str
    text: str
    first: int
    nested: tuple[Nested, ...]


@dataclass(frozen=True)
class Asked:
    """An argument that a field is asked by, one value after the other.

    Attributes:
        argument: the argument, and the variable that stands for it.
        type: its GraphQL type.
        values: all values it is asked for.
    """

    argument: str
    type: str
    values: tuple[str, ...]

    def called(self, value: str) -> str:
        """What one asking is called, where it is withheld: `ownerType: ORDER`."""
        return f"{self.argument}: {value}"


@dataclass(frozen=True)
class Joined:
    """A connection of QueryRoot that is read for each root record, by `$id`.

    Attributes:
        table: the table its nodes feed.
        text: the query, with `$id`, `$first`, `$after` and the variable of `each`.
        path: keys from the answer's data to the connection.
        each: a further argument it is asked by.
    """

    table: str
    text: str
    path: Path
    each: Asked | None


def asked(each: Each, arguments: dict[str, Argument], schema: Schema) -> Asked:
    """Say by which values a field with these arguments is asked.

    Raises:
        ConfigurationError: the argument is none of an enum type.
    """
    found = arguments[each.argument].type
    values = schema[named_type(found)].values
    unknown = each.leaving_out - set(values)
    if not values or unknown:
        what = f"has no value {min(unknown)}" if unknown else "is no enum"
        message = f"argument {each.argument!r} ({found}) {what}"
        raise ConfigurationError(message)
    wanted = tuple(value for value in values if value not in each.leaving_out)
    return Asked(each.argument, f"{named_type(found)}!", wanted)


def once(found: Iterator[tuple[Path, Selected]]) -> Iterator[tuple[Path, Selected]]:
    """Each path once; several fragments may select it."""
    seen: set[Path] = set()
    for path, each in found:
        if path not in seen:
            seen.add(path)
            yield path, each


def nested(
    schema: Schema, owner: Selected, parent: str, path: Path, each: Selected
) -> Nested:
    """How to read on in the connection at `path` below a node of `owner`'s type.

    Raises:
        ConfigurationError: the owner cannot be found by its id, so that what is longer
            than a page would be cut.
    """
    _check_found_by_id(schema, owner, each)
    table = names.table_name(parent, each.key)
    # `first` and `after` are the only arguments whose value is a variable here.
    arguments = f"first: $first, after: $after{then(each.arguments)}"
    node = f"_{table}: __typename {connectionless_text(each.children, table)}"
    wrapped = written_at(owner.children, path, page_text(each, arguments, node))
    given = declared(wrapped, "$id: ID!, $first: Int!, $after: String")
    inner = f"node(id: $id) {{ ... on {owner.type.name} {{ {wrapped} }} }}"
    return Nested(
        path=path,
        table=table,
        drain=f"query {table}{given} {{ {inner} }}",
        drain_path=("node", *path),
        nullable=each.nullable,
    )


def _check_found_by_id(schema: Schema, owner: Selected, each: Selected) -> None:
    known = any(child.is_id and child.key == "id" for child in owner.children)
    if not known or not schema.is_node(owner.type):
        message = (
            f"{owner.type.name} is not found by its id, so its connection {each.key!r} "
            "could not be read past its first page"
        )
        raise ConfigurationError(message)


def details(schema: Schema, root: Selected, table: str) -> Iterator[Details]:
    """The second steps below a root whose table is `table`, parents before children."""
    passed = [each for each in root.children if is_passage(schema, each)]
    for lists, below, marker, owner in _deeper(root, table, f"_{table}", ()):
        found = tuple(once(walk(owner.children, Form.CONNECTION)))
        if not found or owner in passed:
            continue
        inner = " ".join(
            written_at(owner.children, path, connection_text(each, child, Mode.PAGED))
            for path, each in found
            for child in [names.table_name(below, each.key)]
        )
        on = f"... on {owner.type.name} {{ id {inner} }}"
        given = declared(on, "$ids: [ID!]!")
        yield Details(
            lists=lists,
            table=below,
            marker=marker,
            text=f"query {below}{given} {{ nodes(ids: $ids) {{ {on} }} }}",
            first=DETAILS_BATCH,
            nested=tuple(
                nested(schema, owner, below, path, each) for path, each in found
            ),
        )


def is_passage(schema: Schema, each: Selected) -> bool:
    """Whether what hangs below this connection cannot be read by its nodes' ids."""
    return (
        each.form is Form.CONNECTION
        and not schema.is_node(each.type)
        and any(walk(each.children, Form.CONNECTION))
    )


def _deeper(
    owner: Selected, table: str, marker: str, lists: tuple[Path, ...]
) -> Iterator[tuple[tuple[Path, ...], str, str, Selected]]:
    """Lists and connections below `owner`, with the table and marker of each."""
    forms = (Form.OBJECTS, Form.CONNECTION, Form.JOINED)
    for path, each in once(walk(owner.children, *forms)):
        if any(walk(each.children, Form.JOINED)):
            message = (
                f"below {each.key} nothing is joined by $id: only root records are"
            )
            raise ConfigurationError(message)
        child = names.table_name(table, each.key)
        inner_marker = f"_{child}" if each.is_connection else marker
        inner_lists = () if each.is_connection else (*lists, path)
        yield inner_lists, child, inner_marker, each
        yield from _deeper(each, child, inner_marker, inner_lists)


def joined(
    schema: Schema, root: Selected, table: str, each: Each | None
) -> Iterator[Joined]:
    """The connections of QueryRoot that are joined to the records of the root."""
    for _, found in once(walk(root.children, Form.JOINED)):
        below = names.table_name(table, found.key)
        arguments = found.owner.fields[found.name].args
        by = asked(each, arguments, schema) if each and _asks(found, each) else None
        node = f"_{below}: __typename {connectionless_text(found.children, below)}"
        given = declared(
            node,
            f"$id: {_id_type(found)}, $first: Int!, $after: String",
            f"${by.argument}: {by.type}" if by else "",
        )
        paged = f"first: $first, after: $after{then(found.arguments)}"
        body = within(found.within, page_text(found, paged, node))
        text = f"query {below}{given} {{ {body} }}"
        yield Joined(table=below, text=text, path=(*found.within, found.key), each=by)


def _asks(found: Selected, each: Each) -> bool:
    return f"${each.argument}" in found.arguments


def _id_type(found: Selected) -> str:
    """The type of `$id`: of the arguments, here or below, that it is passed to."""
    types = {
        named_type(each.owner.fields[each.name].args[argument].type)
        for each in (found, *_all(found))
        for argument in _BY_ID.findall(each.arguments)
    }
    if len(types) != 1:
        message = (
            f"{found.key}: $id is passed as {', '.join(sorted(types)) or 'nothing'}"
        )
        raise ConfigurationError(message)
    return f"{types.pop()}!"


def _all(owner: Selected) -> Iterator[Selected]:
    for each in owner.children:
        yield each
        yield from _all(each)
