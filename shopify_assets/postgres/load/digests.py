"""What records hold, in one number a table: whether one is news, before it travels.

Charter: hashes of a batch's records, made from frames. A record's digests are stored
with its root row, one for each of the stream's tables, and tell the next load which of
its rows can be left alone. What follows from them is `changes`' and `merge`'s business.

A digest is 64 bits wide: the sum of the hashes of the record's rows in one table, in
which the table's columns and the hash's own version are mixed. Two states of a record
are taken for one with a probability of 2^-64; a digest made by another declaration, or
by another version of the hash, is equal to none, and its rows are compared in full.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING

import polars as pl

from shopify_assets.errors import DataError
from shopify_assets.postgres.form import ddl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shopify_assets.catalog.tables import Table

_ID, _DIGEST = "id", "digest"
_NOTHING = pl.Series([None], dtype=pl.Int64)


class Digests:
    """The digests of a batch's records, of which rows pass by.

    The rows of the children have to pass before those of the root. What is kept is a
    number for each record and table, and no more: a batch may be a shop's history.

    Most of what a series can do by a method is a query to Polars, which costs as much
    as some thousand values; small batches are many, so the few other ways are taken.

    Attributes:
        rows: how many rows of each child table passed.
    """

    def __init__(self, tables: Sequence[Table], ids: pl.Series) -> None:
        """Begin; `ids` are those of the batch's root records, in any order."""
        self.rows: Counter[str] = Counter()
        self._root, *self._children = tables
        self._ids = ids.unique().sort()
        self._sums: dict[str, pl.Series] = {}

    def noted(
        self, table: Table, frames: Iterable[pl.DataFrame]
    ) -> Iterator[pl.DataFrame]:
        """Pass the rows of a child table; remember their digests, if not yet known.

        Raises:
            DataError: a row's root is not in the batch.
        """
        if table.name in self.rows:
            yield from frames
            return
        rows, sums = 0, None
        for frame in frames:
            rows += frame.height
            found = _sums(frame, table)
            places = self._places(found[_ID], table)
            if sums is None:
                sums = _NOTHING.new_from_index(0, len(self._ids))
                sums.scatter(places, found[_DIGEST])
            else:
                before = sums[places].fill_null(0)
                sums.scatter(places, before + found[_DIGEST])
            yield frame
        self.rows[table.name] = rows
        if sums is not None:
            self._sums[table.name] = sums

    def added(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """Pass root rows, each with the digests of its record."""
        for frame in frames:
            places = self._ids.search_sorted(frame[self._root.key[1]])
            columns = [_hashes(frame, self._root).alias(_DIGEST)]
            columns += [self._sums_at(places, table) for table in self._children]
            # By way of an array: to concatenate lists takes thirty times as long.
            digests = pl.DataFrame(columns).select(pl.concat_arr("*").arr.to_list())
            yield frame.hstack([digests.to_series().alias(ddl.DIGESTS)])

    def _sums_at(self, places: pl.Series, table: Table) -> pl.Series:
        """The digests, in one child table, of the records at some places."""
        nothing, sums = of_no_rows(table), self._sums.get(table.name)
        if sums is None:
            none = pl.Series(table.name, [nothing], dtype=pl.Int64)
            return none.new_from_index(0, len(places))
        at_places = sums[places].alias(table.name)
        return at_places.fill_null(nothing) if at_places.null_count() else at_places

    def _places(self, ids: pl.Series, table: Table) -> pl.Series:
        """Where records stand among all of the batch.

        A row whose record is not in the batch would be lost, or live on for ever.
        """
        places = self._ids.search_sorted(ids)
        last = places.max()
        within = isinstance(last, int) and last < len(self._ids)
        if ids.is_empty() or (within and (self._ids[places] == ids).all()):
            return places
        strays = ids
        if len(self._ids):
            found = self._ids[places.clip(upper_bound=len(self._ids) - 1)]
            strays = ids.filter(ids != found)
        raise DataError(
            f"table {table.name}: {len(strays)} records have rows here, and are "
            "not in the batch themselves; one has "
            f"{table.root_key[1]} {strays.sort()[0]}"
        )


def of_no_rows(table: Table) -> int:
    """The digest of no rows: of each table another, lest one is taken for another."""
    return int.from_bytes(_seed(table).to_bytes(8), signed=True)


def _sums(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    hashes = {_ID: frame[table.root_key[1]], _DIGEST: _hashes(frame, table)}
    return _summed(pl.DataFrame(hashes))


def _summed(hashes: pl.DataFrame) -> pl.DataFrame:
    # Not combined by XOR: two rows alike would be as good as none.
    return hashes.group_by(_ID).agg(pl.col(_DIGEST).sum())


def _hashes(frame: pl.DataFrame, table: Table) -> pl.Series:
    # Not `select`: that would be a query, whose planning costs more than the hashes.
    rows = pl.DataFrame([frame[each.name] for each in table.columns])
    hashes = rows.hash_rows(seed=_seed(table))
    return hashes.cast(pl.Int64, wrap_numerical=True)


def _seed(table: Table) -> int:
    columns = [f"{each.name} {each.kind.value}" for each in table.columns]
    text = "\n".join((f"polars {pl.__version__}", table.name, *columns))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
