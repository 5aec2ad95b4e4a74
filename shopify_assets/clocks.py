"""How far apart clocks may be, and which times lie in a time to come.

Charter: the one tolerance, and the question every reader and writer of times asks.
Nothing here reads a clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta

NEAR = timedelta(minutes=10)
"""Two clocks further apart do not tell the same time.

Machines that ask a time server differ by less than a second, one that does not by
minutes a month. It must stay below the 30 minutes by which windows overlap: a time that
is wrong by less loses nothing, and one stored too late is over in as many minutes.
"""


def is_to_come(moment: datetime | None, now: datetime) -> bool:
    """Whether a time that should have been lies ahead, further than clocks differ."""
    return moment is not None and moment - now > NEAR
