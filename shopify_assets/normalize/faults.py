"""Which values of columns cannot be kept: found only once something is wrong.

Charter: from columns and decoded values, of which at least one was refused, to all the
rows at fault and their reasons. What each kind takes is `values`' business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shopify_assets.catalog.tables import Column
from shopify_assets.normalize.values import UnreadableError, typed

Faults = Mapping[int, tuple[str, str]]
"""A column and a reason, by row."""

# Values read at once around a fault; twice as many after each time all is well.
_FEWEST = 64


def faults(
    columns: Sequence[Column],
    values: Sequence[Sequence[Any]],
    *,
    required: Sequence[Column],
) -> Faults:
    """Return the rows at fault, each with the first of its columns that is.

    Args:
        columns: the columns.
        values: the decoded values of each.
        required: those columns that must not be null.
    """
    found: dict[int, tuple[str, str]] = {}
    for column, of_column in zip(columns, values, strict=True):
        for row, reason in _unreadable(column, of_column):
            found.setdefault(row, (column.name, reason))
        if column in required:
            # JSON columns hold text: what is null there shows once it is typed.
            for row, reason in _absent(column, of_column, without=found):
                found.setdefault(row, (column.name, reason))
    return found


def _unreadable(column: Column, values: Sequence[Any]) -> Iterator[tuple[int, str]]:
    first, count = 0, _FEWEST
    while first < len(values):
        try:
            typed([column], [values[first : first + count]])
        except UnreadableError as error:
            yield first + error.row, f"{error}".removeprefix(f"column {column.name}: ")
            first, count = first + error.row + 1, _FEWEST
        else:
            first, count = first + count, count * 2


def _absent(
    column: Column, values: Sequence[Any], *, without: Mapping[int, object]
) -> Iterator[tuple[int, str]]:
    rows = [row for row in range(len(values)) if row not in without]
    series = typed([column], [[values[row] for row in rows]])[column.name]
    for place in series.is_null().arg_true():
        yield rows[place], "null, and declared non-null"
