"""`python -m shopify_assets_tests.bench.proof`: what a proof costs, kind by kind.

Charter: a simulated shop with many orders, in a process of its own, loaded once and
proven until every record was compared whole; then a day of its orders is lost, proven
and mended. Points, requests and waits are those of the real client against the
simulated shop's cost bucket. Measured is what `verify` does with a stream, without the
start of the command (some two seconds).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from shopify_assets import pipeline
from shopify_assets.api.auth import FixedToken
from shopify_assets.api.client import ShopifyClient
from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.schema import PINNED_VERSION, load_schema
from shopify_assets.extract.extraction import Context
from shopify_assets.postgres.connect import connect
from shopify_assets.postgres.embedded import server
from shopify_assets.proof import meter as of_proof
from shopify_assets.proof import warehouse
from shopify_assets.proof.comparing import look
from shopify_assets.proof.ids import ID
from shopify_assets.proof.looks import Looker
from shopify_assets.proof.subject import Subject
from shopify_assets.proof.verify import verify, verify_and_repair
from shopify_assets.proof.wanted import MAX_POINTS, ROUNDS, SAMPLE, Wanted
from shopify_assets.settings import Secret, Shop, StoredToken
from shopify_assets.simulator.http.server import SimulatedShop, Simulator
from shopify_assets.storage.folder import FolderStore
from shopify_assets.storage.layout import Extent
from shopify_assets.streams.orders import ORDERS
from shopify_assets.windows import Window
from shopify_assets_tests.bench.meter import Meter, peak_mib, reset_peak

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

    import psycopg

    from shopify_assets.proof.verdicts import StreamProof

DOMAIN = "ember.myshopify.com"
END = datetime(2026, 11, 1, tzinfo=UTC)
HISTORY = Window(END - timedelta(days=730), END)
_COSTS = ("points", "requests", "seconds", "cpu", "server cpu", "peak MiB")
_BY_ID = 2_000  # records whose price, asked for by id, is measured


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description="Measure what a proof costs.")
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--sample", type=int, default=SAMPLE)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--max-points", type=int, default=MAX_POINTS)
    parser.add_argument("--proofs", type=int, default=ROUNDS + 1)
    parser.add_argument("--keep", type=Path, help="Folder that is loaded but once.")
    asked = parser.parse_args()
    if asked.keep is not None:
        asked.keep.mkdir(parents=True, exist_ok=True)
        run(asked.keep, asked)
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        run(Path(name), asked)


def run(folder: Path, asked: argparse.Namespace) -> None:
    """Measure, with the warehouse and the lake in a folder."""
    folder.chmod(0o755)
    spec = SimulatedShop(
        DOMAIN, orders=asked.orders, start=HISTORY.start, end=END, plan="standard"
    )
    url = server.start(folder / "home")
    try:
        with (
            _shop(spec) as base_url,
            closing(Meter(url)) as meter,
            closing(connect(url)) as connection,
            closing(_client(base_url, spec)) as client,
        ):
            context = Context(client, FolderStore(folder / "lake"), _quiet)
            compiled = compile_stream(load_schema(), ORDERS)
            wanted = Wanted(
                sample=asked.sample,
                rounds=asked.rounds,
                max_points=asked.max_points,
                seed=1,
            )
            subject = Subject(compiled, context, connection)
            measure(subject, wanted, meter, proofs=asked.proofs)
    finally:
        server.stop(folder / "home")


@contextmanager
def _shop(spec: SimulatedShop) -> Iterator[str]:
    """A simulated shop whose work is not counted with that of the proof."""
    here, there = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=_serve, args=(spec, there), daemon=True)
    process.start()
    try:
        yield str(here.recv())
    finally:
        here.send("that is all")
        process.join(10)


def _serve(spec: SimulatedShop, caller: Connection) -> None:
    with Simulator([spec]) as simulator:
        caller.send(simulator.base_url(spec.domain))
        caller.recv()


def _client(base_url: str, spec: SimulatedShop) -> ShopifyClient:
    return ShopifyClient(
        Shop(
            DOMAIN,
            StoredToken("TOKEN"),
            base_url,
            start_date=HISTORY.start.date(),
        ),
        api_version=PINNED_VERSION,
        token=FixedToken(Secret(spec.access_token)),
    )


def measure(subject: Subject, wanted: Wanted, meter: Meter, *, proofs: int) -> None:
    """Load, prove a full round, ask by id, lose a day, prove and mend."""
    timed = partial(_timed, meter)
    with _kinds_measured(meter):
        reached = (
            warehouse.windows(
                subject.connection, shop=DOMAIN, stream=subject.compiled.name
            )
            if _is_loaded(subject.connection)
            else ()
        )
        if not reached:
            timed("loaded", lambda: _load(subject))
        for number in range(proofs):
            proof = timed(f"proof {number + 1}", lambda: verify(subject, wanted))
            _told(proof)
        timed("by id", lambda: _by_id(subject))
        lost = _lose_a_day(subject.connection)
        print(f"a day of {lost:,} orders is deleted from the warehouse")  # noqa: T201
        mended = timed(
            "proven, mended, proven", lambda: verify_and_repair(subject, wanted)
        )
        _told(mended)


def _is_loaded(connection: psycopg.Connection) -> bool:
    query = "SELECT to_regclass('shopify_assets.loads') IS NOT NULL"
    with connection.transaction():
        return connection.execute(query).fetchone() == (True,)


@contextmanager
def _kinds_measured(meter: Meter) -> Iterator[None]:
    """Let each kind of proof tell its CPU seconds and its peak of memory too."""
    began, read = of_proof.Meter.__init__, of_proof.Meter.read
    before = dict[int, Any]()

    def begin(self: of_proof.Meter, client: ShopifyClient) -> None:
        began(self, client)
        reset_peak()
        before[id(self)] = meter.read()

    def told(self: of_proof.Meter) -> dict[str, Any]:
        spent, first = meter.read(), before[id(self)]
        return {
            **read(self),
            "cpu": round(spent.cpu - first.cpu, 1),
            "server cpu": round(spent.server_cpu - first.server_cpu, 1),
            "peak MiB": round(peak_mib()),
        }

    of_proof.Meter.__init__, of_proof.Meter.read = begin, told  # type: ignore[method-assign]
    try:
        yield
    finally:
        of_proof.Meter.__init__, of_proof.Meter.read = began, read  # type: ignore[method-assign]


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


def _by_id(subject: Subject) -> str:
    """What it costs to ask for some records by their ids."""
    reached = warehouse.reached(
        subject.connection, shop=DOMAIN, stream=subject.compiled.name
    )
    if reached is None:
        return "nothing is loaded"
    looker = Looker(subject, look(subject, reached))
    ids: pl.Series = looker.seen.stored[ID].sample(_BY_ID, seed=1)
    meter = of_proof.Meter(subject.client)
    found = looker.by_ids(ids)
    return f"{found.records:,} records by id: {json.dumps(meter.read())}"


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


def _timed(meter: Meter, what: str, do: Callable[[], Any]) -> Any:
    first = meter.read()
    found = do()
    spent = meter.read()
    told = found if isinstance(found, str) else found.verdict.value
    cost = (
        f"{spent.wall - first.wall:.1f} s, CPU {spent.cpu - first.cpu:.1f} s, "
        f"server CPU {spent.server_cpu - first.server_cpu:.1f} s"
    )
    print(f"{what}: {told}, {cost}", flush=True)  # noqa: T201
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
        print(line, json.dumps(cost), json.dumps(rest), flush=True)  # noqa: T201


def _quiet(line: str) -> None:
    del line


if __name__ == "__main__":
    main()
