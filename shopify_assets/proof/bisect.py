"""Where in time two counts part: windows halved until the gap is found.

Charter: pure decisions. What a window holds on either side is asked through the
function passed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

DAY = 86_400
HOUR = 3_600
# A first look: some thirty days a window, so that a month too many does not hide a
# month too few.
_FIRST_LOOK = 30 * DAY
_MOST_WINDOWS = 60
_HALVES = 2


@dataclass(frozen=True)
class Counted:
    """How many records a window holds.

    Attributes:
        source: by Shopify's count.
        stored: by the warehouse.
    """

    source: int
    stored: int

    @property
    def agrees(self) -> bool:
        """Whether both are the same number."""
        return self.source == self.stored


@dataclass(frozen=True)
class Located:
    """A window in which the counts differ."""

    window: Window
    counted: Counted


def first_look(window: Window, earliest: datetime | None) -> tuple[Window, ...]:
    """Cut all of time into the windows that are counted first.

    Args:
        window: all of time.
        earliest: when the first record of the table changed; what lies before is one
            window.
    """
    begin = earliest.replace(microsecond=0) if earliest else window.start
    if not window.start < begin < window.end:
        return _even(window)
    return (Window(window.start, begin), *_even(Window(begin, window.end)))


def _even(window: Window) -> tuple[Window, ...]:
    parts = -(-window.seconds // _FIRST_LOOK)
    return window.split(max(1, min(parts, _MOST_WINDOWS)))


def locate(
    found: Iterable[Located],
    measure: Callable[[Window], Counted],
    *,
    narrowest: int = HOUR,
    budget: int = 200,
) -> tuple[Located, ...]:
    """Narrow windows in which counts differ, each by halves.

    A window of which one side has nothing at all is not cut: all of it is the gap. With
    the budget spent, what is left is given as wide as it is.

    Args:
        found: windows counted before; those that agree are left out.
        measure: counts a window.
        narrowest: seconds of a window that is not cut any more.
        budget: how many windows may be counted.
    """
    open_ = [each for each in found if not each.counted.agrees]
    closed: list[Located] = []
    while open_:
        each = open_.pop(0)
        if _is_narrow(each, narrowest) or budget < _HALVES:
            closed.append(each)
            continue
        halves = [Located(half, measure(half)) for half in each.window.halves()]
        budget -= _HALVES
        # If both agree now, the shop moved while the whole of them was counted.
        open_ += [half for half in halves if not half.counted.agrees]
    return tuple(sorted(closed, key=lambda each: each.window))


def _is_narrow(each: Located, narrowest: int) -> bool:
    one_sided = 0 in (each.counted.source, each.counted.stored)
    return one_sided or each.window.seconds < 2 * narrowest
