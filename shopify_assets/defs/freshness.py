"""How long ago a shop may have been looked at before people are told.

Charter: from the time of the sync to Dagster's freshness policy, which is that of what
stands for a stream in the shop: a look that finds nothing new loads nothing.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

import dagster as dg

from shopify_assets.timing import Timing

# A sync takes its time, and so does the queue before it.
SLACK = timedelta(hours=2)

_SINCE = datetime(2016, 1, 1, tzinfo=UTC)  # long enough ago for a yearly tick
_TICKS = 500  # more than a week of every quarter of an hour in the daytime
_FORMAT = "%Y-%m-%d %H:%M"


@lru_cache
def policy(sync: Timing) -> dg.FreshnessPolicy | None:
    """Warn when one sync is missed, fail when two are; nothing if none is scheduled.

    Raises:
        DagsterInvalidDefinitionError: the cron expression is none.
    """
    if not sync.enabled:
        return None
    gap = longest_gap(sync.cron)
    return dg.FreshnessPolicy.time_window(
        fail_window=2 * gap + SLACK, warn_window=gap + SLACK
    )


def longest_gap(cron: str) -> timedelta:
    """The longest time between two ticks, seen over some hundred of them."""
    ticks = dg.TimeWindowPartitionsDefinition(
        start=_SINCE, cron_schedule=cron, fmt=_FORMAT
    )
    keys = ticks.get_partition_keys_between_indexes(0, _TICKS)
    times = [datetime.strptime(key, _FORMAT).replace(tzinfo=UTC) for key in keys]
    return max(later - earlier for earlier, later in pairwise(times))
