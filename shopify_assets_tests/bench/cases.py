"""The cases that are measured, one after the other, in one warehouse.

Charter: which batches are loaded in which order. How one is run is `worker`'s business,
what it may cost `report`'s.
"""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psycopg
from psycopg import sql

from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.schema import load_schema
from shopify_assets.streams.orders import ORDERS
from shopify_assets_tests.bench.floor import Floor, measure_floor
from shopify_assets_tests.bench.meter import Meter, Phase
from shopify_assets_tests.bench.wire_files import WireFiles, make_templates
from shopify_assets_tests.bench.worker import Outcome, Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets_tests.bench.wire_files import Templates

TEMPLATE = 2_000  # orders; beyond, copies of them
FIRST_SHOP, SECOND_SHOP = "first.myshopify.com", "second.myshopify.com"
LARGE_SHOP = "large.myshopify.com"

_SIZE = """
    SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'shopify' AND c.relkind = 'r'
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'shopify'"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One batch through the pipeline.

    Attributes:
        name: what is special about it.
        orders: how many orders it held.
        bytes: of the files on the wire.
        outcome: what it cost and did.
        vacuum: what cleaning up after it cost the server.
        size_before: bytes of all tables and indexes before it.
        size_after: and after.
    """

    name: str
    orders: int
    bytes: int
    outcome: Outcome
    vacuum: Phase
    size_before: int
    size_after: int


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """All that was measured."""

    cases: tuple[Case, ...]
    floor: Floor


def measure(folder: Path, url: str, *, orders: int, large_bytes: int = 0) -> Measured:
    """Run all cases.

    Args:
        folder: for the lake and the files; its contents are the caller's to remove.
        url: of an empty warehouse on this machine, whose user is a superuser.
        orders: how many orders a batch holds, about.
        large_bytes: size of the raw file of a last case; 0 leaves it out.
    """
    compiled = compile_stream(load_schema(), ORDERS)
    templates = make_templates(compiled, orders=min(orders, TEMPLATE), folder=folder)
    wire = folder / "wire"
    wire.mkdir()
    with _served(wire) as file_host:
        bench = _Bench(folder, url, file_host)
        copies = max(1, orders // templates.orders)
        cases = list(_standard(bench, templates, wire, copies))
        floor = measure_floor(url, compiled.tables, shop=SECOND_SHOP)
        if large_bytes:
            cases.append(_large(bench, templates, wire, large_bytes))
    return Measured(cases=tuple(cases), floor=floor)


def _standard(
    bench: _Bench, templates: Templates, wire: Path, copies: int
) -> Iterator[Case]:
    whole = templates.write(wire, "whole", copies=range(copies))
    tenth = max(1, copies // 10)
    # The last tenth of the orders in a later state, and as many new ones.
    numbers = range(copies - tenth, copies + tenth)
    later = templates.write(wire, "later", copies=numbers, changed=tenth)
    yield bench.case("first load", FIRST_SHOP, whole)
    yield bench.case("same again", FIRST_SHOP, whole, number=2)
    yield bench.case("second shop", SECOND_SHOP, whole)
    yield bench.case("half changed, half new", FIRST_SHOP, later, number=3)


def _large(bench: _Bench, templates: Templates, wire: Path, least_bytes: int) -> Case:
    one = templates.write(wire, "one", copies=[0])
    copies = -(-least_bytes // one.main.bytes)
    files = templates.write(wire, "large", copies=range(copies))
    return bench.case("large", LARGE_SHOP, files)


class _Bench:
    """Runs cases in one lake and one warehouse."""

    def __init__(self, folder: Path, url: str, file_host: str) -> None:
        self._lake = folder / "lake"
        self._url = url
        self._file_host = file_host

    def case(self, name: str, shop: str, files: WireFiles, *, number: int = 1) -> Case:
        """Run a batch in a process of its own."""
        task = Task(
            shop=shop,
            number=number,
            files=files,
            file_host=self._file_host,
            lake=str(self._lake),
            warehouse=self._url,
        )
        before = self._size()
        outcome = _in_process(task)
        vacuum = self._vacuum()
        return Case(
            name=name,
            orders=files.orders,
            bytes=files.main.bytes + files.details.bytes,
            outcome=outcome,
            vacuum=vacuum,
            size_before=before,
            size_after=self._size(),
        )

    def _size(self) -> int:
        with psycopg.connect(self._url, autocommit=True) as connection:
            row = connection.execute(_SIZE).fetchone()
        return int(row[0]) if row else 0

    def _vacuum(self) -> Phase:
        """Do now what autovacuum would do in the midst of a later case."""
        with (
            closing(Meter(self._url)) as meter,
            psycopg.connect(self._url, autocommit=True) as connection,
        ):
            tables = connection.execute(_TABLES).fetchall()
            vacuum = sql.SQL("VACUUM (ANALYZE) {}").format(
                sql.SQL(", ").join(
                    sql.Identifier("shopify", each) for (each,) in tables
                )
            )
            with meter.phase("vacuum"):
                connection.execute(vacuum)
            connection.execute("CHECKPOINT")
        return meter.phases[0]


def _in_process(task: Task) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-m", "shopify_assets_tests.bench.worker"],
        input=msgspec.json.encode(task),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Outcome)


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """Serve a folder's files by a process whose CPU does not count."""
    command = [
        *(sys.executable, "-u", "-m", "http.server", "0"),
        *("--bind", "127.0.0.1", "--protocol", "HTTP/1.1"),
        *("--directory", str(folder)),
    ]
    with subprocess.Popen(  # noqa: S603 -- our own arguments
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None  # it is a pipe
            found = re.search(r"http://[\d.]+:\d+", process.stdout.readline())
            assert found is not None  # the server tells its address
            yield found.group()
        finally:
            process.terminate()
