"""Which API versions are answered, and as which.

Charter: the calendar of versions around the pinned one, and the deprecated fields of a
query. Whatever version is asked for, the pinned schema answers; only the header tells.
"""

from __future__ import annotations

from functools import lru_cache

from graphql import FieldNode, GraphQLError, TypeInfo, TypeInfoVisitor, Visitor, parse
from graphql.language import visit

from shopify_assets.catalog.schema import PINNED_VERSION, load_schema
from shopify_assets.simulator.graphql.wire import executable

UNSTABLE = "unstable"
_SUPPORTED_BEFORE = 3
_QUARTER = 3


def _shifted(version: str, quarters: int) -> str:
    year, month = (int(part) for part in version.split("-"))
    months = year * 12 + month - 1 + quarters * _QUARTER
    return f"{months // 12}-{months % 12 + 1:02d}"


# Three older quarters and the next one, which is a release candidate.
SUPPORTED = tuple(
    _shifted(PINNED_VERSION, quarter) for quarter in range(-_SUPPORTED_BEFORE, 2)
)


def answered_as(asked: str) -> str:
    """The version that answers: an expired one falls forward to the oldest."""
    return asked if asked in SUPPORTED or asked == UNSTABLE else SUPPORTED[0]


class _Deprecations(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.found: dict[str, None] = {}
        self._types = types

    def enter_field(self, node: FieldNode, *_: object) -> None:
        owner = self._types.get_parent_type()
        # Introspection, of the schema or of a type, is not part of what is pinned.
        if owner is None or "__" in (owner.name[:2], node.name.value[:2]):
            return
        field = load_schema()[owner.name].fields.get(node.name.value)
        if field is not None and field.deprecated:
            self.found[f"{owner.name}.{node.name.value}"] = None


@lru_cache(maxsize=512)
def deprecations(query: str) -> str:
    """Deprecated fields a query selects, as the header lists them."""
    types = TypeInfo(executable())
    found = _Deprecations(types)
    try:
        visit(parse(query), TypeInfoVisitor(types, found))
    except GraphQLError:
        return ""
    return ", ".join(found.found)
