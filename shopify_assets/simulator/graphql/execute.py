"""Answering one GraphQL request: parse, validate, weigh, execute.

Charter: the order of these steps and the shape of the answer. Cost, throttling and
access are decided by the modules named so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from graphql import (
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    type_from_ast,
)
from graphql.execution.values import get_variable_values

from shopify_assets.catalog.mutations import known_mutations
from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.simulator.graphql.cost import Node
from shopify_assets.simulator.graphql.literals import problems
from shopify_assets.simulator.graphql.refusals import Refused, located
from shopify_assets.simulator.graphql.validation import (
    Invalid,
    errors_of,
    parsed,
    refuse_unsimulated,
)
from shopify_assets.simulator.graphql.walk import Compiler, NullFound, Run
from shopify_assets.simulator.graphql.weighing import Weighing
from shopify_assets.simulator.graphql.wire import executable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphql import (
        DefinitionNode,
        DocumentNode,
        GraphQLSchema,
        VariableDefinitionNode,
    )

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.simulator.graphql.walk import Connections, Getter, Readers
    from shopify_assets.simulator.world.world import World


@dataclass(frozen=True)
class Operation:
    """One operation of a valid document, with its variables, in a pinned version."""

    text: str
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    version: str = PINNED_VERSION

    @property
    def name(self) -> str | None:
        """Its name, if it has one."""
        return self.node.name.value if self.node.name else None

    @property
    def is_mutation(self) -> bool:
        """Whether it changes something."""
        return self.node.operation is OperationType.MUTATION

    @property
    def root_fields(self) -> list[str]:
        """Names of the fields selected at the root."""
        selections = self.node.selection_set.selections
        return [each.name.value for each in selections if hasattr(each, "name")]


@dataclass
class Outcome:
    """What executing an operation gave."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)


@lru_cache(maxsize=512)
def _document(text: str, version: str) -> DocumentNode:
    document = parsed(text)
    refuse_unsimulated(executable(version), document, known_mutations(version))
    errors = errors_of(executable(version), document)
    if errors:
        raise Invalid(errors)
    return document


def prepare(
    text: str,
    variables: dict[str, Any],
    name: str | None,
    version: str = PINNED_VERSION,
) -> Operation:
    """Parse and validate a request, in a pinned version.

    Raises:
        Invalid: it is not GraphQL, or not GraphQL of this schema.
    """
    definitions = _document(text, version).definitions
    node = _chosen(definitions, name)
    coerced = _coerced(executable(version), node, variables)
    fragments = {
        each.name.value: each
        for each in definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    return Operation(text, node, fragments, coerced, version)


def _chosen(
    definitions: Sequence[DefinitionNode], name: str | None
) -> OperationDefinitionNode:
    operations = [
        each for each in definitions if isinstance(each, OperationDefinitionNode)
    ]
    if name is not None:
        operations = [
            each for each in operations if each.name and each.name.value == name
        ]
        if not operations:
            raise Invalid([{"message": f'No operation named "{name}"'}])
    if len(operations) != 1:
        raise Invalid([{"message": "An operation name is required"}])
    return operations[0]


def _coerced(
    schema: GraphQLSchema, node: OperationDefinitionNode, variables: dict[str, Any]
) -> dict[str, Any]:
    definitions = node.variable_definitions or ()
    coerced = get_variable_values(schema, definitions, variables)
    if isinstance(coerced, dict):
        return coerced
    entries = (_variable_error(schema, each, variables) for each in definitions)
    told = [entry for entry in entries if entry is not None]
    raise Invalid(told or [_of_variable(error.message) for error in coerced])


def _variable_error(
    schema: GraphQLSchema, defined: VariableDefinitionNode, variables: dict[str, Any]
) -> dict[str, Any] | None:
    """What is wrong with the value of a variable, if anything is."""
    name = defined.variable.name.value
    if name not in variables and defined.default_value is not None:
        return None
    value, kind = variables.get(name), type_from_ast(schema, defined.type)
    wrong = problems(value, kind)
    if not wrong:
        return None
    places = ", ".join(
        f"{'.'.join(map(str, each['path']))} ({each['explanation']})"
        for each in wrong
        if each["path"]
    )
    message = f"Variable ${name} of type {kind} was provided invalid value"
    message += f" for {places}" if places else ""
    return _of_variable(
        message, locations=located(defined), value=value, problems=wrong
    )


def _of_variable(message: str, **told: Any) -> dict[str, Any]:
    locations = told.pop("locations", None)
    return Refused(message, code="INVALID_VARIABLE", **told).entry(None, locations)


class Engine:
    """Executes operations on one world."""

    def __init__(self, world: World, schema: Schema, readers: Readers) -> None:
        self._world = world
        self._schema = schema
        self._readers = readers
        self._compiled: dict[tuple[Any, ...], Getter] = {}

    def cost(self, operation: Operation) -> Node:
        """The cost of an operation."""
        weighing = Weighing(self._schema, operation.fragments, operation.variables)
        weigh = weighing.mutation if operation.is_mutation else weighing.query
        return weigh(operation.node.selection_set)

    def getter(
        self,
        operation: Operation,
        granted: frozenset[str],
        connections: Connections,
        *,
        telling: bool = False,
    ) -> Getter:
        """Compile an operation, or recall it: pages repeat the same text."""
        key = (operation.text, operation.name, granted, type(connections), telling)
        getter = self._compiled.get(key)
        if getter is None:
            compiler = Compiler(
                schema=self._schema,
                wire=executable(self._schema.version),
                fragments=operation.fragments,
                granted=granted,
                readers=self._readers,
                connections=connections,
                variables=operation.variables,
                telling=telling,
            )
            root = "Mutation" if operation.is_mutation else "QueryRoot"
            getter = compiler.object_getter(root, [operation.node.selection_set])
            if "@" not in operation.text:  # directives depend on the variables
                self._compiled[key] = getter
        return getter

    def execute(
        self, operation: Operation, granted: frozenset[str], connections: Connections
    ) -> Outcome:
        """Run an operation.

        A query that is refused somewhere is run again so that it tells where; a
        mutation, which happens once, tells at once.
        """
        if not operation.is_mutation:
            try:
                outcome = self._run(
                    self.getter(operation, granted, connections), operation
                )
            except Refused:
                outcome = Outcome(None)
            if outcome.data is not None or outcome.errors:
                return outcome
        get = self.getter(operation, granted, connections, telling=True)
        return self._run(get, operation)

    def _run(self, get: Getter, operation: Operation) -> Outcome:
        run = Run(self._world, operation.variables)
        try:
            data = get({}, run)
        except NullFound:
            data = None
        return Outcome(data, run.errors, run.warnings)
