"""Streams that can be probed, the window of each, and what is asked of them together.

Charter: pure decisions: which window a sync would read now, which streams share one
list of a probe, and how many records are asked for. Nothing here asks or reads books.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from shopify_assets.api.pages import LARGEST
from shopify_assets.catalog.lookback import OVERLAP, Books, look_back, schedule
from shopify_assets.catalog.probing import probe_keys, probe_records
from shopify_assets.extract.planning import LAG, filter_text
from shopify_assets.refresh.probe import Asking
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.lookback import Read
    from shopify_assets.catalog.probing import Probe
    from shopify_assets.catalog.stream import Incremental

# One or two records cost the same.
FIRST = 2
# The most records for the same points, by the law of costs.
SIZES = (LARGEST, 244, 148, 90, 54, 33, 20, 12, 7, 4, FIRST)
# Points for the records of a stream of which nothing is remembered.
RECORDS_COST = 100


@dataclass(frozen=True)
class Candidate:
    """An incremental stream that can be probed.

    Attributes:
        compiled: the stream.
        incremental: how it advances.
        keys: the probe for ids and replication keys.
        window: what a sync would read now.
    """

    compiled: CompiledStream
    incremental: Incremental
    keys: Probe
    window: Window

    @property
    def name(self) -> str:
        """The stream's name."""
        return self.compiled.name

    @property
    def keys_tell(self) -> bool:
        """Whether a record that changes moves its replication key."""
        return not self.incremental.lookback


def candidate(
    compiled: CompiledStream,
    watermark: datetime,
    reads: tuple[Read, ...],
    *,
    begin: date,
    now: datetime,
) -> Candidate | None:
    """What is to be probed of a stream; None if it is to be read instead.

    Args:
        compiled: the stream.
        watermark: up to where it is loaded.
        reads: what was read of late, and when.
        begin: the first day of the shop's history.
        now: the shop's clock.
    """
    incremental, keys = compiled.stream.incremental, probe_keys(compiled)
    if incremental is None or keys is None:
        return None
    books = Books(datetime.combine(begin, time(), UTC), watermark, reads)
    back = look_back(schedule(incremental), books, now=now)
    end = (now - LAG).replace(microsecond=0)
    if watermark - back >= end:
        return None
    return Candidate(compiled, incremental, keys, Window(watermark - back, end))


@dataclass(frozen=True)
class Shared:
    """One list of a probe, and the streams that it tells of."""

    asking: Asking
    candidates: tuple[Candidate, ...]


def first_askings(candidates: Sequence[Candidate]) -> tuple[Shared, ...]:
    """Ask each list for its newest keys; streams of one list and time share it.

    It is named after one of them. A window that begins a little earlier shows records
    that are loaded already.
    """
    groups: dict[tuple[object, ...], list[list[Candidate]]] = defaultdict(list)
    for one in sorted(candidates, key=lambda each: each.window):
        words = (one.incremental.field, one.incremental.precision)
        lists = groups[*one.keys.asks, *words]
        if not lists or one.window.start - lists[-1][0].window.start > OVERLAP:
            lists.append([])
        lists[-1].append(one)
    shared = [
        Shared(_asking(group[0], group[0].keys, FIRST), tuple(group))
        for lists in groups.values()
        for group in lists
    ]
    # In an order that does not depend on times: equal questions have one text.
    return tuple(sorted(shared, key=lambda each: each.asking.alias))


def closer_asking(
    one: Candidate, *, remembered: int, withheld: Iterable[str]
) -> Asking | None:
    """Ask for all that there is to see of a window; None where it cannot be seen.

    Args:
        one: the stream.
        remembered: how many records were seen last time.
        withheld: paths that the shop does not let us read.
    """
    if one.keys_tell:
        return _asking(one, one.keys, LARGEST)
    compiled = one.compiled.without(withheld)
    probe = probe_records(compiled)
    if probe is None:
        return None
    first = max(FIRST, remembered + 1) if remembered else _affordable(probe)
    return _asking(one, probe, min(first, compiled.queries.paged.first))


def _affordable(probe: Probe) -> int:
    """As many records as may be asked for where it is not known how many there are."""
    sizes = (size for size in SIZES if probe.cost(size) <= RECORDS_COST)
    return next(sizes, FIRST)


def _asking(one: Candidate, probe: Probe, first: int) -> Asking:
    words = filter_text(one.incremental, one.window) or ""
    return Asking(one.name, probe, first, words)
