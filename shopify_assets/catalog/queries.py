"""The queries of a stream: by page, in bulk, past a nested page, and the second step.

Charter: GraphQL text from a checked selection. Nothing is sent here. Every query
selects, first in each node, the marker that tells which table the record feeds (see
`tables.py`).

A connection directly below the root rides along in the page and in the bulk operation.
One that sits inside a list or inside another connection's node cannot come in bulk
("connection within list" is refused): it is read in a second step by `nodes(ids:)`, a
`Details` here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.catalog import names
from shopify_assets.catalog.cost import MAX_COST, cost_of
from shopify_assets.catalog.rendering import (
    NESTED_SIZE,
    PAGE_INFO,
    Mode,
    arguments_text,
    connection_text,
    connectionless_text,
    head,
    quoted,
    record_text,
    then,
    written_at,
)
from shopify_assets.catalog.selection import Form, Selected, walk
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.catalog.stream import Stream
    from shopify_assets.catalog.tables import Path

PAGE_SIZES = (250, 200, 150, 100, 75, 50, 25, 10, 5, 1)
# Parents asked for at once in the second step; the input limit is 250.
DETAILS_BATCH = 50

# Shopify's limits for a bulk query.
BULK_CONNECTIONS = 5


@dataclass(frozen=True)
class Nested:
    """A connection below a record: where it lies, what it feeds, how to read on.

    Attributes:
        path: keys from the record to the connection.
        table: the table its nodes feed.
        drain: query for `$id` (its parent), `$first`, `$after` that reads on.
        drain_path: keys from the answer's data to the connection.
    """

    path: Path
    table: str
    drain: str
    drain_path: Path


@dataclass(frozen=True)
class Paged:
    """The paged query of a stream, with `$first`, `$after` and `$query`.

    `cost` is what one page of `first` records asks for, in points.
    """

    text: str
    path: Path
    first: int
    cost: int
    nested: tuple[Nested, ...]


@dataclass(frozen=True)
class Details:
    """The second step for one list: connections of its elements by `nodes(ids: $ids)`.

    Attributes:
        lists: paths from the root's record to the elements; or, for nodes of a
            connection, empty.
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
class Queries:
    """All queries of a stream.

    Attributes:
        root: the root field's name.
        paged: the query by page; for an object or a list the only one.
        details: second steps.
        count: the query that counts matching records, with `$query`, if there is one.
        probe: the query for the ids of the first page alone, cheap: is there more?
        sort_key: the sort key passed, if any.
        is_connection: whether the root is a connection; else an object or a list.
        bulk_refusal: why the stream cannot be read in bulk; None if it can.
        by_ids: the query for whole records by `$ids`; None if they cannot be asked for
            by id, not being `Node`.
        node: the type of the records.
        total: the query that counts all records, without a filter, if there is one.
    """

    root: str
    paged: Paged
    details: tuple[Details, ...]
    count: str | None
    probe: str
    sort_key: str | None
    is_connection: bool
    bulk_refusal: str | None
    by_ids: str | None
    node: str
    total: str | None
    _bulk_arguments: tuple[str, ...]
    _bulk_node: str

    def bulk(self, filter_text: str | None) -> str:
        """The bulk query of the records that match `filter_text`, values inlined."""
        searched = f"query: {quoted(filter_text)}" if filter_text else ""
        passed = arguments_text(searched, *self._bulk_arguments)
        return (
            f"{{ {self.root}{passed} {{ edges {{ node {{ {self._bulk_node} }} }} }} }}"
        )


def derive_queries(schema: Schema, stream: Stream, root: Selected) -> Queries:
    """Derive all queries of the stream from its checked selection.

    Raises:
        ConfigurationError: an unknown filter or sort key, a record without id, or a
            selection too dear for a single record.
    """
    _check_ids(root)
    sort_key = _sort_key(schema, stream, root)
    return Queries(
        root=stream.root,
        paged=_paged(stream, root, sort_key),
        details=tuple(_details(stream, root)),
        count=_count(schema, stream),
        probe=_paged_text(stream, root, sort_key, "id"),
        sort_key=sort_key,
        is_connection=root.form is Form.CONNECTION,
        bulk_refusal=_bulk_refusal(root),
        by_ids=_by_ids(schema, stream, root),
        node=root.type.name,
        total=_total(schema, stream),
        _bulk_arguments=(_sorted_by(sort_key), stream.arguments),
        _bulk_node=_node(stream, root, Mode.BULK),
    )


