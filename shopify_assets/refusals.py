"""What becomes of an extraction that cannot be normalised or loaded.

Charter: refused once, it is extracted anew; refused again, it is set aside as a whole,
and its stream goes on after it. The decision, and the order in which lake and warehouse
are told: each step may be taken again after a crash, and says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec

from shopify_assets.clocks import is_to_come
from shopify_assets.errors import DataError, TablesError
from shopify_assets.postgres.books import aside
from shopify_assets.postgres.loads import Entry
from shopify_assets.storage.extractions import Extractions
from shopify_assets.storage.layout import raw_prefix
from shopify_assets.storage.manifests import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    import psycopg

    from shopify_assets.normalize.aside import SetAside
    from shopify_assets.storage.layout import Extent, Extraction
    from shopify_assets.storage.manifests import Manifest
    from shopify_assets.storage.store import Store

Done = TypeVar("Done")


@dataclass(frozen=True)
class RefusedExtraction:
    """A complete extraction, and why it was refused."""

    manifest: Manifest
    refusal: Refusal

    @property
    def extraction(self) -> Extraction:
        """The extraction."""
        return self.manifest.extraction

    def __str__(self) -> str:
        """Which one, at which step, and why."""
        verb = {"normalize": "normalised", "load": "loaded"}[self.refusal.step]
        return f"{self.extraction} could not be {verb}: {self.refusal.reason}"


def take_each(  # noqa: PLR0913 -- keyword-only from the fourth on
    store: Store,
    extent: Extent,
    do: Callable[[Manifest], Done],
    *,
    step: Literal["normalize", "load"],
    clock: Callable[[], datetime],
    report: Callable[[str], None],
) -> list[Done]:
    """Take a step for every extraction of an extent that is due.

    One that is refused does not stop the others. That is noted in the lake, and raised
    at the end, unless it was the second try: that one `settle` sets aside.

    Raises:
        DataError: nothing is due, or something was refused for the first time.
    """
    done: list[Done] = []
    refused: dict[Extraction, DataError] = {}
    for manifest in _due(store, extent):
        try:
            done.append(do(manifest))
        except TablesError:
            # No fault of what was extracted: it is to be normalised again.
            raise
        except DataError as error:
            refusal = Refusal(step=step, reason=str(error), refused_at=clock())
            Extractions(store).refuse(manifest.extraction, refusal)
            refused[manifest.extraction] = error
            report(f"refused: {error}")
    if refused:
        found = unsettled(store, extent.stream, extent.shop)
        again = {each.extraction for each in refused_again(found)}
        first = [error for each, error in refused.items() if each not in again]
        if first:
            told = "; ".join(map(str, first))
            raise type(first[0])(f"{told}. The next run extracts it anew") from first[0]
    return done


def _due(store: Store, extent: Extent) -> tuple[Manifest, ...]:
    """What waits; else, unless that was refused, what is to be done over.

    Raises:
        DataError: what was extracted was refused, and nothing else is there.
    """
    extractions = Extractions(store)
    refused = [
        each
        for each in _newest(unsettled(store, extent.stream, extent.shop))
        if each.extraction.extent.meets(extent)
    ]
    if not refused:
        return extractions.due(extent)
    waiting = extractions.waiting(extent)
    if not waiting and any(each.refusal.set_aside_at is None for each in refused):
        message = (
            f"{refused[-1]}; materialise the raw asset again, or take it in again "
            "with: shopify-assets set-aside retry"
        )
        raise DataError(message)
    return waiting


def unsettled(store: Store, stream: str, shop: str) -> tuple[RefusedExtraction, ...]:
    """The refused extractions of a stream of a shop that no later load made good."""
    extractions = Extractions(store)
    found = extractions.refused(stream, shop)
    if not found:
        return ()
    loaded = extractions.loaded(stream, shop)
    return tuple(
        RefusedExtraction(each, refusal)
        for each in found
        if (refusal := extractions.refusal(each.extraction)) is not None
        if not any(
            _makes_good(later, RefusedExtraction(each, refusal)) for later in loaded
        )
    )


def _makes_good(later: Manifest, refused: RefusedExtraction) -> bool:
    """Whether an extraction holds, as it was later, all that a refused one held.

    That one was made before it was refused, whatever a wrong clock has dated it.
    """
    earlier = refused.manifest
    made_at = min(earlier.plan.created_at, refused.refusal.refused_at)
    one, other = later.extraction, earlier.extraction
    if one.extent == other.extent:
        return one.number > other.number
    if later.plan.created_at <= made_at:
        return False
    wide, narrow = later.plan.covered, earlier.plan.covered
    if wide is None or narrow is None:
        return False
    return wide.start <= narrow.start and narrow.end <= wide.end


def refused_again(found: Sequence[RefusedExtraction]) -> list[RefusedExtraction]:
    """Those that were a second try, and are not set aside yet."""
    return [
        each
        for each in _newest(found)
        if each.refusal.set_aside_at is None
        and any(_makes_good(each.manifest, first) for first in found)
    ]


def _newest(found: Sequence[RefusedExtraction]) -> list[RefusedExtraction]:
    """Those that were not tried again."""
    return [
        each
        for each in found
        if not any(_makes_good(later.manifest, each) for later in found)
    ]


def settle(  # noqa: PLR0913 -- keyword-only from the fourth on
    store: Store,
    stream: str,
    shop: str,
    *,
    connection: psycopg.Connection,
    clock: Callable[[], datetime],
    report: Callable[[str], None],
) -> None:
    """Set aside what was refused twice; the warehouse is told first, then the lake.

    Raises:
        Unavailable: the warehouse went away; what was not settled will be.
    """
    extractions = Extractions(store)
    for each in refused_again(unsettled(store, stream, shop)):
        _set_aside(connection, each, now=clock())
        settled = msgspec.structs.replace(each.refusal, set_aside_at=clock())
        extractions.refuse(each.extraction, settled)
        report(f"set aside as a whole, for it was refused twice: {each}")


def _set_aside(
    connection: psycopg.Connection, refused: RefusedExtraction, *, now: datetime
) -> None:
    plan = refused.manifest.plan
    # The watermark goes on over its window, unless that is one of a time to come.
    dated_wrong = is_to_come(plan.created_at, now)
    aside.set_aside(
        connection,
        aside.Whole(
            shop=plan.shop,
            stream=plan.stream,
            key=refused.extraction.extent.label,
            extraction=str(refused.extraction),
            extracted_at=min(plan.created_at, refused.refusal.refused_at),
            reason=str(refused),
            window=None if dated_wrong else plan.covered,
        ),
    )
    connection.commit()


def entries_of(extraction: Extraction, faults: Iterable[SetAside]) -> tuple[Entry, ...]:
    """Records that are left out of an extraction's tables, as the warehouse has them.

    A line whose record is not known is named by its place in the lake.
    """
    extent = extraction.extent
    folder = extraction.raw.removeprefix(raw_prefix(extent.stream, extent.shop))
    return tuple(
        Entry(
            key=fault.record or f"{folder}part-{fault.part:05d}:{fault.line}",
            record=fault.record,
            table=fault.table,
            file=fault.file,
            line=fault.line,
            place=fault.place,
            reason=fault.reason,
        )
        for fault in faults
    )
