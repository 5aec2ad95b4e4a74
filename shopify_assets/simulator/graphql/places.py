"""Where in a document a part of it stands, as Shopify's errors spell it.

Charter: the path of a walk through a query: `query orders`, `orders`, `nodes`,
`... on Order`, an argument's name. What is looked for is decided by subclasses.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    SKIP,
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    Visitor,
)


class Places(Visitor):
    """Walks a document and keeps the path.

    Attributes:
        path: the steps down to the part that is looked at, itself included.
        owners: the fields and directives around it, whose arguments are met.
    """

    def __init__(self) -> None:
        super().__init__()
        self.path: list[str] = []
        self.owners: list[FieldNode | DirectiveNode] = []

    def look(self, node: Any) -> Any:
        """Look at a part; SKIP leaves out what is below it."""

    def enter(self, node: Node, *_: object) -> Any:
        """Go down a step."""
        self._down(node)
        seen = self.look(node)
        if seen is SKIP:
            self.leave(node)
        return seen

    def leave(self, node: Node, *_: object) -> None:
        """Go back up."""
        if _step(node) is not None:
            self.path.pop()
        if isinstance(node, FieldNode | DirectiveNode):
            self.owners.pop()

    def _down(self, node: Node) -> None:
        step = _step(node)
        if step is not None:
            self.path.append(step)
        if isinstance(node, FieldNode | DirectiveNode):
            self.owners.append(node)


def _step(node: Node) -> str | None:
    match node:
        case OperationDefinitionNode():
            name = f" {node.name.value}" if node.name else ""
            step: str | None = f"{node.operation.value}{name}"
        case FragmentDefinitionNode():
            step = f"fragment {node.name.value}"
        case InlineFragmentNode(type_condition=condition):
            step = f"... on {condition.name.value}" if condition else "..."
        case FragmentSpreadNode():
            step = f"... {node.name.value}"
        case FieldNode():
            step = (node.alias or node.name).value
        case ArgumentNode() | ObjectFieldNode():
            step = node.name.value
        case _:
            step = None
    return step
