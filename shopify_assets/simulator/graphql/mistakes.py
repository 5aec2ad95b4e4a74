"""What is wrong with a document, in the codes and words of Shopify's validation.

Charter: telling mistakes in fields, selections, fragments and arguments. Shopify runs
graphql-ruby, whose codes, paths and messages are facts of the wire. What is wrong with
variables is in `variables.py`, whether a document is valid at all in `validation.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    SKIP,
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInputObjectType,
    GraphQLUnionType,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    ObjectValueNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_enum_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
    print_ast,
)
from graphql.language import visit
from graphql.utilities import do_types_overlap

from shopify_assets.simulator.graphql.literals import fits
from shopify_assets.simulator.graphql.places import Places
from shopify_assets.simulator.graphql.refusals import (
    Refused,
    located,
    undefined_field,
)

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLSchema, NameNode

    Entry = dict[str, Any]


def mistakes(schema: GraphQLSchema, document: DocumentNode) -> list[Entry]:
    """The mistakes in a document that its fields, fragments and arguments hold."""
    types = TypeInfo(schema)
    search = _Mistakes(schema, document, types)
    visit(document, TypeInfoVisitor(types, search))
    return search.entries


class _Mistakes(Places):
    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, types: TypeInfo
    ) -> None:
        super().__init__()
        self.entries: list[Entry] = []
        self._schema = schema
        self._types = types
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def look(self, node: Any) -> Any:
        match node:
            case FieldNode():
                return self._field(node)
            case InlineFragmentNode() | FragmentDefinitionNode():
                return self._fragment(node)
            case FragmentSpreadNode():
                self._spread(node)
            case DirectiveNode():
                return self._directive(node)
            case ArgumentNode():
                return self._argument(node)
            case ObjectFieldNode():
                return self._input_field(node)
            case ObjectValueNode():
                self._input_object(node)
        return None

    def _add(
        self,
        message: str,
        code: str,
        *nodes: Node,
        path: list[str] | None = None,
        **told: Any,
    ) -> None:
        refused = Refused(message, code=code, **told)
        self.entries.append(refused.entry(path or list(self.path), located(*nodes)))

    def _field(self, node: FieldNode) -> Any:
        owner, name = self._types.get_parent_type(), node.name.value
        field = self._types.get_field_def()
        if owner is None:
            return SKIP  # its owner is what is wrong
        if isinstance(owner, GraphQLUnionType) and name != "__typename":
            self._add(
                "Selections can't be made directly on unions (see selections on "
                f"{owner.name})",
                "selectionMismatch",
                node,
                nodeName=owner.name,
            )
            return SKIP
        if field is None:
            self.entries.append(undefined_field(owner.name, node, self.path))
            return SKIP
        missing = [
            name
            for name, argument in field.args.items()
            if is_required_argument(argument)
        ]
        self._missing("Field", node, missing)
        return self._selection(node, get_named_type(field.type))

    def _selection(self, node: FieldNode, kind: Any) -> Any:
        name, chosen = node.name.value, node.selection_set
        if is_leaf_type(kind) and chosen is not None:
            names = ", ".join(f'"{_called(part)}"' for part in chosen.selections)
            what = "enums" if is_enum_type(kind) else "scalars"
            message = (
                f"Selections can't be made on {what} (field '{name}' returns "
                f"{kind.name} but has selections [{names}])"
            )
        elif is_composite_type(kind) and chosen is None:
            message = (
                f"Field must have selections (field '{name}' returns {kind.name} but "
                f"has no selections. Did you mean '{name} {{ ... }}'?)"
            )
        else:
            return None
        told = {"nodeName": f"field '{name}'", "typeName": kind.name}
        self._add(message, "selectionMismatch", node, **told)
        return SKIP

    def _missing(self, what: str, node: Any, required: list[str]) -> None:
        given = {argument.name.value for argument in node.arguments}
        missing = ", ".join(name for name in required if name not in given)
        if missing:
            name = node.name.value
            self._add(
                f"{what} '{name}' is missing required arguments: {missing}",
                "missingRequiredArguments",
                node,
                className=what,
                name=name,
                arguments=missing,
            )

    def _fragment(self, node: Any) -> Any:
        if node.type_condition is None:
            return None
        name = node.type_condition.name.value
        kind = self._schema.get_type(name)
        if kind is None:
            message = f"No such type {name}, so it can't be a fragment condition"
            self._add(message, "undefinedType", node, typeName=name)
            return SKIP
        if not is_composite_type(kind):
            message = (
                f"Invalid fragment on type {name} (must be Union, Interface or Object)"
            )
            self._add(message, "fragmentOnNonCompositeType", node, typeName=name)
            return SKIP
        if isinstance(node, InlineFragmentNode):
            self._fitting(node, kind, self._types.get_parent_type(), "")
        return None

    def _spread(self, node: FragmentSpreadNode) -> None:
        name = node.name.value
        fragment = self._fragments.get(name)
        if fragment is None:
            message = f"Fragment {name} was used, but not defined"
            self._add(message, "useAndDefineFragment", node, fragmentName=name)
            return
        kind = self._schema.get_type(fragment.type_condition.name.value)
        if kind is not None and is_composite_type(kind):
            self._fitting(node, kind, self._types.get_parent_type(), name)

    def _fitting(self, node: Node, kind: Any, around: Any, name: str) -> None:
        if around is None or do_types_overlap(self._schema, kind, around):
            return
        named = f" {name}" if name else ""
        self._add(
            f"Fragment{named} on {kind.name} can't be spread inside {around.name}",
            "cannotSpreadFragment",
            node,
            typeName=kind.name,
            fragmentName=name or "unknown",
            parentName=around.name,
        )

    def _directive(self, node: DirectiveNode) -> Any:
        name = node.name.value
        directive = self._types.get_directive()
        if directive is None:
            message = f"Directive @{name} is not defined"
            self._add(message, "undefinedDirective", node, directiveName=name)
            return SKIP
        required = [
            name
            for name, argument in directive.args.items()
            if is_required_argument(argument)
        ]
        self._missing("Directive", node, required)
        return None

    def _argument(self, node: ArgumentNode) -> Any:
        owner = self.owners[-1]
        kind = "Field" if isinstance(owner, FieldNode) else "Directive"
        if self._types.get_argument() is None:
            return self._not_accepted(node, kind, owner.name.value)
        return self._value(node, kind, owner.name.value, owner)

    def _input_field(self, node: ObjectFieldNode) -> Any:
        owner = get_named_type(self._types.get_parent_input_type())
        if not isinstance(owner, GraphQLInputObjectType):
            return None  # JSON, whose keys are anyone's
        if node.name.value not in owner.fields:
            return self._not_accepted(node, "InputObject", owner.name)
        return self._value(node, "InputObject", owner.name, node)

    def _not_accepted(
        self, node: ArgumentNode | ObjectFieldNode, kind: str, owner: str
    ) -> Any:
        name = node.name.value
        self._add(
            f"{kind} '{owner}' doesn't accept argument '{name}'",
            "argumentNotAccepted",
            node,
            name=owner,
            typeName=kind,
            argumentName=name,
        )
        return SKIP

    def _value(self, node: Any, kind: str, owner: str, place: Node) -> Any:
        wanted = self._types.get_input_type()
        if isinstance(node.value, VariableNode) or fits(node.value, wanted):
            return None
        name = node.name.value
        self._add(
            f"Argument '{name}' on {kind} '{owner}' has an invalid value "
            f"({print_ast(node.value)}). Expected type '{wanted}'.",
            "argumentLiteralsIncompatible",
            place,
            typeName=kind,
            argumentName=name,
        )
        return SKIP

    def _input_object(self, node: ObjectValueNode) -> None:
        kind = get_named_type(self._types.get_input_type())
        if not isinstance(kind, GraphQLInputObjectType):
            return
        given = {field.name.value for field in node.fields}
        for name, field in kind.fields.items():
            if is_required_input_field(field) and name not in given:
                self._add(
                    f"Argument '{name}' on InputObject '{kind.name}' is required. "
                    f"Expected type {field.type}",
                    "missingRequiredInputObjectAttribute",
                    node,
                    path=[*self.path, name],
                    argumentName=name,
                    argumentType=str(field.type),
                    inputObjectType=kind.name,
                )


def _called(node: Any) -> str:
    if isinstance(node, InlineFragmentNode):
        return "..."
    name: NameNode = node.name
    return name.value
