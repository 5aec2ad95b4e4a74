"""The queries of a stream: by page, in bulk, and counting.

Charter: GraphQL text from a checked selection. Nothing is sent here. Every query
selects, first in each node, the marker that tells which table the record feeds (see
`tables.py`).

A connection directly below the root rides along in the page and in the bulk operation.
One that sits inside a list or inside another connection's node cannot come in bulk
("connection within list" is refused): it is read in a second step (`second_step.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.catalog.cost import BUDGET, MAX_COST, cost_of
from shopify_assets.catalog.passage import Passage, passages
from shopify_assets.catalog.rendering import (
    NESTED_SIZE,
    Mode,
    arguments_text,
    declared,
    head,
    page_text,
    quoted,
    record_text,
    within,
)
from shopify_assets.catalog.second_step import (
    Asked,
    Details,
    Joined,
    Nested,
    asked,
    details,
    joined,
    nested,
    once,
)
from shopify_assets.catalog.selection import Form, Selected, walk
from shopify_assets.catalog.tables import root_name
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.catalog.stream import Stream
    from shopify_assets.catalog.tables import Path

PAGE_SIZES = (250, 200, 140, 100, 75, 50, 25, 10, 5, 1)

# Shopify's limits for a bulk query.
BULK_CONNECTIONS = 5


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
class Queries:
    """All queries of a stream.

    Attributes:
        root: keys from the answer's data to the root field; all but the last are
            objects.
        optional: those of them that may be null: a shop may not have what they name.
        root_marker: the marker of its records.
        paged: the query by page; for an object or a list the only one.
        passages: second steps through connections whose nodes no id finds.
        details: second steps, parents before children.
        joined: connections of QueryRoot read for each root record.
        each: the argument that the root is asked by, value by value.
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

    root: Path
    optional: frozenset[str]
    root_marker: str
    paged: Paged
    passages: tuple[Passage, ...]
    details: tuple[Details, ...]
    joined: tuple[Joined, ...]
    each: Asked | None
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

    @property
    def has_second_step(self) -> bool:
        """Whether some records are read after, and by the ids of, others."""
        return bool(self.passages or self.details or self.joined)

    @property
    def texts(self) -> tuple[str, ...]:
        """The queries that records are read by; together they tell their shape."""
        passages = (each.text for each in self.passages)
        details = (each.text for each in self.details)
        joined = (each.text for each in self.joined)
        return (self.paged.text, *passages, *details, *joined)

    @property
    def askings(self) -> dict[str, str]:
        """What each asking by a value is called, with that value."""
        found = (each for each in (self.each, *(one.each for one in self.joined)))
        return {
            each.called(value): value for each in found if each for value in each.values
        }

    def bulk(self, filter_text: str | None) -> str:
        """The bulk query of the records that match `filter_text`, values inlined."""
        searched = f"query: {quoted(filter_text)}" if filter_text else ""
        passed = arguments_text(searched, *self._bulk_arguments)
        *objects, root = self.root
        body = f"{root}{passed} {{ edges {{ node {{ {self._bulk_node} }} }} }}"
        return f"{{ {within(objects, body)} }}"


@dataclass(frozen=True)
class _Asking:
    """What all queries of a stream are made from."""

    schema: Schema
    stream: Stream
    field: Selected
    table: str
    sort_key: str | None
    each: Asked | None

    @property
    def path(self) -> Path:
        return tuple(self.stream.root.split("."))

    def query(self, body: str, *variables: str) -> str:
        """Write a query that reads `body` where the root field lies."""
        *objects, _ = self.path
        by = [f"${self.each.argument}: {self.each.type}"] if self.each else []
        given = declared(body, *variables, *by)
        return f"query {self.stream.name}{given} {{ {within(objects, body)} }}"

    def passed(self, *first: str) -> str:
        """List the root field's arguments."""
        by = [f"{self.each.argument}: ${self.each.argument}"] if self.each else []
        given = (*first, *by, self.stream.arguments)
        return ", ".join(each for each in given if each)


def derive_queries(schema: Schema, stream: Stream, root: Selected) -> Queries:
    """Derive all queries of the stream from its checked selection.

    Raises:
        ConfigurationError: an unknown filter or sort key, a record without id, or a
            selection too dear for a single record.
    """
    asking = _Asking(
        schema=schema,
        stream=stream,
        field=root,
        table=root_name(stream, root),
        sort_key=_sort_key(schema, stream, root),
        each=_each(schema, stream, root),
    )
    return Queries(
        root=asking.path,
        optional=frozenset(_optional(asking)),
        root_marker=f"_{asking.table}",
        paged=_paged(asking),
        passages=tuple(passages(schema, root, asking.table)),
        details=tuple(details(schema, root, asking.table)),
        joined=tuple(joined(schema, root, asking.table, stream.each)),
        each=asking.each,
        count=_count(schema, stream),
        probe=_paged_text(asking, _id_text(root)),
        sort_key=asking.sort_key,
        is_connection=root.form is Form.CONNECTION,
        bulk_refusal=_bulk_refusal(asking),
        by_ids=_by_ids(asking),
        node=root.type.name,
        total=_total(asking),
        _bulk_arguments=(_sorted_by(asking.sort_key), stream.arguments),
        _bulk_node=_node(asking, Mode.BULK),
    )


