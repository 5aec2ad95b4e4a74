"""One stream of one shop, from Shopify to the warehouse.

Charter: the order of the steps, and that no error leaves the stream it belongs to: any
exception ends the stream and is kept, as one of ours (`Unforeseen`) if nobody raised it
on purpose, for nobody can tell from its class whether an answer is odd or a line of
ours is wrong. What a step does is `pipeline`'s business.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol

import psycopg

from shopify_assets import pipeline
from shopify_assets.api.retry import InternalError, RetryConfig
from shopify_assets.errors import (
    AccessDenied,
    ShopifyAssetsError,
    ShopUnavailable,
    Unavailable,
    Unforeseen,
)
from shopify_assets.extract.extraction import Context
from shopify_assets.postgres.books.aside import entries
from shopify_assets.postgres.books.spans import loaded_spans
from shopify_assets.postgres.loads import Trust
from shopify_assets.reasons import as_ours, is_error, reason_of
from shopify_assets.refresh.asked import RAW, STEPS, TABLES, WAREHOUSE, Asked, Mode
from shopify_assets.storage.layout import Extent
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from contextlib import AbstractContextManager

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.pipeline import Extracted, Loaded, Normalized
    from shopify_assets.postgres.books.aside import Open
    from shopify_assets.postgres.books.spans import Span
    from shopify_assets.storage.store import Store

# It has been asked patiently before: this is the question whether it is there at all.
_ONCE = RetryConfig(attempts=1)
_SHOP = "{ shop { id } }"

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


class Connect(Protocol):
    """Lends a connection to the warehouse."""

    def __call__(self) -> AbstractContextManager[psycopg.Connection]:
        """Lend one; what it did is kept only if its user committed."""


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """Where a shop is read from and written to, and who is told.

    Attributes:
        client: the shop's client.
        store: the lake.
        connect: lends a connection to the warehouse.
        most_set_aside: fraction of a window's records that may be set aside.
        report: is told of progress, a line at a time.
        warn: is told of retries and long waits, a line at a time.
        now: tells the time.
    """

    client: ShopifyClient
    store: Store
    connect: Connect
    most_set_aside: float
    report: Callable[[str], None]
    warn: Callable[[str], None]
    now: Callable[[], datetime]


@dataclass(kw_only=True)
class Taken:
    """What became of a stream; what a step that was not taken did is None.

    Attributes:
        compiled: the stream.
        extracted: the extraction, or None.
        normalized: what normalising did, an extraction each.
        loaded: what loading did, an extraction each.
        aside: what of the stream is set aside in the warehouse.
        spans: what of its history was ever loaded; none of a snapshot.
        denied: why the shop does not let it be read.
        failure: what ended it.
        failed_step: at which step.
        trace: how the program came there.
    """

    compiled: CompiledStream
    extracted: Extracted | None = None
    normalized: list[Normalized] | None = None
    loaded: list[Loaded] | None = None
    aside: tuple[Open, ...] = ()
    spans: tuple[Span, ...] = ()
    denied: AccessDenied | None = None
    failure: BaseException | None = None
    failed_step: str = ""
    trace: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """The stream's name."""
        return self.compiled.name

    @property
    def reason(self) -> str:
        """Why it failed, for people; empty if it did not."""
        return reason_of(self.failure) if self.failure is not None else ""

    @property
    def is_unforeseen(self) -> bool:
        """Whether it failed by what nobody raised on purpose; `trace` tells where."""
        return isinstance(self.failure, Unforeseen)

    @property
    def is_unchanged(self) -> bool:
        """Whether it was read to its end, and nothing stored had to be written."""
        loads = self.loaded or ()
        return bool(loads) and not any(load.changed for load in loads)

    @property
    def steps_are_done(self) -> bool:
        """Whether all that was asked for was done, whatever the checks say of it."""
        return self.failure is None and self.denied is None

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that were taken to their end."""
        done = {RAW: self.extracted, TABLES: self.normalized, WAREHOUSE: self.loaded}
        return tuple(step for step in STEPS if done[step] is not None)


def take(
    compiled: CompiledStream,
    asked: Asked,
    place: Workplace,
    *,
    steps: Collection[str] = STEPS,
) -> Taken:
    """Take a stream through the steps that are asked for; it never raises an error.

    Args:
        compiled: the stream.
        asked: what of the shop is asked for.
        place: where it is read from and written to.
        steps: some of `STEPS`.
    """
    taken = Taken(compiled=compiled)
    place = replace(place, client=place.client.view())
    step = ""
    try:
        for step in (step for step in STEPS if step in steps):
            _TAKE[step](taken, asked, place)
    except AccessDenied as error:
        taken.denied = error
    except BaseException as error:
        if not is_error(error):
            raise
        shop, stream = place.client.domain, compiled.name
        taken.failure = as_ours(error, shop=shop, stream=stream)
        taken.failed_step = step
        taken.trace = "".join(traceback.format_exception(error))
        _give_up_if_lost(place.client, error)
    return taken


def _extract(taken: Taken, asked: Asked, place: Workplace) -> None:
    compiled = taken.compiled
    with place.connect() as connection:
        taken.extracted = pipeline.extract_slice(
            compiled,
            _window(asked, place) if compiled.stream.incremental else None,
            context=Context(place.client, place.store, place.report, warn=place.warn),
            connection=connection,
            incremental=asked.mode is Mode.INCREMENTAL,
        )


def _normalize(taken: Taken, asked: Asked, place: Workplace) -> None:
    taken.normalized = pipeline.normalize_slice(
        taken.compiled,
        _extent(taken, asked, place),
        store=place.store,
        report=place.report,
        most_set_aside=place.most_set_aside,
    )


def _load(taken: Taken, asked: Asked, place: Workplace) -> None:
    compiled = taken.compiled
    with place.connect() as connection:
        taken.loaded = pipeline.load_slice(
            compiled,
            _extent(taken, asked, place),
            store=place.store,
            connection=connection,
            report=place.report,
            trust=Trust.NOTHING if asked.distrust else Trust.DIGESTS,
            clock=place.now,
        )
        taken.aside = entries(connection, shop=asked.shop, stream=compiled.name)
        if compiled.stream.incremental:
            spans = loaded_spans(connection, asked.shop, [compiled.name])
            taken.spans = spans[compiled.name]


_TAKE: dict[str, Callable[[Taken, Asked, Workplace], None]] = {
    RAW: _extract,
    TABLES: _normalize,
    WAREHOUSE: _load,
}


def _extent(taken: Taken, asked: Asked, place: Workplace) -> Extent:
    """What was extracted just now; without that, whatever waits within the window."""
    if taken.extracted is not None:
        return taken.extracted.manifest.extraction.extent
    compiled = taken.compiled
    window = None
    if compiled.stream.incremental:
        window = _window(asked, place)
        if asked.window is None:
            begin = datetime.combine(place.client.shop.start_date, time(), UTC)
            window = Window(min(begin, window.start), window.end)
    return Extent(compiled.name, asked.shop, window)


def _window(asked: Asked, place: Workplace) -> Window:
    """The window asked for; if none is, the shop's history up to now."""
    if asked.window is not None:
        return asked.window
    begin = datetime.combine(place.client.shop.start_date, time(), UTC)
    end = place.now().replace(microsecond=0)
    if asked.mode is Mode.INCREMENTAL:
        # `pipeline.going_on` replaces its start by the watermark.
        begin = max(begin, end - _DAY)
    return Window(min(begin, end - _SECOND), end)


def _give_up_if_lost(client: ShopifyClient, error: BaseException) -> None:
    """Ask nothing more of a shop that does not answer: each question takes minutes."""
    if isinstance(error, ShopUnavailable):
        client.give_up(str(error))
    elif isinstance(error, Unavailable) and not isinstance(error, InternalError):
        try:
            client.execute(_SHOP, cost=1, retry=_ONCE)
        except (ShopUnavailable, Unavailable) as lost:
            client.give_up(str(lost))
        except ShopifyAssetsError:
            # It answers; what it answers is told by whatever asks next.
            return
