"""Which API versions are answered, as which, and by whose schema.

Charter: Shopify's calendar of versions as the simulator's clock shows it, and the
deprecated fields of a query. What a version's values look like is in `dialect.py`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, cast

from graphql import FieldNode, GraphQLError, TypeInfo, TypeInfoVisitor, Visitor, parse
from graphql.language import visit

from shopify_assets.catalog.releases import UNSTABLE, released, served_until, shifted
from shopify_assets.catalog.schema import PINNED_VERSION, load_schema, pinned_versions
from shopify_assets.simulator.graphql.wire import executable

# More quarters than a version lives, before and after the one in use.
_AROUND = range(-6, 7)


class Version(NamedTuple):
    """A version that is answered, as `publicApiVersions` lists it."""

    handle: str
    name: str
    supported: bool


def accessible(now: datetime) -> tuple[Version, ...]:
    """The versions that are answered at a time, oldest first."""
    stable = _stable(now)
    latest = stable[-1]
    candidate = shifted(latest, 1)
    return (
        *(Version(handle, handle, supported=True) for handle in stable[:-1]),
        Version(latest, f"{latest} (Latest)", supported=True),
        Version(candidate, f"{candidate} (Release candidate)", supported=False),
        Version(UNSTABLE, UNSTABLE, supported=False),
    )


def answered_as(asked: str, now: datetime) -> str:
    """The version that answers; any that is not accessible falls to the oldest."""
    handles = [version.handle for version in accessible(now)]
    return asked if asked in handles else handles[0]


def schema_version(answered: str) -> str:
    """The pinned version whose schema answers: its own, else the newest before it.

    A release candidate, and a version older than all that are pinned, have no schema
    here: the one is answered by the newest stable schema, the other by the oldest.
    """
    pinned = pinned_versions()
    if answered in pinned:
        return answered
    return max((version for version in pinned if version < answered), default=pinned[0])


def _stable(now: datetime) -> list[str]:
    moment = _within_life(now)
    return [
        version
        for version in (shifted(PINNED_VERSION, quarters) for quarters in _AROUND)
        if _known(released(version)) <= moment < _known(served_until(version))
    ]


def _within_life(now: datetime) -> datetime:
    """The time, kept within the life of the version in use.

    A simulator that is older than Shopify's calendar shall still answer it.
    """
    first = _known(released(PINNED_VERSION))
    last = _known(served_until(PINNED_VERSION)) - timedelta(seconds=1)
    candidate = _known(released(shifted(PINNED_VERSION, -1)))
    return min(now, last) if now >= first else max(now, candidate)


def _known(moment: datetime | None) -> datetime:
    return cast("datetime", moment)  # only `unstable` has none


class _Deprecations(Visitor):
    def __init__(self, types: TypeInfo, version: str) -> None:
        super().__init__()
        self.used: dict[str, None] = {}
        self._types = types
        self._schema = load_schema(version)

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        owner = self._types.get_parent_type()
        # Introspection, of the schema or of a type, is not part of what is pinned.
        if owner is None or "__" in (owner.name[:2], node.name.value[:2]):
            return
        field = self._schema[owner.name].fields.get(node.name.value)
        if field is not None and field.deprecated:
            self.used[f"{owner.name}.{node.name.value}"] = None


@lru_cache(maxsize=512)
def deprecations(query: str, version: str = PINNED_VERSION) -> str:
    """Deprecated fields a query selects in a pinned version, as the header does."""
    types = TypeInfo(executable(version))
    deprecated = _Deprecations(types, version)
    try:
        visit(parse(query), TypeInfoVisitor(types, deprecated))
    except GraphQLError:
        return ""
    return ", ".join(deprecated.used)
