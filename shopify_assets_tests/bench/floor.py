"""The floor: the same rows by binary COPY from a prepared file into bare tables.

Charter: the least that can be done with these rows. The tables have no key and no
index, and are logged as any table is. The server reads the files itself; and, as a
second floor, a client streams them, as any client of a server elsewhere has to.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import msgspec
import psycopg
from psycopg import sql

from shopify_assets.postgres.form import ddl
from shopify_assets_tests.bench.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shopify_assets.catalog.tables import Table

_SCHEMA = sql.Identifier("bare")
_REPEATS = 3
_CHUNK = 2**20


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """CPU seconds of client and server together; medians of three.

    Attributes:
        rows: rows copied.
        cpu: from files the server reads itself.
        streamed_cpu: from files a client reads and streams.
        wal_mib: the log of the first.
    """

    rows: int
    cpu: float
    streamed_cpu: float
    wal_mib: float


def measure_floor(url: str, tables: Sequence[Table], *, shop: str) -> Floor:
    """Copy a shop's rows, exported before, into bare tables."""
    with (
        closing(Meter(url)) as meter,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        copies = _Copies(connection, tables)
        rows = copies.export(shop)
        try:
            for _ in range(_REPEATS):
                copies.measure(meter)
        finally:
            copies.remove()
    read = [each for each in meter.phases if each.name == "read"]
    streamed = [each for each in meter.phases if each.name == "streamed"]
    return Floor(
        rows=rows,
        cpu=median(each.cpu + each.server_cpu for each in read),
        streamed_cpu=median(each.cpu + each.server_cpu for each in streamed),
        wal_mib=median(each.wal_mib for each in read),
    )


class _Copies:
    """Bare copies of tables, and the files they are filled from."""

    def __init__(self, connection: psycopg.Connection, tables: Sequence[Table]) -> None:
        row = connection.execute("SHOW data_directory").fetchone()
        assert row is not None  # every server has one
        self._connection = connection
        self._files = {each: Path(row[0]) / f"bench-{each.name}" for each in tables}

    def export(self, shop: str) -> int:
        """Let the server write its rows of a shop to files; return how many."""
        copy = "COPY (SELECT * FROM {} WHERE shop = {}) TO {} (FORMAT binary)"
        rows = 0
        for table, file in self._files.items():
            export = sql.SQL(copy).format(
                ddl.qualified(table), sql.Literal(shop), sql.Literal(str(file))
            )
            rows += self._connection.execute(export).rowcount
        return rows

    def measure(self, meter: Meter) -> None:
        """Fill bare tables in both ways."""
        for name, fill in (("read", self._read), ("streamed", self._stream)):
            self._create()
            self._connection.execute("CHECKPOINT")
            with meter.phase(name):
                for table, file in self._files.items():
                    fill(sql.Identifier("bare", table.name), file)

    def _create(self) -> None:
        drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(_SCHEMA)
        self._connection.execute("SET client_min_messages = warning")
        self._connection.execute(drop)
        self._connection.execute(sql.SQL("CREATE SCHEMA {}").format(_SCHEMA))
        for table in self._files:
            create = sql.SQL("CREATE TABLE {}.{} (LIKE {})").format(
                _SCHEMA, sql.Identifier(table.name), ddl.qualified(table)
            )
            self._connection.execute(create)

    def _read(self, table: sql.Identifier, file: Path) -> None:
        copy = sql.SQL("COPY {} FROM {} (FORMAT binary)")
        self._connection.execute(copy.format(table, sql.Literal(str(file))))

    def _stream(self, table: sql.Identifier, file: Path) -> None:
        statement = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(table)
        with (
            file.open("rb") as stream,
            self._connection.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            while chunk := stream.read(_CHUNK):
                copy.write(chunk)

    def remove(self) -> None:
        """Drop the tables, and delete the files, which are the server's."""
        self._connection.execute(
            sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(_SCHEMA)
        )
        for file in self._files.values():
            file.unlink(missing_ok=True)
