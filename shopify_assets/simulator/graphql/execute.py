"""Answering one GraphQL request: parse, validate, weigh, execute.

Charter: the order of these steps and the shape of the answer. Cost, throttling and
access are decided by the modules named so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from shopify_assets.simulator.graphql.cost import Node
from shopify_assets.simulator.graphql.refusals import Refused
from shopify_assets.simulator.graphql.walk import Compiler, NullFound, Run
from shopify_assets.simulator.graphql.weighing import Weighing
from shopify_assets.simulator.graphql.wire import executable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import DocumentNode

    from shopify_assets.catalog.schema import Schema
    from shopify_assets.simulator.graphql.walk import Connections, Getter, Readers
    from shopify_assets.simulator.world.world import World

_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")


@dataclass(frozen=True)
class Operation:
    """One operation of a valid document, with its variables."""

    text: str
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

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


class Invalid(Exception):
    """A document is not valid; `errors` are as an answer lists them."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


@lru_cache(maxsize=512)
def _document(text: str) -> DocumentNode:
    try:
        document = parse(text)
    except GraphQLError as error:
        raise Invalid([_parse_error(error)]) from error
    errors = validate(executable(), document)
    if errors:
        raise Invalid([_described(error) for error in errors])
    return document


def prepare(text: str, variables: dict[str, Any], name: str | None) -> Operation:
    """Parse and validate a request.

    Raises:
        Invalid: it is not GraphQL, or not GraphQL of this schema.
    """
    definitions = _document(text).definitions
    operations = [
        each for each in definitions if isinstance(each, OperationDefinitionNode)
    ]
    chosen = [
        each
        for each in operations
        if name is None or (each.name and each.name.value == name)
    ]
    if len(chosen) != 1:
        raise Invalid([{"message": "An operation name is required", "extensions": {}}])
    node = chosen[0]
    coerced = get_variable_values(
        executable(), node.variable_definitions or (), variables
    )
    if isinstance(coerced, list):
        raise Invalid([_variable_error(error) for error in coerced])
    fragments = {
        each.name.value: each
        for each in definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    return Operation(text, node, fragments, coerced)


def _parse_error(error: GraphQLError) -> dict[str, Any]:
    return {**_located(error), "extensions": {"code": "PARSE_ERROR"}}


def _variable_error(error: GraphQLError) -> dict[str, Any]:
    return {**_located(error), "extensions": {"code": "INVALID_VARIABLE"}}


def _described(error: GraphQLError) -> dict[str, Any]:
    found = _UNKNOWN_FIELD.match(error.message)
    if found is None:
        extensions = {"code": "argumentLiteralsIncompatible"}
        return {**_located(error), "extensions": extensions}
    name, kind = found.groups()
    extensions = {"code": "undefinedField", "typeName": kind, "fieldName": name}
    message = f"Field '{name}' doesn't exist on type '{kind}'"
    return {**_located(error), "message": message, "extensions": extensions}


def _located(error: GraphQLError) -> dict[str, Any]:
    locations = [{"line": at.line, "column": at.column} for at in error.locations or ()]
    return {"message": error.message, "locations": locations}


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
        self, operation: Operation, granted: frozenset[str], connections: Connections
    ) -> Getter:
        """Compile an operation, or recall it: pages repeat the same text."""
        name = operation.node.name.value if operation.node.name else ""
        key = (operation.text, name, granted, type(connections))
        found = self._compiled.get(key)
        if found is None:
            compiler = Compiler(
                schema=self._schema,
                wire=executable(),
                fragments=operation.fragments,
                granted=granted,
                readers=self._readers,
                connections=connections,
                variables=operation.variables,
            )
            root = "Mutation" if operation.is_mutation else "QueryRoot"
            found = compiler.object_getter(root, [operation.node.selection_set])
            if "@" not in operation.text:  # directives depend on the variables
                self._compiled[key] = found
        return found

    def execute(
        self, operation: Operation, granted: frozenset[str], connections: Connections
    ) -> Outcome:
        """Run an operation."""
        run = Run(self._world, operation.variables)
        get = self.getter(operation, granted, connections)
        try:
            data = get({}, run)
        except NullFound:
            data = None
        except Refused as refused:
            return Outcome(None, [*run.errors, refused.entry()])
        return Outcome(data, run.errors, run.warnings)
