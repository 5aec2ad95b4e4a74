"""A stream cut down to its records' ids and times: what a sweep asks for.

Charter: from one declaration to a smaller one of the same records. All that follows
from a declaration (queries by page and in bulk, tables) follows from this one as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec.structs import replace as changed

from shopify_assets.catalog import syntax
from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.scalars import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.schema import Schema
    from shopify_assets.catalog.syntax import Node
    from shopify_assets.catalog.tables import Column, Path, Table

CREATED_AT = "created_at"


def slim(compiled: CompiledStream, schema: Schema) -> CompiledStream:
    """Compile the stream again, with nothing but ids and times of its records.

    Args:
        compiled: the stream.
        schema: of the version it was compiled for.
    """
    columns = (*identity(compiled.root), *times(compiled.root))
    paths = frozenset(each.path for each in columns)
    text = cut_down(compiled.stream.selection, paths)
    return compile_stream(schema, replace(compiled.stream, selection=text))


def identity(root: Table) -> tuple[Column, ...]:
    """The columns that name a record of the root table, the shop aside."""
    return tuple(root.column(name) for name in root.key[1:])


def times(root: Table) -> tuple[Column, ...]:
    """The root table's columns that tell when a record changed, and was made."""
    wanted = {root.version, CREATED_AT}
    return tuple(
        each
        for each in root.columns
        if each.name in wanted and each.kind is Kind.TIMESTAMPTZ
    )


def cut_down(selection: str, paths: frozenset[Path]) -> str:
    """Keep, of a selection, the fields at these paths of response keys."""
    return syntax.written(_kept(syntax.parse(selection), paths))


def _kept(nodes: Sequence[Node], paths: frozenset[Path]) -> list[Node]:
    return [kept for node in nodes for kept in _of(node, paths)]


def _of(node: Node, paths: frozenset[Path]) -> Iterator[Node]:
    """The node with what is kept of what it encloses, if anything is."""
    below = paths
    if isinstance(node, syntax.Field):
        below = frozenset(path[1:] for path in paths if path[0] == node.key)
    if () in below:
        yield node
    elif kept := _kept(node.children or (), below):
        yield changed(node, children=tuple(kept))
