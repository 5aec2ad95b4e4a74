"""Compiles a selection into closures that read it off records.

Charter: how a query's selection becomes a JSON value: fragments, aliases, lists, nulls
and access scopes. Where records come from is decided by `readers.py`; a connection is
handed to the `Connections` given, so that pages and bulk operations share the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, print_ast
from graphql.execution.values import get_argument_values, get_directive_values
from graphql.type import GraphQLIncludeDirective, GraphQLSkipDirective

from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.simulator.graphql.protected import withheld
from shopify_assets.simulator.graphql.refusals import access_denied, no_value
from shopify_assets.simulator.graphql.steps import (
    Getter,
    NullFound,
    Run,
    guarded,
    in_place,
    in_row,
    listed,
    telling,
    then,
    tracked,
    withholding,
)
from shopify_assets.simulator.world.world import Record, Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from graphql import (
        FragmentDefinitionNode,
        GraphQLObjectType,
        GraphQLSchema,
        SelectionSetNode,
    )

    from shopify_assets.catalog.schema import Field, Schema

__all__ = [
    "Compiler",
    "Connections",
    "Getter",
    "NullFound",
    "Readers",
    "Run",
    "in_place",
    "in_row",
    "tracked",
]


class Readers(Protocol):
    """Makes the readers of fields that are no connections."""

    def plain(self, kind: str, name: str) -> Getter:
        """A reader of a field without arguments."""

    def with_arguments(
        self, kind: str, name: str, arguments: Callable[[Run], dict[str, Any]]
    ) -> Getter:
        """A reader of a field with arguments."""


class Connections(Protocol):
    """Makes the getter of a connection field.

    Attributes:
        silent: connections leave no trace in the object they are selected on.
    """

    silent: bool

    def getter(self, compiler: Compiler, owner: str, nodes: list[FieldNode]) -> Getter:
        """Compile the connection selected by `nodes` on type `owner`."""


@dataclass
class Compiler:
    """Compiles the selections of one document for one set of granted scopes.

    With `telling`, each field knows its path, and a refusal costs that field alone;
    without, a refusal ends the execution, which is faster and mostly enough.
    """

    schema: Schema
    wire: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    granted: frozenset[str]
    readers: Readers
    connections: Connections
    variables: Mapping[str, Any]
    denials: int = 0
    telling: bool = False

    def object_getter(self, kind: str, sets: list[SelectionSetNode]) -> Getter:
        """Compile selection sets on type `kind` into a getter of objects."""
        if self.schema[kind].is_abstract:
            return self._dispatcher(sets)
        fields, silent = [], []
        for key, nodes in self.collect(kind, sets).items():
            getter = self._field_getter(kind, key, nodes)
            if self._silent(kind, nodes[0].name.value):
                silent.append(getter)
            else:
                fields.append((key, getter))

        def get(record: Record, run: Run) -> dict[str, Any]:
            return {key: read(record, run) for key, read in fields}

        def get_and_walk(record: Record, run: Run) -> dict[str, Any]:
            for read in silent:
                read(record, run)
            return get(record, run)

        return get_and_walk if silent else get

    def _silent(self, kind: str, name: str) -> bool:
        if not self.connections.silent or name == "__typename":
            return False
        return self.schema.node_type(self.schema[kind].fields[name]) is not None

    def _dispatcher(self, sets: list[SelectionSetNode]) -> Getter:
        made: dict[str, Getter] = {}

        def get(record: Record, run: Run) -> Any:
            kind = record["__typename"]
            if kind not in self.schema.types:
                return None  # another version's
            getter = made.get(kind)
            if getter is None:
                getter = made[kind] = self.object_getter(kind, sets)
            return getter(record, run)

        return get

    def collect(
        self, kind: str, sets: Iterable[SelectionSetNode]
    ) -> dict[str, list[FieldNode]]:
        """The fields selected on a concrete type, by response key, fragments merged."""
        found: dict[str, list[FieldNode]] = {}
        for each in sets:
            self._collect(kind, each, found)
        return found

    def _collect(
        self, kind: str, selected: SelectionSetNode, found: dict[str, list[FieldNode]]
    ) -> None:
        for node in selected.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                if self._applies(kind, fragment.type_condition.name.value):
                    self._collect(kind, fragment.selection_set, found)
            elif isinstance(node, InlineFragmentNode) and (
                node.type_condition is None
                or self._applies(kind, node.type_condition.name.value)
            ):
                self._collect(kind, node.selection_set, found)

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        variables = dict(self.variables)
        skip = get_directive_values(GraphQLSkipDirective, node, variables)
        include = get_directive_values(GraphQLIncludeDirective, node, variables)
        return not (skip and skip["if"]) and not (include and not include["if"])

    def _applies(self, kind: str, condition: str) -> bool:
        return kind == condition or kind in self.schema[condition].possible

    def _field_getter(self, kind: str, key: str, nodes: list[FieldNode]) -> Getter:
        name = nodes[0].name.value
        if name == "__typename":
            return lambda _record, _run: kind
        found = self.schema[kind].fields[name]
        needed = self.missing(kind, name)
        if needed is not None:
            return self._denied(key, nodes[0], found, needed)
        private = withheld(self.schema, kind, name, self.granted)
        before = self.denials
        read = self._reading(kind, name, nodes)
        if private is not None:
            self.denials += 1
            whole = read or self.connections.getter(self, kind, nodes)
            hidden = withholding(whole, private, key, nodes[0])
            return guarded(hidden, nullable=found.nullable)
        if read is None:
            read = self.connections.getter(self, kind, nodes)
            if self.connections.silent:
                return read
        else:
            complete = self._completer(found.type.removesuffix("!"), nodes)
            read = then(read, complete) if complete is not None else read
        if self.telling:
            self.denials += 1  # so that all that leads here is tracked
            refusal = no_value(kind, name)
            whole = telling(read, nodes[0], refusal, nullable=found.nullable)
            return tracked(whole, key)
        whole = guarded(read, nullable=found.nullable)
        return whole if self.denials == before else tracked(whole, key)

    def _reading(self, kind: str, name: str, nodes: list[FieldNode]) -> Getter | None:
        found = self.schema[kind].fields[name]
        if self.schema.node_type(found) is not None:
            return None
        if found.args:
            return self.readers.with_arguments(
                kind, name, self.arguments(kind, nodes[0])
            )
        return self.readers.plain(kind, name)

    def arguments(self, kind: str, node: FieldNode) -> Callable[[Run], dict[str, Any]]:
        """The arguments of a field, read once a run if they need its variables."""
        definition = cast("GraphQLObjectType", self.wire.type_map[kind]).fields[
            node.name.value
        ]
        if not any("$" in print_ast(each.value) for each in node.arguments):
            fixed = get_argument_values(definition, node, {})
            return lambda _run: fixed

        def read(run: Run) -> dict[str, Any]:
            found = run.given.get(id(node))
            if found is None:
                variables = dict(run.variables)
                found = get_argument_values(definition, node, variables)
                run.given[id(node)] = found
            return found

        return read

    def missing(self, kind: str, name: str) -> tuple[str, ...] | None:
        """The scopes, any of which would grant a field that is denied; else None."""
        owner = self.schema[kind]
        found = owner.fields[name]
        if found.named_type not in self.schema.types:
            return None
        needed = self.schema.scopes_of(owner, name)
        return needed if needed and not self.granted.intersection(needed) else None

    def _denied(
        self, key: str, node: FieldNode, found: Field, needed: tuple[str, ...]
    ) -> Getter:
        self.denials += 1
        refused = access_denied(node.name.value, needed)

        def get(_record: Record, run: Run) -> None:
            run.refuse(refused, key, at=node)
            if not found.nullable:
                raise NullFound

        return get

    def _completer(self, notation: str, nodes: list[FieldNode]) -> Getter | None:
        if notation.startswith("["):
            inner = notation[1:-1]
            before = self.denials
            item = self._completer(inner.removesuffix("!"), nodes)
            if item is None:
                return None
            placed = in_place(item) if self.denials > before else in_row(item)
            return listed(item, placed, may_be_null=inner[-1] != "!")
        if not self.schema[notation].is_composite:
            return None
        sets = [node.selection_set for node in nodes if node.selection_set]
        return self._followed(notation, sets)

    def _followed(self, kind: str, sets: list[SelectionSetNode]) -> Getter:
        get = self.object_getter(kind, sets)
        shallow = self._only_id(kind, sets)

        def follow(value: Any, run: Run) -> Any:
            if type(value) is Ref:
                if shallow is not None and run.world.exists(value.gid):
                    return dict.fromkeys(shallow, value.gid)
                value = run.world.find(value.gid)
            return None if value is None else get(value, run)

        shown = self.shown(kind)
        if shown is None:
            return follow
        return lambda value, run: follow(value, run) if shown(value) else None

    def shown(self, kind: str) -> Callable[[Any], bool] | None:
        """Tells whether a record is one of type `kind`; None if there is no doubt.

        In another version than the one in use a type may have fewer members.
        """
        if self.schema.version == PINNED_VERSION or not self.schema[kind].is_composite:
            return None
        names = {kind, *self.schema[kind].possible}

        def is_shown(value: Any) -> bool:
            if type(value) is Ref:
                return value.gid.split("/")[3] in names
            return type(value) is not dict or value.get("__typename", kind) in names

        return is_shown

    def _only_id(self, kind: str, sets: list[SelectionSetNode]) -> list[str] | None:
        if self.schema[kind].is_abstract:
            return None
        fields = self.collect(kind, sets)
        ids = all(nodes[0].name.value == "id" for nodes in fields.values())
        denied = "id" in self.schema[kind].fields and self.missing(kind, "id")
        return list(fields) if ids and not denied else None

    def node_getter(self, kind: str, sets: list[SelectionSetNode]) -> Getter:
        """Compile the node selection of a connection, links followed."""
        if not self.schema[kind].is_composite:
            return lambda value, _run: value
        return self._followed(kind, sets)
