"""Loading: a batch of a stream's rows, into its tables, in one transaction.

Charter: the order of a load's steps, and the choice between its ways. The SQL lies in
`statements`, the way of the rows in `copying`, the books in `books`.

Rows that cannot be stored yet (no row of the shop is, or none of their roots) are
copied straight into their table, by `append`. Others are copied into a stage and
merged: what is stored and newer is refused, what is alike is not written, children that
a record no longer has are deleted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.pq import TransactionStatus

from shopify_assets.errors import DataError
from shopify_assets.postgres import books, statements
from shopify_assets.postgres.append import Appended, append
from shopify_assets.postgres.copying import Destination, Passed, copy_frames
from shopify_assets.postgres.loads import (
    Disposition,
    Load,
    LoadResult,
    TableCounts,
    told,
)
from shopify_assets.postgres.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl
    import psycopg
    from psycopg import sql

    from shopify_assets.catalog.tables import Table

ABSENT = "absent from snapshot"

_INDEXED_STAGE = 1_000  # rows; below, looking through the whole stage is cheap
_FIRST_WITH_COUNTING_MERGE = 170_000


def load(
    connection: psycopg.Connection,
    load: Load,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> LoadResult:
    """Load a batch: all of it, or nothing. Loading it again changes nothing.

    The connection must not be within a transaction: the load is one of its own.

    Raises:
        DataError: a row does not fit; the message names the table.
        Unavailable: the warehouse went away; nothing was loaded.
        ConfigurationError: the warehouse does not have, and cannot take, the form.
    """
    started = clock()
    if connection.info.transaction_status is TransactionStatus.INTRANS:
        raise RuntimeError("load() was called within a transaction; commit it first")
    what = f"stream {load.stream} of shop {load.shop}"
    with told(what):
        migrate(connection, load.tables)
        with connection.transaction():
            connection.execute("SET LOCAL work_mem = '64MB'")
            books.lock(connection, shop=load.shop, stream=load.stream)
            superseded = _is_superseded(connection, load)
            counts = {} if superseded else _load_tables(connection, load)
            seconds = clock() - started
            books.record(connection, load, rows=counts, seconds=seconds)
    return LoadResult(counts, seconds=clock() - started, superseded=superseded)


def _is_superseded(connection: psycopg.Connection, load: Load) -> bool:
    """Whether a newer snapshot is loaded: an older one knows nothing it does not."""
    if load.disposition is not Disposition.REPLACE:
        return False
    newest = books.newest_extraction(connection, shop=load.shop, stream=load.stream)
    return newest is not None and newest > load.extracted_at


def _load_tables(connection: psycopg.Connection, load: Load) -> dict[str, TableCounts]:
    with told(f"table {load.root.name} of shop {load.shop}"):
        roots = _load_root(connection, load)
    counts = {load.root.name: roots.counts}
    for table in load.tables[1:]:
        with told(f"table {table.name} of shop {load.shop}"):
            counts[table.name] = _load_children(connection, load, table, roots=roots)
    return counts


@dataclass(frozen=True)
class _Roots:
    """What its root table's load decided for the children.

    Attributes:
        counts: what was done to the roots.
        ids: the ids of the batch's roots.
        stored: how many of them were stored before.
        refused: how many of them are stored in a newer state.
        buried: ids of those tombstoned because the batch does not hold them.
    """

    counts: TableCounts
    ids: pl.Series
    stored: int = 0
    refused: int = 0
    buried: tuple[object, ...] = ()


def _load_root(connection: psycopg.Connection, load: Load) -> _Roots:
    root = load.root
    if not _one(connection, statements.has_rows_of_shop(root), load)[0]:
        appended = append(connection, load, root)
        if appended is not None:
            inserted = TableCounts(inserted=appended.rows)
            return _Roots(inserted, ids=appended.passed.roots)
    staged = _stage(connection, load, root)
    buried = _bury_absent(connection, load)
    stored, refused = _one(connection, statements.survey_roots(root), load)
    if refused:
        connection.execute(statements.refuse_roots(root), load.parameters)
    return _Roots(
        counts=_merge(connection, load, root, staged=staged.rows, deleted=len(buried)),
        ids=staged.passed.roots,
        stored=stored,
        refused=refused,
        buried=buried,
    )


def _load_children(
    connection: psycopg.Connection, load: Load, table: Table, *, roots: _Roots
) -> TableCounts:
    deleted = _delete_of_buried(connection, load, table, roots=roots)
    if not roots.stored:
        appended = append(connection, load, table)
        if appended is not None:
            _check_roots(appended.passed, table, roots=roots)
            return TableCounts(inserted=appended.rows, deleted=deleted)
    return _merge_children(connection, load, table, roots=roots, deleted=deleted)


def _merge_children(
    connection: psycopg.Connection,
    load: Load,
    table: Table,
    *,
    roots: _Roots,
    deleted: int,
) -> TableCounts:
    if not any(each.height for each in load.frames.get(table.name, ())):
        delete = statements.delete_children(table, load.root)
        deleted += connection.execute(delete, load.parameters).rowcount
        return TableCounts(deleted=deleted)
    staged = _stage(connection, load, table)
    _check_roots(staged.passed, table, roots=roots)
    if roots.refused:
        connection.execute(statements.refuse_children(table, load.root))
    if roots.stored:
        absent = statements.delete_absent_children(table, load.root)
        deleted += connection.execute(absent, load.parameters).rowcount
    return _merge(connection, load, table, staged=staged.rows, deleted=deleted)


def _stage(connection: psycopg.Connection, load: Load, table: Table) -> Appended:
    """Copy the batch's rows into a stage of their own, each key once."""
    stage = statements.stage(table)
    connection.execute(statements.create_stage(table))
    frames = load.frames.get(table.name, ())
    to = Destination(table, stage, load.shop)
    passed = copy_frames(connection, frames, to=to)
    removed = 0
    if passed.may_repeat:
        removed = connection.execute(statements.deduplicate(table, stage)).rowcount
    if passed.rows >= _INDEXED_STAGE:
        connection.execute(statements.index_stage(table))
    return Appended(passed, rows=passed.rows - removed)


