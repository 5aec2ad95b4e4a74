"""Whether values are of a type: literals of a query, and values of variables.

Charter: GraphQL's coercion rules, and Shopify's words for what breaks them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    VariableNode,
)
from graphql.type import is_required_input_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import ValueNode

    Problem = dict[str, Any]


def fits(node: ValueNode, kind: Any) -> bool:
    """Whether a literal is of a type; the fields of an object are judged apart."""
    if isinstance(kind, GraphQLNonNull):
        return not isinstance(node, NullValueNode) and fits(node, kind.of_type)
    if isinstance(node, NullValueNode | VariableNode) or kind is None:
        return True
    if isinstance(kind, GraphQLList):
        items = node.values if isinstance(node, ListValueNode) else [node]
        return all(fits(item, kind.of_type) for item in items)
    if isinstance(kind, GraphQLInputObjectType):
        return isinstance(node, ObjectValueNode)
    return _parses(lambda: kind.parse_literal(node))


def _parses(parse: Any) -> bool:
    try:
        parse()
    except (GraphQLError, TypeError, ValueError):
        return False
    return True


def problems(value: Any, kind: Any, path: tuple[str | int, ...] = ()) -> list[Problem]:
    """What is wrong with a variable's value, as INVALID_VARIABLE lists it."""
    return list(_problems(value, kind, path))


def _problems(value: Any, kind: Any, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if isinstance(kind, GraphQLNonNull):
        if value is None:
            yield _problem(path, "Expected value to not be null")
        else:
            yield from _problems(value, kind.of_type, path)
    elif value is None:
        return
    elif isinstance(kind, GraphQLList):
        items = value if isinstance(value, list) else [value]
        for at, item in enumerate(items):
            inner = (*path, at) if isinstance(value, list) else path
            yield from _problems(item, kind.of_type, inner)
    elif isinstance(kind, GraphQLInputObjectType):
        yield from _of_object(value, kind, path)
    else:
        yield from _of_leaf(value, kind, path)


def _of_object(
    value: Any, kind: GraphQLInputObjectType, path: tuple[str | int, ...]
) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield _problem(path, f"Expected {_json(value)} to be a key-value object.")
        return
    for name in value:
        if name not in kind.fields:
            yield _problem((*path, name), f"Field is not defined on {kind.name}")
    for name, field in kind.fields.items():
        if name in value or is_required_input_field(field):
            yield from _problems(value.get(name), field.type, (*path, name))


def _of_leaf(value: Any, kind: Any, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if _parses(lambda: kind.parse_value(value)):
        return
    if isinstance(kind, GraphQLEnumType):
        values = ", ".join(kind.values)
        yield _problem(path, f"Expected {_json(value)} to be one of: {values}")
    elif isinstance(kind, GraphQLScalarType):
        message = f"Could not coerce value {_json(value)} to {kind.name}"
        yield _problem(path, message)


def _problem(path: tuple[str | int, ...], explanation: str) -> Problem:
    return {"path": list(path), "explanation": explanation}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
