"""What the makers of tables share: links, counts, money, columns told cheaply.

Charter: the few forms that many subjects write. No subject's own facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.world import Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Json = dict[str, Any]

DAY = 86_400


def ref(kind: str, place: int, part: int = 0) -> Ref:
    """A link to a record of a table, or to a part of it."""
    return Ref(ids.gid(kind, place, part))


def refs(kind: str, places: Iterable[int]) -> list[Ref]:
    """Links to records of a table."""
    return [Ref(ids.gid(kind, each)) for each in places]


def counted(count: int) -> Json:
    """A Count."""
    return {"count": count, "precision": "EXACT"}


def times(
    created: Callable[[int], int] | None = None,
    updated: Callable[[int], int] | None = None,
) -> dict[str, Callable[[int], Any]]:
    """Columns of creation and change, from seconds since 1970."""
    given = {"createdAt": created, "updatedAt": updated}
    return {name: _stamped(tell) for name, tell in given.items() if tell is not None}


def _stamped(tell: Callable[[int], int]) -> Callable[[int], str]:
    return lambda place: stamp(tell(place))
