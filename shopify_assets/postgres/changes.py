"""What a batch brings that is news, told by the records' digests before they travel.

Charter: the survey of a batch against what is stored: which of its records are new,
which are refused because a newer state is stored, and which tables of the others hold
something else than the batch. What is done about it is `merge`'s business.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from shopify_assets.postgres import ddl, statements
from shopify_assets.postgres.copying import (
    DTYPES,
    Destination,
    checked,
    copy_frames,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import psycopg

    from shopify_assets.catalog.tables import Table
    from shopify_assets.postgres.digests import Digests
    from shopify_assets.postgres.loads import Load

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
        refused: records stored in a newer state.
        altered: by table, records whose rows in it are not those stored.
        unchanged: how many records are stored as they come, or newer.
    """

    new: pl.Series | None = None
    refused: pl.Series = field(default_factory=pl.Series)
    altered: Mapping[str, pl.Series] = field(default_factory=dict)
    unchanged: int = 0

    def to_append(self, table: Table, *, rows_are_stored: bool) -> pl.Expr | None:
        """Which rows cannot be stored yet: an expression, or None if there are none.

        A table without any row of the shop takes all of them, whatever is known of
        their records: it may have been emptied by others.
        """
        record = pl.col(table.root_key[1])
        if self.new is None or not (rows_are_stored or len(self.refused)):
            return EVERY
        if not rows_are_stored:
            return ~record.is_in(self.refused.implode())
        return record.is_in(self.new.implode()) if len(self.new) else None

    def to_merge(self, table: Table, *, rows_are_stored: bool) -> pl.Expr | None:
        """Which rows have to be compared with those stored."""
        records = self.altered.get(table.name)
        if not rows_are_stored or records is None or records.is_empty():
            return None
        return pl.col(table.root_key[1]).is_in(records.implode())


def rows(load: Load, table: Table, *, digests: Digests) -> Iterator[pl.DataFrame]:
    """Pass the batch's rows of a table, checked, and with their digests if roots'."""
    frames = checked(load.frames.get(table.name, ()), table=table, shop=load.shop)
    return digests.added(frames) if table.is_root else digests.noted(table, frames)


def survey(connection: psycopg.Connection, load: Load, digests: Digests) -> Changes:
    """Compare the batch with what is stored; no row of it travels for that.

    Raises:
        DataError: a frame is not what its table takes, or a child's root is missing.
    """
    for table in load.tables[1:]:
        deque(rows(load, table, digests=digests), maxlen=0)
    records = _stage_records(connection, load, digests)
    connection.execute(statements.create_changes(load.root))
    connection.execute(statements.find_changes(load.tables), load.parameters)
    found = connection.execute(statements.READ_CHANGES).fetchall()
    return _told(found, load.tables, records=records)


def _told(
    found: list[tuple[object, ...]], tables: Sequence[Table], *, records: int
) -> Changes:
    root = tables[0]
    schema = {"id": DTYPES[root.column(root.key[1]).kind], "state": pl.String}
    changes = pl.DataFrame(found, schema=schema, orient="row")
    new = changes.filter(state=statements.NEW)["id"]
    refused = changes.filter(state=statements.REFUSED)["id"]
    known = changes.filter(~pl.col("state").is_in([statements.NEW, statements.REFUSED]))
    altered = {
        table.name: known.filter(pl.col("state").str.slice(place, 1) == "1")["id"]
        for place, table in enumerate(tables)
    }
    return Changes(
        new=new,
        refused=refused,
        # Its digests stand in its root row: whatever changed, that one is written.
        altered={**altered, root.name: known["id"]},
        unchanged=records - changes.height + len(refused),
    )


def _stage_records(connection: psycopg.Connection, load: Load, digests: Digests) -> int:
    """Send each record's id, version and digests; return how many records there are."""
    root = load.root
    columns = (root.key[1], *((root.version,) if root.version else ()), ddl.DIGESTS)
    connection.execute(statements.create_records(root))
    frames = [each.select(columns) for each in rows(load, root, digests=digests)]
    to = Destination(table=root, relation=statements.RECORDS, columns=columns)
    return copy_frames(connection, _highest(frames, root), to=to)


def _highest(frames: list[pl.DataFrame], root: Table) -> Iterator[pl.DataFrame]:
    """Keep, of states of one record, that of the highest version, or the last one."""
    if not frames:
        return
    every = pl.concat(frames)
    if root.version:
        every = every.sort(root.version, nulls_last=False, maintain_order=True)
    yield every.unique(root.key[1], keep="last")
