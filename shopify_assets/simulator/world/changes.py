"""What was changed in records, laid over them when they are made.

Charter: the form of a change, how it is laid over a record, and the event that tells of
a deletion. Who keeps the changes is decided in `world.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.world import ids

if TYPE_CHECKING:
    from collections.abc import Iterator

Record = dict[str, Any]

_CAPITAL = re.compile(r"(?<!^)([A-Z])")
# Marks, within changes, a record that was deleted.
GONE = "__gone"
# The place of the first event that tells of a deletion made by a test.
DELETIONS = 1 << 46


def destroyed(gid: str, at: str, number: int) -> Record:
    """The event that tells of a deletion."""
    parsed = ids.parse(gid)
    kind = parsed.type if parsed else ""
    return {
        "__typename": "BasicEvent",
        "id": ids.gid("BasicEvent", DELETIONS + number),
        "action": "destroy",
        "createdAt": at,
        "message": f"{kind} was deleted.",
        "subjectId": gid,
        "subjectType": _CAPITAL.sub(r"_\1", kind).upper(),
    }


def visit(record: Record) -> Iterator[Record]:
    """The record and all objects within it, links not followed."""
    yield record
    for value in record.values():
        if type(value) is dict:
            yield from visit(value)
        elif type(value) is list:
            for each in value:
                if type(each) is dict:
                    yield from visit(each)


def lay_over(record: Record, changes: dict[str, Record]) -> None:
    """Change a record and what is within it, by id."""
    for each in list(visit(record)):
        fields = changes.get(each.get("id", ""))
        if fields:
            each.update(fields)
    for each in list(visit(record)):
        for name, value in each.items():
            if type(value) is list and any(_is_gone(item) for item in value):
                each[name] = [item for item in value if not _is_gone(item)]


def _is_gone(item: Any) -> bool:
    return type(item) is dict and GONE in item
