"""How much is asked for at once: as much as the shop can bear.

Charter: pages and lists of ids that are made smaller when an answer fails or a query
costs too much, and what was learnt of that, query by query. What is asked for, and what
an answer means, is the caller's business; keeping what was learnt over a run's end too.
"""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shopify_assets.api.answers import TooExpensive
from shopify_assets.api.retry import InternalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shopify_assets.api.client import Answer, ShopifyClient

# Internal errors after which a smaller query is tried instead of the same again.
BEFORE_HALVING = 2

_NESTED = re.compile(r"\$nested: Int = (\d+)")


@dataclass(frozen=True)
class Limit:
    """The most that one query may ask for at once.

    Attributes:
        size: records of a page, or ids.
        nested: records of each connection below a record; None where there is none.
    """

    size: int
    nested: int | None


class Limits:
    """What was learnt of queries that cost too much; threads share it."""

    def __init__(self) -> None:
        self._limits: dict[str, Limit] = {}
        self._lock = threading.Lock()

    def of(self, query: str) -> Limit | None:
        """The limit of a query, if one was learnt."""
        with self._lock:
            return self._limits.get(_digest(query))

    def learn(self, query: str, limit: Limit) -> None:
        """Ask for no more than this from now on."""
        with self._lock:
            self._limits[_digest(query)] = limit

    def known(self) -> dict[str, Limit]:
        """All limits, by the digest of their query."""
        with self._lock:
            return dict(self._limits)

    def recall(self, limits: Mapping[str, Limit]) -> None:
        """Begin with what was learnt before."""
        with self._lock:
            self._limits.update(limits)


def _digest(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()[:16]


class Portions:
    """Asks one query again and again, each time for as much as it bears.

    The query may declare `$nested: Int = n`, the size of the connections below each
    record.

    Attributes:
        size: how many records or ids to ask for next.
    """

    def __init__(self, client: ShopifyClient, query: str, *, largest: int) -> None:
        declared = _NESTED.search(query)
        nested = int(declared[1]) if declared else None
        limit = client.limits.of(query) or Limit(largest, nested)
        self._client = client
        self._query = query
        self._nested_declared = nested
        self._most = min(largest, limit.size)
        self._nested = limit.nested
        self.size = self._most

    def page(self, variables: Mapping[str, Any], **more: Any) -> Answer | None:
        """Ask for a page of `size` records; None when a smaller one is to be tried."""
        asked = {**variables, "first": self.size}
        return self._ask(asked, self.size, self._cheaper_page, **more)

    def ids(self, ids: list[str], **more: Any) -> Answer | None:
        """Ask for records by id; None when fewer, or less of each, are to be tried."""
        return self._ask({"ids": ids}, len(ids), self._cheaper_ids, **more)

    def whole(self, variables: Mapping[str, Any], **more: Any) -> Answer:
        """Ask for what has no pages."""
        while True:
            answer = self._ask(dict(variables), 1, self._cheaper_ids, **more)
            if answer is not None:
                return answer

    def grow(self) -> None:
        """Ask for more again after what failed in between."""
        self.resize(self.size * 2)

    def resize(self, size: int) -> None:
        """Ask for so many from now on, or for as many as are allowed."""
        self.size = max(1, min(self._most, size))

    def _ask(
        self,
        variables: dict[str, Any],
        size: int,
        cheaper: Callable[[int], bool],
        *,
        cost: int | None = None,
        refuse: Callable[[Answer], None] | None = None,
    ) -> Answer | None:
        """Ask; one record alone is asked for with all the client's patience."""
        client, patience = self._client, self._client.retry
        if size > 1:
            patience = replace(patience, internal_attempts=BEFORE_HALVING)
        if self._nested != self._nested_declared:
            variables["nested"] = self._nested
        try:
            return client.execute(
                self._query, variables, cost=cost, retry=patience, refuse=refuse
            )
        except TooExpensive as error:
            if not cheaper(size):
                error.add_note("it costs too much even for one record")
                raise
            self._client.limits.learn(self._query, Limit(self._most, self._nested))
            self._tell(f"asking for less from now on ({self._now()})", error)
        except InternalError as error:
            if size == 1:
                error.add_note(
                    f"one record alone cannot be read; asked for by {variables}"
                )
                raise
            self.size = size // 2
            self._tell(f"asking for {self.size} at once instead of {size}", error)
        return None

    def _cheaper_page(self, size: int) -> bool:
        return self._halve_size(size) or self._halve_nested()

    def _cheaper_ids(self, size: int) -> bool:
        # By the rules known, the number of ids does not change what is requested.
        return self._halve_nested() or self._halve_size(size)

    def _halve_size(self, size: int) -> bool:
        if size == 1:
            return False
        self._most = self.size = size // 2
        return True

    def _halve_nested(self) -> bool:
        if self._nested is None or self._nested == 1:
            return False
        self._nested //= 2
        return True

    def _now(self) -> str:
        nested = f", {self._nested} below each" if self._nested else ""
        return f"{self._most} at once{nested}"

    def _tell(self, doing: str, error: Exception) -> None:
        self._client.waiter.tell(f"{doing}: {error}")
