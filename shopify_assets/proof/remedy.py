"""What to do about gaps: windows, ids, a snapshot, tombstones.

Charter: a pure decision. What is done by it lies in `repair`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.proof.verdicts import Gap, Trouble
from shopify_assets.windows import Window, merge_contiguous

if TYPE_CHECKING:
    from collections.abc import Iterator

# More records than this are read again by their days, in bulk if need be.
MOST_IDS = 2_000

_BY_WINDOW = frozenset({Trouble.NEVER_LOADED, Trouble.SKIPPED, Trouble.FILE})
_BY_ID = frozenset(
    {
        Trouble.MISSING,
        Trouble.STALE,
        Trouble.DIFFERENT,
        Trouble.SUM,
        Trouble.ALTERED,
    }
)


@dataclass(frozen=True, kw_only=True)
class Means:
    """What can be done for a stream.

    Attributes:
        snapshot: it is read whole; a new snapshot mends everything.
        ids: its records can be asked for by id.
        living: how many records the table holds, for the guard.
        most_deleted: fraction of them that may be marked as deleted at once.
    """

    snapshot: bool
    ids: bool
    living: int
    most_deleted: float


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """What is to be done.

    Attributes:
        snapshot: take a new one.
        windows: to be extracted again, whole.
        counted: windows in which only the counts differ: to be extracted again if the
            shop lists anything there that is not stored.
        ids: records to be fetched again.
        deleted: records to be marked as deleted.
        refused: why something is not done; empty if all is.
    """

    snapshot: bool = False
    windows: tuple[Window, ...] = ()
    counted: tuple[Window, ...] = ()
    ids: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    refused: str = ""

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is to be done."""
        return self == Remedy(refused=self.refused)


def remedy(gaps: Iterable[Gap], means: Means) -> Remedy:
    """Decide what mends these gaps at the least expense."""
    found = [each for each in gaps if not each.explained]
    if means.snapshot:
        return Remedy(snapshot=bool(found))
    windows = list(_windows(found, means))
    deleted = _ids(each for each in found if each.trouble is Trouble.DELETED)
    refused = _refusal(deleted, means)
    return Remedy(
        windows=merge_contiguous(windows),
        counted=_counted(found, within=windows),
        ids=_ids(_by_id(found, means, within=windows)),
        deleted=() if refused else deleted,
        refused=refused,
    )


def _windows(gaps: list[Gap], means: Means) -> Iterator[Window]:
    by_id = [each for each in gaps if each.trouble in _BY_ID]
    many = sum(len(each.ids) for each in by_id) > MOST_IDS
    for each in gaps:
        dated = each.trouble in _BY_ID and (many or not means.ids)
        if each.window is not None and (each.trouble in _BY_WINDOW or dated):
            yield each.window


def _counted(gaps: list[Gap], *, within: list[Window]) -> tuple[Window, ...]:
    covered = merge_contiguous(within)
    differing = [each.window for each in gaps if each.trouble is Trouble.COUNT]
    windows = [each for each in differing if each and not _is_within(each, covered)]
    return merge_contiguous(windows)


def _by_id(gaps: list[Gap], means: Means, *, within: list[Window]) -> Iterator[Gap]:
    """Gaps to be mended by id: those that no window of the remedy mends already."""
    if not means.ids:
        return
    covered = merge_contiguous(within)
    for each in gaps:
        of_ids = each.trouble in _BY_ID or (each.trouble is Trouble.FILE and each.ids)
        if of_ids and not _is_within(each.window, covered):
            yield each


def _is_within(window: Window | None, covered: tuple[Window, ...]) -> bool:
    if window is None:
        return False
    return any(
        each.start <= window.start and window.end <= each.end for each in covered
    )


def _ids(gaps: Iterable[Gap]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(gid for each in gaps for gid in each.ids))


def _refusal(deleted: tuple[str, ...], means: Means) -> str:
    allowed = max(1, int(means.living * means.most_deleted))
    if len(deleted) <= allowed:
        return ""
    return (
        f"{len(deleted):,} of {means.living:,} records are gone at the shop, more than "
        f"{means.most_deleted:.0%} at once: nothing was marked; if it is true, allow "
        "it with --max-deleted"
    )