def _check_ids(root: Selected) -> None:
    if not any(each.is_id and each.key == "id" for each in root.children):
        raise ConfigurationError(f"the selection lacks the id of {root.type.name}")


def _sort_key(schema: Schema, stream: Stream, root: Selected) -> str | None:
    arguments = schema.query.fields[stream.root].args
    _check_filter(schema, stream)
    if "sortKey" not in arguments or "sortKey" in stream.arguments:
        return None
    allowed = schema[arguments["sortKey"].type.rstrip("!")].values
    wanted = stream.incremental.field.upper() if stream.incremental else "ID"
    if wanted in allowed:
        return wanted
    return "ID" if "ID" in allowed and root.form is Form.CONNECTION else None


def _check_filter(schema: Schema, stream: Stream) -> None:
    if stream.incremental is None:
        return
    filters = schema.query.fields[stream.root].filters
    if stream.incremental.field not in filters:
        message = (
            f"{stream.root} cannot be filtered by "
            f"{stream.incremental.field!r}; it can by {', '.join(filters)}"
        )
        raise ConfigurationError(message)


# ── by page ──────────────────────────────────────────────────────────────────────────


def _paged(stream: Stream, root: Selected, sort_key: str | None) -> Paged:
    nested = tuple(_once(walk(root.children, Form.CONNECTION)))
    sizes = {path: NESTED_SIZE for path, _ in nested}
    first = _page_size(root, sizes)
    node = _node(stream, root, Mode.PAGED)
    return Paged(
        text=_paged_text(stream, root, sort_key, node),
        path=(stream.root,),
        first=first,
        cost=cost_of(root, size=first, sizes=sizes),
        nested=tuple(_nested(root, stream.name, path, each) for path, each in nested),
    )


def _page_size(root: Selected, sizes: dict[Path, int]) -> int:
    for size in PAGE_SIZES:
        if cost_of(root, size=size, sizes=sizes) <= MAX_COST:
            return size
    message = f"a single record costs more than {MAX_COST} points"
    raise ConfigurationError(message)


def _node(stream: Stream, root: Selected, mode: Mode) -> str:
    fields = record_text(root.children, stream.name, mode)
    return f"_{stream.name}: __typename {fields}"


def _paged_text(stream: Stream, root: Selected, sort_key: str | None, node: str) -> str:
    if root.form is not Form.CONNECTION:
        arguments = arguments_text(stream.arguments)
        return f"query {stream.name} {{ {stream.root}{arguments} {{ {node} }} }}"
    searched = stream.incremental is not None
    declared = "$first: Int!, $after: String" + (", $query: String" if searched else "")
    passed = arguments_text(
        "first: $first, after: $after",
        "query: $query" if searched else "",
        _sorted_by(sort_key),
        stream.arguments,
    )
    body = f"{stream.root}{passed} {{ nodes {{ {node} }} {PAGE_INFO} }}"
    return f"query {stream.name}({declared}) {{ {body} }}"


def _sorted_by(sort_key: str | None) -> str:
    return f"sortKey: {sort_key}" if sort_key else ""


def _once(found: Iterator[tuple[Path, Selected]]) -> Iterator[tuple[Path, Selected]]:
    """Each path once; several fragments may select it."""
    seen: set[Path] = set()
    for path, each in found:
        if path not in seen:
            seen.add(path)
            yield path, each


def _nested(owner: Selected, parent: str, path: Path, each: Selected) -> Nested:
    """How to read on in the connection at `path` below a node of `owner`'s type."""
    table = names.table_name(parent, each.key)
    # `first` and `after` are the only arguments whose value is a variable here.
    arguments = f"first: $first, after: $after{then(each.arguments)}"
    node = f"_{table}: __typename {connectionless_text(each.children, table)}"
    text = f"{head(each, arguments)} {{ nodes {{ {node} }} {PAGE_INFO} }}"
    wrapped = written_at(owner.children, path, text)
    declared = "$id: ID!, $first: Int!, $after: String"
    inner = f"node(id: $id) {{ ... on {owner.type.name} {{ {wrapped} }} }}"
    return Nested(
        path=path,
        table=table,
        drain=f"query {table}({declared}) {{ {inner} }}",
        drain_path=("node", *path),
    )


