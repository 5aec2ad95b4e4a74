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


class Digests:
    """The digests of a batch's records, of which rows pass by.

    The rows of the children have to pass before those of the root. What is kept is a
    number for each record and table, and no more: a batch may be a shop's history.

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
        rows, sums = (
            0,
            pl.Series([None], dtype=pl.Int64).new_from_index(0, len(self._ids)),
        )
        for frame in frames:
            rows += frame.height
            found = _sums(frame, table)
            places = self._places(found[_ID], table)
            before = sums.gather(places).fill_null(0)
            sums = sums.scatter(places, before + found[_DIGEST])
            yield frame
        self.rows[table.name] = rows
        self._sums[table.name] = sums

    def added(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """Pass root rows, each with the digests of its record."""
        for frame in frames:
            places = self._ids.search_sorted(frame[self._root.key[1]])
            columns = [_hashes(frame, self._root).alias(_DIGEST)]
            for table in self._children:
                sums = self._sums[table.name].gather(places)
                columns.append(sums.fill_null(of_no_rows(table)).alias(table.name))
            # By way of an array: to concatenate lists takes thirty times as long.
            digests = pl.DataFrame(columns).select(pl.concat_arr("*").arr.to_list())
            yield frame.with_columns(digests.to_series().alias(ddl.DIGESTS))

    def _places(self, ids: pl.Series, table: Table) -> pl.Series:
        """Where records stand among all of the batch.

        A row whose record is not in the batch would be lost, or live on for ever.
        """
        places = self._ids.search_sorted(ids)
        strays = ids
        if len(self._ids):
            found = self._ids.gather(places.clip(upper_bound=len(self._ids) - 1))
            strays = ids.filter(ids != found)
        if len(strays):
            raise DataError(
                f"table {table.name}: {len(strays)} records have rows here, and are "
                "not in the batch themselves; one has "
                f"{table.root_key[1]} {strays.sort()[0]}"
            )
        return places


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
    return rows.hash_rows(seed=_seed(table)).reinterpret(signed=True)


def _seed(table: Table) -> int:
    columns = [f"{each.name} {each.kind.value}" for each in table.columns]
    text = "\n".join((f"polars {pl.__version__}", table.name, *columns))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
