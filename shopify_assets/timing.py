"""When something is done: a cron expression in a time zone, on or off.

Charter: the choice itself, and reading it from text. Whether a cron expression is right
is known to what evaluates it.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shopify_assets.errors import ConfigurationError

OFF = "off"


@dataclass(frozen=True)
class Timing:
    """When a schedule ticks.

    Attributes:
        cron: a cron expression of five fields, such as `15 2 * * *`.
        time_zone: the IANA name of the zone it is read in.
        enabled: whether the schedule is on from the start.
    """

    cron: str
    time_zone: str = "UTC"
    enabled: bool = True


NIGHTLY = Timing("15 2 * * *")
WEEKLY = Timing("30 3 * * 0")


def timing(text: str, *, default: Timing, time_zone: str) -> Timing:
    """Read a timing: a cron expression, `off`, or nothing for the default.

    Raises:
        ConfigurationError: there is no such time zone.
    """
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"there is no time zone {time_zone!r}; name one like Europe/Berlin"
        raise ConfigurationError(message) from error
    # Some readers of .env files, Docker's among them, leave the quotes on.
    cron = text.strip().strip("'\"").strip()
    if cron.lower() == OFF:
        return Timing(default.cron, time_zone, enabled=False)
    return Timing(cron or default.cron, time_zone)
