"""The pinned schema as graphql-core needs it, for validating queries.

Charter: translating `catalog.schema` into a GraphQLSchema, lazily. Execution does not
happen here: see `walk.py`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    parse_value,
    specified_scalar_types,
    value_from_ast,
)

from shopify_assets.catalog.schema import PINNED_VERSION, load_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shopify_assets.catalog.schema import Argument, Field, Schema, Type


@lru_cache(maxsize=8)
def executable(version: str = PINNED_VERSION) -> GraphQLSchema:
    """The schema of a pinned version; building it takes some tenths of a second."""
    return _Translation(load_schema(version)).schema()


class _Translation:
    def __init__(self, pinned: Schema) -> None:
        self._pinned = pinned
        self._named: dict[str, GraphQLNamedType] = dict(specified_scalar_types)

    def schema(self) -> GraphQLSchema:
        for each in self._pinned.types.values():
            if each.name not in self._named:
                self._named[each.name] = self._translate(each)
        return GraphQLSchema(
            query=cast("GraphQLObjectType", self._named["QueryRoot"]),
            mutation=cast("GraphQLObjectType", self._named["Mutation"]),
            types=list(self._named.values()),
            assume_valid=True,
        )

    def _translate(self, each: Type) -> GraphQLNamedType:
        match each.kind:
            case "SCALAR":
                return GraphQLScalarType(each.name)
            case "ENUM":
                return GraphQLEnumType(each.name, {name: name for name in each.values})
            case "UNION":
                return GraphQLUnionType(each.name, lambda: self._all(each.possible))
            case "INPUT_OBJECT":
                return GraphQLInputObjectType(
                    each.name, lambda: self._inputs(each.inputs)
                )
        kind = GraphQLInterfaceType if each.kind == "INTERFACE" else GraphQLObjectType
        return kind(
            each.name,
            lambda: {name: self._field(made) for name, made in each.fields.items()},
            lambda: self._all(each.interfaces),
        )

    def _all(self, names: tuple[str, ...]) -> list[Any]:
        return [self._named[name] for name in names]

    def _type(self, notation: str) -> Any:
        return _wrapped(notation, self._named)

    def _field(self, field: Field) -> GraphQLField:
        arguments = {
            name: GraphQLArgument(
                self._type(each.type),
                self._default(each),
                _filter_table(field.filters) if name == "query" else None,
            )
            for name, each in field.args.items()
        }
        reason = "Use another field." if field.deprecated else None
        return GraphQLField(
            self._type(field.type), arguments, deprecation_reason=reason
        )

    def _inputs(self, inputs: Mapping[str, Argument]) -> dict[str, GraphQLInputField]:
        return {
            name: GraphQLInputField(self._type(each.type), self._default(each))
            for name, each in inputs.items()
        }

    def _default(self, argument: Argument) -> Any:
        if argument.default is None:
            return Undefined
        kind = self._type(argument.type)
        return value_from_ast(parse_value(argument.default), kind)


def _filter_table(filters: tuple[str, ...]) -> str | None:
    """Search fields as Shopify documents them, for want of another place."""
    rows = [f"| {name} | string |" for name in filters]
    return "\n".join(["| name | type |", "| ---- | ---- |", *rows]) if rows else None


def _wrapped(notation: str, named: Mapping[str, GraphQLNamedType]) -> Any:
    if notation.endswith("!"):
        return GraphQLNonNull(_wrapped(notation[:-1], named))
    if notation.startswith("["):
        return GraphQLList(_wrapped(notation[1:-1], named))
    return named[notation]
