"""From a stream's declaration and the schema to everything that follows from them.

Charter: the one entry to the compiler; it ties selection, tables and queries together.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from shopify_assets.catalog.queries import Queries, derive_queries
from shopify_assets.catalog.selection import Form, Selected, root_field
from shopify_assets.catalog.tables import Table, derive_tables
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.catalog.stream import Stream


@dataclass(frozen=True)
class CompiledStream:
    """A stream with its tables (parents first), its queries and the scopes it needs.

    Attributes:
        scopes: sets of scopes, of each of which one at least must be granted.
    """

    stream: Stream
    tables: tuple[Table, ...]
    queries: Queries
    scopes: tuple[frozenset[str], ...]

    @property
    def name(self) -> str:
        """The stream's name."""
        return self.stream.name

    @property
    def root(self) -> Table:
        """The stream's root table."""
        return self.tables[0]

    @cached_property
    def fingerprint(self) -> str:
        """A digest of its query: raw files of one fingerprint have one shape."""
        parts = (self.queries.paged.text, *(each.text for each in self.queries.details))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def compile_stream(schema: Schema, stream: Stream) -> CompiledStream:
    """Compile one stream.

    Raises:
        ConfigurationError: the declaration is not right for this version of the schema;
            the message names the stream.
    """
    try:
        root = root_field(schema, stream.root, stream.selection)
        return CompiledStream(
            stream=stream,
            tables=derive_tables(stream, root),
            queries=derive_queries(schema, stream, root),
            scopes=_scopes(schema, root),
        )
    except ConfigurationError as error:
        raise ConfigurationError(f"stream {stream.name!r}: {error}") from error


def _scopes(schema: Schema, root: Selected) -> tuple[frozenset[str], ...]:
    found = {frozenset(scopes): None for scopes in _required(schema, root) if scopes}
    return tuple(found)


def _required(schema: Schema, field: Selected) -> Iterator[tuple[str, ...]]:
    if field.name != "__typename":
        yield schema.scopes_of(field.owner, field.name)
    for each in field.children:
        if each.form is not Form.SCALAR or each.name != "__typename":
            yield from _required(schema, each)
