"""Whether a walk through pages leads on, or round and round.

Charter: pure. It looks at pages one after the other and refuses what would never end:
no cursor, a cursor or pages a second time, one empty page after the other. What a page
is, and how it is asked for, is `pages`' business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Pages in a row of which each came before. A few may be right: where pages hold one
# record, one that moves in the list while the walk goes on is met again.
REPEATED_PAGES = 5
# Where all records of a page are hidden from the app, it may come empty, and others
# follow. So many in a row are 25,000 hidden records.
EMPTY_PAGES = 100

_SHOWN = 100


class Walk:
    """The pages seen so far.

    Args:
        after: the cursor that the walk begins after, if any.
    """

    def __init__(self, after: str | None) -> None:
        self._cursors = {after}
        self._pages: set[int] = set()
        self._repeated = self._empty = 0

    def next_after(
        self, nodes: Sequence[dict[str, Any]], cursor: str | None, *, request_id: str
    ) -> str:
        """Return the cursor that leads on from a page that has a next one.

        Raises:
            ApiError: it leads nowhere, or round.
        """
        fault = self._fault_of_cursor(cursor) or self._fault_of_page(nodes)
        if cursor is None or fault:
            message = (
                f"request {request_id!r}: Shopify promises a next page but gives "
                f"{fault}; the pages would never end"
            )
            raise ApiError(message)
        self._cursors.add(cursor)
        return cursor

    def _fault_of_cursor(self, cursor: str | None) -> str:
        if cursor is None:
            return "no cursor"
        again = cursor in self._cursors
        return f"cursor {cursor[:_SHOWN]!r} a second time" if again else ""

    def _fault_of_page(self, nodes: Sequence[dict[str, Any]]) -> str:
        seen = hash(tuple(map(_identity, nodes)))
        self._empty = 0 if nodes else self._empty + 1
        again = bool(nodes) and seen in self._pages
        self._repeated = self._repeated + 1 if again else 0
        self._pages.add(seen)
        if self._repeated >= REPEATED_PAGES:
            return f"{self._repeated} pages in a row whose records all came before"
        if self._empty >= EMPTY_PAGES:
            return f"{self._empty} empty pages in a row"
        return ""


def _identity(node: dict[str, Any]) -> object:
    """What tells a record, and a state of it, from others; all of it without an id."""
    own = node.get("id")
    return (own, repr(node.get("updatedAt"))) if isinstance(own, str) else repr(node)
