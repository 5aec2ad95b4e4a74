"""The gate before the wire: many threads, one cost bucket.

Charter: the lock around `CostBucket` and the waiting for it. The arithmetic is in
`throttle.py`; what a query costs is the client's knowledge.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.api.throttle import CostBucket
from shopify_assets.api.waiting import Stretch
from shopify_assets.errors import Throttled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.api.throttle import Cost
    from shopify_assets.api.waiting import Waiter

# Answers that arrive meanwhile know more than the forecast: look again so often.
_LONGEST_NAP = 1.0


@dataclass
class Passage:
    """One request's stay behind the gate; `spent` is what its answer told, if any."""

    held: float
    spent: Cost | None = None


class CostGate:
    """Lets requests of several threads pass as fast as the bucket's points allow."""

    def __init__(self, waiter: Waiter, *, deadline: float, name: str) -> None:
        self._waiter = waiter
        self._deadline = deadline
        self._name = name
        self._bucket = CostBucket(waiter.clock())
        self._lock = threading.Lock()
        # Held by the one who waits, lest cheap queries overtake a costly one for ever.
        self._turn = threading.Lock()

    @contextmanager
    def passage(self, cost: float) -> Iterator[Passage]:
        """Wait until `cost` points are there and hold them until the block is left.

        Raises:
            Throttled: the points did not come before the deadline.
        """
        self._enter(cost)
        passage = Passage(cost)
        try:
            yield passage
        finally:
            self._leave(passage)

    def _enter(self, cost: float) -> None:
        with self._turn:
            started = self._waiter.clock()
            reason = f"{self._name}: cost bucket holds less than {cost:.0f} points"
            stretch = Stretch(self._waiter)
            while (wait := self._try_spend(cost)) > 0:
                self._refuse_late(cost, self._waiter.clock() - started, wait)
                stretch.nap(min(wait, _LONGEST_NAP), reason=reason, left=wait)

    def _refuse_late(self, cost: float, waited: float, wait: float) -> None:
        if waited + wait <= self._deadline:
            return
        message = (
            f"{self._name}: {cost:.0f} points of query cost were not available within "
            f"{self._deadline:.0f} s; other clients of this app use up the shop's "
            "bucket: run fewer of them at a time"
        )
        raise Throttled(message, wait=wait)

    def _try_spend(self, cost: float) -> float:
        with self._lock:
            wait = self._bucket.wait_for(cost, self._waiter.clock())
            if wait <= 0:
                self._bucket.spend(cost)
            return wait

    def _leave(self, passage: Passage) -> None:
        with self._lock:
            now = self._waiter.clock()
            self._bucket.settle(passage.held, passage.spent, now)
