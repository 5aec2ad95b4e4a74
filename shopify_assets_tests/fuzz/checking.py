"""Holds an answer against the schema and the query, value by value.

Charter: strict, and shares no code with the simulator. Every function yields what is
wrong, each in a line; nothing yielded is nothing wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from graphql import SelectionSetNode

    from shopify_assets.catalog.schema import Schema

    Sets = list[SelectionSetNode]


def _text(pattern: str) -> Callable[[Any], bool]:
    compiled = re.compile(pattern)
    return lambda value: type(value) is str and compiled.fullmatch(value) is not None


_DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_AMOUNT = r"-?\d+(\.\d+)?"
_ANY = r"[\s\S]*"
SCALARS: Mapping[str, Callable[[Any], bool]] = {
    "String": _text(_ANY),
    "HTML": _text(_ANY),
    "FormattedString": _text(_ANY),
    "StorefrontID": _text(r"[\s\S]+"),
    "ID": _text(r"[\s\S]+"),
    "Int": lambda value: type(value) is int and -(2**31) <= value < 2**31,
    "Float": lambda value: type(value) in {int, float},
    "Boolean": lambda value: type(value) is bool,
    "DateTime": _text(_DAY + r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ"),
    "Date": _text(_DAY),
    "Decimal": _text(_AMOUNT),
    "Money": _text(_AMOUNT),
    "UnsignedInt64": _text(r"\d{1,20}"),
    "BigInt": _text(r"-?\d+"),
    "URL": _text(r"([a-z][a-z0-9+.-]*:|/)\S*"),
    "Color": _text(r"#([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})"),
    "ARN": _text(r"arn:\S+"),
    "JSON": lambda value: value is not None,
}
# Errors of the whole request, which point nowhere in it.
WHOLE = {"THROTTLED", "MAX_COST_EXCEEDED", "INTERNAL_SERVER_ERROR"}
NOWHERE = (
    "An operation name is required", "No operation named", "Query is nested too deeply",
)  # fmt: skip
# Enums grow: simulated shops give one value that no pinned version knows.
GROWN = {"AWAITING_CARRIER_PICKUP"}
_GID = re.compile(r"gid://shopify/[A-Za-z0-9]+/\S+")


def _is(scalar: str, value: Any) -> bool:
    return SCALARS[scalar](value)


@dataclass(frozen=True)
class Answer:
    """Checks the data of one answer.

    Attributes:
        schema: the version asked for.
        fragments: the document's.
    """

    schema: Schema
    fragments: Mapping[str, FragmentDefinitionNode]

    def wrong(self, sets: Sets, data: Any) -> Iterator[str]:
        """What is wrong with the data of a query."""
        yield from self._object("QueryRoot", sets, data, "data")

    def _object(self, kind: str, sets: Sets, value: Any, path: str) -> Iterator[str]:
        if type(value) is not dict:
            yield f"{path}: {kind} is {value!r}, no object"
            return
        concrete = value.get("__typename", kind)
        found = self.schema[kind]
        if concrete not in (found.possible if found.is_abstract else (kind,)):
            yield f"{path}: __typename {concrete!r} is no {kind}"
            return
        selected = self._collect(concrete, sets)
        if selected.keys() != value.keys():
            different = sorted(selected.keys() ^ value.keys())
            yield f"{path}: {concrete} has other keys than selected: {different}"
            return
        for key, nodes in selected.items():
            yield from self._field(concrete, nodes, value[key], f"{path}.{key}")

    def _field(
        self, owner: str, nodes: list[FieldNode], value: Any, path: str
    ) -> Iterator[str]:
        name = nodes[0].name.value
        if name == "__typename":
            return
        field = self.schema[owner].fields[name]
        sets = [node.selection_set for node in nodes if node.selection_set]
        where = f"{path} ({owner}.{name})"
        yield from self._value(field.type, sets, value, where)
        is_node = name == "id" and "Node" in self.schema[owner].interfaces
        if is_node and type(value) is str and not _GID.fullmatch(value):
            yield f"{where}: {value!r} is no global id"

    def _value(self, notation: str, sets: Sets, value: Any, path: str) -> Iterator[str]:
        if value is None:
            if notation.endswith("!"):
                yield f"{path}: {notation} is null"
            return
        notation = notation.removesuffix("!")
        kind = self.schema.types.get(notation)
        if notation.startswith("["):
            yield from self._list(notation, sets, value, path)
        elif kind is not None and kind.is_composite:
            yield from self._object(notation, sets, value, path)
        elif not (
            value in {*kind.values, *GROWN}
            if kind and kind.values
            else _is(notation, value)
        ):
            yield f"{path}: {value!r} is no {notation}"

    def _list(self, notation: str, sets: Sets, value: Any, path: str) -> Iterator[str]:
        if type(value) is not list:
            yield f"{path}: {notation} is {value!r}, no list"
            return
        for at, item in enumerate(value):
            yield from self._value(notation[1:-1], sets, item, f"{path}[{at}]")

    def _collect(self, kind: str, sets: Sets) -> dict[str, list[FieldNode]]:
        collected: dict[str, list[FieldNode]] = {}
        for selected in sets:
            for node in selected.selections:
                if isinstance(node, FieldNode):
                    key = (node.alias or node.name).value
                    collected.setdefault(key, []).append(node)
                    continue
                fragment: Any = node
                if isinstance(node, FragmentSpreadNode):
                    fragment = self.fragments[node.name.value]
                on = fragment.type_condition and fragment.type_condition.name.value
                if on in {None, kind} or kind in self.schema[on].possible:
                    for key, nodes in self._collect(
                        kind, [fragment.selection_set]
                    ).items():
                        collected.setdefault(key, []).extend(nodes)
        return collected


def wrong_data(schema: Schema, text: str, data: Any) -> Iterator[str]:
    """What is wrong with the data that answers a query without directives."""
    document = parse(text, no_location=True)
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            yield from Answer(schema, fragments).wrong([node.selection_set], data)


def wrong_shape(body: Any) -> Iterator[str]:
    """What is wrong with an answer as such: its keys, its errors, its costs."""
    if type(body) is not dict or not body.keys() & {"data", "errors"}:
        yield f"neither data nor errors: {str(body)[:80]!r}"
        return
    if unknown := body.keys() - {"data", "errors", "extensions"}:
        yield f"unknown keys: {sorted(unknown)}"
    if "errors" in body:
        yield from _wrong_errors(body["errors"], executed="data" in body)
    elif body["data"] is None:
        yield "data is null without an error"
    if "data" in body:
        yield from _wrong_cost(body.get("extensions", {}).get("cost"))


def _wrong_errors(errors: Any, *, executed: bool) -> Iterator[str]:
    if type(errors) is not list or not errors:
        yield f"errors are {errors!r}"
        return
    for error in errors:
        if type(error.get("message")) is not str or not error["message"]:
            yield f"an error without a message: {error}"
            continue
        code = error.get("extensions", {}).get("code")
        if error["message"].startswith(NOWHERE):
            continue
        if type(code) is not str:
            yield f"an error without a code: {error['message'][:60]}"
        if code not in WHOLE and not _are_locations(error.get("locations")):
            yield f"an error without locations: {code}"
        if executed and not _is_path(error.get("path")):
            yield f"an error without a path: {code}"


def _are_locations(locations: Any) -> bool:
    return (
        type(locations) is list
        and bool(locations)
        and all(
            each.keys() == {"line", "column"} and min(each.values()) > 0
            for each in locations
        )
    )


def _is_path(path: Any) -> bool:
    return (
        type(path) is list
        and bool(path)
        and type(path[0]) is str
        and all(type(step) in {str, int} for step in path)
    )


def _wrong_cost(cost: Any) -> Iterator[str]:
    if type(cost) is not dict:
        yield f"data without a cost: {cost!r}"
        return
    requested, actual = cost.get("requestedQueryCost"), cost.get("actualQueryCost")
    if type(requested) is not int or type(actual) is not int:
        yield f"costs are no numbers: {cost}"
    elif not 0 <= actual <= requested:
        yield f"actual cost {actual} is above the requested {requested}"
