"""Where an incremental run begins: behind what is loaded, and never behind a gap."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from shopify_assets.pipeline import going_on
from shopify_assets.windows import Window

BEGIN = date(2024, 3, 1)


def at(month: int, day: int = 1, *, year: int = 2026, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


NOVEMBER = Window(at(11), at(12))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        # Nothing was ever loaded: the whole history, not only the month asked for.
        (None, Window(at(3, year=2024), at(12))),
        # Half an hour of overlap, for Shopify's index lags.
        (at(11, 20), Window(datetime(2026, 11, 19, 23, 30, tzinfo=UTC), at(12))),
        # Months of silence are caught up with.
        (at(8), Window(datetime(2026, 7, 31, 23, 30, tzinfo=UTC), at(12))),
        # A month that was loaded long ago is done over as it is.
        (at(2, year=2027), NOVEMBER),
    ],
)
def test_a_run_goes_on_where_the_last_one_ended(
    known: datetime | None, expected: Window
) -> None:
    assert going_on(NOVEMBER, known, begin=BEGIN) == expected


def test_a_month_done_over_is_whole_though_a_look_would_begin_within_it() -> None:
    wide = timedelta(days=36)
    assert going_on(NOVEMBER, at(12, 20), begin=BEGIN, overlap=wide) == NOVEMBER
    reached = going_on(NOVEMBER, at(11, 20), begin=BEGIN, overlap=wide)
    assert reached == Window(at(11, 20) - wide, at(12))
