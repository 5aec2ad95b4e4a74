"""The cost bucket of one app on one shop: how it fills, empties and is read.

Charter: arithmetic only. Nothing here reads a clock, waits, locks or sends; the caller
passes the time in and does the waiting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


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

# Points; less is rounding, for which no clock could wait.
_NOTHING = 0.001


class CostBucket:
    """The points believed to be there, of which requests in flight hold a share.

    The books are kept here: a request holds what it requests until it is settled, and
    then has taken what it actually cost. So the belief is never above the truth as long
    as nobody else uses the bucket, in whatever order answers arrive. What they tell
    lowers it when somebody else does; it raises it only when the request was alone on
    its way, for the figure of an answer that others have overtaken is too high.
    """

    def __init__(self, now: float, status: ThrottleStatus = SMALLEST) -> None:
        self._status = status
        self._seen_at = now
        self._in_flight = 0.0
        self._flights = 0
        self._alone = True

    def available(self, now: float) -> float:
        """Points that may be spent at `now`; below zero when overdrawn."""
        return self._level(now) - self._in_flight

    def wait_for(self, cost: float, now: float) -> float:
        """Seconds until `cost` points are there, if nothing else happens; 0 for now.

        A cost above the bucket's size waits for a full bucket only: it is the server's
        to refuse.
        """
        missing = min(cost, self._status.maximum) - self.available(now)
        if missing <= _NOTHING:
            return 0.0
        return missing / max(self._status.restore_rate, 1.0)

    def spend(self, cost: float) -> None:
        """Hold `cost` points for a request about to be sent."""
        self._alone = self._flights == 0
        self._flights += 1
        self._in_flight += cost

    def settle(self, held: float, spent: Cost | None, now: float) -> None:
        """End the hold of `spend`, with what the answer told, if one came."""
        self._flights -= 1
        # Nothing is exactly nothing, whatever rounding left over.
        self._in_flight = self._in_flight - held if self._flights else 0.0
        if spent is None:
            return
        level = self._level(now) - (spent.actual or 0.0)
        if spent.status is None:
            self._status = replace(self._status, available=level)
        else:
            # The answer's figure lacks what the others hold already.
            told = spent.status.available + self._in_flight
            level = told if self._may_rise(spent.status) else min(level, told)
            self._status = replace(spent.status, available=level)
        self._seen_at = now

    def _may_rise(self, told: ThrottleStatus) -> bool:
        return self._alone or told.maximum != self._status.maximum

    def _level(self, now: float) -> float:
        restored = self._status.restore_rate * max(0.0, now - self._seen_at)
        return min(self._status.maximum, self._status.available + restored)
