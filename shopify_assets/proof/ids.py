"""The shop's ids against the table's: what is missing, older, or too much.

Charter: pure comparison of two frames. A frame has a row per record: `id` (as the root
table's key has it), and where the stream has them `changed` (its version) and `made`;
the shop's has the global id `gid`, the table's has `extracted`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from shopify_assets.clocks import NEAR
from shopify_assets.proof.moments import EPOCH
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator

ID, GID, CHANGED, MADE, EXTRACTED = "id", "gid", "changed", "made", "extracted"

# Shopify's servers differ by seconds in what time it is.
SKEW = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Due:
    """From when to when a record must be in the table.

    Attributes:
        begin: what changed before was never asked for; None: all was.
        end: what changed (of a snapshot: was made) from here on may come later still.
        swept: when the sweep began; a row extracted later, or at about that time, is
            not judged by it.
        visible: what was made before is hidden from the app; None: nothing is.
        snapshot: whether the table is replaced as a whole.
    """

    begin: datetime | None
    end: datetime
    swept: datetime
    visible: datetime | None = None
    snapshot: bool = False


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What a comparison found, a frame of records each.

    Attributes:
        missing: in the shop, due, and not in the table.
        stale: in both, but the shop's version is newer, and due.
        surplus: in the table, and not in the shop's list.
        late: as missing, but the next look back will bring it; see `late.apart`.
        young: in the shop, not in the table, and not due.
        undecided: in the shop and not in the table, and nothing tells since when.
        hidden: in the table, not in the list, and too old for the app to see.
    """

    missing: pl.DataFrame
    stale: pl.DataFrame
    surplus: pl.DataFrame
    late: pl.DataFrame
    young: pl.DataFrame
    undecided: pl.DataFrame
    hidden: pl.DataFrame


def compare(source: pl.DataFrame, stored: pl.DataFrame, due: Due) -> Compared:
    """Compare the shop's ids with the table's."""
    absent = source.join(stored, on=ID, how="anti")
    missing, young = _absent(absent, stored, due)
    listed = stored.join(source, on=ID, how="anti")
    listed = listed.filter(pl.col(EXTRACTED) < due.swept - SKEW)
    hidden = _is_hidden(listed, due)
    told = _moment(absent, due) is not None
    return Compared(
        missing=missing if told else absent.clear(),
        stale=_stale(source, stored, due),
        surplus=listed.filter(~hidden),
        late=absent.clear(),
        young=young,
        undecided=absent.clear() if told else missing,
        hidden=listed.filter(hidden),
    )


def _absent(
    absent: pl.DataFrame, stored: pl.DataFrame, due: Due
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part what is absent into what is (or may be) due, and what is not."""
    moment = _moment(absent, due)
    greatest = _greatest_id(stored)
    if moment is not None:
        since = pl.lit(value=True) if due.begin is None else moment >= due.begin
        is_due = (since & (moment < due.end)).fill_null(value=True)
    elif greatest is not None:
        # Ids grow: one greater than all that is stored was made since.
        is_due = pl.col(ID) <= greatest
    else:
        is_due = pl.lit(value=True)
    return absent.filter(is_due), absent.filter(~is_due)


def _moment(absent: pl.DataFrame, due: Due) -> pl.Expr | None:
    """Since when a record should have been there; None if nothing tells."""
    names = [MADE, CHANGED] if due.snapshot else [CHANGED]
    told = [pl.col(each) for each in names if each in absent.columns]
    return pl.coalesce(told) if told else None


def _greatest_id(stored: pl.DataFrame) -> int | None:
    if stored.schema[ID] != pl.Int64:
        return None
    found = stored[ID].max()
    return found if isinstance(found, int) and found >= 0 else None


def _stale(source: pl.DataFrame, stored: pl.DataFrame, due: Due) -> pl.DataFrame:
    if CHANGED not in source.columns or CHANGED not in stored.columns:
        return source.clear()
    known = stored.select(ID, pl.col(CHANGED).alias("known"))
    both = source.join(known, on=ID, how="inner")
    # What is stored as of a time to come is no newer state.
    to_come = pl.col("known") > due.swept + NEAR
    older = (pl.col(CHANGED) > pl.col("known")) | (
        pl.col(CHANGED) < due.swept
    ) & to_come
    older &= pl.col(CHANGED) < due.end
    return both.filter(older).drop("known")


def _is_hidden(listed: pl.DataFrame, due: Due) -> pl.Expr:
    told = [pl.col(each) for each in (MADE, CHANGED) if each in listed.columns]
    if due.visible is None or not told:
        return pl.lit(value=False)
    return pl.coalesce(told) < due.visible


def distinct(frame: pl.DataFrame) -> pl.DataFrame:
    """Each record once, in its newest state: pages may give one twice."""
    if CHANGED in frame.columns:
        frame = frame.sort(CHANGED, nulls_last=False, maintain_order=True)
    return frame.unique(ID, keep="last", maintain_order=True)


@dataclass(frozen=True)
class Day:
    """Records of one day of the replication key; no window if that is not known.

    Or if it is beyond the year 9999.
    """

    window: Window | None
    records: pl.DataFrame


def by_day(records: pl.DataFrame) -> Iterator[Day]:
    """Group records by the day they changed (or else were made), in time's order."""
    moment = next((each for each in (CHANGED, MADE) if each in records.columns), None)
    if records.is_empty():
        return
    if moment is None:
        yield Day(None, records)
        return
    # As a number: Polars fails to hand out dates that Python's own type cannot hold.
    day = pl.col(moment).dt.date().to_physical()
    dated = records.with_columns(day=day).sort("day", ID)
    for (number,), group in dated.group_by("day", maintain_order=True):
        window = None if number is None else _window_of(number)
        yield Day(window, group.drop("day"))


def _window_of(day: int) -> Window | None:
    """The window of a day, counted from 1970; None beyond what windows can hold."""
    try:
        start = EPOCH + timedelta(days=day)
        return Window(start, start + timedelta(days=1))
    except OverflowError:
        return None
