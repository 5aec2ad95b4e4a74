"""Loading: a batch of a stream's rows, into its tables, in one transaction.

Charter: the order of a load's steps, and the choice between its ways. The SQL lies in
`statements`, the way of the rows in `copying`, the books in `books`.

Rows that cannot be stored yet, for no row of the shop is or their record is new, are
copied straight into their table, by `append`. What is stored in the same state or in a
newer one does not travel at all: `changes` tells. Only the rows of altered records are
copied into a stage and merged, table by table: what is alike is not written, children
that a record no longer has are deleted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl
from psycopg.pq import TransactionStatus

from shopify_assets.postgres.books import watermarks
from shopify_assets.postgres.books.seals import registered
from shopify_assets.postgres.copy.copying import Destination, record_ids
from shopify_assets.postgres.form import ddl
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.postgres.load import entries, seals, statements
from shopify_assets.postgres.load.append import append
from shopify_assets.postgres.load.changes import (
    EVERY,
    Changes,
    Rows,
    has_rows,
    rows_of,
    survey,
)
from shopify_assets.postgres.load.digests import Digests
from shopify_assets.postgres.load.global_ids import note_stand_ins
from shopify_assets.postgres.load.stages import fill_stage
from shopify_assets.postgres.loads import (
    Disposition,
    Load,
    LoadResult,
    TableCounts,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg
    from psycopg import sql

    from shopify_assets.catalog.tables import Table
    from shopify_assets.postgres.books.seals import Form

ABSENT = "absent from snapshot"

_FIRST_WITH_COUNTING_MERGE = 170_000

# To compile a row of a hundred columns takes longer than to hash thousands.
_SETTINGS = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off"


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
    _refuse_transaction(connection)
    with told(_named(load)):
        migrate(connection, load.tables)
    return load_migrated(connection, load, clock=clock)


def load_migrated(
    connection: psycopg.Connection,
    load: Load,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> LoadResult:
    """Load a batch as `load` does, into tables that were just migrated.

    Raises:
        DataError, Unavailable, ConfigurationError: as `load` does.
    """
    _refuse_transaction(connection)
    started = clock()
    with told(_named(load)):
        form = registered(connection, load.tables)
        with connection.transaction():
            connection.execute(_SETTINGS)
            watermarks.lock(connection, shop=load.shop, stream=load.stream)
            superseded = _is_superseded(connection, load)
            counts = {} if superseded else _load_tables(connection, load, form)
            note_stand_ins(connection, load)
            if not superseded:
                entries.settle(connection, load)
            seconds = clock() - started
            watermarks.record(connection, load, rows=counts, seconds=seconds)
    return LoadResult(counts, seconds=clock() - started, superseded=superseded)


def _refuse_transaction(connection: psycopg.Connection) -> None:
    if connection.info.transaction_status is TransactionStatus.INTRANS:
        raise RuntimeError("load() was called within a transaction; commit it first")


def _named(load: Load) -> str:
    return f"stream {load.stream} of shop {load.shop}"


def _is_superseded(connection: psycopg.Connection, load: Load) -> bool:
    """Whether a newer snapshot is loaded: an older one knows nothing it does not."""
    if load.disposition is not Disposition.REPLACE:
        return False
    newest = watermarks.newest_extraction(
        connection, shop=load.shop, stream=load.stream
    )
    return newest is not None and newest > load.extracted_at


def _load_tables(
    connection: psycopg.Connection, load: Load, form: Form
) -> dict[str, TableCounts]:
    batch = _Batch(load, Digests(load.tables, record_ids(load)))
    if not has_rows(connection, load, load.root):
        seals.forget_all(connection, load)
        counts = _write_tables(connection, batch)
        seals.seal_all(connection, load, form)
        return counts
    with told(f"table {load.root.name} of shop {load.shop}"):
        changes = survey(connection, load, batch.digests, form=form)
        seals.clear_lost(connection, load)
        buried = _bury_absent(connection, load)
    counts = _write_tables(connection, replace(batch, changes=changes), buried=buried)
    if changes.is_news:
        seals.seal_changed(connection, load, form)
    return counts


def _write_tables(
    connection: psycopg.Connection, batch: _Batch, *, buried: tuple[object, ...] = ()
) -> dict[str, TableCounts]:
    load = batch.load
    counts = {}
    # A root row holds the digests of all its record's rows: the root comes last.
    for table in (*load.tables[1:], load.root):
        with told(f"table {table.name} of shop {load.shop}"):
            deleted = _delete_of_buried(connection, load, table, buried=buried)
            written = _load_table(connection, batch, table)
            counts[table.name] = batch.counts(table, written, deleted=deleted)
    return {each.name: counts[each.name] for each in load.tables}


@dataclass(frozen=True)
class _Written:
    """What was done to the rows of one table; `alike` were compared in full."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    alike: int = 0


