"""Whether an answer has the shape that its query gives it.

Charter: GraphQL says of each place of an answer which type it has. Here the places that
lead to records are compared with that: objects on the way, connections, `nodes`,
`pageInfo`, and what a query asks for first of all. What a record itself holds is judged
by the normaliser, which sets one record aside where this would refuse a whole answer.
A deviation is told by its path, what the schema has there and what kind of thing came:
never by a value, for that may be a customer's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from shopify_assets.api.retry import InternalError
from shopify_assets.catalog import syntax
from shopify_assets.catalog.schema import PINNED_VERSION, load_schema, pinned_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shopify_assets.catalog.schema import Schema, Type

_TYPENAME = "__typename"
# What pages of records are made of.
_PAGE = frozenset({"pageInfo", "nodes", "edges", "node"})
# How the key begins that marks a record, and names the table it feeds.
_MARKER = "_"
# Whose leaves lead on: wrong ones would end a walk too soon.
_LEADING = "PageInfo"


class Malformed(InternalError):
    """The answer is not of its query's shape, or says one thing twice.

    Shopify's schema allows no such answer, so it is a fault of a server's on the way,
    which may pass: asked again, for less, and given up as any internal error.
    """


class _Deviation(Exception):
    """Where an answer leaves its shape; never leaves this file."""


@dataclass(frozen=True)
class _Place:
    """A key of an object, and what it must hold.

    Attributes:
        key: the key.
        notation: its type as the schema writes it, such as `[Order!]!`.
        inner: what is compared within an object; None of a leaf.
        on: the types of objects that have it; empty: all.
    """

    key: str
    notation: str
    inner: tuple[_Place, ...] | None
    on: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Shape:
    """What is compared of a query's answer."""

    places: tuple[_Place, ...]


def refuse_misshapen(
    data: dict[str, Any], query: str, *, version: str, origin: str
) -> None:
    """Raise where an answer's data are not of the shape that the query gives them.

    Args:
        data: the answer's `data`.
        query: the document that was asked.
        version: the API version that was asked.
        origin: the shop and the request, for people.

    Raises:
        Malformed: naming the path, what belongs there, and what kind of thing came.
    """
    try:
        _compare_all(data, _shape_of(query, version).places, "data")
    except _Deviation as deviation:
        raise malformed(origin, str(deviation)) from None


def malformed(origin: str, deviation: str) -> Malformed:
    """The error for an answer that is not of its shape."""
    return Malformed(
        f"{origin}: the answer is not of Shopify's schema: {deviation}; if it stays so "
        "the API has changed, or something between here and Shopify alters answers: "
        "ask Shopify's support about the request"
    )