# ── the second step ──────────────────────────────────────────────────────────────────


def _details(stream: Stream, root: Selected) -> Iterator[Details]:
    for lists, table, marker, owner in _deeper(
        root, stream.name, f"_{stream.name}", ()
    ):
        connections = tuple(_once(walk(owner.children, Form.CONNECTION)))
        if not connections:
            continue
        inner = " ".join(
            written_at(owner.children, path, connection_text(each, child, Mode.PAGED))
            for path, each in connections
            for child in [names.table_name(table, each.key)]
        )
        on = f"... on {owner.type.name} {{ id {inner} }}"
        yield Details(
            lists=lists,
            table=table,
            marker=marker,
            text=f"query {table}($ids: [ID!]!) {{ nodes(ids: $ids) {{ {on} }} }}",
            first=DETAILS_BATCH,
            nested=tuple(
                _nested(owner, table, path, each) for path, each in connections
            ),
        )


def _deeper(
    owner: Selected, table: str, marker: str, lists: tuple[Path, ...]
) -> Iterator[tuple[tuple[Path, ...], str, str, Selected]]:
    """Lists and connections below `owner`, with the table and marker of each."""
    for path, each in _once(walk(owner.children, Form.OBJECTS, Form.CONNECTION)):
        child = names.table_name(table, each.key)
        connected = each.form is Form.CONNECTION
        inner_marker = f"_{child}" if connected else marker
        inner_lists = () if connected else (*lists, path)
        yield inner_lists, child, inner_marker, each
        yield from _deeper(each, child, inner_marker, inner_lists)


# ── in bulk, and counting ────────────────────────────────────────────────────────────


def _bulk_refusal(root: Selected) -> str | None:
    if root.form is not Form.CONNECTION:
        return f"{root.key} is not a connection"
    # Counted with repetitions: one connection in four fragments is four to Shopify.
    count = 1 + sum(1 for _ in walk(root.children, Form.CONNECTION))
    if count > BULK_CONNECTIONS:
        return f"it has {count} connections; Shopify allows {BULK_CONNECTIONS}"
    return None


def _count(schema: Schema, stream: Stream) -> str | None:
    name = f"{stream.root}Count"
    found = schema.query.fields.get(name)
    if found is None or stream.incremental is None:
        return None
    if "query" not in found.args or stream.incremental.field not in found.filters:
        return None
    limit = ", limit: null" if "limit" in found.args else ""
    counted = f"{name}(query: $query{limit}) {{ count precision }}"
    return f"query {stream.name}_count($query: String) {{ {counted} }}"


# ── what a proof asks ────────────────────────────────────────────────────────────────


def _by_ids(schema: Schema, stream: Stream, root: Selected) -> str | None:
    """Whole records by their ids, as a page has them."""
    if not _is_node(schema, root):
        return None
    on = f"... on {root.type.name} {{ {_node(stream, root, Mode.PAGED)} }}"
    declared = "$ids: [ID!]!"
    return f"query {stream.name}_by_ids({declared}) {{ nodes(ids: $ids) {{ {on} }} }}"


def _is_node(schema: Schema, root: Selected) -> bool:
    kinds = (root.type, *(schema[each] for each in root.type.possible))
    concrete = [each for each in kinds if not each.is_abstract]
    return all("Node" in each.interfaces for each in concrete)


def _total(schema: Schema, stream: Stream) -> str | None:
    """Counting all: only where the count is not asked to hide what the stream reads."""
    name = f"{stream.root}Count"
    found = schema.query.fields.get(name)
    if found is None or stream.arguments:
        return None
    passed = arguments_text("limit: null" if "limit" in found.args else "")
    return f"query {stream.name}_total {{ {name}{passed} {{ count precision }} }}"
