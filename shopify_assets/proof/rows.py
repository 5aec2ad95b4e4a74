"""Rows against rows: which are missing, too many, or differ, and in which column.

Charter: pure comparison of two sets of rows of one table, as Python values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from shopify_assets.catalog.tables import Table

Row = tuple[Any, ...]
# Values that a difference shows; all others only lie in the tables.
_SHOWN = (bool, int, float, Decimal, date)
_LONGEST = 80  # characters of a number that are shown


@dataclass(frozen=True)
class Difference:
    """One row that is not as it should be.

    Attributes:
        table: the table.
        root: what identifies its root record in the root table.
        key: the row's key, the shop aside.
        what: in words: `missing`, `too many`, or the columns that differ.
    """

    table: str
    root: Any
    key: Row
    what: str

    def __str__(self) -> str:
        """Table, key and what is wrong."""
        key = ", ".join(map(str, self.key))
        return f"{self.table} ({key}): {self.what}"


def compare(
    table: Table, *, expected: Iterable[Row], stored: Iterable[Row]
) -> tuple[Difference, ...]:
    """Compare the rows of a table, by key; values in the order of its columns."""
    names = [each.name for each in table.columns]
    places = _Places(
        key=tuple(names.index(each) for each in table.key[1:]),
        root=names.index(table.root_key[1]),
    )
    wanted, found = _by_key(expected, places), _by_key(stored, places)
    return tuple(_differences(table.name, names, places, wanted=wanted, found=found))


@dataclass(frozen=True)
class _Places:
    key: tuple[int, ...]
    root: int


def _by_key(rows: Iterable[Row], places: _Places) -> dict[Row, Row]:
    return {tuple(row[place] for place in places.key): row for row in rows}


def _differences(
    table: str,
    names: list[str],
    places: _Places,
    *,
    wanted: Mapping[Row, Row],
    found: Mapping[Row, Row],
) -> Iterator[Difference]:
    for key, row in wanted.items():
        other = found.get(key)
        if other is None:
            yield Difference(table, row[places.root], key, "missing")
        elif row != other and (told := _columns(names, row, other)):
            yield Difference(table, row[places.root], key, told)
    for key, row in found.items():
        if key not in wanted:
            yield Difference(table, row[places.root], key, "too many")


def _columns(names: list[str], row: Row, other: Row) -> str:
    differing = (
        _told(name, is_, should)
        for name, should, is_ in zip(names, row, other, strict=True)
        if should != is_ and not (_is_nan(should) and _is_nan(is_))
    )
    return "; ".join(differing)


def _is_nan(value: Any) -> bool:
    """Python's NaN is unlike itself; PostgreSQL's is not."""
    return isinstance(value, Decimal) and value.is_nan()


def _told(name: str, is_: Any, should: Any) -> str:
    """What differs; texts are not quoted, for they may be about people."""
    if not all(isinstance(each, _SHOWN) or each is None for each in (is_, should)):
        return f"{name} differs"
    return f"{name} is {_shown(is_)}, should be {_shown(should)}"


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        # Not `normalize`, which rounds.
        whole, point, decimals = f"{value:f}".partition(".")
        text = (whole + point + decimals.rstrip("0")).removesuffix(".")
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return "null" if value is None else str(value)
