"""Fields that a shop's API does not know, though the pinned schema has them.

Charter: finding a hidden field in a query, and how Shopify refuses the query for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import FieldNode, TypeInfo, TypeInfoVisitor, parse
from graphql.language import visit

from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.simulator.graphql.places import Places
from shopify_assets.simulator.graphql.refusals import undefined_field
from shopify_assets.simulator.graphql.wire import executable

if TYPE_CHECKING:
    from shopify_assets.simulator.faults import Fault


class _Search(Places):
    def __init__(self, types: TypeInfo, fault: Fault) -> None:
        super().__init__()
        self.refusals: list[dict[str, Any]] = []
        self._types = types
        self._fault = fault

    def look(self, node: Any) -> None:
        owner = self._types.get_parent_type()
        if not isinstance(node, FieldNode) or owner is None:
            return
        if (owner.name, node.name.value) == (self._fault.owner, self._fault.field):
            self.refusals.append(undefined_field(owner.name, node, self.path))


def refusals(
    query: str, fault: Fault | None, version: str = PINNED_VERSION
) -> list[dict[str, Any]]:
    """The errors of a query that selects what the fault hides; none if it does not."""
    if fault is None:
        return []
    types = TypeInfo(executable(version))
    search = _Search(types, fault)
    visit(parse(query), TypeInfoVisitor(types, search))
    return search.refusals
