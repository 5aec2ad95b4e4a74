"""What a batch brings that is news, told by the records' digests before they travel.

Charter: the survey of a batch against what is stored: which of its records are new,
which are refused because a newer state is stored, and which tables of the others hold
something else than the batch. What is done about it is `merge`'s business.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import polars as pl

from shopify_assets.postgres.copy.copying import DTYPES, Destination, checked
from shopify_assets.postgres.form import ddl
from shopify_assets.postgres.load import statements
from shopify_assets.postgres.load.digests import Digests, of_no_rows
from shopify_assets.postgres.load.stages import fill_stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import psycopg

    from shopify_assets.catalog.tables import Table
    from shopify_assets.postgres.books.seals import Form
    from shopify_assets.postgres.loads import Load

_NONE = pl.Series()
EVERY = pl.lit(value=True)  # to be compared by identity: filtering costs a query


@dataclass(frozen=True)
class Rows:
    """Frames that may be iterated more than once."""

    make: Callable[[], Iterator[pl.DataFrame]]

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """Begin anew."""
        return self.make()


@dataclass(frozen=True)
class Changes:
    """What a batch brings, by the ids of its records.

    Attributes:
        new: records that are not stored; None: that is all of them.
        altered: by table, records whose rows in it are not those stored.
        unchanged: how many records are stored as they come, or newer.
    """

    new: pl.Series | None = None
    altered: Mapping[str, pl.Series] = field(default_factory=dict)
    unchanged: int = 0

    @property
    def is_news(self) -> bool:
        """Whether any record is new or altered."""
        new = self.new is None or len(self.new) > 0
        return new or any(map(len, self.altered.values()))

    def to_append(self, table: Table) -> pl.Expr | None:
        """Which rows cannot be stored yet: an expression, or None if there are none."""
        return EVERY if self.new is None else _of_records(table, self.new)

    def to_merge(self, table: Table) -> pl.Expr | None:
        """Which rows have to be compared with those stored."""
        return _of_records(table, self.altered.get(table.name, _NONE))


def _of_records(table: Table, ids: pl.Series) -> pl.Expr | None:
    return pl.col(table.root_key[1]).is_in(ids.implode()) if len(ids) else None


def rows_of(load: Load, table: Table, *, digests: Digests) -> Iterator[pl.DataFrame]:
    """Pass the batch's rows of a table, checked, and with their digests if roots'."""
    frames = checked(load.frames.get(table.name, ()), table=table, shop=load.shop)
    return digests.added(frames) if table.is_root else digests.noted(table, frames)


def survey(
    connection: psycopg.Connection, load: Load, digests: Digests, *, form: Form
) -> Changes:
    """Compare the batch with what is stored; no row of it travels for that.

    Records without a seal of the load's `form` are taken to differ in all tables.

    Raises:
        DataError: a frame is not what its table takes, or a child's root is missing.
    """
    for table in load.tables[1:]:
        deque(rows_of(load, table, digests=digests), maxlen=0)
        _forget_if_emptied(connection, load, table, digests=digests)
    records = _stage_records(connection, load, digests)
    connection.execute(statements.create_changes(load.root))
    values = {**load.parameters, "form": form.number}
    connection.execute(statements.find_changes(load.tables), values)
    connection.execute(statements.index_changes())
    found: dict[str, list[object]] = dict(
        connection.execute(statements.READ_CHANGES).fetchall()
    )
    return _told(found, load.tables, records=records)


def _forget_if_emptied(
    connection: psycopg.Connection, load: Load, table: Table, *, digests: Digests
) -> None:
    """Believe no digest of rows that others have removed, or dropped with the table."""
    if digests.rows[table.name] and not has_rows(connection, load, table):
        forget = statements.forget_digests(
            load.root, place=load.tables.index(table) + 1
        )
        values = {**load.parameters, "no_rows": of_no_rows(table)}
        connection.execute(forget, values)


def has_rows(connection: psycopg.Connection, load: Load, table: Table) -> bool:
    """Whether a table has any row of the shop."""
    query = statements.has_rows_of_shop(table)
    return connection.execute(query, load.parameters).fetchone() == (True,)


def _told(
    found: dict[str, list[object]], tables: Sequence[Table], *, records: int
) -> Changes:
    """Understand what was found: ids by how their records differ."""
    root = tables[0]
    dtype = DTYPES[root.column(root.key[1]).kind]
    changed = sum(map(len, found.values()))
    new = found.pop(statements.NEW, [])
    refused = found.pop(statements.REFUSED, [])
    altered = {
        table.name: [ids for state, ids in found.items() if state[place] == "1"]
        for place, table in enumerate(tables)
    }
    # A record's digests stand in its root row: whatever differs, that one is merged.
    altered[root.name] = list(found.values())
    return Changes(
        new=pl.Series(new, dtype=dtype),
        altered={
            name: pl.Series(list(chain(*ids)), dtype=dtype)
            for name, ids in altered.items()
        },
        unchanged=records - changed + len(refused),
    )


def _stage_records(connection: psycopg.Connection, load: Load, digests: Digests) -> int:
    """Send each record's id, version and digests; return how many records there are."""
    root = load.root
    columns = (root.key[1], *((root.version,) if root.version else ()), ddl.DIGESTS)
    connection.execute(statements.create_records(root))
    to = Destination(table=root, relation=statements.RECORDS, columns=columns)
    return fill_stage(connection, rows_of(load, root, digests=digests), to=to)
