"""What is wrong with the variables of a document, in Shopify's codes and words.

Charter: mistakes that are seen only of an operation with its fragments as a whole:
variables defined, used and fitting, and fragments and names that are there for nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    SKIP,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLList,
    GraphQLNonNull,
    ListTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    get_named_type,
    is_input_type,
    print_ast,
    type_from_ast,
)
from graphql.language import visit

from shopify_assets.simulator.graphql.literals import fits
from shopify_assets.simulator.graphql.places import Places
from shopify_assets.simulator.graphql.refusals import Refused, located

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import DocumentNode, GraphQLSchema, Node, TypeNode

    Entry = dict[str, Any]
    Definition = OperationDefinitionNode | FragmentDefinitionNode


@dataclass(frozen=True)
class _Use:
    """A variable where it is used: as the whole of an argument, or within one."""

    name: str
    node: Node
    path: tuple[str, ...]
    argument: str
    wanted: Any


def variable_mistakes(schema: GraphQLSchema, document: DocumentNode) -> list[Entry]:
    """The mistakes in a document's variables, fragments' use and operations' names."""
    definitions = {
        id(definition): _looked_at(schema, definition)
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
    }
    return [
        entry
        for tell in (_of_operations, _of_fragments)
        for entry in tell(schema, document, definitions)
    ]


class _Uses(Places):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.uses: list[_Use] = []
        self.spreads: list[str] = []
        self._types = types

    def look(self, node: Any) -> Any:
        match node:
            case VariableDefinitionNode():
                return SKIP  # no use of it
            case FragmentSpreadNode():
                self.spreads.append(node.name.value)
            case VariableNode():
                name = self.path[-1] if self.path else ""
                wanted = self._types.get_input_type()
                use = _Use(node.name.value, node, tuple(self.path), name, wanted)
                self.uses.append(use)
        return None


def _looked_at(schema: GraphQLSchema, definition: Definition) -> _Uses:
    types = TypeInfo(schema)
    uses = _Uses(types)
    visit(definition, TypeInfoVisitor(types, uses))
    return uses


def _of_operations(
    schema: GraphQLSchema, document: DocumentNode, seen: dict[int, _Uses]
) -> Iterator[Entry]:
    operations = _all(document, OperationDefinitionNode)
    names = [
        operation.name.value if operation.name else None for operation in operations
    ]
    for operation, name in zip(operations, names, strict=True):
        if name is None and len(operations) > 1:
            message = "Operation name is required when multiple operations are present"
            yield _entry(message, "uniquelyNamedOperations", [], operation)
        elif names.count(name) > 1:
            message = f'Operation name "{name}" must be unique'
            code = "uniquelyNamedOperations"
            yield _entry(message, code, [], operation, operationName=name)
        yield from _of_definitions(schema, operation)
        yield from _of_uses(schema, operation, _within(document, operation, seen))


def _of_definitions(
    schema: GraphQLSchema, operation: OperationDefinitionNode
) -> Iterator[Entry]:
    path = [_titled(operation)]
    for defined in operation.variable_definitions:
        name, named = defined.variable.name.value, _named(defined.type)
        kind = schema.get_type(named)
        if kind is None or not is_input_type(kind):
            what = "a defined" if kind is None else "a valid"
            message = f"{named} isn't {what} input type (on ${name})"
            told = {"typeName": named, "variableName": name}
            yield _entry(message, "variableRequiresValidType", path, defined, **told)
            continue
        wanted = type_from_ast(schema, defined.type)
        if defined.default_value and not fits(defined.default_value, wanted):
            message = f"Default value for ${name} doesn't match type {wanted}"
            told = {"variableName": name, "typeName": str(wanted)}
            yield _entry(message, "defaultValueInvalidType", path, defined, **told)


def _of_uses(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    uses: list[tuple[Definition, _Use]],
) -> Iterator[Entry]:
    defined = {
        variable.variable.name.value: variable
        for variable in operation.variable_definitions
    }
    used = {use.name for _, use in uses}
    for name in defined:
        if name not in used:
            message = (
                f"Variable ${name} is declared by {_called(operation)} but not used"
            )
            path = [_titled(operation)]
            code = "variableNotUsed"
            yield _entry(message, code, path, operation, variableName=name)
    for owner, use in uses:
        if use.name not in defined:
            message = (
                f"Variable ${use.name} is used by {_called(owner)} but not declared"
            )
            code = "variableNotDefined"
            yield _entry(message, code, use.path, use.node, variableName=use.name)
            continue
        yield from _misfit(schema, defined[use.name], use)


