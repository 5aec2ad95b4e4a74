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
from shopify_assets.catalog.selection import Form, Selected
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.catalog.stream import Stream
    from shopify_assets.catalog.tables import Path

PAGE_SIZES = (250, 200, 150, 100, 75, 50, 25, 10, 5, 1)
# What a nested connection gives with its parent; the rest is drained. Most orders have
# fewer than ten lines, and the cost of a page grows with the logarithm of this number.
NESTED_SIZE = 10
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
    """

    root: str
    paged: Paged
    details: tuple[Details, ...]
    count: str | None
    probe: str
    sort_key: str | None
    is_connection: bool
    bulk_refusal: str | None
    _bulk_arguments: tuple[str, ...]
    _bulk_node: str

    def bulk(self, filter_text: str | None) -> str:
        """The bulk query of the records that match `filter_text`, values inlined."""
        searched = f"query: {_quoted(filter_text)}" if filter_text else ""
        passed = _arguments(searched, *self._bulk_arguments)
        return (
            f"{{ {self.root}{passed} {{ edges {{ node {{ {self._bulk_node} }} }} }} }}"
        )


def derive_queries(schema: Schema, stream: Stream, root: Selected) -> Queries:
    """Derive all queries of the stream from its checked selection.

    Raises:
        ConfigurationError: an unknown filter or sort key, a record without id, or a
            selection too dear for a single record.
    """
    _check_ids(stream, root)
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
        _bulk_arguments=(_sorted_by(sort_key), stream.arguments),
        _bulk_node=_node(stream, root, _Mode(bulk=True, sizes={})),
    )


def _check_ids(stream: Stream, root: Selected) -> None:
    if not any(each.key == "id" for each in root.children):
        raise ConfigurationError(
            f"stream {stream.name} does not select its records' id"
        )


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
            f"stream {stream.name}: {stream.root} cannot be filtered by "
            f"{stream.incremental.field!r}; it can by {', '.join(filters)}"
        )
        raise ConfigurationError(message)


# ── rendering ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Mode:
    """How connections are written: by page with sizes, or as bulk operations do."""

    bulk: bool
    sizes: dict[str, int]


def _render(
    fields: tuple[Selected, ...], table: str, mode: _Mode, *, below_root: bool
) -> str:
    return " ".join(_render_each(fields, table, mode, below_root=below_root))


def _render_each(
    fields: tuple[Selected, ...], table: str, mode: _Mode, *, below_root: bool
) -> Iterator[str]:
    for each in fields:
        if each.form is Form.CONNECTION and not below_root:
            continue
        text = _field(each, table, mode, below_root=below_root)
        yield f"... on {each.on} {{ {text} }}" if each.on else text


def _field(each: Selected, table: str, mode: _Mode, *, below_root: bool) -> str:
    if each.form is Form.CONNECTION:
        return _connection(each, names.table_name(table, each.key), mode)
    inner = ""
    if each.children:
        on = below_root and each.form is Form.OBJECT
        inner = f" {{ {_render(each.children, table, mode, below_root=on)} }}"
    return f"{_head(each, each.arguments)}{inner}"


def _connection(each: Selected, table: str, mode: _Mode) -> str:
    marker = f"_{table}: __typename"
    node = f"{marker} {_render(each.children, table, mode, below_root=False)}"
    if mode.bulk:
        return f"{_head(each, each.arguments)} {{ edges {{ node {{ {node} }} }} }}"
    first = f"first: {mode.sizes[each.key]}"
    arguments = f"{first}, {each.arguments}" if each.arguments else first
    return f"{_head(each, arguments)} {{ nodes {{ {node} }} {_PAGE_INFO} }}"


_PAGE_INFO = "pageInfo { hasNextPage endCursor }"


def _head(each: Selected, arguments: str) -> str:
    alias = "" if each.key == each.name else f"{each.key}: "
    return f"{alias}{each.name}{f'({arguments})' if arguments else ''}"


# ── by page ──────────────────────────────────────────────────────────────────────────


def _paged(stream: Stream, root: Selected, sort_key: str | None) -> Paged:
    nested = tuple(_connections(root.children))
    sizes = {each.key: NESTED_SIZE for _, each in nested}
    first = _page_size(stream, root, sizes)
    mode = _Mode(bulk=False, sizes=sizes)
    node = _node(stream, root, mode)
    return Paged(
        text=_paged_text(stream, root, sort_key, node),
        path=(stream.root,),
        first=first,
        cost=cost_of(root, size=first, sizes=sizes),
        nested=tuple(_nested(root, stream.name, path, each) for path, each in nested),
    )


def _page_size(stream: Stream, root: Selected, sizes: dict[str, int]) -> int:
    for size in PAGE_SIZES:
        if cost_of(root, size=size, sizes=sizes) <= MAX_COST:
            return size
    message = f"stream {stream.name}: a single record costs more than {MAX_COST} points"
    raise ConfigurationError(message)


def _node(stream: Stream, root: Selected, mode: _Mode) -> str:
    fields = _render(root.children, stream.name, mode, below_root=True)
    return f"_{stream.name}: __typename {fields}"


def _paged_text(stream: Stream, root: Selected, sort_key: str | None, node: str) -> str:
    if root.form is not Form.CONNECTION:
        arguments = f"({stream.arguments})" if stream.arguments else ""
        return f"query {stream.name} {{ {stream.root}{arguments} {{ {node} }} }}"
    searched = stream.incremental is not None
    declared = "$first: Int!, $after: String" + (", $query: String" if searched else "")
    passed = _arguments(
        "first: $first, after: $after",
        "query: $query" if searched else "",
        _sorted_by(sort_key),
        stream.arguments,
    )
    body = f"{stream.root}{passed} {{ nodes {{ {node} }} {_PAGE_INFO} }}"
    return f"query {stream.name}({declared}) {{ {body} }}"


def _arguments(*given: str) -> str:
    passed = ", ".join(each for each in given if each)
    return f"({passed})" if passed else ""


def _sorted_by(sort_key: str | None) -> str:
    return f"sortKey: {sort_key}" if sort_key else ""


def _connections(
    fields: tuple[Selected, ...], path: Path = ()
) -> Iterator[tuple[Path, Selected]]:
    """Connections directly below a record, each path once (fragments may repeat it)."""
    seen: set[Path] = set()
    for inner, each in _walk_connections(fields, path):
        if inner not in seen:
            seen.add(inner)
            yield inner, each


def _walk_connections(
    fields: tuple[Selected, ...], path: Path
) -> Iterator[tuple[Path, Selected]]:
    for each in fields:
        inner = (*path, each.key)
        if each.form is Form.CONNECTION:
            yield inner, each
        elif each.form is Form.OBJECT:
            yield from _walk_connections(each.children, inner)


def _nested(owner: Selected, parent: str, path: Path, each: Selected) -> Nested:
    """How to read on in the connection at `path` below a node of `owner`'s type."""
    table = names.table_name(parent, each.key)
    # `first` and `after` are the only arguments whose value is a variable here.
    arguments = f"first: $first, after: $after{_then(each.arguments)}"
    node = f"_{table}: __typename {_leafless(each.children, table)}"
    text = f"{_head(each, arguments)} {{ nodes {{ {node} }} {_PAGE_INFO} }}"
    wrapped = _wrap(owner.children, path, text)
    declared = "$id: ID!, $first: Int!, $after: String"
    inner = f"node(id: $id) {{ ... on {owner.type.name} {{ {wrapped} }} }}"
    return Nested(
        path=path,
        table=table,
        drain=f"query {table}({declared}) {{ {inner} }}",
        drain_path=("node", *path),
    )


