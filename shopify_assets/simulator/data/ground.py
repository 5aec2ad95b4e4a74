"""The ground all records of a shop stand on: its clock, its money, its counts.

Charter: facts that several subjects share, told without making any record.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.world.dice import Dice
from shopify_assets.simulator.world.money import Till
from shopify_assets.simulator.world.spec import STAMP, Scale, SimulatedShop

if TYPE_CHECKING:
    from collections.abc import Sequence

# Moments at which clocks are put forward or back, in New York and in Berlin.
_CLOCK_CHANGES = tuple(
    datetime.fromisoformat(each + "+00:00")
    for each in (
        "2024-03-10T07:00:00", "2024-11-03T06:00:00", "2025-03-09T07:00:00",
        "2025-03-30T01:00:00", "2025-10-26T01:00:00", "2025-11-02T06:00:00",
        "2026-03-08T07:00:00", "2026-03-29T01:00:00", "2026-10-25T01:00:00",
        "2026-11-01T06:00:00",
    )
)  # fmt: skip


class Ground:
    """What the subjects of one shop share.

    Attributes:
        spec: the shop as declared.
        scale: its numbers.
        start, end: its history in seconds since 1970.
        added: moments at which orders beyond the history were made.
    """

    def __init__(self, spec: SimulatedShop, scale: Scale) -> None:
        self.spec = spec
        self.scale = scale
        self.start = int(scale.start.timestamp())
        self.end = int(scale.end.timestamp())
        self.added: list[int] = []
        self.same_currency = Till(spec.currency, spec.currency)

    def dice(self, *names: object) -> Dice:
        """Chance that is the same for the same seed and names."""
        return Dice(self.spec.seed, *names)

    def till(self, dice: Dice) -> Till:
        """The currencies of one order: three of ten buyers pay in their own."""
        others = self.spec.presentment_currencies
        if others and dice.chance(30):
            return Till(self.spec.currency, dice.pick(others))
        return self.same_currency

    def bag(self, minor: int) -> dict[str, Any]:
        """A MoneyBag in the shop's currency."""
        return self.same_currency.bag(self.same_currency.amount(minor))

    def spread(self, place: int, count: int, dice: Dice) -> int:
        """A moment of history; moments ascend with the place."""
        width = self.end - self.start
        low = self.start + width * place // max(1, count)
        high = self.start + width * (place + 1) // max(1, count)
        for change in self.clock_changes:
            if low <= change < high:
                return change
        return low + dice.below(max(1, high - low))

    @cached_property
    def clock_changes(self) -> Sequence[int]:
        """Moments within history at which a clock is put forward or back."""
        moments = [int(each.timestamp()) for each in _CLOCK_CHANGES]
        return [each for each in moments if self.start <= each < self.end]

    def later(self, moment: int, dice: Dice, days: int) -> int:
        """A moment within `days` after `moment`, never after the end of history."""
        return max(moment, min(moment + dice.below(days * 86_400), self.end - 1))


def stamp(moment: int) -> str:
    """A moment as GraphQL writes it."""
    return datetime.fromtimestamp(moment, UTC).strftime(STAMP)
