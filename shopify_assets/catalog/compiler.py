"""From a stream's declaration and the schema to everything that follows from them.

Charter: the one entry to the compiler; it ties selection, tables and queries together.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from shopify_assets.catalog import names
from shopify_assets.catalog.pruning import (
    RECORD,
    Guarded,
    guarded,
    paths,
    places,
    prune,
)
from shopify_assets.catalog.queries import Queries, derive_queries
from shopify_assets.catalog.selection import Selected, root_field
from shopify_assets.catalog.stream import OldOrders
from shopify_assets.catalog.tables import Table, derive_tables
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.catalog.stream import Stream

ORDER = "Order"


@dataclass(frozen=True)
class CompiledStream:
    """A stream with its tables (parents first), its queries and what guards them.

    Attributes:
        guarded: the parts of its selection that need a scope.
        paths: all that is selected, by path.
        selection: the checked selection itself, from the root field down.
        deprecated: what is selected though Shopify deprecates it, as `Type.field`.
    """

    stream: Stream
    tables: tuple[Table, ...]
    queries: Queries
    guarded: tuple[Guarded, ...]
    paths: frozenset[str]
    deprecated: tuple[str, ...]
    selection: Selected = field(repr=False, compare=False)
    _schema: Schema = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """The stream's name."""
        return self.stream.name

    @property
    def root(self) -> Table:
        """The stream's root table."""
        return self.tables[0]

    @property
    def principal(self) -> Table:
        """The table that holds the stream's own records."""
        named = (each for each in self.tables if each.name == self.name)
        return next(named, self.root)

    @property
    def old_orders(self) -> OldOrders | None:
        """What of it an app is not shown that may not read old orders, if anything."""
        if self.queries.node == ORDER:
            return OldOrders.RECORDS
        return self.stream.old_orders

    @property
    def scopes(self) -> tuple[frozenset[str], ...]:
        """Sets of scopes, of each of which one gives a part of the selection."""
        return tuple(dict.fromkeys(each.scopes for each in self.guarded))

    @cached_property
    def required(self) -> frozenset[str]:
        """Paths without which the stream is none: its records, their ids and times."""
        version = self.root.version
        times = {".".join(self.root.column(version).path)} if version else set()
        carried = {
            path
            for path in self.paths
            if names.snake(path.rpartition(".")[2]) == self.principal.name
        }
        return frozenset({RECORD, "id", *times, *carried})

    def needs_one_of(self, paths: Iterable[str]) -> bool:
        """Whether the stream is none without these paths and all below them."""
        gone = set(paths)
        return any(
            path in gone or any(path.startswith(f"{above}.") for above in gone)
            for path in self.required
        )

    def places(self, owner: str, name: str, *, argument: str = "") -> tuple[str, ...]:
        """Paths at which a field of a type is selected; see `pruning.places`."""
        root = tuple(self.stream.root.split("."))
        found = places(self.selection, root, owner=owner, name=name, argument=argument)
        return tuple(found)

    @cached_property
    def fingerprint(self) -> str:
        """A digest of its query and order: of one fingerprint files have one shape."""
        ordered = self.stream.ordered
        asked = (*self.queries.texts, *self.queries.askings, *ordered)
        return hashlib.sha256("\n".join(asked).encode()).hexdigest()[:16]

    def without(self, withheld: Iterable[str]) -> CompiledStream:
        """Return the stream as a token reads it from which these paths are withheld.

        A path may also be an asking by a value: `ownerType: ORDER`.
        """
        gone = frozenset(withheld)
        values = {
            self.queries.askings[name] for name in gone & self.queries.askings.keys()
        }
        pruned = gone & self.paths
        if not pruned and not values:
            return self
        return _compile(self._schema, _not_asking(self.stream, values), pruned)


def compile_stream(schema: Schema, stream: Stream) -> CompiledStream:
    """Compile one stream.

    Raises:
        ConfigurationError: the declaration is not right for this version of the schema;
            the message names the stream.
    """
    try:
        return _compile(schema, stream, frozenset())
    except ConfigurationError as error:
        raise ConfigurationError(f"stream {stream.name!r}: {error}") from error


def _deprecated(fields: tuple[Selected, ...]) -> Iterator[str]:
    for selected in fields:
        known = selected.owner.fields.get(selected.name)
        if known is not None and known.deprecated:
            yield f"{selected.owner.name}.{selected.name}"
        yield from _deprecated(selected.children)


def _not_asking(stream: Stream, values: set[str]) -> Stream:
    if stream.each is None:
        return stream
    each = replace(stream.each, leaving_out=stream.each.leaving_out | values)
    return replace(stream, each=each)


def _compile(schema: Schema, stream: Stream, without: frozenset[str]) -> CompiledStream:
    whole = root_field(schema, stream.root, stream.selection)
    root: Selected = prune(whole, without)
    return CompiledStream(
        stream=stream,
        tables=derive_tables(stream, root),
        queries=derive_queries(schema, stream, root),
        guarded=tuple(guarded(schema, tuple(stream.root.split(".")), root)),
        paths=frozenset(path for path, _ in paths(root.children)),
        selection=root,
        deprecated=tuple(_deprecated(root.children)),
        _schema=schema,
    )
