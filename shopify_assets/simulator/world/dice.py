"""Deterministic chance: every simulated value is a function of a seed and a name.

Charter: the only source of randomness of the simulator. Nothing here knows of shops.
"""

from __future__ import annotations

import random
import zlib
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class Dice:
    """A stream of choices that is the same for the same names."""

    __slots__ = ("_random", "below")

    def __init__(self, *names: object) -> None:
        seed = "/".join(map(str, names))
        self._random = random.Random(seed)  # noqa: S311 -- simulation, no secrets
        self.below = self._random.randrange

    def between(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        return self.below(low, high + 1)

    def chance(self, percent: int) -> bool:
        """True in `percent` of a hundred cases."""
        return self.below(100) < percent

    def pick(self, choices: Sequence[T]) -> T:
        """One of `choices`."""
        return choices[self.below(len(choices))]

    def weighted(self, choices: Sequence[tuple[T, int]]) -> T:
        """One of `choices`, each given with its weight; the weights make 1,000."""
        drawn = self.below(1000)
        for choice, weight in choices:
            drawn -= weight
            if drawn < 0:
                return choice
        return choices[-1][0]


def fingerprint(*names: object) -> int:
    """A fast 32-bit number that is the same for the same names."""
    return zlib.crc32("/".join(map(str, names)).encode())
