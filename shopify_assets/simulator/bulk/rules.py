"""What a bulk query may look like.

Charter: the rules Shopify checks when a bulk query is submitted, in its words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql import FieldNode, FragmentSpreadNode

from shopify_assets.simulator.graphql.execute import prepare
from shopify_assets.simulator.graphql.validation import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import SelectionSetNode

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.simulator.graphql.execute import Operation

MOST_BYTES = 65_535
MOST_CONNECTIONS = 5
MOST_DEPTH = 2
_BY_NODES = (
    "All connection fields in a bulk query must select their contents using 'edges' > "
    "'node', e.g: 'products { edges { node {'. Selecting via 'nodes' is not supported."
)
# Their nodes stand for nothing of their own, so no line could be found again.
_NOT_IN_BULK = {
    "customerSegmentMembers", "marketLocalizableResources",
    "marketLocalizableResourcesByIds", "subscriptionBillingCycles",
    "translatableResources", "translatableResourcesByIds",
}  # fmt: skip
_WITHOUT_ID = (
    "The parent 'node' field for a nested connection must select the 'id' field "
    "without an alias and must be of 'ID' return type."
)


@dataclass
class _Found:
    count: int = 0
    depth: int = 0
    by_nodes: list[str] = field(default_factory=list)
    without_id: list[str] = field(default_factory=list)
    in_lists: list[str] = field(default_factory=list)


def problems(text: str, schema: Schema) -> list[str]:
    """Messages about a bulk query; none when it may run."""
    size = len(text.encode())
    if size > MOST_BYTES:
        return [f"Query is too large ({size} bytes; maximum is {MOST_BYTES} bytes)"]
    try:
        operation = prepare(text, {}, None, schema.version)
    except Invalid as invalid:
        return [f"Invalid bulk query: {error['message']}" for error in invalid.errors]
    if operation.is_mutation:
        return ["Invalid operation type. Only `query` operations are supported."]
    return list(_messages(operation, schema))


def _messages(operation: Operation, schema: Schema) -> Iterator[str]:
    for name in operation.root_fields:
        if name in {"node", "nodes"}:
            yield f"Bulk queries cannot contain a top level `{name}` field."
        elif name in _NOT_IN_BULK:
            yield (
                f"The connection field '{name}' cannot be queried in bulk: its nodes "
                "do not implement the 'Node' interface."
            )
    found = _Found()
    walker = _Walker(operation, schema, found)
    walker.walk("QueryRoot", [operation.node.selection_set], depth=0)
    if found.count == 0:
        yield "Bulk queries must contain at least one connection."
    if found.count > MOST_CONNECTIONS:
        yield f"Bulk queries cannot contain more than {MOST_CONNECTIONS} connections."
    if found.depth > MOST_DEPTH + 1:
        yield (
            "Bulk queries cannot contain connections with a nesting depth greater than "
            f"{MOST_DEPTH}."
        )
    yield from _shapes(found)


def _shapes(found: _Found) -> Iterator[str]:
    if found.by_nodes:
        names = ", ".join(f"'{name}'" for name in found.by_nodes)
        yield f"{_BY_NODES} Invalid connection fields: {names}."
    if found.without_id:
        names = ", ".join(found.without_id)
        yield f"{_WITHOUT_ID} Connection fields without 'id': {names}."
    if found.in_lists:
        yield (
            "Queries that contain a connection field within a list field are not "
            "currently supported."
        )


@dataclass
class _Walker:
    operation: Operation
    schema: Schema
    found: _Found
    in_list: bool = False

    def walk(self, kind: str, sets: list[SelectionSetNode], *, depth: int) -> bool:
        """Look at a selection; tells whether a connection is in it."""
        met = False
        for owner, node in self._fields(kind, sets):
            name = node.name.value
            if node.selection_set is None or name == "__typename":
                continue
            field_ = self.schema[owner].fields[name]
            if self.schema.node_type(field_) is not None:
                met = True
                self._connection(owner, node, depth=depth + 1)
            else:
                outer, self.in_list = self.in_list, self.in_list or field_.is_list
                inner = self.walk(field_.named_type, [node.selection_set], depth=depth)
                met = inner or met
                self.in_list = outer
        return met

    def _connection(self, owner: str, node: FieldNode, *, depth: int) -> None:
        name, field_ = node.name.value, self.schema[owner].fields[node.name.value]
        self.found.count += 1
        self.found.depth = max(self.found.depth, depth)
        if self.in_list:
            self.found.in_lists.append(name)
        inside = [each for _, each in self._fields(field_.named_type, [_set(node)])]
        edges = [each for each in inside if each.name.value == "edges"]
        if any(each.name.value == "nodes" for each in inside) or not edges:
            self.found.by_nodes.append(name)
        nodes = [each for each in inside if each.name.value == "nodes"] + [
            each
            for edge in edges
            for _, each in self._fields(
                self.schema[field_.named_type].fields["edges"].named_type, [_set(edge)]
            )
            if each.name.value == "node"
        ]
        node_type = self.schema.node_type(field_)
        if node_type is not None:
            self._nodes(name, node_type.name, nodes, depth=depth)

    def _nodes(
        self, name: str, kind: str, nodes: list[FieldNode], *, depth: int
    ) -> None:
        sets = [each.selection_set for each in nodes if each.selection_set]
        outer, self.in_list = self.in_list, False
        nested = self.walk(kind, sets, depth=depth)
        self.in_list = outer
        if nested and not self._selects_id(kind, sets):
            self.found.without_id.append(name)

    def _selects_id(self, kind: str, sets: list[SelectionSetNode]) -> bool:
        return any(
            node.name.value == "id" and node.alias is None
            for _, node in self._fields(kind, sets)
        )

    def _fields(
        self, kind: str, sets: list[SelectionSetNode]
    ) -> Iterator[tuple[str, FieldNode]]:
        for each in sets:
            for node in each.selections:
                if isinstance(node, FieldNode):
                    yield kind, node
                elif isinstance(node, FragmentSpreadNode):
                    made = self.operation.fragments[node.name.value]
                    inner = made.type_condition.name.value
                    yield from self._fields(inner, [made.selection_set])
                else:
                    condition = node.type_condition  # type: ignore[attr-defined]  # an inline fragment, the third kind
                    inner = condition.name.value if condition else kind
                    yield from self._fields(inner, [node.selection_set])  # type: ignore[attr-defined]  # the same


def _set(node: FieldNode) -> SelectionSetNode:
    assert node.selection_set is not None  # noqa: S101 -- validated: a composite type
    return node.selection_set
