"""Two schemas side by side, and a selection walked through both.

Charter: what differs in that which a selection names; one `Seen` a difference. The
selection is GraphQL's own syntax tree, so that it may be a query as it is sent or a
part of one. What the differences mean for a stream is told in `versions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from graphql.language.ast import (
    EnumValueNode,
    FieldNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    VariableNode,
)

from shopify_assets.catalog.scalars import SCALAR_KINDS, kind_of
from shopify_assets.catalog.schema import named_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql.language.ast import ObjectFieldNode, SelectionSetNode, ValueNode

    from shopify_assets.catalog.schema import Argument, Field, Schema, Type

Path = tuple[str, ...]


class Effect(Enum):
    """What a difference means, worst first."""

    BREAKS = "breaks"
    DEPRECATED = "deprecated"
    CHANGES = "changes"


class Kind(StrEnum):
    """What is different in the other version; the worst first."""

    NOT_COMPILED = "does not compile"
    TYPE_GONE = "type is not there"
    MEMBER_GONE = "can be of the type no more"
    FIELD_GONE = "field is not there"
    ARGUMENT_GONE = "argument is not there"
    ARGUMENT_REQUIRED = "argument is required"
    ARGUMENT_CHANGED = "argument has another type"
    VALUE_GONE = "enum value is not there"
    FILTER_GONE = "search filter is not there"
    TYPE_CHANGED = "type is another"
    KEY_CHANGED = "key of the table is another"
    COLUMN_CHANGED = "type of the column is another"
    DEPRECATED = "deprecated"
    COUNT_GONE = "cannot be counted"
    TYPE_RENAMED = "type has another name"
    NULLABLE = "may be null"
    NEVER_NULL = "is never null"
    SCOPES_CHANGED = "scopes are others"
    DEFAULT_CHANGED = "argument has another default"
    ARGUMENT_NEW = "argument is new"
    MEMBER_NEW = "may be of another type, too"

    @property
    def effect(self) -> Effect:
        """What it means for who selects it."""
        if self is Kind.DEPRECATED:
            return Effect.DEPRECATED
        return Effect.CHANGES if self in _HARMLESS else Effect.BREAKS


_HARMLESS = {
    Kind.COUNT_GONE,
    Kind.TYPE_RENAMED,
    Kind.NULLABLE,
    Kind.NEVER_NULL,
    Kind.SCOPES_CHANGED,
    Kind.DEFAULT_CHANGED,
    Kind.ARGUMENT_NEW,
    Kind.MEMBER_NEW,
}


@dataclass(frozen=True)
class Seen:
    """One difference.

    Attributes:
        kind: what is different.
        thing: what of the schema it is, such as `Order.customer`.
        path: where it is named: response keys, but for roots and parts of connections.
        detail: both ways, such as `Date → DateTime`; empty if there is nothing to add.
    """

    kind: Kind
    thing: str
    path: Path
    detail: str = ""


@dataclass(frozen=True)
class Owners:
    """The type that a selection stands on, in both versions."""

    before: Type
    after: Type


@dataclass(frozen=True)
class Pair:
    """The schema a selection was written for, and another one.

    Attributes:
        before: where everything that is selected exists.
        after: the other one, which may be the older of the two.
        searched: the search field that `query: $query` compares, if any.
    """

    before: Schema
    after: Schema
    searched: str | None = None

    def walk(
        self, on: str, selected: SelectionSetNode, path: Path = ()
    ) -> Iterator[Seen]:
        """Walk a selection on the type called `on`."""
        yield from self._type(on, on, selected, path)

    def _type(
        self, before: str, after: str, selected: SelectionSetNode, path: Path
    ) -> Iterator[Seen]:
        if after not in self.after.types:
            yield Seen(Kind.TYPE_GONE, after, path)
            return
        owners = Owners(self.before[before], self.after[after])
        yield from self._members(owners, selected, path)
        for node in selected.selections:
            if isinstance(node, FieldNode) and node.name.value != "__typename":
                yield from self._field(owners, node, path)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                name = condition.name.value if condition else before
                inner = (*path, f"... on {name}")
                if name in self.after.types and not self._may_be(owners.after, name):
                    yield Seen(Kind.MEMBER_GONE, f"{after}: {name}", inner)
                else:
                    yield from self._type(name, name, node.selection_set, inner)

    def _may_be(self, owner: Type, name: str) -> bool:
        """Whether an object of the owner's type may be of the type called `name`."""
        kinds = {owner.name, *owner.possible}
        return not kinds.isdisjoint({name, *self.after[name].possible})

    def _members(
        self, owners: Owners, selected: SelectionSetNode, path: Path
    ) -> Iterator[Seen]:
        """Concrete types that a union or interface has gained, if types matter here."""
        if any(isinstance(each, InlineFragmentNode) for each in selected.selections):
            names = set(owners.after.possible) - set(owners.before.possible)
            # Every new resource is a Node; the selections on it name the one they want.
            if names and owners.before.name != "Node":
                detail = ", ".join(sorted(names))
                yield Seen(Kind.MEMBER_NEW, owners.before.name, path, detail)

    def _field(self, owners: Owners, node: FieldNode, path: Path) -> Iterator[Seen]:
        name = node.name.value
        path = path if self._untold(owners.before) else (*path, _key(node))
        owners = self._owners_of(owners, node)
        before, after = (each.fields.get(name) for each in _both(owners))
        thing = f"{owners.before.name}.{name}"
        if before is None:
            yield from self._nodes(owners, node, path)
            return
        if after is None:
            yield Seen(Kind.FIELD_GONE, thing, path)
            return
        if after.deprecated and not before.deprecated:
            yield Seen(Kind.DEPRECATED, thing, path)
        yield from self._types(thing, before, after, path)
        yield from self._scopes(owners, name, path)
        yield from self._arguments(thing, before, after, node, path)
        if node.selection_set is not None and after.named_type in self.after.types:
            names = before.named_type, after.named_type
            yield from self._type(*names, node.selection_set, path)

    def _untold(self, owner: Type) -> bool:
        """Whether a path leaves out the fields of a type: roots, connections' parts."""
        query = owner.name == self.before.query.name
        return query or owner.name.endswith(("Connection", "Edge"))

    def _nodes(self, owners: Owners, node: FieldNode, path: Path) -> Iterator[Seen]:
        """Connections that have edges alone are declared with nodes, like all others.

        Any other field that is not there is refused by whoever compiles the selection.
        """
        edges = [each.fields.get("edges") for each in _both(owners)]
        if node.name.value == "nodes" and node.selection_set and all(edges):
            names = [
                schema[edge.named_type].fields["node"].named_type
                for schema, edge in zip((self.before, self.after), edges, strict=True)
                if edge is not None
            ]
            yield from self._type(names[0], names[1], node.selection_set, path)

    def _owners_of(self, owners: Owners, node: FieldNode) -> Owners:
        """A connection joined by a record's id is QueryRoot's, wherever it stands."""
        by_id = any(
            isinstance(each.value, VariableNode) and each.value.name.value == "id"
            for each in node.arguments
        )
        if by_id and node.name.value not in owners.before.fields:
            return Owners(self.before.query, self.after.query)
        return owners

    def _types(
        self, thing: str, before: Field, after: Field, path: Path
    ) -> Iterator[Seen]:
        if before.type == after.type:
            return
        detail = f"{before.type} → {after.type}"
        if self._shape(self.before, before) != self._shape(self.after, after):
            yield Seen(Kind.TYPE_CHANGED, thing, path, detail)
        elif before.named_type != after.named_type:
            yield Seen(Kind.TYPE_RENAMED, thing, path, detail)
        if before.nullable != after.nullable:
            kind = Kind.NULLABLE if after.nullable else Kind.NEVER_NULL
            yield Seen(kind, thing, path, detail)

    def _shape(self, schema: Schema, field: Field) -> tuple[bool, str]:
        """What of a type the columns depend on: list or not, and the column's kind."""
        found = schema[field.named_type]
        if not found.is_composite:
            # A scalar that is new is refused by whoever makes a column of it.
            known = found.kind == "ENUM" or found.name in SCALAR_KINDS
            return field.is_list, kind_of(found).value if known else found.name
        node = schema.node_type(field)
        return field.is_list, "object" if node is None else "connection"

    def _scopes(self, owners: Owners, name: str, path: Path) -> Iterator[Seen]:
        before = set(self.before.scopes_of(owners.before, name))
        after = set(self.after.scopes_of(owners.after, name))
        if before != after:
            detail = f"{_listed(before)} → {_listed(after)}"
            yield Seen(
                Kind.SCOPES_CHANGED, f"{owners.before.name}.{name}", path, detail
            )

    def _arguments(
        self, thing: str, before: Field, after: Field, node: FieldNode, path: Path
    ) -> Iterator[Seen]:
        given = {each.name.value: each.value for each in node.arguments}
        for name, value in given.items():
            if name in before.args:
                seen = f"{thing}({name}:)"
                if name not in after.args:
                    yield Seen(Kind.ARGUMENT_GONE, seen, path)
                    continue
                arguments = before.args[name], after.args[name]
                yield from self._given(seen, *arguments, value, path)
        if isinstance(given.get("query"), VariableNode):
            yield from self._filters(thing, before, after, path)
        for name in sorted(after.args.keys() - given.keys()):
            seen = f"{thing}({name}:)"
            yield from _not_given(seen, before.args.get(name), after.args[name], path)

    def _filters(
        self, thing: str, before: Field, after: Field, path: Path
    ) -> Iterator[Seen]:
        if self.searched in before.filters and self.searched not in after.filters:
            detail = f"there are {', '.join(after.filters) or 'none'}"
            yield Seen(
                Kind.FILTER_GONE, f"{thing}(query: {self.searched})", path, detail
            )

    def _given(
        self, seen: str, before: Argument, after: Argument, value: ValueNode, path: Path
    ) -> Iterator[Seen]:
        stricter = after.required and not before.required
        if named_type(before.type) != named_type(after.type) or stricter:
            detail = f"{before.type} → {after.type}"
            yield Seen(Kind.ARGUMENT_CHANGED, seen, path, detail)
            return
        yield from self._values(before.type, value, path)

    def _values(self, notation: str, value: ValueNode, path: Path) -> Iterator[Seen]:
        """Enum values and input fields that are written out in an argument."""
        wanted = self.after.types.get(named_type(notation))
        if wanted is None:
            yield Seen(Kind.TYPE_GONE, named_type(notation), path)
        elif isinstance(value, ListValueNode):
            for each in value.values:
                yield from self._values(notation, each, path)
        elif isinstance(value, EnumValueNode) and value.value not in wanted.values:
            yield Seen(Kind.VALUE_GONE, f"{wanted.name}.{value.value}", path)
        elif isinstance(value, ObjectValueNode):
            for given in value.fields:
                yield from self._input(wanted, given, path)

    def _input(self, owner: Type, given: ObjectFieldNode, path: Path) -> Iterator[Seen]:
        found = owner.inputs.get(given.name.value)
        if found is None:
            yield Seen(Kind.ARGUMENT_GONE, f"{owner.name}.{given.name.value}", path)
        else:
            yield from self._values(found.type, given.value, path)


def _not_given(
    seen: str, before: Argument | None, after: Argument, path: Path
) -> Iterator[Seen]:
    """What an argument that nobody passes does all the same."""
    if after.required:
        if before is None or not before.required:
            yield Seen(Kind.ARGUMENT_REQUIRED, seen, path, after.type)
    elif before is None:
        # Without a default it may hide nothing that was shown before.
        if after.default is not None:
            yield Seen(Kind.ARGUMENT_NEW, seen, path, f"default {after.default}")
    elif before.default != after.default:
        detail = f"{before.default} → {after.default}"
        yield Seen(Kind.DEFAULT_CHANGED, seen, path, detail)


def _both(owners: Owners) -> tuple[Type, Type]:
    return owners.before, owners.after


def _key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def _listed(scopes: set[str]) -> str:
    return " or ".join(sorted(scopes)) or "none"
