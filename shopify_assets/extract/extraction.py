"""One extraction: a stream of a shop, in a window or as a snapshot, into the lake.

Charter: the order of doing. What is fetched by which means is decided in `planning`;
what an unfinished extraction means in `storage.extractions`; requests, waits and
retries belong to `api`. A part is finished only after its file was compared with what
Shopify promised; the extraction is complete only when all its parts are finished.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shopify_assets.api import bulk
from shopify_assets.api.pages import fetch_nodes, iter_pages
from shopify_assets.errors import AccessDenied, DataError, IncompleteData
from shopify_assets.extract import planning
from shopify_assets.extract.access import require_scopes
from shopify_assets.extract.planning import Size, filter_text
from shopify_assets.extract.records import children, flatten, owners, with_root
from shopify_assets.storage.extractions import Extractions, Resume, Reuse, choose
from shopify_assets.storage.layout import Extent
from shopify_assets.storage.manifests import (
    Manifest,
    PartManifest,
    PendingOperation,
    Plan,
    PlannedPart,
    Spent,
)
from shopify_assets.storage.records import RawWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shopify_assets.api.bulk import BulkOperation
    from shopify_assets.api.client import ShopifyClient
    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.queries import Details, Nested
    from shopify_assets.extract.records import Node, Owner
    from shopify_assets.storage.layout import Extraction
    from shopify_assets.storage.store import Store
    from shopify_assets.windows import Window

# After so many lost or incomplete operations a part is read by pages instead.
BULK_ATTEMPTS = 3
# Parents whose inner connections one thread reads at a time.
_OWNERS_AT_ONCE = 250


@dataclass(frozen=True)
class Context:
    """What an extraction needs from outside.

    Attributes:
        client: the shop's client.
        store: the lake.
        report: is told of progress, a line at a time.
        concurrency: parts fetched side by side; Shopify runs five bulk operations.
    """

    client: ShopifyClient
    store: Store
    report: Callable[[str], None]
    concurrency: int = bulk.MAX_CONCURRENT


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
    complete extraction that was never loaded is used as it is.

    Raises:
        AccessDenied: a scope the stream needs is not granted.
        IncompleteData: what came is not what was promised, in spite of all attempts.
        ShopUnavailable, Unavailable, ApiError, DataError: see there.
    """
    extent = Extent(compiled.name, context.client.domain, window)
    return carry_out(Run(compiled, context), extent)


def carry_out(run: Run, extent: Extent) -> Extracted:
    """Carry out a run: begin it, go on with it, or find that it is done."""
    compiled, context = run.compiled, run.context
    require_scopes(compiled, context.client)
    extractions = Extractions(context.store)
    now = context.client.server_time()
    choice = choose(extractions.newest(extent), now, query_hash=compiled.fingerprint)
    if isinstance(choice, Reuse):
        context.report(f"{extent}: extracted before and not loaded yet, used as it is")
        found = extractions.manifest(extent.numbered(choice.number))
        return Extracted(found, reused=True)
    started, points = time.monotonic(), context.client.points_spent
    if isinstance(choice, Resume):
        plan = extractions.plan(extent.numbered(choice.number))
    else:
        plan = run.plan(extent, choice.number)
    run.fetch(plan)
    spent = Spent(
        seconds=time.monotonic() - started,
        points=context.client.points_spent - points,
    )
    manifest = extractions.complete(
        plan, extracted_at=context.client.server_time(), spent=spent
    )
    return Extracted(manifest, reused=False)


