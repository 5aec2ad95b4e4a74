"""Partitions: shop × time window for what can be cut by time, shop alone for the rest.

Charter: from settings to partitions definitions, and from the partition keys of a run
back to shops and windows. A run may be given any set of keys (the UI sends a range as
one run, several ranges as one run a day): nothing may assume one shop or one window.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from shopify_assets.windows import Window, merge_contiguous

SHOP = "shop"
DATE = "date"

SHOPS = dg.DynamicPartitionsDefinition(name=SHOP)

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"

_SECOND = timedelta(seconds=1)

_WIDTHS: dict[str, type[dg.TimeWindowPartitionsDefinition]] = {
    "day": dg.DailyPartitionsDefinition,
    "week": dg.WeeklyPartitionsDefinition,
    "month": dg.MonthlyPartitionsDefinition,
}


@dataclass(frozen=True)
class Slice:
    """A shop and a window of it; None stands for a snapshot."""

    shop: str
    window: Window | None


def dates(start: date, *, width: str) -> dg.TimeWindowPartitionsDefinition:
    """Windows of one `width` from `start` to the one that holds now."""
    first = datetime(start.year, start.month, 1, tzinfo=UTC)
    if width == "week":
        # Dagster's weeks begin on Sunday; the first must not begin after `start`.
        first -= timedelta(days=7)
    # An offset of one: the window that holds now can be asked for before it has ended.
    return _WIDTHS[width](start_date=first, end_offset=1)  # type: ignore[call-arg]


def by_shop_and_date(
    windows: dg.TimeWindowPartitionsDefinition,
) -> dg.MultiPartitionsDefinition:
    """Shop × window."""
    return dg.MultiPartitionsDefinition({SHOP: SHOPS, DATE: windows})


def slices(
    keys: Iterable[str], partitions: dg.PartitionsDefinition[str]
) -> tuple[Slice, ...]:
    """Turn the partition keys of a run into the fewest slices, shop by shop."""
    if not isinstance(partitions, dg.MultiPartitionsDefinition):
        return tuple(Slice(key, None) for key in sorted(keys))
    found: defaultdict[str, list[Window]] = defaultdict(list)
    windows = partitions.get_partitions_def_for_dimension(DATE)
    assert isinstance(windows, dg.TimeWindowPartitionsDefinition)  # noqa: S101 -- as built by `by_shop_and_date`
    for key in keys:
        dimensions = partitions.get_partition_key_from_str(key).keys_by_dimension
        window = windows.time_window_for_partition_key(dimensions[DATE])
        found[dimensions[SHOP]].append(Window(window.start, window.end))
    return tuple(
        Slice(shop, window)
        for shop in sorted(found)
        for window in merge_contiguous(found[shop])
    )


def range_tags(
    shop: str, window: Window, windows: dg.TimeWindowPartitionsDefinition
) -> dict[str, str]:
    """Tags that make a run cover a shop's partitions which meet `window`."""
    keys = [_key_at(time, windows) for time in (window.start, window.end - _SECOND)]
    start, end = (str(dg.MultiPartitionKey({SHOP: shop, DATE: key})) for key in keys)
    return {RANGE_START: start, RANGE_END: end}


def _key_at(time: datetime, windows: dg.TimeWindowPartitionsDefinition) -> str:
    """The key of the partition that holds `time`, or of the nearest there is."""
    first, last = windows.get_partition_keys()[0], windows.get_partition_keys()[-1]
    holding = windows.get_partition_key_for_timestamp(time.timestamp())
    return min(max(holding, first), last)
