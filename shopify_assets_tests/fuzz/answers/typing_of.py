"""What type each place of an answer has by Shopify's schema.

Charter: from a query's text to GraphQL's notation for a path of its answer; read by
graphql-core, apart from what the client knows of it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from graphql import parse
from graphql.language.ast import (
    FieldNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from shopify_assets.catalog.schema import load_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

SOME = "?"
"""After the type of a key that only some types of objects have: it may be missing."""

Fields = dict[str, tuple[str, SelectionSetNode | None]]
"""By key: the type of its value, and what is selected of it."""


@lru_cache(maxsize=512)
def _operation(query: str) -> tuple[str, SelectionSetNode]:
    (operation,) = parse(query).definitions
    assert isinstance(operation, OperationDefinitionNode)
    owner = {"query": "QueryRoot", "mutation": "Mutation"}[operation.operation.value]
    return owner, operation.selection_set


def _fields(owner: str, selected: SelectionSetNode) -> Fields:
    found: Fields = {}
    for node in selected.selections:
        if isinstance(node, InlineFragmentNode):
            on = node.type_condition.name.value if node.type_condition else owner
            for key, (kind, inner) in _fields(on, node.selection_set).items():
                found[key] = (kind if owner == "Node" else f"{kind}{SOME}", inner)
        elif isinstance(node, FieldNode):
            name = node.name.value
            key = node.alias.value if node.alias else name
            kind = "String!"
            if name != "__typename":
                kind = load_schema()[owner].fields[name].type
            known = found.get(key)
            inner = node.selection_set
            if known and known[1] and inner:
                inner = SelectionSetNode(
                    selections=(*known[1].selections, *inner.selections)
                )
            found[key] = (kind, inner)
    return found


def places(query: str, data: Any) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Yield each path of an answer's data, with the type that the schema has there."""
    owner, selected = _operation(query)
    yield from _within((), data, f"{owner}!", selected)


def places_of_line(query: str, line: Any) -> Iterator[tuple[tuple[Any, ...], str]]:
    """The same of a line of the file that a bulk query makes."""
    marker = next(iter(line), "")
    owner, selected = _operation(query)
    found = _marked(owner, selected, marker)
    if found is not None:
        yield from _within((), line, *found)


def _marked(
    owner: str, selected: SelectionSetNode, marker: str
) -> tuple[str, SelectionSetNode] | None:
    fields = _fields(owner, selected)
    if marker in fields:
        return f"{owner}!", selected
    for kind, inner in fields.values():
        if inner is not None and (found := _marked(_bare(kind), inner, marker)):
            return found
    return None


def _bare(kind: str) -> str:
    return kind.strip("[]!?")


def _within(
    path: tuple[Any, ...], value: Any, kind: str, selected: SelectionSetNode | None
) -> Iterator[tuple[tuple[Any, ...], str]]:
    if path:
        yield path, kind
    if isinstance(value, list):
        inner = kind.removesuffix(SOME).removesuffix("!")[1:-1]
        for place, each in enumerate(value):
            yield from _within((*path, place), each, inner, selected)
    elif isinstance(value, dict) and selected is not None:
        fields = _fields(_bare(kind), selected)
        for key, each in value.items():
            if key in fields:
                yield from _within((*path, key), each, *fields[key])
