"""Shopify's law of costs a second time, from its prose, to hold the simulator against.

Charter: shares no code with `simulator/graphql`, and goes the other way. Fragments,
directives and variables are first written out into plain lines; then every object and
every connection is put on one bill, times all the connections that it lies in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    get_named_type,
    is_composite_type,
    parse,
    value_from_ast_untyped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphql import SelectionSetNode

# What the prose lists as exceptions, each with what the field itself costs.
FREE_WITH_ALL_BELOW = {"MoneyBag", "MoneyV2", "InventoryItem.measurement"}
FREE_ALONE = {
    "Collection.ruleSet", "Count", "Customer.addresses", "Customer.defaultAddress",
    "Customer.emailMarketingConsent", "Customer.smsMarketingConsent",
    "SelectedOption", "Weight",
}  # fmt: skip
TEN = {"Blog.articlesCount", "Article.commentsCount"}
TEN |= {"DeliveryProfile.productVariantsCount"}


@dataclass(frozen=True)
class Line:
    """One field of a document written out: no fragments, no variables.

    Attributes:
        key: its key in the answer.
        name: the schema's field name.
        on: the types of all fragments it stood in, within its parent.
        given: its arguments.
        lines: what is selected below it.
    """

    key: str
    name: str
    on: tuple[str, ...]
    given: Mapping[str, Any]
    lines: tuple[Line, ...]


def requested(schema: GraphQLSchema, text: str, variables: Mapping[str, Any]) -> int:
    """What a document with one operation asks for."""
    document = parse(text)
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    (operation,) = (
        node
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    )
    defaults = {
        node.variable.name.value: value_from_ast_untyped(node.default_value)
        for node in operation.variable_definitions
        if node.default_value is not None
    }
    lines = tuple(
        _written(operation.selection_set, fragments, {**defaults, **variables})
    )
    if operation.operation is OperationType.MUTATION:
        return 10 * len({line.key for line in lines})
    return Bill(schema).of("QueryRoot", lines, times=1)


def _written(
    selected: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
    on: tuple[str, ...] = (),
) -> Iterator[Line]:
    for node in selected.selections if selected else ():
        switches = {
            directive.name.value: value_from_ast_untyped(
                directive.arguments[0].value, dict(variables)
            )
            for directive in node.directives
        }
        if switches.get("skip") is True or switches.get("include") is False:
            continue
        if isinstance(node, FieldNode):
            given = {
                argument.name.value: value_from_ast_untyped(
                    argument.value, dict(variables)
                )
                for argument in node.arguments
                # a variable without a value is no argument at all
                if not isinstance(argument.value, VariableNode)
                or argument.value.name.value in variables
            }
            below = tuple(_written(node.selection_set, fragments, variables))
            key = (node.alias or node.name).value
            yield Line(key, node.name.value, on, given, below)
            continue
        fragment: Any = node
        if isinstance(node, FragmentSpreadNode):
            fragment = fragments[node.name.value]
        condition = fragment.type_condition
        inner = (*on, condition.name.value) if condition else on
        yield from _written(fragment.selection_set, fragments, variables, inner)


@dataclass(frozen=True)
class Bill:
    """Adds up what lines cost, each times the connections it lies in."""

    schema: GraphQLSchema

    def of(self, kind: str, lines: tuple[Line, ...], *, times: int) -> int:
        """What an object's lines cost; of an abstract type, the dearest one's."""
        found = self.schema.type_map[kind]
        if isinstance(found, GraphQLInterfaceType | GraphQLUnionType):
            names = [each.name for each in self.schema.get_possible_types(found)]
            return max(self.of(name, lines, times=times) for name in names)
        merged: dict[str, list[Line]] = {}
        for line in lines:
            if all(self._is(kind, condition) for condition in line.on):
                merged.setdefault(line.key, []).append(line)
        return sum(self._field(kind, same, times) for same in merged.values())

    def _is(self, kind: str, condition: str) -> bool:
        abstract: Any = self.schema.type_map[condition]
        concrete: Any = self.schema.type_map[kind]
        return kind == condition or self.schema.is_sub_type(abstract, concrete)

    def _field(self, owner: str, same: list[Line], times: int) -> int:
        name = same[0].name
        if name == "__typename":
            return 0
        definition = _fields(self.schema, owner)[name]
        kind = get_named_type(definition.type).name
        known = {kind, f"{owner}.{name}"}
        if not is_composite_type(self.schema.type_map[kind]):
            return 0
        if known & FREE_WITH_ALL_BELOW:
            return 0
        if known & TEN or (owner == "QueryRoot" and kind == "Count"):
            return 10 * times
        lines = tuple(below for line in same for below in line.lines)
        if kind.endswith("Connection") and "edges" in _fields(self.schema, kind):
            rows = _rows(definition, same[0])
            return self._connection(kind, rows, lines, times=times)
        own = 0 if known & FREE_ALONE else times
        return own + self.of(kind, lines, times=times)

    def _connection(
        self, kind: str, rows: int, lines: tuple[Line, ...], *, times: int
    ) -> int:
        inner = times * math.floor(2 * math.log(max(2, rows))) if rows > 0 else 0
        edge = get_named_type(_fields(self.schema, kind)["edges"].type).name
        row = get_named_type(_fields(self.schema, edge)["node"].type)
        parts = _parts(lines)
        if not is_composite_type(row):
            both = len({len(keys) for keys in parts}) > 1 and inner
            return times + 2 * inner if both else 2 * times
        known = {"nodes", "edges", "pageInfo", "__typename"}
        beside = tuple(below for below in lines if below.name not in known)
        return (
            2 * times
            + self.of(kind, beside, times=times)
            + len(parts) * inner
            + sum(self.of(row.name, part, times=inner) for part in parts.values())
        )


def _fields(schema: GraphQLSchema, kind: str) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = getattr(schema.type_map[kind], "fields", {})
    return fields


def _parts(lines: tuple[Line, ...]) -> dict[tuple[str, ...], tuple[Line, ...]]:
    """What is selected of a connection's rows, by the keys that lead to them."""
    parts: dict[tuple[str, ...], tuple[Line, ...]] = {}
    for keys, below in _ends(lines):
        parts[keys] = parts.get(keys, ()) + below
    return parts


def _ends(
    lines: tuple[Line, ...],
) -> Iterator[tuple[tuple[str, ...], tuple[Line, ...]]]:
    for line in lines:
        if line.name == "nodes":
            yield (line.key,), line.lines
        if line.name == "edges":
            for last in line.lines:
                if last.name == "node":
                    yield (line.key, last.key), last.lines


def _rows(definition: Any, line: Line) -> int:
    """How many rows a connection asks for, from the one end or the other."""
    for name in ("first", "last"):
        argument = definition.args.get(name)
        size = line.given.get(name, argument.default_value if argument else None)
        if isinstance(size, int) and size:
            return size
    return 0
