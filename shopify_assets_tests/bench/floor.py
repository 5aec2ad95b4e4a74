"""The floor: the same rows by binary COPY from a prepared file into bare tables.

Charter: the least that PostgreSQL can do with these rows. The server reads the files
itself; the tables have no key and no index, and are logged as any table is.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, LiteralString

import msgspec
import psycopg
from psycopg import sql

from shopify_assets.postgres import ddl
from shopify_assets_tests.bench.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shopify_assets.catalog.tables import Table

_SCHEMA = sql.Identifier("bare")
_REPEATS = 3


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """What the server's processes spent on it; medians of three.

    Attributes:
        rows: rows copied.
        cpu: into tables that exist, so that every row is logged.
        unlogged_cpu: into tables made in the same transaction, frozen and not logged.
        wal_mib: the log of the first.
    """

    rows: int
    cpu: float
    unlogged_cpu: float
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
    logged = [each for each in meter.phases if each.name == "logged"]
    unlogged = [each for each in meter.phases if each.name == "unlogged"]
    return Floor(
        rows=rows,
        cpu=median(each.server_cpu for each in logged),
        unlogged_cpu=median(each.server_cpu for each in unlogged),
        wal_mib=median(each.wal_mib for each in logged),
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
        """Fill tables that exist, then tables made in the same transaction."""
        self._create()
        self._connection.execute("CHECKPOINT")
        with meter.phase("logged"):
            self._fill("")
        self._connection.execute("CHECKPOINT")
        with meter.phase("unlogged"), self._connection.transaction():
            self._create()
            self._fill(", FREEZE")

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

    def _fill(self, options: LiteralString) -> None:
        copy = sql.SQL("COPY {}.{} FROM {} (FORMAT binary" + options + ")")
        for table, file in self._files.items():
            name, source = sql.Identifier(table.name), sql.Literal(str(file))
            self._connection.execute(copy.format(_SCHEMA, name, source))

    def remove(self) -> None:
        """Drop the tables, and delete the files, which are the server's."""
        self._connection.execute(
            sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(_SCHEMA)
        )
        for file in self._files.values():
            file.unlink(missing_ok=True)
