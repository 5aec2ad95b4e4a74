"""The leaky bucket of one app at one shop.

Charter: pure arithmetic of points and time; the clock is passed in.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Bucket:
    """Points that may be spent, restored over time.

    Attributes:
        rate: points restored a second.
        size: points it holds when full.
        level: points in it at `at`.
        at: the moment, in seconds of whatever clock is used.
    """

    rate: float
    size: float
    level: float
    at: float

    @classmethod
    def full(cls, rate: float, now: float) -> Bucket:
        """A full bucket: twenty seconds of restoring."""
        return cls(rate, rate * 20, rate * 20, now)

    def available(self, now: float) -> float:
        """The points in it now."""
        restored = max(0.0, now - self.at) * self.rate
        self.level = min(self.size, self.level + restored)
        self.at = max(now, self.at)
        return self.level

    def take(self, points: float, now: float) -> bool:
        """Take points out, if it holds that many."""
        if self.available(now) < points:
            return False
        self.level -= points
        return True

    def give_back(self, points: float, now: float) -> None:
        """Return points that were asked for but not used."""
        self.level = min(self.size, self.available(now) + points)

    def drain(self, now: float) -> None:
        """Leave nothing in it."""
        self.available(now)
        self.level = 0

    def status(self, now: float) -> dict[str, float]:
        """`extensions.cost.throttleStatus`."""
        return {
            "maximumAvailable": float(self.size),
            "currentlyAvailable": int(self.available(now)),
            "restoreRate": float(self.rate),
        }
