"""What the checks find in rows that should not be as they are, and that only."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.tables import SHOP_COLUMN, Column, Table
from shopify_assets.findings import Finding
from shopify_assets.quality import RowFault, inspect, rows_at_fault

THINGS = Table(
    name="things",
    stream="things",
    columns=(SHOP_COLUMN, Column("id", Kind.BIGINT, nullable=False)),
    key=("shop", "id"),
    root_key=("shop", "id"),
    parent=None,
    parent_key=(),
    version=None,
    marker="_things",
)
NOTES = Table(
    name="thing_notes",
    stream="things",
    columns=(
        SHOP_COLUMN,
        Column("thing_id", Kind.BIGINT, nullable=False),
        Column("position", Kind.INTEGER, nullable=False),
        Column("text", Kind.TEXT, nullable=False),
    ),
    key=("shop", "thing_id", "position"),
    root_key=("shop", "thing_id"),
    parent="things",
    parent_key=("shop", "thing_id"),
    version=None,
    marker="_thing_notes",
)

REPEATED_THING = Finding(
    "unique_keys", "things", 1, "table things: 1 rows repeat a key (shop, id)"
)
REPEATED_NOTE = Finding(
    "unique_keys",
    "thing_notes",
    2,
    "table thing_notes: 2 rows repeat a key (shop, thing_id, position)",
)
ORPHANS = Finding(
    "parents_exist",
    "thing_notes",
    2,
    "table thing_notes: 2 rows have no parent in things",
)
NULL = Finding(
    "not_null",
    "thing_notes",
    1,
    "table thing_notes: 1 nulls in text, declared non-null",
)


def note(thing: int, position: int, text: str | None = "a") -> dict[str, Any]:
    return {"thing_id": thing, "position": position, "text": text}


@pytest.mark.parametrize(
    ("things", "notes", "found"),
    [
        ([], [], []),
        ([1, 2], [], []),
        ([1, 2], [note(1, 0), note(1, 1), note(2, 0)], []),
        ([1, 2, 1], [note(1, 0)], [REPEATED_THING]),
        ([1], [note(1, 0), note(1, 0), note(1, 0)], [REPEATED_NOTE]),
        ([1], [note(2, 0), note(1, 0), note(3, 0)], [ORPHANS]),
        ([], [note(2, 0), note(1, 0)], [ORPHANS]),
        ([1], [note(1, 0, None)], [NULL]),
    ],
)
def test_rows_are_found_that_repeat_a_key_lack_a_parent_or_hold_a_null(
    things: list[int], notes: list[dict[str, Any]], found: list[Finding]
) -> None:
    frames = {
        "things": pl.DataFrame({"id": things}, schema={"id": pl.Int64}),
        "thing_notes": pl.DataFrame(
            notes,
            schema={"thing_id": pl.Int64, "position": pl.Int32, "text": pl.String},
        ),
    }

    def one_row_at_a_time(table: Table) -> list[pl.DataFrame]:
        return list(frames[table.name].with_columns(shop=pl.lit("x")).iter_slices(1))

    assert list(inspect((THINGS, NOTES), one_row_at_a_time)) == found


@pytest.mark.parametrize(
    ("things", "notes", "found"),
    [
        ([1, 2, 1], [note(1, 0)], []),
        ([1], [note(1, 0), note(1, 0), note(1, 0)], []),
        (
            [1],
            [note(1, 0), note(1, 0, "b")],
            [
                RowFault(
                    "thing_notes",
                    1,
                    "rows with one key (thing_id 1, position 0) differ",
                )
            ],
        ),
        (
            [1],
            [note(2, 0), note(2, 1), note(1, 0)],
            [RowFault("thing_notes", 2, "its parent in things is missing (thing_id 2)")]
            * 2,
        ),
    ],
    ids=["a root twice", "a note thrice", "two notes of one key", "without a parent"],
)
def test_the_roots_of_rows_at_fault_are_named(
    things: list[int], notes: list[dict[str, Any]], found: list[RowFault]
) -> None:
    """Rows that are alike in everything are one row told twice."""
    frames = {
        "things": pl.DataFrame({"id": things}, schema={"id": pl.Int64}),
        "thing_notes": pl.DataFrame(
            notes,
            schema={"thing_id": pl.Int64, "position": pl.Int32, "text": pl.String},
        ),
    }

    def one_row_at_a_time(table: Table) -> list[pl.DataFrame]:
        return list(frames[table.name].with_columns(shop=pl.lit("x")).iter_slices(1))

    tables = (THINGS, NOTES)
    findings = list(inspect(tables, one_row_at_a_time))
    assert findings
    assert list(rows_at_fault(tables, findings, one_row_at_a_time)) == found
