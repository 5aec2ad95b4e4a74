"""A stream cut down to its records' ids and times: what a sweep asks for.

Charter: from one declaration to a smaller one of the same records. All that follows
from a declaration (queries by page and in bulk, tables) follows from this one as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from graphql import parse, print_ast
from graphql.language.ast import (
    FieldNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.scalars import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import SelectionNode

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.schema import Schema
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
    (operation,) = parse(f"{{ {selection} }}", no_location=True).definitions
    assert isinstance(operation, OperationDefinitionNode)  # noqa: S101 -- just written
    kept = _kept(operation.selection_set, paths)
    return " ".join(print_ast(each) for each in kept)


def _kept(selections: SelectionSetNode, paths: frozenset[Path]) -> list[SelectionNode]:
    return [kept for each in selections.selections for kept in _of(each, paths)]


def _of(node: SelectionNode, paths: frozenset[Path]) -> Iterator[SelectionNode]:
    if isinstance(node, InlineFragmentNode):
        yield from _with(node, node.selection_set, paths)
    elif isinstance(node, FieldNode):
        key = node.alias.value if node.alias else node.name.value
        below = frozenset(path[1:] for path in paths if path[0] == key)
        if () in below:
            yield node
        elif below and node.selection_set:
            yield from _with(node, node.selection_set, below)


def _with(
    node: FieldNode | InlineFragmentNode,
    selections: SelectionSetNode,
    paths: frozenset[Path],
) -> Iterator[SelectionNode]:
    """The node with what is kept of its selections, if anything is."""
    kept = _kept(selections, paths)
    if not kept:
        return
    values = {key: getattr(node, key) for key in node.keys if key != "loc"}
    inner = SelectionSetNode(selections=tuple(kept))
    yield type(node)(**{**values, "selection_set": inner})
