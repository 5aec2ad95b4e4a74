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
from shopify_assets.api.connections import TooLarge
from shopify_assets.api.retry import InternalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shopify_assets.api.client import Answer, ShopifyClient
    from shopify_assets.errors import ShopifyAssetsError

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

    def __str__(self) -> str:
        """`125 at once, 10 below each`."""
        below = f", {self.nested} below each" if self.nested else ""
        return f"{self.size} at once{below}"


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
        self._declared = int(declared[1]) if declared else None
        known = client.limits.of(query) or Limit(largest, self._declared)
        self._client = client
        self._query = query
        self._most = Limit(min(largest, known.size), known.nested)
        self._nested = known.nested
        self.size = self._most.size

    def page(self, variables: Mapping[str, Any], **more: Any) -> Answer | None:
        """Ask for a page of `size` records; None when a smaller one is to be tried."""
        asked = {**variables, "first": self.size}
        return self._ask(asked, self.size, self._smaller_page, **more)

    def ids(self, ids: list[str], **more: Any) -> Answer | None:
        """Ask for records by id; None when fewer, or less of each, are to be tried."""
        return self._ask({"ids": ids}, len(ids), self._smaller_ids, **more)

    def whole(self, variables: Mapping[str, Any], **more: Any) -> Answer:
        """Ask for what has no pages."""
        while True:
            answer = self._ask(dict(variables), 1, self._smaller_ids, **more)
            if answer is not None:
                return answer

    def grow(self) -> None:
        """Ask for more again after what failed in between."""
        self.resize(self.size * 2)

    def resize(self, size: int) -> None:
        """Ask for so many from now on, or as many as are allowed, with all below."""
        self._nested = self._most.nested
        self.size = max(1, min(self._most.size, size))

    def _ask(
        self,
        variables: dict[str, Any],
        size: int,
        cheaper: Callable[[int], Limit | None],
        *,
        cost: int | None = None,
        refuse: Callable[[Answer], None] | None = None,
    ) -> Answer | None:
        """Ask; what cannot be made smaller is asked for with all patience."""
        patience = self._client.retry
        if self._smaller_page(size) is not None:
            patience = replace(patience, internal_attempts=BEFORE_HALVING)
        if self._nested != self._declared:
            variables["nested"] = self._nested
        try:
            return self._client.execute(
                self._query, variables, cost=cost, retry=patience, refuse=refuse
            )
        except TooExpensive as error:
            self._cost_too_much(cheaper(size), error)
        except (InternalError, TooLarge) as error:
            self._failed(self._smaller_page(size), variables, error)
        return None

    def _cost_too_much(self, less: Limit | None, error: TooExpensive) -> None:
        if less is None:
            error.add_note("it costs too much even for one record")
            raise error
        self._most = less
        self.size, self._nested = less.size, less.nested
        self._client.limits.learn(self._query, less)
        self._tell(f"asking for less from now on ({less})", error)

    def _failed(
        self, less: Limit | None, variables: dict[str, Any], error: ShopifyAssetsError
    ) -> None:
        if less is None:
            error.add_note(f"one record alone cannot be read; asked for by {variables}")
            raise error
        self.size, self._nested = less.size, less.nested
        self._tell(f"asking for less this time ({less})", error)

    def _smaller_page(self, size: int) -> Limit | None:
        """Half the records; of one alone, half of what is below it."""
        return self._fewer(size) or self._shorter(size)

    def _smaller_ids(self, size: int) -> Limit | None:
        # By the rules known, the number of ids does not change what is requested.
        return self._shorter(self._most.size) or self._fewer(size)

    def _fewer(self, size: int) -> Limit | None:
        return None if size == 1 else Limit(size // 2, self._nested)

    def _shorter(self, size: int) -> Limit | None:
        if self._nested is None or self._nested == 1:
            return None
        return Limit(size, self._nested // 2)

    def _tell(self, doing: str, error: Exception) -> None:
        self._client.waiter.tell(f"{doing}: {error}")