class Run:
    """The doing of one extraction."""

    def __init__(self, compiled: CompiledStream, context: Context) -> None:
        self.compiled = compiled
        self.context = context
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
                self._in_bulk(extraction, part)
            except (bulk.BulkRetryable, IncompleteData) as error:
                self._extractions.forget(extraction, part.number)
                self.context.report(f"{extraction}, part {part.number}: {error}")
            except AccessDenied:
                # What is granted later helps a new operation, not this one.
                self._extractions.forget(extraction, part.number)
                raise
            else:
                return
        self.context.report(
            f"{extraction}, part {part.number}: {BULK_ATTEMPTS} bulk operations came "
            "to nothing; reading by pages"
        )
        self._by_pages(extraction, part)

    def _in_bulk(self, extraction: Extraction, part: PlannedPart) -> None:
        operation_id = self._submitted(extraction, part)
        label = f"{extraction}, part {part.number}"

        def progress(operation: BulkOperation) -> None:
            told = f"{operation.status} at {operation.object_count:,} objects"
            self.context.report(f"{label}: bulk operation {told}")

        operation = bulk.wait_for(self._client, operation_id, on_progress=progress)
        with self._raw_file(extraction, part, operation) as writer:
            received = 0
            for chunk in bulk.stream(self._client, operation):
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
        with self._raw_file(extraction, part) as writer:
            for nodes in self._pages(part.window):
                for node in nodes:
                    records = flatten(
                        node, self._queries.paged.nested, drain=self._drain
                    )
                    writer.write_records(list(records))
                self.context.report(f"{extraction}: {writer.rows:,} records by pages")

    def _pages(self, window: Window | None) -> Iterator[list[Node]]:
        paged = self._queries.paged
        if not self._queries.is_connection:
            found = self._client.execute(paged.text, cost=paged.cost).data[
                paged.path[0]
            ]
            yield found if isinstance(found, list) else [found]
            return
        pages = iter_pages(
            self._client,
            paged.text,
            path=paged.path,
            variables=self._variables(window),
            first=paged.first,
            cost=paged.cost,
        )
        yield from (page.nodes for page in pages)

    def _drain(self, nested: Nested, parent_id: str, after: str) -> Iterator[Node]:
        pages = iter_pages(
            self._client,
            nested.drain,
            path=nested.drain_path,
            variables={"id": parent_id},
            after=after,
        )
        for page in pages:
            yield from page.nodes

    def _fetch_details(
        self, extraction: Extraction, part: PlannedPart, *, of: PlannedPart
    ) -> None:
        main = self._extractions.part(extraction, of.number)
        with self._raw_file(extraction, part) as writer:
            for details in self._queries.details:
                found = self._owners(extraction, main, details)
                for records in self._details_of(details, found):
                    writer.write_records(records)
                    told = f"{writer.rows:,} records of the second step"
                    self.context.report(f"{extraction}: {told} ({details.table})")

    def _owners(
        self, extraction: Extraction, main: PartManifest, details: Details
    ) -> list[Owner]:
        blocks = self._extractions.blocks(extraction, main)
        return [each for block in blocks for each in owners(block, details)]

    def _details_of(self, details: Details, found: list[Owner]) -> Iterator[list[Node]]:
        chunks = [
            found[first : first + _OWNERS_AT_ONCE]
            for first in range(0, len(found), _OWNERS_AT_ONCE)
        ]
        with ThreadPoolExecutor(self.context.concurrency) as pool:
            yield from pool.map(lambda chunk: self._second_step(details, chunk), chunks)

    def _second_step(self, details: Details, found: list[Owner]) -> list[Node]:
        roots = {each.id: each.root_id for each in found}
        nodes = fetch_nodes(
            self._client, details.text, list(roots), batch=details.first
        )
        records: list[Node] = []
        for owner_id, node in nodes:
            if node is None:
                self._require_deleted(details, owner_id, roots[owner_id])
                continue
            for each in details.nested:
                connection = _at(node, each.path)
                below = children(owner_id, each, connection, drain=self._drain)
                records.extend(with_root(below, roots[owner_id]))
        return records

    def _require_deleted(self, details: Details, owner_id: str, root_id: str) -> None:
        """Accept that a record is gone only if its root is gone too.

        Raises:
            DataError: the root is still there, so something was withheld.
        """
        ids = [root_id, owner_id]
        answer = self._client.execute(_EXIST, {"ids": ids}, cost=1)
        root, owner = answer.data["nodes"]
        if root is not None or owner is not None:
            message = (
                f"shop {self._client.domain!r}: {owner_id} of {root_id} came as null "
                f"(request {answer.request_id!r}) though it was just listed; table "
                f"{details.table} would lose rows. Materialise the partition again"
            )
            raise DataError(message)

    @contextmanager
    def _raw_file(
        self,
        extraction: Extraction,
        part: PlannedPart,
        operation: BulkOperation | None = None,
    ) -> Iterator[RawWriter]:
        """Lend a writer; when all is written, bring the file and its manifest home."""
        started = time.monotonic()
        with self.context.store.local_temp() as folder:
            file = folder / "raw"
            with RawWriter(file) as writer:
                yield writer
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
            answer = self._client.execute(
                self._queries.count, self._variables(window), cost=_COUNT_COST
            )
            (found,) = answer.data.values()
            return Size(found["count"], exact=found["precision"] == "EXACT")
        variables = {**self._variables(window), "first": self._queries.paged.first}
        answer = self._client.execute(self._queries.probe, variables)
        (found,) = answer.data.values()
        more = found["pageInfo"]["hasNextPage"]
        return Size(len(found["nodes"]), exact=not more)

    def _variables(self, window: Window | None) -> dict[str, Any]:
        found = self._filter(window)
        return {"query": found} if found else {}

    def _filter(self, window: Window | None) -> str | None:
        return filter_text(self.compiled.stream.incremental, window)


_COUNT_COST = 10
_EXIST = "query exist($ids: [ID!]!) { nodes(ids: $ids) { id } }"


def _at(node: Node, path: tuple[str, ...]) -> Node | None:
    found: Any = node
    for key in path:
        found = None if found is None else found.get(key)
    return found  # type: ignore[no-any-return]  # JSON
