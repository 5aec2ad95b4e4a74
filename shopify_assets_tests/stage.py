"""A stage for what spans several layers: simulated shops, a lake, and time to pass.

The shops, the HTTP, the files and the database are real; only waiting is not: time is
moved on instead, for the clients and for the shops alike.
"""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from shopify_assets import pipeline
from shopify_assets.api.auth import FixedToken
from shopify_assets.api.client import ShopifyClient
from shopify_assets.api.retry import RetryConfig
from shopify_assets.api.wire import Timeouts
from shopify_assets.catalog.compiler import CompiledStream, compile_stream
from shopify_assets.catalog.schema import PINNED_VERSION, load_schema
from shopify_assets.extract.extraction import Context, Extracted, extract
from shopify_assets.settings import Secret, Shop, StoredToken
from shopify_assets.simulator.http.server import SimulatedShop, Simulator
from shopify_assets.storage.folder import FolderStore
from shopify_assets.storage.layout import Extent
from shopify_assets.streams import STREAMS
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg

    from shopify_assets.pipeline import Loaded, Normalized

END = datetime(2026, 11, 1, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
HISTORY = Window(START, END)
NEXT_DAY = Window(END, END + timedelta(days=1))
EMBER, YUKI, LUMEN = (f"{name}.myshopify.com" for name in ("ember", "yuki", "lumen"))

# A breath, so that what is waited for can happen meanwhile.
_BREATH = 0.004


class Time:
    """Runs as the real one does, and faster while somebody waits."""

    def __init__(self, start: datetime = END + timedelta(hours=1)) -> None:
        self._start = start
        self._skipped = 0.0
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=self.seconds())

    def seconds(self) -> float:
        return time.monotonic() - self._began + self._skipped

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._skipped += seconds
        time.sleep(min(seconds, _BREATH))


@dataclass
class Stage:
    """Simulated shops and a lake; `told` and `warned` hold the lines of progress."""

    simulator: Simulator
    folder: Path
    time: Time
    retry: RetryConfig = RetryConfig(jitter=0.0)  # noqa: RUF009 -- frozen
    api_version: str = PINNED_VERSION
    told: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)

    @property
    def store(self) -> FolderStore:
        return FolderStore(self.folder)

    def client(
        self, shop: str = EMBER, *, token: str | None = None, read: float = 30.0
    ) -> ShopifyClient:
        spec = self.simulator.store(shop).spec
        return ShopifyClient(
            Shop(shop, StoredToken("TOKEN"), self.simulator.base_url(shop)),
            api_version=self.api_version,
            token=FixedToken(Secret(token or spec.access_token)),
            retry=self.retry,
            clock=self.time.seconds,
            sleep=self.time.sleep,
            now=self.time,
            timeouts=Timeouts(read=read),
        )

    def context(self, client: ShopifyClient) -> Context:
        return Context(client, self.store, self.told.append, warn=self.warned.append)

    def extract(
        self,
        stream: str | CompiledStream,
        window: Window | None = HISTORY,
        *,
        shop: str = EMBER,
        read: float = 30.0,
    ) -> Extracted:
        """Extract a stream; snapshots have no window."""
        made = compiled(stream)
        with closing(self.client(shop, read=read)) as client:
            return extract(made, _fit(made, window), context=self.context(client))

    def normalize(
        self,
        stream: str | CompiledStream,
        window: Window | None = HISTORY,
        *,
        shop: str = EMBER,
    ) -> list[Normalized]:
        made = compiled(stream)
        extent = Extent(made.name, shop, _fit(made, window))
        return pipeline.normalize_slice(
            made, extent, store=self.store, report=self.told.append
        )

    def load(
        self,
        stream: str | CompiledStream,
        connection: psycopg.Connection,
        window: Window | None = HISTORY,
        *,
        shop: str = EMBER,
    ) -> list[Loaded]:
        made = compiled(stream)
        extent = Extent(made.name, shop, _fit(made, window))
        return pipeline.load_slice(
            made,
            extent,
            store=self.store,
            connection=connection,
            report=self.told.append,
            clock=self.time,
        )

    def run(  # noqa: PLR0913 -- keyword-only from the fourth on
        self,
        stream: str | CompiledStream,
        connection: psycopg.Connection,
        window: Window | None = HISTORY,
        *,
        shop: str = EMBER,
        incremental: bool = False,
        read: float = 30.0,
    ) -> list[Loaded]:
        """Take all three steps of a slice, as Dagster's assets do."""
        made = compiled(stream)
        with closing(self.client(shop, read=read)) as client:
            pipeline.extract_slice(
                made,
                _fit(made, window),
                context=self.context(client),
                connection=connection,
                incremental=incremental,
            )
        self.normalize(stream, window, shop=shop)
        return self.load(stream, connection, window, shop=shop)

    def lines(self, extracted: Extracted) -> list[bytes]:
        """All lines of an extraction's raw files."""
        return [line for _, line in self.lines_of_parts(extracted)]

    def lines_of_parts(self, extracted: Extracted) -> Iterator[tuple[str, bytes]]:
        """All lines, each with the way its part was fetched."""
        from shopify_assets.storage.extractions import Extractions  # noqa: PLC0415

        extractions = Extractions(self.store)
        for part in extracted.manifest.parts:
            blocks = extractions.blocks(extracted.manifest.extraction, part)
            for block in blocks:
                yield from ((part.mode, line) for line in block.splitlines())


def _fit(made: CompiledStream, window: Window | None) -> Window | None:
    return window if made.stream.incremental else None


def compiled(stream: str | CompiledStream) -> CompiledStream:
    """A declared stream, compiled; or one of a test's own."""
    return _declared(stream) if isinstance(stream, str) else stream


@cache
def _declared(name: str) -> CompiledStream:
    (found,) = (each for each in STREAMS if each.name == name)
    return compile_stream(load_schema(), found)


def shop(domain: str = EMBER, *, orders: int = 60, **further: object) -> SimulatedShop:
    """A shop of these tests: small, and its history within `HISTORY`."""
    given: dict[str, object] = {
        "orders": orders,
        "seed": 5,
        "start": START,
        "end": END,
        "plan": "enterprise",
        "bulk_seconds": 0.0,
        **further,
    }
    return SimulatedShop(domain, **given)  # type: ignore[arg-type]  # as declared
