"""The scale numbers are stored with: as many decimals as their values need.

Charter: exact narrowing of decimals before they travel. PostgreSQL keeps and shows the
scale it is given: 12.5 sent with eighteen decimals is read as 12.500000000000000000 for
ever after.
"""

from __future__ import annotations

import polars as pl
import polars.selectors as cs

# Cents, the three decimals of some currencies, rates; the last holds everything.
SCALES = (2, 3, 4, 6, 9, 18)


def narrowed(frame: pl.DataFrame) -> pl.DataFrame:
    """Give each decimal column the smallest of `SCALES` that loses nothing."""
    decimals = frame.select(cs.decimal())
    fitting = [_narrowed(each) for each in decimals]
    return frame.with_columns(fitting)


def _narrowed(series: pl.Series) -> pl.Series:
    for scale in SCALES[:-1]:
        if (series.round(scale) == series).all():
            return series.cast(pl.Decimal(38, scale))
    return series
