"""A stream's root field as a probe asks for it, with many others in one query.

Charter: text and cost of one aliased root field, from a checked selection. Which
streams are probed, in which window, and what an answer means is decided in `refresh`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from shopify_assets.catalog.cost import cost_of
from shopify_assets.catalog.rendering import (
    NESTED_SIZE,
    arguments_text,
    head,
    page_text,
    then,
    within,
)
from shopify_assets.catalog.selection import Form, Selected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.tables import Path


@dataclass(frozen=True)
class Probe:
    """The first records of a root connection that match a filter.

    Attributes:
        way: objects of QueryRoot that lead to the connection, the outermost first.
        nested: paths from a record to the connections asked for below it, each to
            `NESTED_SIZE` records; what has more shows it by its `pageInfo`.
        optional: keys on the way, or the connection, that may be null.
    """

    way: Path
    nested: tuple[Path, ...]
    optional: frozenset[str]
    _root: Selected = field(repr=False)
    _node: str
    _arguments: str

    def text(self, alias: str, *, first: int) -> str:
        """Write the field: called `alias`, `first` records, filtered by `$alias`."""
        passed = f"first: {first}, query: ${alias}{self._arguments}"
        outer, *inner = self.path
        named = self._root if inner else replace(self._root, key=alias)
        body = page_text(named, passed, self._node)
        return within((f"{alias}: {outer}", *inner[:-1]), body) if inner else body

    def cost(self, first: int) -> int:
        """Points that it asks for; objects on the way cost one each."""
        sizes = dict.fromkeys(self.nested, NESTED_SIZE)
        return cost_of(self._root, size=first, sizes=sizes) + len(self.way)

    @property
    def path(self) -> Path:
        """Keys from the answer's data to the list; the first one is an alias there."""
        return (*self.way, self._root.name)

    @property
    def asks(self) -> tuple[object, ...]:
        """What makes two probes the same but for their filters."""
        return (self.way, self._root.name, self._node, self._arguments)


def probe_keys(compiled: CompiledStream) -> Probe | None:
    """Probe for ids and replication keys; None where no filtered list is there."""
    root, version = compiled.selection, compiled.root.version
    if root.form is not Form.CONNECTION or compiled.queries.each or not version:
        return None
    if compiled.stream.incremental is None:
        return None
    wanted = (("id",), compiled.root.column(version).path)
    return _probe(compiled, tuple(_along(root.children, wanted)))


def probe_records(compiled: CompiledStream) -> Probe | None:
    """Probe for all that the stream selects; None where one query does not give it."""
    if compiled.queries.joined or probe_keys(compiled) is None:
        return None
    return _probe(compiled, compiled.selection.children)


def _probe(compiled: CompiledStream, children: tuple[Selected, ...]) -> Probe:
    *way, _ = compiled.queries.root
    return Probe(
        way=tuple(way),
        nested=tuple(dict.fromkeys(_connections(children))),
        optional=compiled.queries.optional,
        _root=replace(compiled.selection, children=children),
        _node=_text(children),
        _arguments="".join(f", {each}" for each in _sorting(compiled) if each),
    )


def _connections(fields: Iterable[Selected], path: Path = ()) -> Iterator[Path]:
    """Walk to the connections below a record, through lists and nodes as well."""
    for selected in fields:
        inner = (*path, selected.key)
        if selected.form is Form.CONNECTION:
            yield inner
        yield from _connections(selected.children, inner)


def _text(fields: Iterable[Selected]) -> str:
    """Write fields with all below them, each connection with its first records."""
    return " ".join(_field(selected) for selected in fields)


def _field(selected: Selected) -> str:
    written = head(selected, selected.arguments)
    if selected.form is Form.CONNECTION:
        passed = f"first: {NESTED_SIZE}{then(selected.arguments)}"
        written = page_text(selected, passed, _text(selected.children))
    elif selected.children:
        written = f"{written} {{ {_text(selected.children)} }}"
    return f"... on {selected.on} {{ {written} }}" if selected.on else written


def _sorting(compiled: CompiledStream) -> Iterator[str]:
    """Pass what unhides records, and show the newest first where that can be asked."""
    known = compiled.selection.owner.fields[compiled.selection.name].args
    sort_key, given = compiled.queries.sort_key, compiled.stream.arguments
    yield f"sortKey: {sort_key}" if sort_key else ""
    yield "reverse: true" if sort_key and "reverse" in known else ""
    yield given


def _along(fields: Iterable[Selected], paths: tuple[Path, ...]) -> Iterator[Selected]:
    """Keep what lies on these paths."""
    for selected in fields:
        inner = tuple(path[1:] for path in paths if path[:1] == (selected.key,))
        if inner:
            children = tuple(_along(selected.children, inner))
            yield replace(selected, children=children)


def query_text(fields: Mapping[str, str]) -> str:
    """Write one query of several probes: their texts by alias."""
    body = " ".join(fields.values())
    variables = (f"${alias}: String" for alias in fields)
    return f"query probe{arguments_text(*variables)} {{ {body} }}"
