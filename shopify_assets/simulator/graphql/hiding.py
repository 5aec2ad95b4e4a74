"""Fields that a shop's API does not know, though the pinned schema has them.

Charter: finding a hidden field in a query, and how Shopify refuses the query for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
)
from graphql.language import visit

from shopify_assets.simulator.graphql.wire import executable

if TYPE_CHECKING:
    from shopify_assets.simulator.faults import Fault


class _Search(Visitor):
    def __init__(self, types: TypeInfo, fault: Fault) -> None:
        super().__init__()
        self.paths: list[list[str]] = []
        self._types = types
        self._fault = fault
        self._path: list[str] = []

    def enter(self, node: object, *_: object) -> None:
        match node:
            case OperationDefinitionNode():
                name = f" {node.name.value}" if node.name else ""
                self._path.append(f"{node.operation.value}{name}")
            case InlineFragmentNode(type_condition=condition) if condition:
                self._path.append(f"... on {condition.name.value}")
            case FieldNode():
                self._path.append((node.alias or node.name).value)
                self._look(node)

    def leave(self, node: object, *_: object) -> None:
        if isinstance(node, OperationDefinitionNode | InlineFragmentNode | FieldNode):
            self._path.pop()

    def _look(self, node: FieldNode) -> None:
        owner = self._types.get_parent_type()
        hidden = (self._fault.owner, self._fault.field)
        if owner is not None and (owner.name, node.name.value) == hidden:
            self.paths.append(list(self._path))


def refusals(query: str, fault: Fault | None) -> list[dict[str, Any]]:
    """The errors of a query that selects what the fault hides; none if it does not."""
    if fault is None:
        return []
    types = TypeInfo(executable())
    search = _Search(types, fault)
    visit(parse(query), TypeInfoVisitor(types, search))
    extensions = {
        "code": "undefinedField",
        "typeName": fault.owner,
        "fieldName": fault.field,
    }
    message = f"Field '{fault.field}' doesn't exist on type '{fault.owner}'"
    return [
        {"message": message, "path": path, "extensions": extensions}
        for path in search.paths
    ]
