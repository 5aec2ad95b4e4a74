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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

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


def compare(check: str, table: str, *, expected: int, found: int) -> Iterator[Finding]:
    """Find a number of rows that is not the one promised."""
    if expected != found:
        detail = f"table {table}: {expected:,} rows expected, {found:,} found"
        yield Finding(check, table, abs(expected - found), detail)


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
