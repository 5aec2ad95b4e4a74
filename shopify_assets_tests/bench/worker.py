"""The pipeline under test, alone in a process: `python -m …bench.worker`.

Charter: the three steps of one slice, each measured as a phase. It reads its task from
standard input and writes its result, both JSON, to standard output. The bulk operation
is taken for completed: its file is on the wire. The second step's records come as a
file too, for what their pages cost is Shopify's to say.
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime

import msgspec

from shopify_assets import pipeline
from shopify_assets.api import bulk
from shopify_assets.api import client as api
from shopify_assets.api.operations import BulkOperation
from shopify_assets.catalog.compiler import CompiledStream, compile_stream
from shopify_assets.catalog.schema import load_schema
from shopify_assets.postgres.connect import connect
from shopify_assets.settings import Shop, StoredToken, load_settings
from shopify_assets.storage.extractions import Extractions
from shopify_assets.storage.layout import Extent, Extraction
from shopify_assets.storage.manifests import (
    Mode,
    PartManifest,
    Plan,
    PlannedPart,
    Spent,
)
from shopify_assets.storage.records import RawWriter
from shopify_assets.storage.store import Store, open_store
from shopify_assets.streams.orders import ORDERS
from shopify_assets.windows import Window
from shopify_assets_tests.bench.meter import Meter, Phase
from shopify_assets_tests.bench.wire_files import WireFile, WireFiles

WINDOW = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What to take through the pipeline.

    Attributes:
        shop: the shop whose orders these are.
        number: of the extraction.
        files: the files.
        file_host: the address they are served at.
        lake: the lake's folder.
        warehouse: the warehouse's URL.
    """

    shop: str
    number: int
    files: WireFiles
    file_host: str
    lake: str
    warehouse: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What it cost and did.

    Attributes:
        phases: the steps.
        stored_bytes: of the raw files.
        rows: of all tables in the batch.
        changed: rows written to the warehouse.
        findings: what is wrong with the rows; nothing should be.
    """

    phases: tuple[Phase, ...]
    stored_bytes: int
    rows: int
    changed: int
    findings: tuple[str, ...]


def run(task: Task) -> Outcome:
    """Take a task through all steps."""
    meter = Meter(task.warehouse)
    store = open_store(task.lake)
    extent = Extent(ORDERS.name, task.shop, WINDOW)
    with closing(meter), connect(task.warehouse) as connection:
        with meter.phase("compile"):
            compiled = compile_stream(load_schema(), ORDERS)
        with meter.phase("extract"):
            stored = _extract(compiled, task, store)
        with meter.phase("normalize"):
            (normalized,) = pipeline.normalize_slice(
                compiled, extent, store=store, report=_silent
            )
        with meter.phase("load"):
            (loaded,) = pipeline.load_slice(
                compiled, extent, store=store, connection=connection, report=_silent
            )
    return Outcome(
        phases=tuple(meter.phases),
        stored_bytes=stored,
        rows=loaded.rows,
        changed=loaded.changed,
        findings=tuple(
            each.detail for each in (*normalized.findings, *loaded.findings)
        ),
    )


def _silent(_: str) -> None:
    """Progress is nobody's business here."""


def _extract(compiled: CompiledStream, task: Task, store: Store) -> int:
    settings = load_settings({"TOKEN": "none-is-asked-for"})
    shop = Shop(task.shop, StoredToken("TOKEN"), task.file_host)
    extractions = Extractions(store)
    plan = _plan(compiled, task)
    extractions.begin(plan)
    with closing(api.connect(shop, settings=settings)) as client:
        fetch = _Fetch(client, store, plan.extraction, plan.query_hash)
        fetch.part(1, task.files.main, mode="bulk", details_of=None)
        fetch.part(2, task.files.details, mode="details", details_of=1)
    spent = Spent(seconds=0.0, points=0.0)
    return extractions.complete(plan, extracted_at=_now(), spent=spent).stored_bytes


class _Fetch:
    """Brings files from the wire into the lake as parts of one extraction."""

    def __init__(
        self,
        client: api.ShopifyClient,
        store: Store,
        extraction: Extraction,
        query_hash: str,
    ) -> None:
        self._client = client
        self._store = store
        self._extraction = extraction
        self._query_hash = query_hash

    def part(
        self, number: int, file: WireFile, *, mode: Mode, details_of: int | None
    ) -> None:
        """Bring one file, proved whole as any bulk file is."""
        operation = _completed(file, f"{self._client.shop.base_url}/{file.name}")
        with self._store.local_temp() as folder:
            path = folder / "raw"
            with RawWriter(path) as writer:
                received = 0
                for chunk in bulk.stream(self._client, operation):
                    received += len(chunk)
                    writer.write(chunk)
                bulk.check_counts(
                    operation, lines=writer.rows, roots=writer.roots, size=received
                )
                content = writer.finish()
            manifest = PartManifest(
                number=number,
                mode=mode,
                details_of=details_of,
                window=WINDOW,
                rows=content.rows,
                roots=content.roots,
                bytes=content.bytes,
                stored_bytes=content.stored_bytes,
                sha256=content.sha256,
                query_hash=self._query_hash,
                extracted_at=_now(),
                seconds=0.0,
            )
            Extractions(self._store).finish(self._extraction, manifest, file=path)


def _completed(file: WireFile, url: str) -> BulkOperation:
    return BulkOperation(
        id=f"gid://shopify/BulkOperation/{file.name}",
        status="COMPLETED",
        error_code=None,
        object_count=file.lines,
        root_object_count=file.roots,
        file_size=file.bytes,
        url=url,
        partial_data_url=None,
        created_at=_now(),
        completed_at=_now(),
    )


def _plan(compiled: CompiledStream, task: Task) -> Plan:
    return Plan(
        stream=compiled.name,
        shop=task.shop,
        window=WINDOW,
        number=task.number,
        cut_end=WINDOW.end,
        api_version=load_settings({}).api_version,
        query_hash=compiled.fingerprint,
        created_at=_now(),
        parts=(
            PlannedPart(number=1, mode="bulk", window=WINDOW),
            PlannedPart(number=2, mode="details", window=WINDOW, details_of=1),
        ),
    )


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    """Read a task, run it, write its outcome."""
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    sys.stdout.buffer.write(msgspec.json.encode(run(task)))


if __name__ == "__main__":
    main()