def read_as(kind: type[Any], value: Any, *, at: str, origin: str) -> Any:
    """Return a part of an answer as a struct.

    Raises:
        Malformed: it is none.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise malformed(origin, f"{at}: {error}") from None


# ── comparing ────────────────────────────────────────────────────────────────────────


def _compare_all(holder: dict[str, Any], places: Sequence[_Place], path: str) -> None:
    kind = holder.get(_TYPENAME) if places else None
    for place in places:
        if place.on:
            kind = kind or _kind_of(holder)
            if kind not in place.on and (kind or place.key not in holder):
                continue
        if place.key not in holder:
            raise _Deviation(f"{path}.{place.key} is missing, not {place.notation}")
        _compare(holder[place.key], place.notation, place.inner, f"{path}.{place.key}")


def _kind_of(holder: dict[str, Any]) -> str | None:
    """The type an object names, by the key that marks it."""
    marker = next(iter(holder), "")
    kind = holder.get(marker) if marker.startswith(_MARKER) else None
    return kind if isinstance(kind, str) else None


def _compare(
    value: Any, notation: str, inner: tuple[_Place, ...] | None, path: str
) -> None:
    bare = notation.removesuffix("!")
    if value is None:
        if bare != notation:
            raise _Deviation(f"{path} is null, not {notation}")
        return
    if not isinstance(value, _python_type(bare, inner)):
        raise _Deviation(f"{path} is {_WORDS[type(value)]}, not {notation}")
    if isinstance(value, list):
        for number, element in enumerate(value):
            _compare(element, bare[1:-1], inner, f"{path}.{number}")
    elif isinstance(value, dict):
        _compare_all(value, inner or (), path)


def _python_type(bare: str, inner: tuple[_Place, ...] | None) -> type:
    if bare.startswith("["):
        return list
    return _LEAVES.get(bare, str) if inner is None else dict


_LEAVES: dict[str, type] = {"Boolean": bool}
_WORDS = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "a boolean",
    int: "a number",
    float: "a number",
}


# ── what is compared ─────────────────────────────────────────────────────────────────


@lru_cache(maxsize=1024)
def _shape_of(query: str, version: str) -> _Shape:
    schema = load_schema(version if version in pinned_versions() else PINNED_VERSION)
    body = query[query.find("{") + 1 : query.rfind("}")]
    if "__schema" in body:
        # What the schema says of itself is read by `catalog.pin`.
        return _Shape(())
    mutates = query.lstrip().startswith("mutation")
    owner = schema.mutation if mutates else schema.query
    places = _places(schema, owner, syntax.parse(body), is_root=True)
    return _Shape(tuple(places))


def _places(
    schema: Schema,
    owner: Type,
    nodes: Sequence[syntax.Node],
    *,
    on: frozenset[str] = frozenset(),
    is_root: bool = False,
) -> Iterator[_Place]:
    for node in nodes:
        if isinstance(node, syntax.Fragment):
            concrete = schema[node.on] if node.on else owner
            types = on or _types(owner, concrete, nodes)
            yield from _places(schema, concrete, node.children, on=types)
        elif node.name != _TYPENAME and node.name in owner.fields:
            notation = owner.fields[node.name].type
            if node.children is None:
                leads = node.name == "id" and _is_passed_through(nodes)
                if owner.name == _LEADING or leads:
                    yield _Place(node.key, notation, None, on)
            elif is_root or node.name in _PAGE or _leads(node.children):
                inner = schema[owner.fields[node.name].named_type]
                below = tuple(_places(schema, inner, node.children))
                yield _Place(node.key, notation, below, on)


def _types(owner: Type, concrete: Type, nodes: Sequence[syntax.Node]) -> frozenset[str]:
    """The types of which a fragment tells; none if it tells of all that may come."""
    fragments = {node.on for node in nodes if isinstance(node, syntax.Fragment)}
    asked_by_id = owner.name == "Node" and len(fragments) == 1
    if asked_by_id or concrete.name == owner.name or concrete.name in owner.interfaces:
        return frozenset()
    return frozenset(concrete.possible) or frozenset({concrete.name})


def _leads(nodes: Sequence[syntax.Node]) -> bool:
    """Whether records, or pages of them, are in or below this selection."""
    return any(
        _leads(node.children)
        if isinstance(node, syntax.Fragment)
        else node.name in _PAGE or _marks(node) or _leads(node.children or ())
        for node in nodes
    )


def _marks(node: syntax.Node) -> bool:
    """Whether a field marks the object that has it as a record."""
    if isinstance(node, syntax.Fragment) or node.name != _TYPENAME:
        return False
    return (node.alias or "").startswith(_MARKER)


def _is_passed_through(nodes: Sequence[syntax.Node]) -> bool:
    """Whether an object is no record itself, but records hang below its id."""
    return _holds(nodes) and not any(map(_marks, nodes))


def _holds(nodes: Sequence[syntax.Node]) -> bool:
    """Whether records hang below an object."""
    return any(
        _holds(node.children)
        if isinstance(node, syntax.Fragment)
        else _leads(node.children or ())
        for node in nodes
    )
