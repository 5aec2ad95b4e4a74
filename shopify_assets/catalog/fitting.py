"""Streams as another version than the one they are declared for can read them.

Charter: leaving out of a selection what a version lacks, and compiling what is left.
What is lacking is found in `versions`; who is told of it is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from msgspec.structs import replace as changed

from shopify_assets.catalog import syntax
from shopify_assets.catalog.compiler import CompiledStream, compile_stream
from shopify_assets.catalog.schema import PINNED_VERSION, load_schema
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shopify_assets.catalog.pairs import Path, Seen
    from shopify_assets.catalog.schema import Schema
    from shopify_assets.catalog.stream import Stream
    from shopify_assets.catalog.syntax import Node


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


def readable(streams: Iterable[Stream], version: str) -> tuple[CompiledStream, ...]:
    """Compile the streams that a pinned version can read; raises as `fit` does."""
    return tuple(each.compiled for each in fit(streams, version) if each.compiled)


def unreadable(streams: Iterable[Stream], version: str) -> dict[str, str]:
    """Names of the streams that a pinned version cannot read, with the reasons."""
    if version == PINNED_VERSION:
        return {}
    found = fit(streams, version)
    return {each.name: each.refusal for each in found if each.refusal}


def fitted(stream: Stream, declared_for: Schema, schema: Schema) -> Fit:
    """Compile a stream without what `schema` lacks of its selection."""
    from shopify_assets.catalog.versions import (  # noqa: PLC0415 -- graphql-core, slow
        lacking,
    )

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
    if not gone:
        return selection
    return syntax.written(_kept(syntax.parse(selection), gone, ()))


def _kept(nodes: Sequence[Node], gone: frozenset[Path], above: Path) -> Iterator[Node]:
    for node in nodes:
        path = _below(node, above)
        # Elements without their ids would be told apart by position: other keys, so
        # that a later version's table could not be had by additions.
        if path in gone or (*path, "id") in gone:
            continue
        if node.children is None:
            yield node
        elif left := tuple(_kept(node.children, gone, path)):
            yield changed(node, children=left)


def _below(node: Node, above: Path) -> Path:
    """The path of a selected node, as `versions.lacking` tells it."""
    if isinstance(node, syntax.Fragment):
        return (*above, f"... on {node.on}") if node.on else above
    return above if node.name == "nodes" else (*above, node.key)
