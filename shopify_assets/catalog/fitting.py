"""Streams as another version than the one they are declared for can read them.

Charter: leaving out of a selection what a version lacks, and compiling what is left.
What is lacking is found in `versions`; who is told of it is not decided here.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from graphql import parse, print_ast
from graphql.language.ast import (
    FieldNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from shopify_assets.catalog.compiler import CompiledStream, compile_stream
from shopify_assets.catalog.schema import PINNED_VERSION, load_schema
from shopify_assets.catalog.versions import lacking
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graphql.language.ast import SelectionNode

    from shopify_assets.catalog.pairs import Path, Seen
    from shopify_assets.catalog.schema import Schema
    from shopify_assets.catalog.stream import Stream


@dataclass(frozen=True)
class Fit:
    """How a stream fits a version.

    Attributes:
        name: the stream's name.
        compiled: the stream as the version reads it; None if it cannot be read.
        left_out: what the version lacks, by path from the record.
        refusal: why it cannot be read.
    """

    name: str
    compiled: CompiledStream | None
    left_out: tuple[Seen, ...] = ()
    refusal: str | None = None


def fit(streams: Iterable[Stream], version: str) -> list[Fit]:
    """Compile streams for a pinned version; the one in use takes them as declared.

    Raises:
        ConfigurationError: the version is not pinned; or it is the one in use, and a
            declaration is not right for it.
    """
    declared_for, schema = load_schema(), load_schema(version)
    if schema.version == declared_for.version:
        return [Fit(each.name, compile_stream(declared_for, each)) for each in streams]
    return [fitted(each, declared_for, schema) for each in streams]


def unreadable(streams: Iterable[Stream], version: str) -> dict[str, str]:
    """Names of the streams that a pinned version cannot read, with the reasons."""
    if version == PINNED_VERSION:
        return {}
    found = fit(streams, version)
    return {each.name: each.refusal for each in found if each.refusal}


def fitted(stream: Stream, declared_for: Schema, schema: Schema) -> Fit:
    """Compile a stream without what `schema` lacks of its selection."""
    left_out = lacking(stream, declared_for, schema)
    gone = frozenset(each.path for each in left_out)
    try:
        kept = replace(stream, selection=_without(stream.selection, gone))
        compiled = compile_stream(schema, kept)
    except ConfigurationError as error:
        return Fit(stream.name, None, left_out, str(error))
    if (
        left_out
        and compiled.root.name != compile_stream(declared_for, stream).root.name
    ):
        # What is left are the records that would have carried the stream's own.
        refusal = (
            f"stream {stream.name!r}: API version {schema.version} lacks its records"
        )
        return Fit(stream.name, None, left_out, refusal)
    return Fit(stream.name, compiled, left_out)


def _without(selection: str, gone: frozenset[Path]) -> str:
    operation = parse(f"{{ {selection} }}", no_location=True).definitions[0]
    if not gone or not isinstance(operation, OperationDefinitionNode):
        return selection
    kept = _kept(operation.selection_set, gone, ())
    return print_ast(kept)[1:-1] if kept is not None else ""


def _kept(
    selected: SelectionSetNode, gone: frozenset[Path], above: Path
) -> SelectionSetNode | None:
    """What is left of a selection set; None if that is nothing."""
    found = (_kept_node(each, gone, above) for each in selected.selections)
    nodes = tuple(each for each in found if each is not None)
    return SelectionSetNode(selections=nodes) if nodes else None


def _kept_node(
    node: SelectionNode, gone: frozenset[Path], above: Path
) -> SelectionNode | None:
    path = _below(node, above)
    # Elements without their ids would be told apart by position: other keys, so that
    # a later version's table could not be had by additions.
    if path in gone or (*path, "id") in gone:
        return None
    inner = getattr(node, "selection_set", None)
    if inner is None:
        return node
    left = _kept(inner, gone, path)
    if left is None:
        return None
    changed = copy(node)
    changed.selection_set = left
    return changed


def _below(node: SelectionNode, above: Path) -> Path:
    """The path of a selected node, as `versions.lacking` tells it."""
    if isinstance(node, InlineFragmentNode) and node.type_condition:
        return (*above, f"... on {node.type_condition.name.value}")
    if isinstance(node, FieldNode) and node.name.value != "nodes":
        return (*above, node.alias.value if node.alias else node.name.value)
    return above
