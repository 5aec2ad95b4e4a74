"""What normalising an extraction comes to.

Charter: its figures, for whoever shows or judges them; no Polars.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shopify_assets.findings import Finding
    from shopify_assets.normalize.aside import SetAside


@dataclass(frozen=True)
class Normalized:
    """The tables of one extraction, and what is wrong with them.

    Attributes:
        records: rows of the table that holds the stream's own records.
        rows: rows by table.
        cleaned: values that held characters PostgreSQL cannot, and were mended.
        seconds: wall time.
        findings: what the checks found.
        aside: the records that are left out, and why.
    """

    records: int
    rows: Mapping[str, int]
    cleaned: int
    seconds: float
    findings: tuple[Finding, ...]
    aside: tuple[SetAside, ...] = ()

    def __str__(self) -> str:
        """How many rows and tables, and how many records are set aside, with one."""
        tables = sum(count > 0 for count in self.rows.values())
        told = f"{sum(self.rows.values()):,} rows in {tables} tables"
        if not self.aside:
            return told
        first = self.aside[0].brief
        return f"{told}; {len(self.aside):,} records set aside, such as {first}"
