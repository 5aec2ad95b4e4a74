"""One extraction: a stream of a shop, in a window or as a snapshot, into the lake.

Charter: the order of doing. What is fetched by which means is decided in `planning`;
what an unfinished extraction means in `storage.extractions`; requests, waits and
retries belong to `api`. A part is finished only after its file was compared with what
Shopify promised; the extraction is complete only when all its parts are finished.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from shopify_assets.api import bulk
from shopify_assets.api.answers import FieldsDenied, PartsUnknown
from shopify_assets.api.pages import fetch_whole, iter_pages
from shopify_assets.errors import AccessDenied, IncompleteData
from shopify_assets.extract import planning
from shopify_assets.extract.page_sizes import remembered
from shopify_assets.extract.planning import Size, filter_text
from shopify_assets.extract.records import flatten, refuse_nulls
from shopify_assets.extract.repeats import Repeats
from shopify_assets.extract.second_step import (
    SecondStep,
    asked_values,
    read_on,
    told_by_value,
)
from shopify_assets.extract.withholding import as_far_as_readable
from shopify_assets.storage.extractions import Extractions, Resume, Reuse, choose
from shopify_assets.storage.layout import Extent
from shopify_assets.storage.manifests import (
    Manifest,
    PartManifest,
    PendingOperation,
    Plan,
    PlannedPart,
    Spent,
    Withheld,
)
from shopify_assets.storage.records import RawWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets.api.operations import BulkOperation
    from shopify_assets.api.pages import Page
    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.storage.layout import Extraction
    from shopify_assets.storage.store import Store
    from shopify_assets.windows import Window

# Makes a run of a stream, as far as the shop lets it be read.
_Begun: TypeAlias = "Callable[[CompiledStream, Context, tuple[Withheld, ...]], Run]"

# After so many lost or incomplete operations a part is read by pages instead.
BULK_ATTEMPTS = 3
_COUNT_COST = 10


@dataclass(frozen=True)
class Context:
    """What an extraction needs from outside.

    Attributes:
        client: the shop's client.
        store: the lake.
        report: is told of progress, a line at a time.
        concurrency: parts fetched side by side.
        warn: is told of retries and long waits, a line at a time.
    """

    client: ShopifyClient
    store: Store
    report: Callable[[str], None]
    concurrency: int = 4
    warn: Callable[[str], None] = logging.getLogger("shopify_assets.progress").warning


@dataclass(frozen=True)
class Extracted:
    """A complete extraction, and whether anything was fetched for it now."""

    manifest: Manifest
    reused: bool


def extract(
    compiled: CompiledStream, window: Window | None, *, context: Context
) -> Extracted:
    """Bring a stream's records of a window (None: a snapshot) into the lake, whole.

    Finished parts of an extraction that was interrupted are not fetched again; a
    complete extraction that was never loaded is used as it is. What the shop does not
    let us read is not asked for, and the plan says so.

    Raises:
        AccessDenied: a scope the stream needs is not granted.
        IncompleteData: what came is not what was promised, in spite of all attempts.
        ShopUnavailable, Unavailable, ApiError, DataError: see there.
    """
    extent = Extent(compiled.name, context.client.domain, window)
    return carry_out(compiled, extent, context=context, run=Run)


def carry_out(
    compiled: CompiledStream, extent: Extent, *, context: Context, run: _Begun
) -> Extracted:
    """Carry out what `run` makes: begin it, go on with it, or find that it is done."""
    client, work = context.client, f"stream {extent.stream}"

    def attempt(asked: CompiledStream, withheld: tuple[Withheld, ...]) -> Extracted:
        with remembered(client, context.store, extent):
            return _extracted(run(asked, context, withheld), extent)

    with client.waiter.told_to(context.warn, work=work):
        return as_far_as_readable(compiled, context=context, attempt=attempt)


def _extracted(run: Run, extent: Extent) -> Extracted:
    compiled, context = run.compiled, run.context
    extractions = Extractions(context.store)
    now = context.client.server_time()
    choice = choose(extractions.newest(extent), now, query_hash=compiled.fingerprint)
    if isinstance(choice, Reuse):
        context.report(f"{extent}: extracted before and not loaded yet, used as it is")
        found = extractions.manifest(extent.numbered(choice.number))
        return Extracted(found, reused=True)
    started, points = time.monotonic(), context.client.points_spent
    used = context.client.deprecations
    if isinstance(choice, Resume):
        plan = extractions.plan(extent.numbered(choice.number))
    else:
        plan = run.plan(extent, choice.number)
    run.fetch(plan)
    spent = Spent(
        seconds=time.monotonic() - started,
        points=context.client.points_spent - points,
        deprecations=tuple(sorted(context.client.deprecations - used)),
        odd_dates=context.client.odd_dates.lines(),
    )
    finished = context.client.server_time()
    manifest = extractions.complete(plan, extracted_at=finished, spent=spent)
    return Extracted(manifest, reused=False)


@dataclass
class _RawFile:
    """A raw file on its way, and what was null because the shop has none of it."""

    writer: RawWriter
    absent: str = ""


class Run:
    """The doing of one extraction."""

    def __init__(
        self,
        compiled: CompiledStream,
        context: Context,
        withheld: tuple[Withheld, ...],
    ) -> None:
        self.compiled = compiled
        self.context = context
        self.withheld = withheld
        self._queries = compiled.queries
        self._client = context.client
        self._extractions = Extractions(context.store)

    def plan(self, extent: Extent, number: int) -> Plan:
        """Decide what to fetch, and write it down."""
        now = self._client.server_time()
        asked = extent.window
        window = None if asked is None else asked.cut(now - planning.LAG)
        parts: tuple[PlannedPart, ...] = ()
        # A window that begins in the future holds nothing yet: a plan without parts.
        if asked is None or window is not None:
            parts = planning.plan_parts(self.compiled, window, measure=self._measure)
        else:
            self.context.warn(f"{extent}: {planning.nothing_yet(asked, now)}")
        plan = Plan(
            stream=extent.stream,
            shop=extent.shop,
            window=extent.window,
            number=number,
            cut_end=None if asked is None else (window.end if window else asked.start),
            api_version=self._client.api_version,
            query_hash=self.compiled.fingerprint,
            created_at=now,
            parts=parts,
            withheld=self.withheld,
        )
        self._extractions.begin(plan)
        return plan

    def fetch(self, plan: Plan) -> None:
        """Fetch all parts of the plan that are not finished, several side by side."""
        finished = {each.number: each for each in self._extractions.finished(plan)}
        details = {each.details_of: each for each in plan.parts}
        mains = [each for each in plan.parts if each.details_of is None]

        def chain(main: PlannedPart) -> None:
            if main.number not in finished:
                self._fetch_main(plan.extraction, main)
            inner = details.get(main.number)
            if inner is not None and inner.number not in finished:
                self._fetch_details(plan.extraction, inner, of=main)

        with ThreadPoolExecutor(self.context.concurrency) as pool:
            for _ in pool.map(chain, mains):
                pass

    def _fetch_main(self, extraction: Extraction, part: PlannedPart) -> None:
        if part.mode == "paged":
            self._by_pages(extraction, part)
            return
        for _ in range(BULK_ATTEMPTS):
            try:
                with self._client.bulk_slots:
                    self._in_bulk(extraction, part)
            except (bulk.BulkRetryable, IncompleteData) as error:
                self._extractions.forget(extraction, part.number)
                self.context.report(f"{extraction}, part {part.number}: {error}")
            except bulk.BulkRefused as error:
                self._first_page(part.window)
                self.context.report(f"{extraction}, part {part.number}: {error}")
                break
            except AccessDenied:
                # What is granted later helps a new operation, not this one.
                self._extractions.forget(extraction, part.number)
                self._first_page(part.window)
                raise
            else:
                return
        self.context.report(
            f"{extraction}, part {part.number}: bulk operations came to nothing; "
            "reading by pages"
        )
        self._by_pages(extraction, part)

    def _first_page(self, window: Window | None) -> None:
        """Ask for one page: unlike a bulk operation, its refusal names the fields."""
        next(self._pages(window), None)

    def _in_bulk(self, extraction: Extraction, part: PlannedPart) -> None:
        operation_id = self._submitted(extraction, part)
        label = f"{extraction}, part {part.number}"

        def progress(operation: BulkOperation) -> None:
            told = f"{operation.status} at {operation.object_count:,} objects"
            self.context.report(f"{label}: bulk operation {told}")

        operation = bulk.wait_for(self._client, operation_id, on_progress=progress)
        with self._raw_file(extraction, part, operation) as raw:
            writer, received = raw.writer, 0
            of = f"stream {self.compiled.name!r}"
            for chunk in bulk.stream(self._client, operation, of=of):
                received += len(chunk)
                writer.write(chunk)
            bulk.check_counts(
                operation, lines=writer.rows, roots=writer.roots, size=received
            )

    def _submitted(self, extraction: Extraction, part: PlannedPart) -> str:
        """Submit an operation, or take up the one a crashed run has submitted."""
        pending = self._extractions.pending(extraction, part.number)
        if pending is not None:
            return pending.operation_id
        query = self._queries.bulk(self._filter(part.window))
        operation_id = bulk.submit(self._client, query)
        note = PendingOperation(
            operation_id=operation_id, started_at=self._client.server_time()
        )
        self._extractions.pend(extraction, part.number, operation=note)
        return operation_id

    def _by_pages(self, extraction: Extraction, part: PlannedPart) -> None:
        drain, repeats = partial(read_on, self._client), Repeats()
        with self._raw_file(extraction, part) as raw:
            for page in self._pages(part.window):
                for node in page.nodes:
                    if repeats.is_one(node):
                        continue
                    records = flatten(node, self._queries.paged.nested, drain=drain)
                    raw.writer.write_records(list(records))
                if page.absent:
                    self._note_absence(extraction, raw, page.absent)
                told = f"{raw.writer.rows:,} records by pages"
                self.context.report(f"{extraction}: {told}")

    def _note_absence(self, extraction: Extraction, raw: _RawFile, key: str) -> None:
        raw.absent = key
        self.context.report(
            f"{extraction}: {key} is null, which is no error: the shop has none of it; "
            "what is stored of it stays as it is"
        )

    def _pages(self, window: Window | None) -> Iterator[Page]:
        each, paged = self._queries.each, self._queries.paged
        as_asked: dict[str, Any] = {
            "path": paged.path,
            "cost": paged.cost,
            "optional": self._queries.optional,
            "judge": refuse_nulls(paged.nested),
        }
        for asked in asked_values(each):
            as_asked["variables"] = {**self._variables(window), **asked}
            with told_by_value(each, asked):
                if self._queries.is_connection:
                    first = paged.first
                    yield from iter_pages(
                        self._client, paged.text, first=first, **as_asked
                    )
                else:
                    yield fetch_whole(self._client, paged.text, **as_asked)

    def _fetch_details(
        self, extraction: Extraction, part: PlannedPart, *, of: PlannedPart
    ) -> None:
        main = self._extractions.part(extraction, of.number)
        step = SecondStep(
            self._queries, self._client, concurrency=self.context.concurrency
        )
        blocks = partial(self._extractions.blocks, extraction, main)
        with self._raw_file(extraction, part) as raw:
            for table, records in step.batches(blocks):
                raw.writer.write_records(records)
                told = f"{raw.writer.rows:,} records of the second step"
                self.context.report(f"{extraction}: {told} ({table})")

    @contextmanager
    def _raw_file(
        self,
        extraction: Extraction,
        part: PlannedPart,
        operation: BulkOperation | None = None,
    ) -> Iterator[_RawFile]:
        """Lend a writer; when all is written, bring the file and its manifest home."""
        started = time.monotonic()
        with self.context.store.local_temp() as folder:
            file = folder / "raw"
            limit = self._client.input_limits.line
            with RawWriter(file, longest_line=limit, of=f"{extraction}") as writer:
                raw = _RawFile(writer)
                yield raw
                content = writer.finish()
            manifest = PartManifest(
                number=part.number,
                mode=part.mode if operation or part.mode != "bulk" else "paged",
                window=part.window,
                details_of=part.details_of,
                rows=content.rows,
                roots=content.roots,
                bytes=content.bytes,
                stored_bytes=content.stored_bytes,
                sha256=content.sha256,
                absent=raw.absent,
                query_hash=self.compiled.fingerprint,
                extracted_at=self._client.server_time(),
                seconds=time.monotonic() - started,
                operation_id=operation.id if operation else None,
                object_count=operation.object_count if operation else None,
                root_object_count=operation.root_object_count if operation else None,
                file_size=operation.file_size if operation else None,
            )
            self._extractions.finish(extraction, manifest, file=file)

    def _measure(self, window: Window | None) -> Size:
        """Count the records of a window, or find out whether one page holds them."""
        if self._queries.count is not None:
            # What this app cannot count it may read all the same.
            with suppress(PartsUnknown, FieldsDenied):
                answer = self._client.execute(
                    self._queries.count, self._variables(window), cost=_COUNT_COST
                )
                return planning.read_count(answer.data)
        page = next(
            iter_pages(
                self._client,
                self._queries.probe,
                path=self._queries.root,
                variables=self._variables(window),
                first=self._queries.paged.first,
                optional=self._queries.optional,
            )
        )
        return Size(len(page.nodes), exact=not page.has_next)

    def _variables(self, window: Window | None) -> dict[str, Any]:
        return {"query": found} if (found := self._filter(window)) else {}

    def _filter(self, window: Window | None) -> str | None:
        return filter_text(self.compiled.stream.incremental, window)
