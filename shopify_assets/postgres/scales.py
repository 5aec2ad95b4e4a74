"""The scale numbers are stored with: as many decimals as their values need.

Charter: exact narrowing of decimals before they travel. PostgreSQL keeps and shows the
scale it is given: 12.5 sent with eighteen decimals is read as 12.500000000000000000 for
ever after.
"""

from __future__ import annotations

import polars as pl

# Cents, the three decimals of some currencies, rates; the last holds everything.
SCALES = (2, 3, 4, 6, 9, 18)


def narrowed(frame: pl.DataFrame) -> pl.DataFrame:
    """Give each decimal column the smallest of `SCALES` that loses nothing."""
    wide = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Decimal)]
    fitting: dict[str, pl.Series] = {}
    for scale in SCALES[:-1]:
        if not wide:
            break
        # One query for all columns: a query costs as much as some thousand values.
        narrow = frame.select(pl.col(wide).cast(pl.Decimal(38, scale)))
        fitting |= {
            each.name: each for each in narrow if (each == frame[each.name]).all()
        }
        wide = [name for name in wide if name not in fitting]
    return pl.DataFrame([fitting.get(each.name, each) for each in frame])
