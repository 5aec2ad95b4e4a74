"""The three steps of a slice: extract, normalize, load.

Charter: ties extract, normalize, quality and postgres together, for whoever runs a
step: Dagster's assets, the bench, the tests. Which slices to take is the caller's
business; nothing here knows of Dagster. What takes rows, by Polars and Arrow, is
imported where there are some: most syncs find nothing new.

What is to be done is read from the lake: an extraction that is complete and has no
receipt waits to be normalised and loaded. So a step that was killed is simply taken
again, and a step asked for anew, with nothing waiting, is done over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol

from shopify_assets.batches import batch_of, query_of
from shopify_assets.catalog.lookback import OVERLAP, Books, look_back, schedule
from shopify_assets.clocks import is_to_come
from shopify_assets.errors import DataError
from shopify_assets.extract.by_ids import extract_ids
from shopify_assets.extract.extraction import Context, Extracted, extract
from shopify_assets.findings import Finding, compare
from shopify_assets.normalize.result import Normalized
from shopify_assets.postgres.books import watermarks
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.postgres.loads import Load, Trust, told
from shopify_assets.postgres.locks import one_at_a_time
from shopify_assets.refusals import settle, take_each
from shopify_assets.settings import DEFAULT_MAX_SET_ASIDE
from shopify_assets.storage.extractions import Extractions
from shopify_assets.storage.layout import Extent
from shopify_assets.storage.manifests import Receipt
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import psycopg

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.normalize.files import TableReader
    from shopify_assets.postgres.loads import LoadResult, TableCounts
    from shopify_assets.storage.manifests import Manifest
    from shopify_assets.storage.store import Store

__all__ = ["Extracted", "Loaded", "Normalized"]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Loaded:
    """One extraction in the warehouse.

    Attributes:
        shop: the shop's domain.
        records: rows in the batch of the table that holds the stream's own records.
        rows: rows of all tables in the batch.
        changed: rows inserted, updated or deleted.
        tables: what was done, by table.
        seconds: wall time.
        findings: rows not accounted for.
    """

    shop: str
    records: int
    rows: int
    changed: int
    tables: Mapping[str, TableCounts]
    seconds: float
    findings: tuple[Finding, ...]


class TakenAgain(Protocol):
    """What is loaded of an extraction that is taken in again."""

    def batch(self, whole: Load) -> Load:
        """Make it of the whole."""


def extract_slice(
    compiled: CompiledStream,
    window: Window | None,
    *,
    context: Context,
    connection: psycopg.Connection,
    incremental: bool,
) -> Extracted:
    """Extract a slice, alone on its stream among all that share the warehouse.

    Args:
        compiled: the stream.
        window: the window, or None for a snapshot.
        context: the shop's client, the lake, and who is told of progress.
        connection: to the warehouse; it holds the stream's lock and the watermark.
        incremental: go on from the watermark instead of taking the whole window.
    """
    shop = context.client.domain
    name = _name_of_lock(compiled, shop)
    tell_of_stream = context.client.waiter.told_to(
        context.warn, work=f"stream {compiled.name}"
    )
    with (
        told(name),
        one_at_a_time(connection, name, report=context.warn),
        tell_of_stream,
    ):
        # A run that was killed may have left it: the watermark moves on over it.
        settle(
            context.store,
            compiled.name,
            shop,
            connection=connection,
            clock=_now,
            report=context.warn,
        )
        _refuse_time_to_come(
            connection, compiled, shop, now=context.client.server_time()
        )
        if incremental and window is not None:
            known = _watermark(connection, compiled, shop)
            begin = context.client.shop.start_date
            back = _look_back(compiled, known, context=context, connection=connection)
            window = going_on(window, known, begin=begin, overlap=back)
        return extract(compiled, window, context=context)


def extract_chosen(
    compiled: CompiledStream,
    ids: Sequence[str],
    *,
    context: Context,
    connection: psycopg.Connection,
) -> Extracted:
    """Extract chosen records by their global ids, alone on the stream as any slice."""
    name = _name_of_lock(compiled, context.client.domain)
    with told(name), one_at_a_time(connection, name, report=context.warn):
        return extract_ids(compiled, ids, context=context)


def _name_of_lock(compiled: CompiledStream, shop: str) -> str:
    return f"extraction of stream {compiled.name} of shop {shop}"


def _look_back(
    compiled: CompiledStream,
    known: datetime | None,
    *,
    context: Context,
    connection: psycopg.Connection,
) -> timedelta:
    """How far before the watermark the stream is read again now."""
    incremental = compiled.stream.incremental
    if known is None or incremental is None:
        return OVERLAP
    looks = schedule(incremental)
    now = context.client.server_time()
    shop = context.client.shop
    reads = watermarks.reads(
        connection,
        shop=context.client.domain,
        stream=compiled.name,
        since=now - max(each.apart for each in looks),
    )
    connection.commit()
    begin = datetime.combine(shop.start_date, time(), UTC)
    return look_back(looks, Books(begin, known, reads), now=now)


def going_on(
    window: Window,
    known: datetime | None,
    *,
    begin: date,
    overlap: timedelta = OVERLAP,
) -> Window:
    """The window to extract so that what is loaded goes on without a gap.

    Args:
        window: the partitions asked for.
        known: the watermark; None if nothing was ever loaded.
        begin: the first day of the shop's history, from which a first load starts.
        overlap: how long before the watermark it begins.
    """
    if known is None:
        first = datetime.combine(begin, time(), UTC)
        return Window(min(first, window.start), window.end)
    # A window that ends before the watermark holds nothing since: it is done over,
    # whole, however far back a look would begin.
    if known - OVERLAP >= window.end:
        return window
    return Window(known - overlap, window.end)


def normalize_slice(
    compiled: CompiledStream,
    extent: Extent,
    *,
    store: Store,
    report: Callable[[str], None],
    most_set_aside: float = DEFAULT_MAX_SET_ASIDE,
) -> list[Normalized]:
    """Normalise the extractions of an extent that wait for it, and check their rows.

    Raises:
        DataError: there is none, or one cannot be read and is to be extracted anew.
    """

    def normalize(manifest: Manifest) -> Normalized:
        from shopify_assets.normalizing import normalized  # noqa: PLC0415 -- see above

        tables = normalized(
            compiled, manifest, store=store, clock=_now, most_set_aside=most_set_aside
        )
        report(f"{manifest.extraction}: {tables}")
        return tables

    return take_each(
        store, extent, normalize, step="normalize", clock=_now, report=report
    )


def load_slice(  # noqa: PLR0913 -- keyword-only from the third on
    compiled: CompiledStream,
    extent: Extent,
    *,
    store: Store,
    connection: psycopg.Connection,
    report: Callable[[str], None],
    trust: Trust = Trust.DIGESTS,
    clock: Callable[[], datetime] = _now,
) -> list[Loaded]:
    """Load the extractions of an extent that wait for it, each in one transaction.

    One that cannot be loaded does not stop the others; what was refused twice is set
    aside. What is believed of the stored rows, `trust` says, and the time `clock`.

    Raises:
        DataError: there is none, or one does not fit and is to be extracted anew.
        Unavailable: the warehouse went away; nothing was loaded.
    """
    settled = partial(
        settle,
        store,
        extent.stream,
        extent.shop,
        connection=connection,
        clock=clock,
        report=report,
    )

    def load_one(manifest: Manifest) -> Loaded:
        loaded = load_extraction(
            compiled,
            manifest,
            store=store,
            connection=connection,
            trust=trust,
            clock=clock,
        )
        told = f"{loaded.rows:,} rows loaded, {loaded.changed:,} changed"
        report(f"{manifest.extraction}: {told}")
        return loaded

    settled()
    done = take_each(store, extent, load_one, step="load", clock=clock, report=report)
    settled()
    return done


def load_extraction(  # noqa: PLR0913 -- keyword-only from the third on
    compiled: CompiledStream,
    manifest: Manifest,
    *,
    store: Store,
    connection: psycopg.Connection,
    again: TakenAgain | None = None,
    trust: Trust = Trust.DIGESTS,
    clock: Callable[[], datetime] = _now,
) -> Loaded:
    """Load one extraction that is normalised, and write its receipt.

    Args:
        compiled: the stream.
        manifest: the extraction.
        store: the lake.
        connection: to the warehouse.
        again: what of it is taken in later than the rest; None: it is loaded whole.
        trust: what is believed of the stored rows.
        clock: tells the time.

    Raises:
        TablesError: it is not normalised.
        DataError: its rows do not fit, or it is of a time to come.
        ConfigurationError: the books hold a time to come.
        Unavailable: the warehouse went away; nothing was loaded.
    """
    from shopify_assets.normalize.files import TableReader  # noqa: PLC0415 -- see above
    from shopify_assets.normalizing import as_read  # noqa: PLC0415 -- the same
    from shopify_assets.postgres.load import merge  # noqa: PLC0415 -- the same

    # The tables are whole, even if the rows of this extraction are not.
    _refuse_wrong_times(connection, compiled, manifest, now=clock())
    known = _watermark(connection, compiled, manifest.plan.shop)
    declared, compiled = compiled, as_read(compiled, manifest)
    reader = TableReader(store, manifest.extraction, compiled.tables)
    batch = replace(
        batch_of(compiled, manifest, reader, known=known),
        trust=trust,
        query=query_of(declared, compiled, manifest),
    )
    if again is not None:
        batch = again.batch(batch)
    result = merge.load_migrated(connection, batch)
    connection.commit()
    rows = sum(reader.manifest.rows.values())
    receipt = Receipt(loaded_at=clock(), rows=rows)
    Extractions(store).acknowledge(manifest.extraction, receipt)
    return Loaded(
        shop=manifest.plan.shop,
        records=reader.manifest.rows[compiled.principal.name],
        rows=rows,
        changed=sum(counts.changed for counts in result.rows.values()),
        tables=result.rows,
        seconds=result.seconds,
        findings=() if again else tuple(_unaccounted(compiled, reader, result)),
    )


def _watermark(
    connection: psycopg.Connection, compiled: CompiledStream, shop: str
) -> datetime | None:
    """The stream's watermark, in a warehouse that may never have seen the stream."""
    with told(f"the watermark of stream {compiled.name} of shop {shop}"):
        migrate(connection, compiled.tables)
        known = watermarks.watermark(connection, shop=shop, stream=compiled.name)
        connection.commit()
    return known


