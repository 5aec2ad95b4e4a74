"""Rows that are certainly new, copied straight into their table.

Charter: the fast ways of a load. An empty table is filled without its indexes, which
are built after; a table that has rows of other shops or records takes the rows as it
is. Whether rows are new is `merge`'s knowledge.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg import sql

from shopify_assets.postgres.copy.copying import Destination, copy_frames
from shopify_assets.postgres.form import ddl
from shopify_assets.postgres.load import statements

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from shopify_assets.catalog.tables import Table

_LARGE = 1_000  # rows of the first frame; below, rebuilding indexes costs more

_ESTIMATE: LiteralString = "SELECT reltuples FROM pg_class WHERE oid = %s::regclass"

_INDEXES: LiteralString = """
    SELECT n.nspname, x.relname, pg_get_indexdef(i.indexrelid),
           c.conname, pg_get_constraintdef(c.oid)
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
    LEFT JOIN pg_catalog.pg_constraint c
        ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid
    WHERE i.indrelid = %s::regclass
"""


def append(
    connection: psycopg.Connection, frames: Iterable[pl.DataFrame], *, to: Destination
) -> int | None:
    """Copy rows into their table, each key once; return how many it then has of them.

    None, and nothing done, if a row is there already. Frames are iterated once. A table
    that is empty is locked meanwhile, even for readers: it has nothing to read.
    """
    passing = iter(frames)
    first = next(passing, None)
    if first is None:
        return 0
    large, rows = first.height >= _LARGE, chain((first,), passing)
    return (_append if large else _add)(connection, rows, to=to)


def _append(
    connection: psycopg.Connection, frames: Iterable[pl.DataFrame], *, to: Destination
) -> int | None:
    """Append many rows; the server then knows that there are many."""
    rebuild = _made_new(connection, to.table)
    known = 0 if rebuild is not None else _estimated_rows(connection, to.table)
    rows = (
        _fill(connection, frames, to=to, rebuild=rebuild)
        if rebuild is not None
        else _add(connection, frames, to=to)
    )
    if rows is not None and rows > known:
        _analyze(connection, to.table)
    return rows


def _analyze(connection: psycopg.Connection, table: Table) -> None:
    """Until autovacuum comes by, the next merge's plan would be a blind guess."""
    # A small sample of the keys is enough to tell thousands of rows from millions.
    connection.execute("SET LOCAL default_statistics_target = 10")
    analyze = sql.SQL("ANALYZE (SKIP_LOCKED) {} ({})")
    connection.execute(analyze.format(ddl.qualified(table), ddl.names(table.key)))


def _add(
    connection: psycopg.Connection, frames: Iterable[pl.DataFrame], *, to: Destination
) -> int | None:
    try:
        with connection.transaction():
            return copy_frames(connection, frames, to=to)
    except psycopg.errors.UniqueViolation:
        return None


def _estimated_rows(connection: psycopg.Connection, table: Table) -> float:
    name = ddl.qualified(table).as_string(connection)
    row = connection.execute(_ESTIMATE, (name,)).fetchone()
    return float(row[0]) if row else 0.0


def _made_new(
    connection: psycopg.Connection, table: Table
) -> tuple[sql.Composed, ...] | None:
    """Make an empty table new, without indexes; return the statements that build them.

    What is copied into a table made in the same transaction is frozen, and, where the
    server keeps its log for itself alone, not logged.
    """
    try:
        with connection.transaction():
            if not _is_empty(connection, table):
                return None
            truncate = sql.SQL("TRUNCATE {}").format(ddl.qualified(table))
            connection.execute(truncate)
            return _without_indexes(connection, table)
    except (
        psycopg.errors.LockNotAvailable,  # another shop fills it just now
        psycopg.errors.InsufficientPrivilege,  # it belongs to another user
        psycopg.errors.FeatureNotSupported,  # a foreign key refers to it
        psycopg.errors.DependentObjectsStillExist,  # a view needs its key
    ):
        return None


def _is_empty(connection: psycopg.Connection, table: Table) -> bool:
    """Whether it has no row; if so, nobody else can write one any more."""
    name = ddl.qualified(table)
    peek = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(name)
    if connection.execute(peek).fetchone() == (True,):
        return False
    lock = sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT").format(name)
    connection.execute(lock)
    return connection.execute(peek).fetchone() == (False,)


def _without_indexes(
    connection: psycopg.Connection, table: Table
) -> tuple[sql.Composed, ...]:
    name = ddl.qualified(table)
    found = connection.execute(_INDEXES, (name.as_string(connection),)).fetchall()
    rebuild = []
    for schema, index, definition, constraint, constraint_definition in found:
        if constraint:
            drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                name, sql.Identifier(constraint)
            )
            add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
            defined = sql.SQL(constraint_definition)
            rebuild.append(add.format(name, sql.Identifier(constraint), defined))
        else:
            drop = sql.SQL("DROP INDEX {}").format(sql.Identifier(schema, index))
            rebuild.append(sql.Composed([sql.SQL(definition)]))
        connection.execute(drop)
    return tuple(rebuild)


def _fill(
    connection: psycopg.Connection,
    frames: Iterable[pl.DataFrame],
    *,
    to: Destination,
    rebuild: tuple[sql.Composed, ...],
) -> int:
    rows = copy_frames(connection, frames, to=replace(to, options=", FREEZE"))
    # Indexes are built by this process alone: what helpers save is time, not work.
    connection.execute("SET LOCAL max_parallel_maintenance_workers = 0")
    try:
        with connection.transaction():
            _run(connection, rebuild)
    except psycopg.errors.UniqueViolation:
        delete = statements.deduplicate(to.table, to.relation)
        rows -= connection.execute(delete).rowcount
        _run(connection, rebuild)
    return rows


def _run(connection: psycopg.Connection, statements: Iterable[sql.Composed]) -> None:
    for each in statements:
        connection.execute(each)