@dataclass(frozen=True)
class _Batch:
    """A batch, and what of it is news: all of it, as long as nothing is stored."""

    load: Load
    digests: Digests
    changes: Changes = field(default_factory=Changes)

    def rows(self, table: Table, which: pl.Expr) -> Rows:
        """The rows of a table that fulfil an expression."""

        def frames() -> Iterator[pl.DataFrame]:
            for frame in rows_of(self.load, table, digests=self.digests):
                wanted = frame if which is EVERY else frame.filter(which)
                if wanted.height:
                    yield wanted

        return Rows(frames)

    def counts(self, table: Table, written: _Written, *, deleted: int) -> TableCounts:
        """What was done to a table; `deleted` rows are those of buried records."""
        done = written.inserted + written.updated
        return TableCounts(
            inserted=written.inserted,
            updated=written.updated,
            deleted=written.deleted + deleted,
            # Of root rows this is known without counting those that did not travel.
            unchanged=(
                self.changes.unchanged + written.alike
                if table.is_root
                else self.digests.rows[table.name] - done
            ),
        )


def _load_table(
    connection: psycopg.Connection, batch: _Batch, table: Table
) -> _Written:
    """Append the rows that cannot be stored yet, and merge those of altered records."""
    new, altered = batch.changes.to_append(table), batch.changes.to_merge(table)
    appended = None if new is None else _append(connection, batch, table, which=new)
    wanted = [altered] if appended is not None else [new, altered]
    to_merge = [each for each in wanted if each is not None]
    if not to_merge:
        return _Written(inserted=appended or 0)
    which = to_merge[0] if len(to_merge) == 1 else pl.any_horizontal(to_merge)
    merged = _merge(connection, batch, table, which=which)
    return replace(merged, inserted=merged.inserted + (appended or 0))


def _append(
    connection: psycopg.Connection, batch: _Batch, table: Table, *, which: pl.Expr
) -> int | None:
    to = Destination(
        table=table,
        relation=ddl.qualified(table),
        columns=statements.columns(table),
        extracted_at=batch.load.extracted_at,
    )
    return append(connection, batch.rows(table, which), to=to)


def _merge(
    connection: psycopg.Connection, batch: _Batch, table: Table, *, which: pl.Expr
) -> _Written:
    load = batch.load
    staged = _stage(connection, table, batch.rows(table, which))
    deleted = 0
    if batch.changes.altered and not table.is_root:  # otherwise nothing is stored
        place = load.tables.index(table) + 1
        absent = statements.delete_absent_children(table, place=place)
        deleted = connection.execute(absent, load.parameters).rowcount
    if not staged:
        return _Written(deleted=deleted)
    if connection.info.server_version >= _FIRST_WITH_COUNTING_MERGE:
        inserted, written = _one(connection, statements.merge_counting(table), load)
    else:
        (stored,) = _one(connection, statements.count_stored(table), load)
        done = connection.execute(statements.merge(table), load.parameters)
        inserted, written = staged - stored, done.rowcount
    return _Written(
        inserted=inserted,
        updated=written - inserted,
        deleted=deleted,
        alike=staged - written,
    )


def _stage(connection: psycopg.Connection, table: Table, frames: Rows) -> int:
    connection.execute(statements.create_stage(table))
    relation, columns = statements.stage(table), statements.columns(table)
    to = Destination(table=table, relation=relation, columns=columns)
    return fill_stage(connection, frames, to=to)


def _bury_absent(connection: psycopg.Connection, load: Load) -> tuple[object, ...]:
    if load.disposition is not Disposition.REPLACE:
        return ()
    # A record of which nothing is known may be any that is stored.
    if any(entry.record is None for entry in load.aside):
        return ()
    keys = entries.keys_of(load.root, load.aside).to_list()
    values = {**load.parameters, "reason": ABSENT, "aside": keys}
    rows = connection.execute(statements.tombstone_absent(load.root), values)
    buried = tuple(each for (each,) in rows.fetchall())
    seals.forget_absent(connection, load)
    return buried


def _delete_of_buried(
    connection: psycopg.Connection,
    load: Load,
    table: Table,
    *,
    buried: tuple[object, ...],
) -> int:
    if table.is_root or not buried:
        return len(buried)
    values = {**load.parameters, "ids": list(buried)}
    delete = statements.delete_children_of_ids(table)
    return connection.execute(delete, values).rowcount


def _one(
    connection: psycopg.Connection, statement: sql.Composed, load: Load
) -> tuple[int, ...]:
    row = connection.execute(statement, load.parameters).fetchone()
    return row or ()
