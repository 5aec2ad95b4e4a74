"""How a window is cut into parts: few records by pages, many by bulk operations.

Charter: pure decisions. How many records a window holds is asked through the function
passed in; nothing here sends, reads a clock or writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shopify_assets.catalog.stream import Precision
from shopify_assets.storage.manifests import PlannedPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.stream import Incremental
    from shopify_assets.storage.manifests import Mode
    from shopify_assets.windows import Window

# Pages cost points and a bulk operation costs none, but takes seconds to begin.
PAGES_AT_MOST = 4
# Records of one bulk operation: some 300 MB of orders. Bounds what a failed one costs,
# and lets several run side by side.
BULK_RECORDS = 25_000
# Shopify's search lags behind writes; a window ends this long before the server's now.
LAG = timedelta(minutes=3)

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Size:
    """How many records there are; at least so many, if not `exact`."""

    records: int
    exact: bool


def read_count(data: Mapping[str, Any]) -> Size:
    """Read a count query's data; a count may be null, and then says nothing.

    So does one that is no count: it only helps to plan, and all is counted later.
    """
    (count,) = data.values()
    lacking = lacking_of(count)
    if lacking == "count":
        return Size(0, exact=False)
    return Size(count["count"], exact=not lacking and count["precision"] == "EXACT")


def lacking_of(count: Any) -> str:
    """What a count does not give as it should; empty if nothing."""
    if not isinstance(count, dict) or not _is_number(count.get("count")):
        return "count"
    return "" if isinstance(count.get("precision"), str) else "precision"


def _is_number(value: Any) -> bool:
    # GraphQL's Int; and a boolean is an int to Python.
    return type(value) is int and 0 <= value < _INTEGERS


_INTEGERS = 2**31


def plan_parts(
    compiled: CompiledStream,
    window: Window | None,
    *,
    measure: Callable[[Window | None], Size],
) -> tuple[PlannedPart, ...]:
    """Cut a window (None: a snapshot) into the parts to fetch, with their details.

    Args:
        compiled: the stream.
        window: what to fetch, already cut a safe lag before now.
        measure: asks how many records a window holds.
    """
    slices = list(_slices(compiled, window, measure))
    parts: list[PlannedPart] = []
    for mode, part in slices:
        main = PlannedPart(number=len(parts) + 1, mode=mode, window=part)
        parts.append(main)
        if compiled.queries.has_second_step:
            parts.append(_details_of(main))
    return tuple(parts)


def _details_of(main: PlannedPart) -> PlannedPart:
    return PlannedPart(
        number=main.number + 1,
        mode="details",
        window=main.window,
        details_of=main.number,
    )


def _slices(
    compiled: CompiledStream,
    window: Window | None,
    measure: Callable[[Window | None], Size],
) -> Iterator[tuple[Mode, Window | None]]:
    if compiled.queries.bulk_refusal:
        yield "paged", window
        return
    size = measure(window)
    narrowest = _narrowest(compiled.stream.incremental)
    if _by_pages(compiled, size):
        pages = -(-size.records // compiled.queries.paged.first)
        yield from (("paged", each) for each in _even(window, pages, narrowest))
        return
    for each, found in _bounded(window, size, measure, narrowest):
        # Around a mass edit most windows hold next to nothing.
        yield ("paged" if _by_pages(compiled, found) else "bulk"), each


def _by_pages(compiled: CompiledStream, size: Size) -> bool:
    most = PAGES_AT_MOST * compiled.queries.paged.first
    return size.exact and size.records <= most


def _narrowest(incremental: Incremental | None) -> int:
    """Seconds of a window that is not cut: a narrower one finds the same records."""
    by_day = incremental is not None and incremental.precision is Precision.DAY
    return int(_DAY.total_seconds()) if by_day else 1


def _even(
    window: Window | None, pages: int, narrowest: int
) -> tuple[Window | None, ...]:
    if window is None:
        return (window,)
    return window.split(max(1, min(pages, window.seconds // narrowest)))


def _bounded(
    window: Window | None,
    size: Size,
    measure: Callable[[Window | None], Size],
    narrowest: int,
) -> Iterator[tuple[Window | None, Size]]:
    """Halve a window until each part holds few enough records for one operation."""
    if window is None or size.records <= BULK_RECORDS or window.seconds < 2 * narrowest:
        yield window, size
        return
    halves = [(half, measure(half)) for half in window.halves()]
    if all(counted.records >= size.records for _, counted in halves):
        # Counts that contradict each other would have it cut without end.
        yield window, size
        return
    for half, counted in halves:
        yield from _bounded(half, counted, measure, narrowest)


def nothing_yet(window: Window, now: datetime) -> str:
    """Say that a window begins after what can be read at a shop's `now`."""
    readable = f"{now - LAG:%Y-%m-%d %H:%M:%S} UTC"
    return f"nothing was read: {window} begins after {readable}, up to where it could"


def filter_text(incremental: Incremental | None, window: Window | None) -> str | None:
    """Write the search filter for a window: half-open, quoted, in UTC."""
    if incremental is None or window is None:
        return None
    margin = _DAY if incremental.precision is Precision.DAY else timedelta()
    start, end = _time(window.start - margin), _time(window.end + margin)
    field = incremental.field
    return f"{field}:>='{start}' AND {field}:<'{end}'"


def _time(time: datetime) -> str:
    # Unquoted or without Z, Shopify reads it as the shop's local hour, silently.
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