def _merge(
    connection: psycopg.Connection,
    load: Load,
    table: Table,
    *,
    staged: int,
    deleted: int,
) -> TableCounts:
    if connection.info.server_version >= _FIRST_WITH_COUNTING_MERGE:
        inserted, written = _one(connection, statements.merge_counting(table), load)
    else:
        (stored,) = _one(connection, statements.count_stored(table), load)
        (present,) = _one(connection, statements.count_staged(table), load)
        done = connection.execute(statements.merge(table), load.parameters)
        inserted, written = present - stored, done.rowcount
    return TableCounts(
        inserted=inserted,
        updated=written - inserted,
        deleted=deleted,
        unchanged=staged - written,
    )


def _bury_absent(connection: psycopg.Connection, load: Load) -> tuple[object, ...]:
    if load.disposition is not Disposition.REPLACE:
        return ()
    values = {**load.parameters, "reason": ABSENT}
    rows = connection.execute(statements.tombstone_absent(load.root), values)
    return tuple(each for (each,) in rows.fetchall())


def _delete_of_buried(
    connection: psycopg.Connection, load: Load, table: Table, *, roots: _Roots
) -> int:
    if not roots.buried:
        return 0
    values = {**load.parameters, "ids": list(roots.buried)}
    delete = statements.delete_children_of_ids(table)
    return connection.execute(delete, values).rowcount


def _check_roots(passed: Passed, table: Table, *, roots: _Roots) -> None:
    """A row whose record is not in the batch would be lost, or live on for ever."""
    strays = passed.roots.filter(~passed.roots.is_in(roots.ids.implode()))
    if len(strays):
        raise DataError(
            f"table {table.name}: {len(strays)} records have rows here, and are not in "
            f"the batch themselves; one has {table.root_key[1]} {strays[0]}"
        )


def _one(
    connection: psycopg.Connection, statement: sql.Composed, load: Load
) -> tuple[int, ...]:
    row = connection.execute(statement, load.parameters).fetchone()
    return row or ()
