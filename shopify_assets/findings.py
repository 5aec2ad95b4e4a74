"""What is wrong with rows, as plain values.

Charter: findings, for whoever makes, shows or judges them. Looking at rows takes Polars
and is `quality`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Finding:
    """Rows that are not as they should be.

    Attributes:
        check: the check's name.
        table: the table.
        rows: how many rows are concerned.
        detail: thing, value and remedy, for people.
        examples: some of the rows, each by file, line and record.
    """

    check: str
    table: str
    rows: int
    detail: str
    examples: tuple[str, ...] = ()


def compare(check: str, table: str, *, expected: int, found: int) -> Iterator[Finding]:
    """Find a number of rows that is not the one promised."""
    if expected != found:
        detail = f"table {table}: {expected:,} rows expected, {found:,} found"
        yield Finding(check, table, abs(expected - found), detail)
