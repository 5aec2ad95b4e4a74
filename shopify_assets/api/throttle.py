"""The cost bucket of one app on one shop: how it fills, empties and is read.

Charter: arithmetic only. Nothing here reads a clock, waits, locks or sends; the caller
passes the time in and does the waiting.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ThrottleStatus:
    """What an answer tells of the bucket.

    Attributes:
        maximum: points the bucket holds when full.
        available: points in it when the answer was made.
        restore_rate: points that return to it each second.
    """

    maximum: float
    available: float
    restore_rate: float


@dataclass(frozen=True)
class Cost:
    """What a query cost.

    Attributes:
        requested: points that had to be in the bucket before it ran.
        actual: points it took in the end; None when it did not run.
        status: the bucket afterwards, when the answer tells.
    """

    requested: float
    actual: float | None
    status: ThrottleStatus | None


# The smallest bucket of any plan: believed until the first answer tells the real one.
SMALLEST = ThrottleStatus(maximum=2000, available=2000, restore_rate=100)


class CostBucket:
    """The points believed to be available, of which requests in flight hold a share.

    An answer's figure already lacks what the server took for the other requests in
    flight, and their share is taken off once more here: which of them had reached the
    server cannot be known, and points left lying cost less than a refused request.
    """

    def __init__(self, now: float, status: ThrottleStatus = SMALLEST) -> None:
        self._status = status
        self._seen_at = now
        self._in_flight = 0.0

    def available(self, now: float) -> float:
        """Points that may be spent at `now`; below zero when overdrawn."""
        return self._level(now) - self._in_flight

    def wait_for(self, cost: float, now: float) -> float:
        """Seconds until `cost` points are there, if nothing else happens; 0 for now.

        A cost above the bucket's size waits for a full bucket only: it is the server's
        to refuse.
        """
        missing = min(cost, self._status.maximum) - self.available(now)
        if missing <= 0:
            return 0.0
        return missing / max(self._status.restore_rate, 1.0)

    def spend(self, cost: float) -> None:
        """Hold `cost` points for a request about to be sent."""
        self._in_flight += cost

    def settle(self, cost: float, now: float) -> None:
        """End the hold of `spend`; the points count as taken until an answer tells."""
        self._in_flight = max(0.0, self._in_flight - cost)
        self.observe(self._with(self._level(now) - cost), now)

    def observe(self, status: ThrottleStatus, now: float) -> None:
        """Believe what an answer that came at `now` tells."""
        self._status = status
        self._seen_at = now

    def _level(self, now: float) -> float:
        restored = self._status.restore_rate * max(0.0, now - self._seen_at)
        return min(self._status.maximum, self._status.available + restored)

    def _with(self, available: float) -> ThrottleStatus:
        return ThrottleStatus(
            maximum=self._status.maximum,
            available=available,
            restore_rate=self._status.restore_rate,
        )
