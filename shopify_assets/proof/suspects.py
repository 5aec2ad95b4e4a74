"""Records that contradict themselves: whether they do so at the shop, too.

Charter: comparing the whole rows of any number of records, a portion at a time, with
what the shop says now; and where that cannot be (it changed since, it is gone, the
points are spent) with what it said when the record was last extracted, as it lies in
the lake. The shop comes first, for it alone tells rows that were lost on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from shopify_assets.errors import DataError
from shopify_assets.normalize.files import TableReader
from shopify_assets.proof.ids import CHANGED, ID
from shopify_assets.proof.sample import (
    Fetched,
    differences,
    rows_of,
    settled_before,
)
from shopify_assets.storage.extractions import Extractions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from shopify_assets.proof.subject import Seen, Subject
    from shopify_assets.storage.manifests import Manifest

# Records whose rows are in memory at a time: the shop is asked for few, the lake is
# read as a whole for each portion.
PORTION = 250
LAKE_PORTION = 2_000
# Points of one proof: some 15,000 orders. All others are compared with the lake.
MOST_POINTS = 5_000


@dataclass
class Settled:
    """What became of suspects, by the keys of their root records.

    Attributes:
        theirs: their rows are as the shop gives them: they are the shop's.
        ours: their rows are not.
        by_shop: how many were compared with the shop.
        by_lake: how many with what was extracted last.
        unknown: those that could be compared with neither.
        why: why not; empty if there are none.
    """

    theirs: set[Any] = field(default_factory=set)
    ours: set[Any] = field(default_factory=set)
    by_shop: int = 0
    by_lake: int = 0
    unknown: set[Any] = field(default_factory=set)
    why: str = ""

    def judge(self, compared: Collection[Any], unlike: Collection[Any]) -> None:
        """Take in a portion, and which of it differ."""
        self.ours |= set(unlike)
        self.theirs |= set(compared) - set(unlike)


def settle(subject: Subject, seen: Seen, roots: Collection[Any]) -> Settled:
    """Compare the rows of these records with what the shop says, or has said of them.

    Raises:
        ShopUnavailable, Unavailable, ApiError, DataError: as any extraction by ids.
    """
    settled = Settled()
    _ask_the_shop(subject, seen, roots, settled)
    left = set(roots) - settled.theirs - settled.ours
    if left:
        _ask_the_lake(subject, left, settled)
    return settled


def _ask_the_shop(
    subject: Subject, seen: Seen, roots: Collection[Any], settled: Settled
) -> None:
    if subject.is_snapshot or subject.compiled.queries.by_ids is None:
        return
    chosen = seen.swept.records.filter(pl.col(ID).is_in(list(roots)))
    due = chosen.filter(pl.col(CHANGED) < settled_before(subject, seen))
    limit = subject.client.points_spent + MOST_POINTS
    for portion in _portions(sorted(due[ID]), PORTION):
        if subject.client.points_spent >= limit:
            return
        fetched = Fetched.of(subject, seen, portion)
        unlike = {each.root for each in fetched.differences(subject)}
        if unlike:
            # Once more: a record may have changed between the two looks.
            again = Fetched.of(subject, seen, sorted(unlike))
            unlike &= {each.root for each in again.differences(subject)}
        settled.judge(fetched.settled, unlike)
        settled.by_shop += len(fetched.settled)


def _ask_the_lake(subject: Subject, left: set[Any], settled: Settled) -> None:
    """Compare with the newest loaded extraction that holds each record."""
    tables = subject.compiled.tables
    try:
        for reader in _newest_first(subject):
            held = reader.root_ids.filter(reader.root_ids.is_in(list(left)))
            for portion in _portions(sorted(held), LAKE_PORTION):
                rows = rows_of(reader, tables, portion)
                unlike = {each.root for each in differences(subject, rows, portion)}
                settled.judge(portion, unlike)
                settled.by_lake += len(portion)
                left -= set(portion)
            if not left:
                return
        settled.why = "the lake holds no extraction of them"
    except DataError as error:
        # An older extraction may hold an older state: it would tell nothing.
        settled.why = str(error)
    settled.unknown |= left


def _newest_first(subject: Subject) -> Iterator[TableReader]:
    store = subject.context.store
    loaded = Extractions(store).loaded(subject.compiled.name, subject.shop)

    def made(manifest: Manifest) -> Any:
        return manifest.plan.created_at

    for manifest in sorted(loaded, key=made, reverse=True):
        yield TableReader(store, manifest.extraction, subject.compiled.tables)


def _portions(keys: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for first in range(0, len(keys), size):
        yield keys[first : first + size]