def _then(arguments: str) -> str:
    return f", {arguments}" if arguments else ""


def _leafless(fields: tuple[Selected, ...], table: str) -> str:
    mode = _Mode(bulk=False, sizes={})
    return _render(fields, table, mode, below_root=False)


def _wrap(fields: tuple[Selected, ...], path: Path, text: str) -> str:
    """Write `text` at `path`, in every fragment in which the path exists."""
    steps = [each for each in fields if each.key == path[0]]
    parts = []
    for step in steps:
        if len(path) == 1:
            inner = text
        else:
            wrapped = _wrap(step.children, path[1:], text)
            inner = f"{_head(step, step.arguments)} {{ {wrapped} }}"
        parts.append(f"... on {step.on} {{ {inner} }}" if step.on else inner)
    return " ".join(parts)


# ── the second step ──────────────────────────────────────────────────────────────────


def _details(stream: Stream, root: Selected) -> Iterator[Details]:
    for lists, table, marker, owner in _deeper(
        root, stream.name, f"_{stream.name}", ()
    ):
        connections = tuple(_connections(owner.children))
        if not connections:
            continue
        sizes = {each.key: NESTED_SIZE for _, each in connections}
        mode = _Mode(bulk=False, sizes=sizes)
        inner = " ".join(
            _wrap(owner.children, path, _connection(each, child, mode))
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
    for path, each in _collections(owner.children):
        child = names.table_name(table, each.key)
        connected = each.form is Form.CONNECTION
        inner_marker = f"_{child}" if connected else marker
        inner_lists = () if connected else (*lists, path)
        yield inner_lists, child, inner_marker, each
        yield from _deeper(each, child, inner_marker, inner_lists)


def _collections(
    fields: tuple[Selected, ...], path: Path = ()
) -> Iterator[tuple[Path, Selected]]:
    for each in fields:
        inner = (*path, each.key)
        if each.form in {Form.OBJECTS, Form.CONNECTION}:
            yield inner, each
        elif each.form is Form.OBJECT:
            yield from _collections(each.children, inner)


# ── in bulk, and counting ────────────────────────────────────────────────────────────


def _bulk_refusal(root: Selected) -> str | None:
    if root.form is not Form.CONNECTION:
        return f"{root.key} is not a connection"
    # Counted with repetitions: one connection in four fragments is four to Shopify.
    count = 1 + sum(1 for _ in _walk_connections(root.children, ()))
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


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
