"""`python -m shopify_assets_tests.bench.proof`: what a proof costs, kind by kind.

Charter: a simulated shop with many orders, loaded once and proven; then a day of its
orders is lost, proven and mended. Points, requests and seconds are those of the real
client against the simulated shop's cost bucket; time is the clock's on the wall.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shopify_assets import pipeline
from shopify_assets.api.auth import FixedToken
from shopify_assets.api.client import ShopifyClient
from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.schema import PINNED_VERSION, load_schema
from shopify_assets.extract.extraction import Context
from shopify_assets.postgres.connect import connect
from shopify_assets.postgres.embedded import server
from shopify_assets.proof.subject import Subject
from shopify_assets.proof.verify import verify, verify_and_repair
from shopify_assets.proof.wanted import Wanted
from shopify_assets.settings import Secret, Shop, StoredToken
from shopify_assets.simulator.http.server import SimulatedShop, Simulator
from shopify_assets.storage.folder import FolderStore
from shopify_assets.storage.layout import Extent
from shopify_assets.streams.orders import ORDERS
from shopify_assets.windows import Window

if TYPE_CHECKING:
    import psycopg

    from shopify_assets.proof.verdicts import StreamProof

DOMAIN = "ember.myshopify.com"
END = datetime(2026, 11, 1, tzinfo=UTC)
HISTORY = Window(END - timedelta(days=730), END)
_COSTS = ("points", "requests", "seconds")


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description="Measure what a proof costs.")
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--sample", type=int, default=50)
    asked = parser.parse_args()
    spec = SimulatedShop(
        DOMAIN, orders=asked.orders, start=HISTORY.start, end=END, plan="standard"
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        url = server.start(folder / "home")
        try:
            with (
                Simulator([spec]) as simulator,
                closing(connect(url)) as connection,
                closing(_client(simulator, spec)) as client,
            ):
                context = Context(client, FolderStore(folder / "lake"), _quiet)
                compiled = compile_stream(load_schema(), ORDERS)
                measure(Subject(compiled, context, connection), sample=asked.sample)
        finally:
            server.stop(folder / "home")


def _client(simulator: Simulator, spec: SimulatedShop) -> ShopifyClient:
    return ShopifyClient(
        Shop(
            DOMAIN,
            StoredToken("TOKEN"),
            simulator.base_url(DOMAIN),
            start_date=HISTORY.start.date(),
        ),
        api_version=PINNED_VERSION,
        token=FixedToken(Secret(spec.access_token)),
    )


def measure(subject: Subject, *, sample: int) -> None:
    """Load, prove, lose a day, prove and mend."""
    _timed("loaded", lambda: _load(subject))
    wanted = Wanted(sample=sample, seed=1)
    whole = _timed("proven", lambda: verify(subject, wanted))
    _told(whole)
    lost = _lose_a_day(subject.connection)
    print(f"a day of {lost:,} orders is deleted from the warehouse")  # noqa: T201
    mended = _timed(
        "proven, mended, proven", lambda: verify_and_repair(subject, wanted)
    )
    _told(mended)


def _load(subject: Subject) -> str:
    pipeline.extract_slice(
        subject.compiled,
        HISTORY,
        context=subject.context,
        connection=subject.connection,
        incremental=False,
    )
    extent = Extent(subject.compiled.name, DOMAIN, HISTORY)
    store = subject.context.store
    pipeline.normalize_slice(subject.compiled, extent, store=store, report=_quiet)
    loaded = pipeline.load_slice(
        subject.compiled,
        extent,
        store=store,
        connection=subject.connection,
        report=_quiet,
    )
    return f"{sum(each.rows for each in loaded):,} rows"


def _lose_a_day(connection: psycopg.Connection) -> int:
    query = """
        DELETE FROM shopify.orders WHERE updated_at::date = (
            SELECT updated_at::date FROM shopify.orders
            WHERE updated_at < %s GROUP BY 1 ORDER BY count(*) DESC LIMIT 1
        )
    """
    lost = connection.execute(query, (END - timedelta(days=2),)).rowcount
    connection.commit()
    return lost


def _timed(what: str, do: Any) -> Any:
    started = time.monotonic()
    found = do()
    told = found if isinstance(found, str) else found.verdict.value
    print(f"{what}: {told}, {time.monotonic() - started:.1f} s")  # noqa: T201
    return found


def _told(result: StreamProof) -> None:
    for line in result.repairs:
        print(f"  repaired: {line}")  # noqa: T201
    for proof in result.proofs:
        cost = {name: proof.figures.get(name, 0) for name in _COSTS}
        rest = {
            name: value
            for name, value in proof.figures.items()
            if name not in {*_COSTS, "sums"}
        }
        line = f"  {proof.kind.value:<8} {proof.verdict.value:<8}"
        print(line, json.dumps(cost), json.dumps(rest))  # noqa: T201


def _quiet(line: str) -> None:
    del line


if __name__ == "__main__":
    main()
