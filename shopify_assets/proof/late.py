"""Records that appeared after their time, and which the next look back will bring.

Charter: pure. Of what is missing, what is late and not yet due is told apart from what
was there when its time was read last, and so is a gap. The looks themselves are
decided in `catalog.lookback`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from shopify_assets.catalog.lookback import PATIENCE, Look, last_look, schedule
from shopify_assets.proof.ids import CHANGED, EXTRACTED, ID

if TYPE_CHECKING:
    from datetime import datetime

    from shopify_assets.catalog.lookback import Books
    from shopify_assets.catalog.stream import Incremental
    from shopify_assets.proof.ids import Compared

_TYPE, _NUMBER = "_type", "_number"


@dataclass(frozen=True)
class Looked:
    """A stretch of time before the watermark that was read within the last day.

    Attributes:
        since: the replication key from which on it was read.
        at: when; what appeared afterwards comes with the next look.
    """

    since: datetime
    at: datetime

    @property
    def next(self) -> datetime:
        """By when the next look is to be made."""
        return self.at + PATIENCE


def looked(
    incremental: Incremental, books: Books, *, now: datetime
) -> tuple[Looked, ...]:
    """A stream's looks that are not overdue, the nearest first.

    Nothing comes late to a stream that advances by a time of change.
    """
    looks = schedule(incremental) if incremental.is_in_the_world else ()
    # The watermark goes on until the next look: the widest one loses what is oldest.
    reach = [*looks[:-1], *(Look(each.back - PATIENCE) for each in looks[-1:])]
    times = (last_look(each, books) for each in looks)
    made = zip(map(books.window, reach), times, strict=True)
    return tuple(
        Looked(window.start, at)
        for window, at in made
        if window is not None and at is not None and now - at < PATIENCE
    )


def apart(
    compared: Compared, stored: pl.DataFrame, looks: tuple[Looked, ...]
) -> Compared:
    """Set what is late apart from what is missing.

    Late is a record that was made after its time was read last. Ids grow: one greater
    than all of its type that had been extracted by then was made since. An id that
    ends in no number tells nothing: its record is not late.

    Args:
        compared: the comparison.
        stored: the table's records.
        looks: the nearest first; a record is judged by the first that read its time.
    """
    missing = compared.missing
    if not looks or CHANGED not in missing.columns:
        return compared
    late = _are_late(missing, stored, looks)
    return replace(compared, missing=missing.filter(~late), late=missing.filter(late))


def _are_late(
    missing: pl.DataFrame, stored: pl.DataFrame, looks: tuple[Looked, ...]
) -> pl.Series:
    late = pl.lit(value=False)
    numbered = missing.with_columns(_type_and_number())
    known = stored.with_columns(_type_and_number())
    for place, each in reversed(list(enumerate(looks))):
        greatest = f"greatest_{place}"
        then = known.filter(pl.col(EXTRACTED) <= each.at).group_by(_TYPE)
        highest = then.agg(pl.col(_NUMBER).max().alias(greatest))
        numbered = numbered.join(highest, on=_TYPE, how="left", maintain_order="left")
        newer = pl.col(_NUMBER) > pl.col(greatest).fill_null(0)
        late = pl.when(pl.col(CHANGED) >= each.since).then(newer).otherwise(late)
    return numbered.select(late.fill_null(value=False).alias("late"))["late"]


def _type_and_number() -> list[pl.Expr]:
    """The number an id is, and what stands before it: of global ids the type.

    A stand-in is no number, nor is what comes after a `?`.
    """
    text = pl.col(ID).cast(pl.String)
    number = text.str.extract(r"(?:^|/)(\d+)$").cast(pl.UInt64, strict=False)
    return [
        text.str.replace(r"\d+$", "").alias(_TYPE),
        number.alias(_NUMBER),
    ]
