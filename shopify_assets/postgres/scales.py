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
    wide = frame.select(cs.decimal()).columns
    fitting: list[pl.Expr] = []
    for scale in SCALES[:-1]:
        if not wide:
            break
        # One query for all columns: a query costs as much as some thousand values.
        lossless = (pl.col(wide).round(scale) == pl.col(wide)).all()
        fits = frame.select(lossless).row(0, named=True)
        fitting += [
            pl.col(name).cast(pl.Decimal(38, scale)) for name in wide if fits[name]
        ]
        wide = [name for name in wide if not fits[name]]
    return frame.with_columns(fitting)
