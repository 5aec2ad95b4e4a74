"""What is wrong with the rows of one extraction, if anything.

Charter: pure checks of normalised tables, as lazy Polars queries over their keys. What
a finding means for an asset is decided in `defs`; counts that need the lake's manifests
or the warehouse are compared where these are at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shopify_assets.catalog.tables import Table


@dataclass(frozen=True)
class Finding:
    """Rows that are not as they should be.

    Attributes:
        check: the check's name.
        table: the table.
        rows: how many rows are concerned.
        detail: thing, value and remedy, for people.
    """

    check: str
    table: str
    rows: int
    detail: str


def inspect(
    tables: Sequence[Table], frames: Mapping[str, pl.LazyFrame]
) -> Iterator[Finding]:
    """Check unique keys, parents and nulls.

    Args:
        tables: the stream's tables.
        frames: their rows by name; a table without rows may be missing.
    """
    known = {table.name: table for table in tables}
    for table in tables:
        frame = frames.get(table.name)
        if frame is None:
            continue
        yield from _repeated_keys(table, frame)
        yield from _nulls(table, frame)
        if table.parent is not None:
            parents = frames.get(table.parent)
            yield from _orphans(table, known[table.parent], frame, parents)


def compare(check: str, table: str, *, expected: int, found: int) -> Iterator[Finding]:
    """Find a number of rows that is not the one promised."""
    if expected != found:
        detail = f"table {table}: {expected:,} rows expected, {found:,} found"
        yield Finding(check, table, abs(expected - found), detail)


def _repeated_keys(table: Table, frame: pl.LazyFrame) -> Iterator[Finding]:
    keys = frame.select(table.key)
    counted = keys.select(pl.len().alias("rows"), pl.struct(table.key).n_unique())
    rows, distinct = counted.collect(engine="streaming").row(0)
    if rows != distinct:
        key = ", ".join(table.key)
        detail = f"table {table.name}: {rows - distinct:,} rows repeat a key ({key})"
        yield Finding("unique_keys", table.name, rows - distinct, detail)


def _nulls(table: Table, frame: pl.LazyFrame) -> Iterator[Finding]:
    columns = [each.name for each in table.columns if not each.nullable]
    counted = frame.select(pl.col(columns).null_count()).collect(engine="streaming")
    for column, nulls in counted.row(0, named=True).items():
        if nulls:
            detail = f"table {table.name}: {nulls:,} nulls in {column}, declared non-null"
            yield Finding("not_null", table.name, nulls, detail)


def _orphans(
    table: Table, parent: Table, frame: pl.LazyFrame, parents: pl.LazyFrame | None
) -> Iterator[Finding]:
    children = frame.select(table.parent_key)
    if parents is None:
        orphans = children
    else:
        orphans = children.join(
            parents.select(parent.key),
            left_on=table.parent_key,
            right_on=parent.key,
            how="anti",
        )
    count = orphans.select(pl.len()).collect(engine="streaming").item()
    if count:
        detail = f"table {table.name}: {count:,} rows have no parent in {parent.name}"
        yield Finding("parents_exist", table.name, count, detail)