def _refuse_time_to_come(
    connection: psycopg.Connection,
    compiled: CompiledStream,
    shop: str,
    *,
    now: datetime,
) -> None:
    """Refuse to go on from books that a wrong clock has written."""
    with told(f"the books of stream {compiled.name} of shop {shop}"):
        migrate(connection, ())
        watermarks.refuse_time_to_come(
            connection, shop=shop, stream=compiled.name, now=now
        )
        connection.commit()


def _refuse_wrong_times(
    connection: psycopg.Connection,
    compiled: CompiledStream,
    manifest: Manifest,
    *,
    now: datetime,
) -> None:
    """Refuse an extraction that a wrong clock has dated: its rows would yield to none.

    Raises:
        DataError: naming its time.
        ConfigurationError: it is the books that are of a time to come.
    """
    plan = manifest.plan
    _refuse_time_to_come(connection, compiled, plan.shop, now=now)
    latest = max(plan.created_at, plan.covered.end if plan.covered else plan.created_at)
    if is_to_come(latest, now):
        message = (
            f"{manifest.extraction} is dated {latest:%Y-%m-%d %H:%M:%S} UTC, and it is "
            f"{now:%Y-%m-%d %H:%M:%S}: a wrong clock has dated it"
        )
        raise DataError(message)


def _unaccounted(
    compiled: CompiledStream, reader: TableReader, result: LoadResult
) -> Iterator[Finding]:
    """Compare rows read with rows inserted, updated, or found alike or newer."""
    if result.superseded:
        return
    counts = result.rows[compiled.root.name]
    found = counts.inserted + counts.updated + counts.unchanged
    expected = reader.distinct_roots()
    yield from compare(
        "rows_accounted", compiled.root.name, expected=expected, found=found
    )
