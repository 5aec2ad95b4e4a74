"""Numbers keep their value and lose only the decimals nobody wrote."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.postgres.scales import narrowed

WIDE = pl.Decimal(38, 18)


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        (["12.5", "0", None], 2),
        (["1250"], 2),
        (["0.125"], 3),
        (["0.0887"], 4),
        (["0.08875"], 6),
        (["1.00", "0.000000000000000001"], 18),
        ([None], 2),
    ],
)
def test_a_column_gets_the_smallest_scale_that_fits(
    values: list[str | None], scale: int
) -> None:
    column = pl.Series("a", values, dtype=pl.String).cast(WIDE)

    fitted = narrowed(column.to_frame())["a"]

    assert fitted.dtype == pl.Decimal(38, scale)
    assert fitted.cast(WIDE).equals(column)


@given(st.lists(st.decimals(min_value=-(10**15), max_value=10**15, places=18)))
def test_no_value_changes(values: list[Decimal]) -> None:
    frame = pl.DataFrame({"a": pl.Series(values, dtype=WIDE), "b": ["x"] * len(values)})

    assert narrowed(frame).with_columns(pl.col("a").cast(WIDE)).equals(frame)
