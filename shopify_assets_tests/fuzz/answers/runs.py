"""Runs of streams against wrong answers, and what came of them.

Charter: a stream's life on small data, by pages, by ids and in bulk; the tables that
came of it, row by row. Time is given, not slept.
"""

from __future__ import annotations

import shutil
import threading
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from shopify_assets import pipeline
from shopify_assets.api.auth import FixedToken
from shopify_assets.api.client import ShopifyClient
from shopify_assets.api.grants import TokenEndpoint
from shopify_assets.api.retry import RetryConfig
from shopify_assets.api.waiting import warning_to
from shopify_assets.api.wire import Timeouts
from shopify_assets.catalog.probing import probe_records
from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.catalog.tables import Source
from shopify_assets.extract import planning
from shopify_assets.extract.by_ids import extract_ids
from shopify_assets.extract.extraction import Context, extract
from shopify_assets.normalize.files import TableReader
from shopify_assets.normalizing import as_read
from shopify_assets.proof.counts import count_all
from shopify_assets.proof.subject import Subject
from shopify_assets.proof.sweep import existing, sweep
from shopify_assets.refresh.probe import Asking, Shown, ask, is_cut
from shopify_assets.settings import Secret, Shop, StoredToken
from shopify_assets.storage.folder import FolderStore
from shopify_assets_tests.stage import EMBER, HISTORY, compiled

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.tables import Table
    from shopify_assets.simulator.http.server import Simulator
    from shopify_assets_tests.fuzz.answers.recording import Recorder

IMPATIENT = RetryConfig(attempts=3, internal_attempts=3, jitter=0.0, deadline=60.0)


