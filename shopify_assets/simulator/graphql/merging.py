"""Whether fields that share a response key may be merged.

Charter: Shopify's rule, which is milder than GraphQL's. Two fields of the same record
under one key must be the same field with the same arguments; of records of different
types they may differ, and unlike GraphQL demands, in what type they return, too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    print_ast,
)
from graphql.utilities.type_info import get_field_def

from shopify_assets.simulator.graphql.refusals import Refused, located

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graphql import FragmentDefinitionNode, GraphQLSchema, SelectionSetNode

    Selected = tuple[Any, SelectionSetNode]


class _Chosen(NamedTuple):
    """A field, and the type it is selected on."""

    owner: Any
    node: FieldNode


@dataclass
class Merging:
    """Looks for fields of a document that contradict each other."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    entries: list[dict[str, Any]] = field(default_factory=list)
    _seen: set[frozenset[int]] = field(default_factory=set)

    def check(self, sets: Iterable[Selected]) -> None:
        """Check selection sets, each with its type, that are merged into one."""
        sets = list(sets)
        seen = frozenset(id(selection) for _, selection in sets)
        if seen in self._seen:
            return
        self._seen.add(seen)
        chosen: dict[str, list[_Chosen]] = {}
        for owner, selection in sets:
            self._collect(owner, selection, chosen, set())
        for key, fields in chosen.items():
            self._compare(key, fields)
            for together in _overlapping(fields):
                self.check(self._below(together))

    def _collect(
        self,
        owner: Any,
        selection: SelectionSetNode,
        chosen: dict[str, list[_Chosen]],
        spread: set[str],
    ) -> None:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                key = (node.alias or node.name).value
                chosen.setdefault(key, []).append(_Chosen(owner, node))
                continue
            inner: Any = node
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in spread:
                    continue
                spread.add(node.name.value)
                inner = self.fragments[node.name.value]
            condition = inner.type_condition
            kind = self.schema.get_type(condition.name.value) if condition else owner
            self._collect(kind, inner.selection_set, chosen, spread)

    def _compare(self, key: str, fields: list[_Chosen]) -> None:
        for one, other in combinations(fields, 2):
            if not _may_meet(one, other):
                continue
            names = sorted({one.node.name.value, other.node.name.value})
            if len(names) > 1:
                self._conflict(key, "a field", " or ".join(names), one, other)
                return
            given = [_arguments(chosen.node) for chosen in (one, other)]
            if given[0] != given[1]:
                self._conflict(key, "an argument", " or ".join(given), one, other)
                return

    def _conflict(
        self, key: str, what: str, conflicts: str, one: _Chosen, other: _Chosen
    ) -> None:
        refused = Refused(
            f"Field '{key}' has {what} conflict: {conflicts}?",
            code="fieldConflict",
            fieldName=key,
            conflicts=conflicts,
        )
        self.entries.append(refused.entry([], located(one.node, other.node)))

    def _below(self, fields: list[_Chosen]) -> list[Selected]:
        return [
            (kind, chosen.node.selection_set)
            for chosen in fields
            if chosen.node.selection_set is not None
            and is_composite_type(kind := self._returned(chosen))
        ]

    def _returned(self, chosen: _Chosen) -> Any:
        field_ = get_field_def(self.schema, chosen.owner, chosen.node)
        return get_named_type(field_.type) if field_ is not None else None


def _may_meet(one: _Chosen, other: _Chosen) -> bool:
    """Whether both may be read of one record."""
    objects = isinstance(one.owner, GraphQLObjectType) and isinstance(
        other.owner, GraphQLObjectType
    )
    return one.owner is other.owner or not objects


def _overlapping(fields: list[_Chosen]) -> list[list[_Chosen]]:
    """The fields that are merged: those of each type, with those of interfaces."""
    owners = dict.fromkeys(chosen.owner for chosen in fields)
    return [
        [chosen for chosen in fields if _may_meet(chosen, _Chosen(owner, chosen.node))]
        for owner in owners
    ]


def _arguments(node: FieldNode) -> str:
    given = sorted(
        (argument.name.value, print_ast(argument.value)) for argument in node.arguments
    )
    return "{" + ",".join(f"{name}:{json.dumps(value)}" for name, value in given) + "}"