def _optional(asking: _Asking) -> Iterator[str]:
    owner = asking.schema.query
    for name in asking.path:
        found = owner.fields[name]
        if found.nullable:
            yield name
        if name != asking.path[-1]:
            owner = asking.schema[found.named_type]


def _id_text(root: Selected) -> str:
    for each in root.children:
        if each.key == "id" and each.form is Form.SCALAR and not each.nullable:
            return head(each, each.arguments)
    message = f"the selection lacks an id of {root.type.name} that is never null"
    raise ConfigurationError(message)


def _each(schema: Schema, stream: Stream, root: Selected) -> Asked | None:
    arguments = root.owner.fields[root.name].args
    if stream.each is None or stream.each.argument not in arguments:
        return None
    return asked(stream.each, arguments, schema)


def _sort_key(schema: Schema, stream: Stream, root: Selected) -> str | None:
    arguments = root.owner.fields[root.name].args
    _check_filter(stream, root)
    if "sortKey" not in arguments or "sortKey" in stream.arguments:
        return None
    allowed = schema[arguments["sortKey"].type.rstrip("!")].values
    wanted = stream.incremental.field.upper() if stream.incremental else "ID"
    if wanted in allowed:
        return wanted
    return "ID" if "ID" in allowed and root.form is Form.CONNECTION else None


def _check_filter(stream: Stream, root: Selected) -> None:
    if stream.incremental is None:
        return
    filters = root.owner.fields[root.name].filters
    if stream.incremental.field not in filters:
        message = (
            f"{stream.root} cannot be filtered by "
            f"{stream.incremental.field!r}; it can by {', '.join(filters)}"
        )
        raise ConfigurationError(message)


# ── by page ──────────────────────────────────────────────────────────────────────────


def _paged(asking: _Asking) -> Paged:
    root = asking.field
    found = tuple(once(walk(root.children, Form.CONNECTION)))
    sizes = {path: NESTED_SIZE for path, _ in found}
    # Objects on the way cost one point each.
    way = len(asking.path) - 1
    first = _page_size(root, sizes, way=way)
    return Paged(
        text=_paged_text(asking, _node(asking, Mode.PAGED)),
        path=asking.path,
        first=first,
        cost=cost_of(root, size=first, sizes=sizes) + way,
        nested=tuple(
            nested(asking.schema, root, asking.table, path, each)
            for path, each in found
        ),
    )


def _page_size(root: Selected, sizes: dict[Path, int], *, way: int) -> int:
    for size in PAGE_SIZES:
        if cost_of(root, size=size, sizes=sizes) + way <= BUDGET:
            return size
    if cost_of(root, size=1, sizes=sizes) + way <= MAX_COST:
        return 1
    message = f"a single record costs more than {MAX_COST} points"
    raise ConfigurationError(message)


def _node(asking: _Asking, mode: Mode) -> str:
    fields = record_text(asking.field.children, asking.table, mode)
    return f"_{asking.table}: __typename {fields}"


def _paged_text(asking: _Asking, node: str) -> str:
    root = asking.field
    if root.form is not Form.CONNECTION:
        return asking.query(f"{head(root, asking.passed())} {{ {node} }}")
    searched = asking.stream.incremental is not None
    passed = asking.passed(
        "first: $first, after: $after",
        "query: $query" if searched else "",
        _sorted_by(asking.sort_key),
    )
    variables = ("$first: Int!, $after: String", "$query: String" if searched else "")
    return asking.query(page_text(root, passed, node), *variables)


def _sorted_by(sort_key: str | None) -> str:
    return f"sortKey: {sort_key}" if sort_key else ""


# ── in bulk, and counting ────────────────────────────────────────────────────────────


def _bulk_refusal(asking: _Asking) -> str | None:
    root = asking.field
    if root.form is not Form.CONNECTION:
        return f"{root.name} is not a connection"
    if asking.each is not None:
        return f"it is asked for each {asking.each.argument}"
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


def _by_ids(asking: _Asking) -> str | None:
    """Whole records by their ids, as a page has them."""
    root, schema = asking.field, asking.schema
    kinds = (root.type, *(schema[each] for each in root.type.possible))
    concrete = [each for each in kinds if not each.is_abstract]
    named = any(each.key == "id" and each.is_id for each in root.children)
    if not named or not all("Node" in each.interfaces for each in concrete):
        return None
    on = f"... on {root.type.name} {{ {_node(asking, Mode.PAGED)} }}"
    name = f"{asking.stream.name}_by_ids"
    given = declared(on, "$ids: [ID!]!")
    return f"query {name}{given} {{ nodes(ids: $ids) {{ {on} }} }}"


def _total(asking: _Asking) -> str | None:
    """Counting all: only where the count is not asked to hide what the stream reads."""
    name = f"{asking.stream.root}Count"
    found = asking.schema.query.fields.get(name)
    if found is None or asking.stream.arguments or asking.each:
        return None
    passed = arguments_text("limit: null" if "limit" in found.args else "")
    query = f"{name}{passed} {{ count precision }}"
    return f"query {asking.stream.name}_total {{ {query} }}"