class Given:
    """A clock that only moves when somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = threading.Lock()

    def clock(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.seconds += seconds


@dataclass(frozen=True)
class Came:
    """What came of a run.

    Attributes:
        content: what was read: the rows of each table, say.
        is_whole: whether the run itself says that nothing is missing.
        said: what it says is missing.
    """

    content: Any
    is_whole: bool = True
    said: str = ""


@dataclass(frozen=True)
class Place:
    """Where a run takes place; `now` is the time of day of its shop."""

    recorder: Recorder
    simulator: Simulator
    folder: Path
    now: Callable[[], datetime]

    def client(self) -> ShopifyClient:
        given = Given()
        return ShopifyClient(
            self.shop,
            api_version=PINNED_VERSION,
            token=FixedToken(Secret(self.simulator.store(EMBER).spec.access_token)),
            retry=IMPATIENT,
            clock=given.clock,
            sleep=given.sleep,
            now=self.now,
            timeouts=Timeouts(connect=10.0, read=10.0),
        )

    @property
    def shop(self) -> Shop:
        base = self.simulator.base_url(EMBER).replace(
            self.recorder.upstream, self.recorder.server.url
        )
        return Shop(EMBER, StoredToken("TOKEN"), base)

    def lake(self) -> FolderStore:
        lake = self.folder / "lake"
        shutil.rmtree(lake, ignore_errors=True)
        return FolderStore(lake)


@dataclass(frozen=True)
class Scenario:
    """A run: its name, and how it is made."""

    name: str
    run: Callable[[Place], Came]


# ── streams ──────────────────────────────────────────────────────────────────────────


def of_stream(name: str, *, in_bulk: bool = False, first: int = 3) -> Scenario:
    """A stream, extracted and normalised, in small pages or in bulk."""
    made = small_pages(compiled(name), first)

    def run(place: Place) -> Came:
        window = HISTORY if made.stream.incremental else None
        return _extracted(
            place, made, lambda context: extract(made, window, context=context),
            in_bulk=in_bulk,
        )  # fmt: skip

    way = "in bulk" if in_bulk else "by pages"
    return Scenario(f"{name} {way}", run)


def by_ids(name: str, kind: str) -> Scenario:
    """Chosen records of a stream."""
    made = compiled(name)

    def run(place: Place) -> Came:
        chosen = sorted(place.simulator.truth(EMBER).ids(kind))[:5]
        return _extracted(
            place, made, lambda context: extract_ids(made, chosen, context=context)
        )

    return Scenario(f"{name} by ids", run)


def small_pages(made: CompiledStream, first: int) -> CompiledStream:
    """The stream, read in pages of so few records."""
    paged = replace(made.queries.paged, first=first)
    return replace(made, queries=replace(made.queries, paged=paged))


def _extracted(
    place: Place,
    made: CompiledStream,
    begin: Callable[[Context], Any],
    *,
    in_bulk: bool = False,
) -> Came:
    lake, told = place.lake(), []  # type: FolderStore, list[str]
    pages, planning.PAGES_AT_MOST = planning.PAGES_AT_MOST, 0 if in_bulk else 10**6
    try:
        with closing(place.client()) as client:
            context = Context(client, lake, told.append, 1, told.append)
            manifest = begin(context).manifest
    finally:
        planning.PAGES_AT_MOST = pages
    [normalized] = pipeline.normalize_slice(
        made, manifest.extraction.extent, store=lake, report=told.append
    )
    seen = as_read(made, manifest)
    reader = TableReader(lake, manifest.extraction, seen.tables)
    rows = {
        table.name: _rows(reader, table)
        for table in made.tables
        if table in seen.tables
    }
    withheld = [
        part.path for part in manifest.plan.withheld if "60 days" not in part.path
    ]
    said = [*map(str, normalized.aside), *map(str, normalized.findings), *withheld]
    if manifest.absent:
        said.append(f"absent: {manifest.absent}")
    return Came(rows, not said, "; ".join(said))


def _rows(reader: TableReader, table: Table) -> list[tuple[Any, ...]]:
    """The rows, each once, as a load takes them.

    Where a place among siblings is no key, it goes on counting over what came twice.
    """
    places = [
        column.name
        for column in table.columns
        if column.source is Source.POSITION and column.name not in table.key
    ]
    found: set[tuple[Any, ...]] = set()
    for frame in reader.frames(table):
        found |= {_hashable(row) for row in frame.drop("_extracted_at", *places).rows()}
    return sorted(found, key=repr)


def _hashable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(tuple(cell) if isinstance(cell, list) else cell for cell in row)


# ── what is asked beside ─────────────────────────────────────────────────────────────


def of_look(names: tuple[str, ...]) -> Scenario:
    """A probe of several streams in one query; what is refused counts as moved."""
    probes = [probe_records(compiled(name)) for name in names]
    askings = [
        Asking(f"list{number}", probe, 3, "")
        for number, probe in enumerate(probes)
        if probe is not None
    ]

    def run(place: Place) -> Came:
        with closing(place.client()) as client:
            told = ask(client, askings)
        shown = {
            # What else is shown of a record is compared with what was shown before.
            alias: (
                [node["id"] for node in one.nodes],
                one.is_whole,
                any(map(is_cut, one.nodes)),
            )
            for alias, one in told.items()
            if isinstance(one, Shown)
        }
        refused = [one.why for one in told.values() if not isinstance(one, Shown)]
        return Came(shown, not refused, "; ".join(refused))

    return Scenario("a look", run)


def of_ids(name: str, kind: str) -> Scenario:
    """What a proof asks: a count, all ids, and whether they exist."""
    made = small_pages(compiled(name), 4)

    def run(place: Place) -> Came:
        chosen = sorted(place.simulator.truth(EMBER).ids(kind))
        unwritten: list[str] = []
        with closing(place.client()) as client:
            context = Context(
                client, place.lake(), unwritten.append, 1, unwritten.append
            )
            # A count needs no warehouse.
            subject = Subject(made, context, connection=cast("Any", None))
            counted = count_all(subject)
            swept = sweep(made, context=context)
            there = sorted(existing(client, [*chosen, f"{chosen[0]}0"]))
        # Of a record that cannot be read, a proof goes by its ids alone.
        rows = sorted(swept.records.select("id", "gid").rows())
        return Came((counted, rows, there), not swept.absent, str(swept.absent))

    return Scenario(f"proof of {name}", run)


def of_tokens() -> Scenario:
    """A token by either grant; a life or a successor that is none is warned of.

    The scopes in a grant are no more than a hint: they are asked of the API itself.
    """

    def run(place: Place) -> Came:
        spec = place.simulator.store(EMBER).spec
        endpoint = TokenEndpoint(
            EMBER,
            place.shop.base_url,
            Secret(spec.client_id),
            Secret(spec.client_secret),
            now=lambda: 0.0,
        )
        warnings: list[str] = []
        with warning_to(warnings.append):
            pairs = [
                endpoint.by_credentials(),
                endpoint.by_refresh(None, first=Secret(spec.refresh_token)),
            ]
        content = [
            (
                pair.access_token.reveal(),
                pair.expires_at,
                pair.refresh_token and pair.refresh_token.reveal(),
            )
            for pair in pairs
        ]
        return Came(content, is_whole=not warnings, said="; ".join(warnings))

    return Scenario("tokens", run)


SCENARIOS = (
    of_stream("fulfillments"),
    of_stream("fulfillments", in_bulk=True),
    of_stream("draft_orders", in_bulk=True),
    of_stream("customers"),
    of_stream("returns"),
    of_stream("returns", in_bulk=True),
    of_stream("segments"),
    of_stream("order_agreements"),
    of_stream("shop_policies"),
    of_stream("payments_accounts"),
    of_stream("products", in_bulk=True),
    by_ids("customers", "Customer"),
    of_look(("customers", "draft_orders", "order_details", "disputes")),
    of_ids("customers", "Customer"),
    of_tokens(),
)
