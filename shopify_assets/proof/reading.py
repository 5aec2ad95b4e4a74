"""Whole rows of chosen records, as the lake has them, against those stored.

Charter: rows of an extraction's tables as Python values, such as the driver gives them,
and their comparison with the warehouse's. Which records, and why, is `sample`'s and
`lake`'s business.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from shopify_assets.catalog.scalars import Kind as ColumnKind
from shopify_assets.proof import warehouse
from shopify_assets.proof.moments import CalendarDate, Instant
from shopify_assets.proof.rows import Difference, Row, compare

if TYPE_CHECKING:
    import psycopg

    from shopify_assets.catalog.tables import Table
    from shopify_assets.normalize.files import TableReader

Rows = dict[str, list[Row]]


def rows_of(reader: TableReader, tables: Iterable[Table], ids: Sequence[Any]) -> Rows:
    """The rows of chosen records, by table, as Python values."""
    rows: Rows = defaultdict(list)
    for table in tables:
        names = [each.name for each in table.columns]
        wanted = pl.col(table.root_key[1]).is_in(list(ids))
        moments = pl.col(pl.Datetime, pl.Date).to_physical()
        readers = _readers(table)
        for frame in reader.frames(table):
            found = frame.filter(wanted).select(names).with_columns(moments)
            rows[table.name] += [_read(row, readers) for row in found.rows()]
    return {table.name: rows[table.name] for table in tables}


# From what frames give to what the driver gives of the same column.
_READERS: Mapping[ColumnKind, Callable[[Any], Any]] = {
    ColumnKind.JSONB: json.loads,
    ColumnKind.NUMERIC: Decimal,
    ColumnKind.TIMESTAMPTZ: Instant,
    ColumnKind.DATE: CalendarDate,
}


def _readers(table: Table) -> dict[int, Callable[[Any], Any]]:
    return {
        place: _READERS[each.kind]
        for place, each in enumerate(table.columns)
        if each.kind in _READERS
    }


def _read(row: Row, readers: Mapping[int, Callable[[Any], Any]]) -> Row:
    values = list(row)
    for place, read in readers.items():
        if values[place] is not None:
            values[place] = read(values[place])
    return tuple(values)


def differences(
    connection: psycopg.Connection,
    tables: Iterable[Table],
    rows: Rows,
    ids: Sequence[Any],
    *,
    shop: str,
) -> list[Difference]:
    """Compare rows with those that are stored of the records `ids`."""
    differing: list[Difference] = []
    within = set(ids)
    for table in tables:
        stored = warehouse.rows_of_roots(connection, table, shop=shop, ids=ids)
        place = [each.name for each in table.columns].index(table.root_key[1])
        expected = [row for row in rows.get(table.name, ()) if row[place] in within]
        differing += compare(table, expected=expected, stored=stored)
    return differing
