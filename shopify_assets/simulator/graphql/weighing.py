"""Reads the costs of a query off its document.

Charter: fragments, aliases, directives and arguments on the way from a document to the
tree of `cost.py`, and what Shopify charges of single fields, other than its law says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    IntValueNode,
    NullValueNode,
    VariableNode,
)
from graphql.execution.values import get_directive_values
from graphql.type import GraphQLIncludeDirective, GraphQLSkipDirective

from shopify_assets.simulator.graphql.cost import (
    CONNECTION,
    Below,
    Choice,
    Connection,
    Node,
    Part,
    multiplier,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphql import FragmentDefinitionNode, SelectionSetNode, ValueNode

    from shopify_assets.catalog.schema import Field, Schema

_COUNT = 10
_MUTATION = 10
# Neither these nor anything below them costs anything.
_FREE_TYPES = {"MoneyBag", "MoneyV2"}
_FREE_FIELDS = {("InventoryItem", "measurement")}
# These cost nothing of their own; objects below them cost what objects do.
_LIGHT_TYPES = {"Count", "SelectedOption", "Weight"}
_LIGHT_FIELDS = {
    ("Collection", "ruleSet"),
    ("Customer", "addresses"),
    ("Customer", "defaultAddress"),
    ("Customer", "emailMarketingConsent"),
    ("Customer", "smsMarketingConsent"),
}
# Counts that cost as much as those of the query root, which all do.
_COUNTS = {
    ("Article", "commentsCount"),
    ("Blog", "articlesCount"),
    ("DeliveryProfile", "productVariantsCount"),
}

_Sets = list["SelectionSetNode"]
_Selected = dict[str, list[FieldNode]]


@dataclass(frozen=True)
class Weighing:
    """Reads the costs of the operations of one document.

    Attributes:
        schema: the types of the version that answers.
        fragments: the document's fragments by name.
        variables: the operation's variables, defaults among them.
    """

    schema: Schema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def query(self, selected: SelectionSetNode) -> Node:
        """The cost of a query."""
        return Node(below=self._below("QueryRoot", [selected]))

    def mutation(self, selected: SelectionSetNode) -> Node:
        """The cost of a mutation: the same for each field, whatever it does."""
        return Node(flat=_MUTATION * len(self._collect("Mutation", [selected])))

    def _below(self, kind: str, sets: _Sets) -> Below:
        alike: dict[tuple[str, ...], str] = {}
        for concrete in self._concrete(kind):
            conditions = sorted(self._conditions(concrete, sets))
            alike.setdefault(tuple(conditions), concrete)
        return Below(tuple(self._choice(concrete, sets) for concrete in alike.values()))

    def _concrete(self, kind: str) -> list[str]:
        """The types that an object may be; some are named in the schema, not in it."""
        found = self.schema[kind]
        possible = found.possible if found.is_abstract else (kind,)
        return [name for name in possible if name in self.schema.types]

    def _conditions(self, kind: str, sets: _Sets) -> set[str]:
        """The conditions of the fragments that apply to a concrete type."""
        return {
            condition
            for selected in sets
            for condition, _ in self._walk(kind, selected)
            if condition is not None
        }

    def _choice(self, kind: str, sets: _Sets) -> Choice:
        selected = self._collect(kind, sets)
        fields = {key: self._field(kind, nodes) for key, nodes in selected.items()}
        return Choice(
            frozenset(selected),
            {key: node for key, node in fields.items() if node is not None},
        )

    def _collect(self, kind: str, sets: _Sets) -> _Selected:
        """The fields selected on a concrete type by response key, fragments merged."""
        collected: _Selected = {}
        for selected in sets:
            for _, node in self._walk(kind, selected):
                if node is not None:
                    key = (node.alias or node.name).value
                    collected.setdefault(key, []).append(node)
        return collected

    def _walk(
        self, kind: str, selected: SelectionSetNode
    ) -> Iterator[tuple[str | None, FieldNode | None]]:
        """The conditions that apply to a type, and the fields that are selected."""
        for node in selected.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield None, node
                continue
            fragment: Any = node
            if isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
            condition = fragment.type_condition and fragment.type_condition.name.value
            if condition is None or self._applies(kind, condition):
                yield condition, None
                yield from self._walk(kind, fragment.selection_set)

    def _applies(self, kind: str, condition: str) -> bool:
        return kind == condition or kind in self.schema[condition].possible

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        variables = dict(self.variables)
        skip = get_directive_values(GraphQLSkipDirective, node, variables)
        include = get_directive_values(GraphQLIncludeDirective, node, variables)
        return not (skip and skip["if"]) and not (include and not include["if"])

    def _field(self, owner: str, nodes: list[FieldNode]) -> Node | None:
        """The cost of a field; None if it and all below it cost nothing."""
        name = nodes[0].name.value
        if name.startswith("__"):
            return None
        field = self.schema[owner].fields[name]
        kind = self.schema.types.get(field.named_type)
        if kind is None or not kind.is_composite or _is_free(owner, name, kind.name):
            return None
        if (owner, name) in _COUNTS or (owner == "QueryRoot" and kind.name == "Count"):
            return Node(flat=_COUNT)
        sets = [node.selection_set for node in nodes if node.selection_set]
        if self.schema.node_type(field) is not None:
            return self._connection(field, nodes[0], sets)
        light = kind.name in _LIGHT_TYPES or (owner, name) in _LIGHT_FIELDS
        return Node(
            flat=0 if light else 1,
            below=self._below(kind.name, sets),
            each=(owner, name) == ("QueryRoot", "nodes"),
        )

    def _connection(self, field: Field, node: FieldNode, sets: _Sets) -> Node:
        connection, kind = field.named_type, self.schema.node_type(field)
        rows = self._rows(field, node)
        selected = self._collect(connection, sets)
        if kind is None or not kind.is_composite:
            return Node(flat=_texts(selected, rows))
        parts: list[Part] = []
        beside: dict[str, Node] = {}
        for key, inner in selected.items():
            if inner[0].name.value in {"nodes", "edges"}:
                parts.extend(self._parts(connection, key, kind=kind.name, nodes=inner))
            elif inner[0].name.value != "pageInfo":
                other = self._field(connection, inner)
                beside |= {} if other is None else {key: other}
        return Connection(rows=rows, parts=tuple(parts), beside=beside)

    def _parts(
        self, connection: str, key: str, *, kind: str, nodes: list[FieldNode]
    ) -> Iterator[Part]:
        sets = [node.selection_set for node in nodes if node.selection_set]
        if nodes[0].name.value == "nodes":
            yield Part(key, None, Node(1, self._below(kind, sets)))
            return
        edge = self.schema[connection].fields["edges"].named_type
        for inner, selected in self._collect(edge, sets).items():
            if selected[0].name.value == "node":
                below = [node.selection_set for node in selected if node.selection_set]
                yield Part(key, inner, Node(1, self._below(kind, below)))

    def _rows(self, field: Field, node: FieldNode) -> int:
        """How many rows are asked for, from the one end or the other."""
        given = {each.name.value: each.value for each in node.arguments}
        first = self._number(field, given, "first")
        return first or self._number(field, given, "last") or 0

    def _number(
        self, field: Field, given: Mapping[str, ValueNode], name: str
    ) -> int | None:
        value = given.get(name)
        if isinstance(value, VariableNode) and value.name.value in self.variables:
            number: int | None = self.variables[value.name.value]
            return number
        if isinstance(value, IntValueNode):
            return int(value.value)
        argument = field.args.get(name)
        if isinstance(value, NullValueNode) or argument is None:
            return None
        return None if argument.default is None else int(argument.default)


def _is_free(owner: str, name: str, kind: str) -> bool:
    return kind in _FREE_TYPES or (owner, name) in _FREE_FIELDS


def _texts(selected: _Selected, rows: int) -> int:
    """What a connection of texts costs: little, unless its rows are selected twice."""
    ways = {nodes[0].name.value for nodes in selected.values()}
    if rows < 1 or not {"nodes", "edges"} <= ways:
        return CONNECTION
    return 1 + 2 * multiplier(rows)
