"""Lines that stand in another's place: told by whose they say they are.

Charter: a root that names a parent, and a child whose parent is of another type than
those of its fellows. That a parent is missing is seen later, over all lines
(`quality`); in which order lines come means nothing, for parents may come late.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from shopify_assets.catalog.tables import PARENT_ID, Path, Source, Table

# As `storage.records` tells a child from a root.
_CHILD = b'"__parentId":'


class Places:
    """What the lines of one raw file say of their parents; blocks come in order."""

    def __init__(self, tables: Sequence[Table]) -> None:
        by_name = {table.name: table for table in tables}
        self._root = tables[0].marker
        self._parents = {
            table.marker: by_name[table.parent].marker
            for table in tables
            if table.parent and not table.lists and not by_name[table.parent].lists
        }
        self._ids = {
            table.marker: column.path
            for table in tables
            if table.marker in self._parents.values() and not table.lists
            for column in (table.column(table.key[-1]),)
            if column.source is not Source.POSITION
        }
        # Of which types the records of a marker are, by their global ids.
        self._types: dict[str, set[str]] = defaultdict(set)

    def misplaced(
        self, marker: str, lines: Sequence[bytes], values: Mapping[Path, Sequence[Any]]
    ) -> Mapping[int, str]:
        """The rows in another's place, each with the reason."""
        if marker == self._root and any(_CHILD in line for line in lines):
            return {
                row: f"a root record that names a parent ({PARENT_ID})"
                for row, line in enumerate(lines)
                if _CHILD in line
            }
        if marker in self._ids:
            self._types[marker] |= set(map(_type_of, values[self._ids[marker]]))
        return self._strangers(marker, values)

    def _strangers(
        self, marker: str, values: Mapping[Path, Sequence[Any]]
    ) -> Mapping[int, str]:
        known = self._types.get(self._parents.get(marker, ""), set())
        if not known or (PARENT_ID,) not in values:
            return {}
        types = list(map(_type_of, values[PARENT_ID,]))
        strange = set(types) - known - {""}
        # If none is of a known type, Shopify writes parents in another way there.
        if not strange or strange == set(types):
            return {}
        return {
            row: f"its parent is of the type {type_!r}, where others' are not"
            for row, type_ in enumerate(types)
            if type_ in strange
        }


def _type_of(gid: Any) -> str:
    """The type a global id names: `gid://shopify/Order/1`; empty for what is none."""
    parts: list[str] = gid.split("/", 4) if isinstance(gid, str) else []
    return parts[3] if len(parts) == _PARTS else ""


_PARTS = 5
