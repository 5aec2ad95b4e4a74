"""What is wrong with the rows of one extraction, if anything.

Charter: pure checks of normalised tables, in one pass and in bounded memory. What
a finding means for an asset is decided in `defs`; counts that need the lake's manifests
or the warehouse are compared where these are at hand.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from shopify_assets.catalog.tables import Source
from shopify_assets.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from shopify_assets.catalog.tables import Table


@dataclass(frozen=True)
class RowFault:
    """A row that makes its root record one to be set aside.

    Attributes:
        table: the row's table.
        root: what identifies the root record in its table.
        reason: what is wrong with the row.
    """

    table: str
    root: int | str
    reason: str


def inspected_columns(table: Table) -> list[str]:
    """The columns of a table that `inspect` reads."""
    return [each.name for each in table.columns if not each.nullable]


def inspect(
    tables: Sequence[Table], frames: Callable[[Table], Iterable[pl.DataFrame]]
) -> Iterator[Finding]:
    """Check unique keys, parents and nulls.

    Args:
        tables: the stream's tables, parents before children.
        frames: gives the rows of a table, in bounded frames of `inspected_columns`.
    """
    keys: dict[str, pl.Series] = {}
    parents = {table.parent for table in tables}
    for table in tables:
        found = _Found(table)
        for frame in frames(table):
            found.add(frame)
        own = found.keys()
        yield from found.nulls()
        if own.n_unique() < len(own):
            yield from _repeated_keys(table, frames(table))
        if table.parent is not None:
            yield from _orphans(table, found.parents(), keys[table.parent])
        if table.name in parents:
            keys[table.name] = own


class _Found:
    """What is known of a table's rows once they passed.

    Of a key its hash is kept, 64 bits: of millions of rows the keys themselves would
    not fit a small worker.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._nulls: Counter[str] = Counter()
        self._keys = [pl.Series(dtype=pl.UInt64)]
        self._parents = [pl.Series(dtype=pl.UInt64)]

    def add(self, frame: pl.DataFrame) -> None:
        counted = frame.null_count().row(0, named=True)
        self._nulls.update({name: count for name, count in counted.items() if count})
        self._keys.append(frame.select(_own(self._table.key)).hash_rows())
        if self._table.parent is not None:
            links = frame.select(_own(self._table.parent_key))
            self._parents.append(links.hash_rows())

    def keys(self) -> pl.Series:
        return pl.concat(self._keys)

    def parents(self) -> pl.Series:
        return pl.concat(self._parents)

    def nulls(self) -> Iterator[Finding]:
        name = self._table.name
        for column, count in self._nulls.items():
            detail = f"table {name}: {count:,} nulls in {column}, declared non-null"
            yield Finding("not_null", name, count, detail)


def _own(key: tuple[str, ...]) -> tuple[str, ...]:
    """A key without the shop, which is one and the same in all rows."""
    return key[1:]


def _repeated_keys(table: Table, frames: Iterable[pl.DataFrame]) -> Iterator[Finding]:
    """Count keys that repeat, by the keys: their hashes may be equal by chance."""
    keys = pl.concat(each.select(_own(table.key)) for each in frames)
    repeated = keys.height - keys.n_unique()
    if repeated:
        key = ", ".join(table.key)
        detail = f"table {table.name}: {repeated:,} rows repeat a key ({key})"
        yield Finding("unique_keys", table.name, repeated, detail)


def _orphans(table: Table, links: pl.Series, parents: pl.Series) -> Iterator[Finding]:
    # An orphan would hide only behind an equal hash: one in some 10 ** 13 orphans.
    orphans = len(links.filter(~links.is_in(parents.implode())))
    if orphans:
        detail = (
            f"table {table.name}: {orphans:,} rows have no parent in {table.parent}"
        )
        yield Finding("parents_exist", table.name, orphans, detail)


# ── whose rows they are, once there are any ──────────────────────────────────────────


def rows_at_fault(
    tables: Sequence[Table],
    findings: Iterable[Finding],
    frames: Callable[[Table], Iterable[pl.DataFrame]],
) -> Iterator[RowFault]:
    """Name the root records of rows that repeat a key or have no parent.

    Rows that are alike in everything are one row told twice, and no fault.

    Args:
        tables: the stream's tables.
        findings: what `inspect` found in them.
        frames: gives the whole rows of a table, in bounded frames.
    """
    by_name = {table.name: table for table in tables}
    for finding in findings:
        table = by_name[finding.table]
        if finding.check == "unique_keys":
            yield from _unlike(table, frames)
        elif finding.check == "parents_exist":
            yield from _without_parent(table, by_name[table.parent or ""], frames)


def _unlike(
    table: Table, frames: Callable[[Table], Iterable[pl.DataFrame]]
) -> Iterator[RowFault]:
    key = list(_own(table.key))
    keys = pl.concat(frame.select(key) for frame in frames(table))
    repeated = keys.filter(keys.is_duplicated()).unique()
    columns = [
        column.name
        for column in table.columns
        # Where a place is no key, it goes on counting over what is told twice.
        if column.source is not Source.POSITION or column.name in key
    ]
    rows = [
        found.select(*key, pl.lit(_hashed(found, columns)).alias("_row"))
        for frame in frames(table)
        if (found := frame.join(repeated, on=key, how="semi")).height
    ]
    unlike = pl.concat(rows).group_by(key).agg(pl.col("_row").n_unique())
    for row in unlike.filter(pl.col("_row") > 1).sort(key).iter_rows(named=True):
        told = ", ".join(f"{name} {row[name]}" for name in key)
        reason = f"rows with one key ({told}) differ"
        yield RowFault(table.name, row[table.root_key[-1]], reason)


def _hashed(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    return frame.select(columns).hash_rows()


def _without_parent(
    table: Table, parent: Table, frames: Callable[[Table], Iterable[pl.DataFrame]]
) -> Iterator[RowFault]:
    none = pl.Series(dtype=pl.UInt64)
    hashed = (_hashed(frame, _own(parent.key)) for frame in frames(parent))
    parents = pl.concat([none, *hashed])
    link = list(_own(table.parent_key))
    for frame in frames(table):
        orphans = ~_hashed(frame, link).is_in(parents.implode())
        for row in frame.filter(orphans).unique(link).iter_rows(named=True):
            told = ", ".join(f"{name} {row[name]}" for name in link)
            reason = f"its parent in {parent.name} is missing ({told})"
            yield RowFault(table.name, row[table.root_key[-1]], reason)
