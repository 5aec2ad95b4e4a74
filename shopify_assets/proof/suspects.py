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
from shopify_assets.proof.looks import Look, Looker, twice
from shopify_assets.proof.sample import settled_before
from shopify_assets.storage.extractions import Extractions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

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

    def judge(self, look: Look) -> None:
        """Take in a portion that was looked at."""
        self.ours |= set(look.unlike)
        compared = {key for keys in look.compared for key in keys}
        self.theirs |= compared - set(look.unlike)


def settle(subject: Subject, seen: Seen, roots: Collection[Any]) -> Settled:
    """Compare the rows of these records with what the shop says, or has said of them.

    Raises:
        ShopUnavailable, Unavailable, ApiError, DataError: as any extraction by ids.
    """
    settled = Settled()
    _ask_the_shop(subject, seen, roots, settled)
    left = set(roots) - settled.theirs - settled.ours
    if left:
        _ask_the_lake(Looker(subject, seen), left, settled)
    return settled


def _ask_the_shop(
    subject: Subject, seen: Seen, roots: Collection[Any], settled: Settled
) -> None:
    if subject.is_snapshot or subject.compiled.queries.by_ids is None:
        return
    chosen = seen.swept.records.filter(pl.col(ID).is_in(list(roots)))
    due = chosen.filter(pl.col(CHANGED) < settled_before(subject, seen))
    looker = Looker(subject, seen)
    limit = subject.client.points_spent + MOST_POINTS
    for portion in _portions(due[ID].sort(), PORTION):
        if subject.client.points_spent >= limit:
            return
        look = twice(looker.by_ids, looker.by_ids, portion)
        settled.judge(look)
        settled.by_shop += look.records


def _ask_the_lake(looker: Looker, left: set[Any], settled: Settled) -> None:
    """Compare with the newest loaded extraction that holds each record."""
    try:
        for reader in _newest_first(looker.subject):
            held = reader.root_ids.filter(reader.root_ids.is_in(list(left)))
            for portion in _portions(held.sort(), LAKE_PORTION):
                settled.judge(looker.compared(reader, portion))
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


def _portions(keys: pl.Series, size: int) -> Iterator[pl.Series]:
    for first in range(0, len(keys), size):
        yield keys[first : first + size]
