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
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

import polars as pl

from shopify_assets.errors import DataError
from shopify_assets.postgres import ddl
from shopify_assets.postgres.copying import DTYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shopify_assets.catalog.tables import Table

_ID, _DIGEST = "id", "digest"


class Digests:
    """The digests of a batch's records, of which rows pass by.

    The rows of the children have to pass before those of the root.

    Attributes:
        rows: how many rows of each child table passed.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        self.rows: Counter[str] = Counter()
        self._root, *self._children = tables
        self._sums: dict[str, pl.DataFrame] = {}

    def noted(
        self, table: Table, frames: Iterable[pl.DataFrame]
    ) -> Iterator[pl.DataFrame]:
        """Pass the rows of a child table; remember their digests, if not yet known."""
        if table.name in self.rows:
            yield from frames
            return
        rows, sums = 0, [_no_sums(self._root)]
        for frame in frames:
            rows += frame.height
            sums.append(_sums(frame, table))
            yield frame
        self.rows[table.name] = rows
        self._sums[table.name] = _summed(pl.concat(sums))

    def added(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """Pass root rows, each with the digests of its record.

        Raises:
            DataError: at the end, if a child's root did not come.
        """
        with_children = [
            pl.col(each.name).fill_null(of_no_rows(each)) for each in self._children
        ]
        ids = [_no_sums(self._root)[_ID]]
        for frame in frames:
            own = {_ID: frame[self._root.key[1]], _DIGEST: _hashes(frame, self._root)}
            ids.append(own[_ID])
            found = pl.DataFrame(own).join(
                self._of_children, on=_ID, how="left", maintain_order="left"
            )
            # By way of an array: to concatenate lists takes thirty times as long.
            digests = found.select(pl.concat_arr(_DIGEST, *with_children).arr.to_list())
            yield frame.with_columns(digests.to_series().alias(ddl.DIGESTS))
        self._check_roots(pl.concat(ids))

    @cached_property
    def _of_children(self) -> pl.DataFrame:
        """A row for each record that has children, and a column for each table."""
        ids = _no_sums(self._root).select(_ID)
        for sums in self._sums.values():
            missing = sums.select(_ID).join(ids, on=_ID, how="anti")
            ids = pl.concat([ids, missing])
        columns = [ids[_ID]]
        for table in self._children:
            # Of a large batch they are tens of megabytes: they go as columns come.
            sums = self._sums.pop(table.name)
            found = ids.join(sums, on=_ID, how="left", maintain_order="left")
            columns.append(found[_DIGEST].alias(table.name))
        return pl.DataFrame(columns)

    def _check_roots(self, roots: pl.Series) -> None:
        """A row whose record is not in the batch would be lost, or live on for ever."""
        lost = self._of_children.filter(~pl.col(_ID).is_in(roots.implode())).sort(_ID)
        for table in self._children if lost.height else ():
            strays = lost.filter(pl.col(table.name).is_not_null())[_ID]
            if len(strays):
                raise DataError(
                    f"table {table.name}: {len(strays)} records have rows here, and "
                    "are not in the batch themselves; one has "
                    f"{table.root_key[1]} {strays[0]}"
                )


def of_no_rows(table: Table) -> int:
    """The digest of no rows: of each table another, lest one is taken for another."""
    return int.from_bytes(_seed(table).to_bytes(8), signed=True)


def _no_sums(root: Table) -> pl.DataFrame:
    kind = root.column(root.key[1]).kind
    return pl.DataFrame(schema={_ID: DTYPES[kind], _DIGEST: pl.Int64})


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
