"""What a query costs, before it runs and after.

Charter: Shopify's cost rules as pure functions of a query, and of its answer.

An object costs 1 and its children; a list as one object; a connection of n rows
2 + floor(2 × ln n) × its node; `*Count` root fields and mutations 10; money nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graphql import FragmentDefinitionNode, SelectionSetNode

    from shopify_assets.catalog.schema import Field, Schema

MOST = 1000
COUNT = 10
MUTATION = 10
_STRINGS = 23
_FREE = {
    "MoneyBag",
    "MoneyV2",
    "InventoryItemMeasurement",
    "Weight",
    "SelectedOption",
    "Count",
}
_FREE |= {"CollectionRuleSet", "CustomerEmailMarketingConsentState"}
_FREE_FIELDS = {
    ("Customer", "defaultAddress"),
    ("Customer", "addresses"),
    ("Customer", "emailMarketingConsent"),
    ("Customer", "smsMarketingConsent"),
}
_COUNTS = {
    ("Blog", "articlesCount"),
    ("Article", "commentsCount"),
    ("DeliveryProfile", "productVariantsCount"),
}


@dataclass
class Node:
    """The cost of one field: a flat sum, or a connection's rows, and what is below.

    Attributes:
        flat: what it costs of its own.
        rows: how many rows it asks for, when it is a connection.
        children: what its object, or each of its rows, costs by response key.
        choices: the same by concrete type, when the type is an interface or union.
    """

    flat: int = 0
    rows: int | None = None
    children: dict[str, Node] = field(default_factory=dict)
    choices: dict[str, dict[str, Node]] = field(default_factory=dict)

    def requested(self) -> int:
        """What it costs before it runs."""
        below = sum(each.requested() for each in self.children.values())
        if self.choices:
            below += max(
                sum(each.requested() for each in choice.values())
                for choice in self.choices.values()
            )
        if self.rows is None:
            return self.flat + below
        return 2 + multiplier(self.rows) * (1 + below) if self.rows else 2

    def actual(self, value: Any) -> float:
        """What it costs, given its answer."""
        if value is None:
            return 0 if self.rows is None else 2
        if self.rows is not None:
            return self._actual_rows(value)
        if isinstance(value, list):
            costs = [self._actual_object(each) for each in value if each is not None]
            return max(costs, default=self.flat)
        return self._actual_object(value)

    def _actual_rows(self, value: Any) -> float:
        rows = value.get("nodes")
        if rows is None:
            rows = [edge.get("node") for edge in value.get("edges") or ()]
        if not self.rows:
            return 2
        below = sum(1 + self._below(row) for row in rows if row is not None)
        return 2 + multiplier(self.rows) * below / self.rows

    def _actual_object(self, value: Any) -> float:
        return self.flat + self._below(value)

    def _below(self, value: Any) -> float:
        if not isinstance(value, dict):
            return 0
        cost = sum(each.actual(value.get(key)) for key, each in self.children.items())
        for choice in self.choices.values():
            if all(key in value for key in choice):
                cost += sum(each.actual(value[key]) for key, each in choice.items())
                break
        return cost


def multiplier(rows: int) -> int:
    """By how much a connection of so many rows multiplies its node."""
    return math.floor(2 * math.log(max(2, rows)))


class Costs:
    """Reads the costs off a document."""

    def __init__(
        self,
        schema: Schema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables

    def query(self, selected: SelectionSetNode) -> Node:
        """The costs of a query."""
        return Node(children=self._fields("QueryRoot", [selected]))

    def _fields(self, kind: str, sets: Iterable[SelectionSetNode]) -> dict[str, Node]:
        merged: dict[str, list[FieldNode]] = {}
        for each in sets:
            self._merge(kind, each, merged)
        return {
            key: node
            for key, nodes in merged.items()
            if (node := self._field(kind, nodes)) is not None
        }

    def _merge(
        self, kind: str, selected: SelectionSetNode, merged: dict[str, list[FieldNode]]
    ) -> None:
        for node in selected.selections:
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                merged.setdefault(key, []).append(node)
                continue
            condition, inner = self._fragment(node)
            if condition is None or self._applies(kind, condition):
                self._merge(kind, inner, merged)

    def _fragment(self, node: Any) -> tuple[str | None, SelectionSetNode]:
        if isinstance(node, FragmentSpreadNode):
            found = self._fragments[node.name.value]
            return found.type_condition.name.value, found.selection_set
        condition = node.type_condition
        assert isinstance(node, InlineFragmentNode)  # noqa: S101 -- no fourth kind exists
        return condition and condition.name.value, node.selection_set

    def _applies(self, kind: str, condition: str) -> bool:
        return kind == condition or kind in self._schema[condition].possible

    def _field(self, owner: str, nodes: list[FieldNode]) -> Node | None:
        name = nodes[0].name.value
        if name == "__typename":
            return None
        found = self._schema[owner].fields[name]
        kind = self._schema.types.get(found.named_type)
        if kind is None or not kind.is_composite:
            return None
        if (owner, name) in _COUNTS or (owner == "QueryRoot" and kind.name == "Count"):
            return Node(flat=COUNT)
        if kind.name in _FREE or (owner, name) in _FREE_FIELDS:
            return None
        sets = [each.selection_set for each in nodes if each.selection_set]
        if self._schema.node_type(found) is not None:
            return self._connection(found, nodes[0], sets)
        return self._object(kind.name, sets)

    def _object(self, kind: str, sets: list[SelectionSetNode]) -> Node:
        if not self._schema[kind].is_abstract:
            return Node(flat=1, children=self._fields(kind, sets))
        choices = {
            each: fields
            for each in self._conditions(sets, self._schema[kind].possible)
            if (fields := self._fields(each, sets))
        }
        return Node(flat=1, choices=choices)

    def _conditions(
        self, sets: list[SelectionSetNode], possible: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Types worth looking at: those named by a fragment, and one for all others."""
        named = {
            condition
            for each in sets
            for node in each.selections
            if not isinstance(node, FieldNode)
            and (condition := self._fragment(node)[0]) is not None
        }
        if any(self._schema[each].is_abstract for each in named):
            return possible
        others = [each for each in possible if each not in named][:1]
        return (*(each for each in possible if each in named), *others)

    def _connection(
        self, found: Field, node: FieldNode, sets: list[SelectionSetNode]
    ) -> Node:
        connection, kind = found.named_type, self._schema.node_type(found)
        rows = self._rows(node)
        inner = self._node_sets(connection, sets)
        if kind is None or not kind.is_composite:
            return Node(flat=_STRINGS if self._both(connection, sets) else 2)
        below = self._object(kind.name, inner)
        return Node(rows=rows, children=below.children, choices=below.choices)

    def _both(self, connection: str, sets: list[SelectionSetNode]) -> bool:
        merged: dict[str, list[FieldNode]] = {}
        for each in sets:
            self._merge(connection, each, merged)
        return {"nodes", "edges"} <= {each[0].name.value for each in merged.values()}

    def _node_sets(
        self, connection: str, sets: list[SelectionSetNode]
    ) -> list[SelectionSetNode]:
        merged: dict[str, list[FieldNode]] = {}
        for each in sets:
            self._merge(connection, each, merged)
        found: list[SelectionSetNode] = []
        for node in (each for nodes in merged.values() for each in nodes):
            if node.selection_set is None:
                continue
            if node.name.value == "nodes":
                found.append(node.selection_set)
            elif node.name.value == "edges":
                edge = self._schema[connection].fields["edges"].named_type
                found.extend(self._edge_sets(edge, node.selection_set))
        return found

    def _edge_sets(
        self, edge: str, selected: SelectionSetNode
    ) -> Iterable[SelectionSetNode]:
        merged: dict[str, list[FieldNode]] = {}
        self._merge(edge, selected, merged)
        for nodes in merged.values():
            for node in nodes:
                if node.name.value == "node" and node.selection_set is not None:
                    yield node.selection_set

    def _rows(self, node: FieldNode) -> int:
        for argument in node.arguments:
            if argument.name.value in {"first", "last"}:
                value: Any = argument.value
                if value.kind == "variable":
                    return int(self._variables.get(value.name.value) or 0)
                if value.kind == "int_value":
                    return int(value.value)
        return 0