def _misfit(
    schema: GraphQLSchema, defined: VariableDefinitionNode, use: _Use
) -> Iterator[Entry]:
    kind: Any = type_from_ast(schema, defined.type)
    if use.wanted is None or not is_input_type(kind):
        return
    if defined.default_value is not None and not isinstance(kind, GraphQLNonNull):
        kind = GraphQLNonNull(kind)
    why = _difference(kind, use.wanted)
    if why:
        yield _entry(
            f"{why} on variable ${use.name} and argument {use.argument} "
            f"({kind} / {use.wanted})",
            "variableMismatch",
            use.path,
            use.node,
            variableName=use.name,
            typeName=str(kind),
            argumentName=use.argument,
            errorMessage=why,
        )


def _difference(kind: Any, wanted: Any) -> str:
    if get_named_type(kind) is not get_named_type(wanted):
        return "Type mismatch"
    if _dimensions(kind) != _dimensions(wanted):
        return "List dimension mismatch"
    return "" if _as_strict(kind, wanted) else "Nullability mismatch"


def _dimensions(kind: Any) -> int:
    if isinstance(kind, GraphQLNonNull):
        return _dimensions(kind.of_type)
    return 1 + _dimensions(kind.of_type) if isinstance(kind, GraphQLList) else 0


def _as_strict(kind: Any, wanted: Any) -> bool:
    if isinstance(wanted, GraphQLNonNull):
        strict = isinstance(kind, GraphQLNonNull)
        return strict and _as_strict(kind.of_type, wanted.of_type)
    if isinstance(kind, GraphQLNonNull):
        return _as_strict(kind.of_type, wanted)
    lists = isinstance(kind, GraphQLList) and isinstance(wanted, GraphQLList)
    return not lists or _as_strict(kind.of_type, wanted.of_type)


def _of_fragments(
    _: GraphQLSchema, document: DocumentNode, seen: dict[int, _Uses]
) -> Iterator[Entry]:
    used = {name for uses in seen.values() for name in uses.spreads}
    fragments = _all(document, FragmentDefinitionNode)
    names = [fragment.name.value for fragment in fragments]
    counts = Counter(names)
    endless = _endless(
        {fragment.name.value: set(seen[id(fragment)].spreads) for fragment in fragments}
    )
    for fragment, name in zip(fragments, names, strict=True):
        told = {"fragmentName": name}
        path = [_titled(fragment)]
        if counts[name] > 1:
            message = f'Fragment name "{name}" must be unique'
            yield _entry(message, "fragmentNotUnique", [], fragment, **told)
        if name not in used:
            message = f"Fragment {name} was defined, but not used"
            yield _entry(message, "useAndDefineFragment", path, fragment, **told)
        elif name in endless:
            message = f"Fragment {name} contains an infinite loop"
            yield _entry(message, "infiniteLoop", path, fragment, **told)


def _endless(spreads: dict[str, set[str]]) -> set[str]:
    """Names of the fragments that spread themselves, or one that does."""
    left = {name: spread & spreads.keys() for name, spread in spreads.items()}
    users: dict[str, list[str]] = {}
    for name, spread in left.items():
        for used in spread:
            users.setdefault(used, []).append(name)
    waiting = [name for name, spread in left.items() if not spread]
    while waiting:
        name = waiting.pop()
        del left[name]
        for user in users.get(name, ()):
            left[user].discard(name)
            if not left[user]:
                waiting.append(user)
    return set(left)


def _within(
    document: DocumentNode, operation: OperationDefinitionNode, seen: dict[int, _Uses]
) -> list[tuple[Definition, _Use]]:
    names = _reached(document, operation, seen)
    fragments = _all(document, FragmentDefinitionNode)
    parts = [
        operation,
        *(fragment for fragment in fragments if fragment.name.value in names),
    ]
    return [(part, use) for part in parts for use in seen[id(part)].uses]


def _reached(
    document: DocumentNode, start: Definition, seen: dict[int, _Uses]
) -> set[str]:
    """Names of the fragments that a definition spreads, directly or not."""
    fragments = {
        fragment.name.value: fragment
        for fragment in _all(document, FragmentDefinitionNode)
    }
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for name in seen[id(waiting.pop())].spreads:
            if name not in reached and name in fragments:
                reached.add(name)
                waiting.append(fragments[name])
    return reached


def _all(document: DocumentNode, kind: Any) -> list[Any]:
    return [
        definition
        for definition in document.definitions
        if isinstance(definition, kind)
    ]


def _entry(message: str, code: str, path: Any, node: Node, **told: Any) -> Entry:
    return Refused(message, code=code, **told).entry(list(path), located(node))


def _named(node: TypeNode) -> str:
    while isinstance(node, NonNullTypeNode | ListTypeNode):
        node = node.type
    return print_ast(node)


def _titled(node: Definition) -> str:
    name = node.name.value if node.name else ""
    if isinstance(node, FragmentDefinitionNode):
        return f"fragment {name}"
    return f"{node.operation.value} {name}".rstrip()


def _called(node: Definition) -> str:
    if node.name:
        return node.name.value
    assert isinstance(node, OperationDefinitionNode)  # noqa: S101 -- fragments are named
    return f"anonymous {node.operation.value}"
