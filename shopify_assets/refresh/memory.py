"""Records that change without moving their time: remembered as they were seen.

Charter: pure. What a look shows of them is compared with what an earlier one showed.
A record is settled if it looks as it did before the stream was last read: what was read
since then holds what was seen.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shopify_assets.postgres.books.looks import Seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shopify_assets.catalog.lookback import Read
    from shopify_assets.catalog.tables import Path, Table

TOO_MANY = ""
"""Stands, as an id, for a window that held more records than could be shown."""


@dataclass(frozen=True)
class Compared:
    """What a look shows, beside what was remembered.

    Attributes:
        seen: what is to be remembered now.
        unsettled: ids of records that are not known to be loaded as they look.
    """

    seen: Mapping[str, Seen]
    unsettled: tuple[str, ...]


def compared(
    nodes: Iterable[Mapping[str, Any]],
    known: Mapping[str, Seen],
    *,
    root: Table,
    loaded: tuple[Read, ...],
    at: datetime,
) -> Compared:
    """Compare the records of a window with what was remembered of them.

    Args:
        nodes: all records of the window.
        known: what was remembered.
        root: the stream's root table.
        loaded: windows that were loaded since, and when each was read.
        at: the shop's clock when it showed the records.
    """
    seen: dict[str, Seen] = {}
    for node in nodes:
        id_, digest = str(node["id"]), digest_of(node)
        before = known.get(id_)
        since = before.since if before and before.digest == digest else at
        moment = time_of(node, root)
        if since and moment and _was_read(moment, since, loaded):
            since = None
        seen[id_] = Seen(digest, since)
    return Compared(seen, tuple(id_ for id_, one in seen.items() if one.since))


def _was_read(moment: datetime, since: datetime, loaded: tuple[Read, ...]) -> bool:
    return any(
        read.at >= since and read.window.start <= moment < read.window.end
        for read in loaded
    )


def digest_of(node: Mapping[str, Any]) -> str:
    """A digest of all that is shown of a record."""
    text = json.dumps(node, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def time_of(node: Mapping[str, Any], root: Table) -> datetime | None:
    """A record's replication key; None if it holds none that can be compared."""
    found: Any = node
    for key in _path(root):
        found = found.get(key) if isinstance(found, dict) else None
    try:
        moment = datetime.fromisoformat(found)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def _path(root: Table) -> Path:
    return root.column(root.version).path if root.version else ()
