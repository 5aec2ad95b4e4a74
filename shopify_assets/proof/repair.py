"""Gaps mended: by the ordinary steps, so that nothing bypasses the raw files.

Charter: doing what `remedy` decided, and telling what was done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from shopify_assets import pipeline
from shopify_assets.extract.by_ids import extent_of
from shopify_assets.postgres.books import doubts
from shopify_assets.postgres.load.tombstones import Deletion, tombstone
from shopify_assets.proof import warehouse
from shopify_assets.proof.ids import CHANGED, ID
from shopify_assets.proof.subject import key_of
from shopify_assets.proof.sweep import changed_in
from shopify_assets.storage.layout import Extent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from shopify_assets.proof.remedy import Remedy
    from shopify_assets.proof.subject import Subject
    from shopify_assets.proof.verdicts import Gap
    from shopify_assets.windows import Window

ABSENT = "absent from the sweep of ids"
_AGAIN = "the shop answers the same again"


@dataclass(frozen=True)
class Mended:
    """What a repair did.

    Attributes:
        told: what was done, or why it was not, for people.
        anew: whether a new proof may say something else.
    """

    told: tuple[str, ...] = ()
    anew: bool = False


def repair(subject: Subject, what: Remedy, *, swept: datetime) -> Mended:
    """Do it, and say what was done.

    Args:
        subject: the stream and shop.
        what: what is to be done.
        swept: when the sweep began that found what is deleted.
    """
    done = tuple(_done(subject, what, swept=swept))
    return Mended(
        told=tuple(each.told for each in done), anew=any(each.anew for each in done)
    )


def the_same_again(before: Iterable[Gap], after: Iterable[Gap]) -> Iterator[str]:
    """Say of gaps that a repair has not closed that another one would not either."""
    were = {(each.trouble, each.window, each.ids) for each in before}
    for gap in after:
        known = (gap.trouble, gap.window, gap.ids) in were
        if known and not gap.explained and not gap.set_aside:
            yield f"{_AGAIN}, a repair does not change it: {gap.detail}"


@dataclass(frozen=True)
class _Step:
    """One thing done; `anew` as in `Mended`."""

    told: str
    anew: bool = True


def _done(subject: Subject, what: Remedy, *, swept: datetime) -> Iterator[_Step]:
    if what.snapshot:
        yield _Step(f"a new snapshot: {_by_window(subject, None)}")
    for window in what.windows:
        yield _Step(f"{window} extracted again: {_by_window(subject, window)}")
    for window in what.counted:
        yield _counted(subject, window)
    if what.ids:
        loaded = _by_ids(subject, what.ids)
        yield _Step(f"{len(what.ids):,} records fetched by id: {loaded}")
    if what.deleted:
        marked = _bury(subject, what.deleted, swept=swept)
        yield _Step(f"{marked:,} records marked as deleted")
    if what.refused:
        yield _Step(what.refused, anew=False)


def _counted(subject: Subject, window: Window) -> _Step:
    """Extract a window in which counts differ, unless the list has nothing new."""
    listed = changed_in(subject.compiled, window, client=subject.client)
    stored = warehouse.roots(subject.connection, subject.compiled, shop=subject.shop)
    inside = (pl.col(CHANGED) >= window.start) & (pl.col(CHANGED) < window.end)
    of_both = [each.filter(inside).select(ID, CHANGED) for each in (listed, stored)]
    ours, theirs = (set(each.iter_rows()) for each in of_both)
    if ours == theirs:
        told = f"{window}: {_AGAIN}: its list names the {len(ours):,} records stored"
        return _Step(told, anew=False)
    return _Step(f"{window} extracted again: {_by_window(subject, window)}")


def _by_window(subject: Subject, window: Window | None) -> str:
    pipeline.extract_slice(
        subject.compiled,
        window,
        context=subject.context,
        connection=subject.connection,
        incremental=False,
    )
    connection, root, shop = subject.connection, subject.compiled.root, subject.shop
    if window is None:
        doubts.doubt_all(connection, root, shop=shop)
    else:
        doubts.doubt_window(connection, root, shop=shop, window=window)
    return _loaded(subject, Extent(subject.compiled.name, subject.shop, window))


def _by_ids(subject: Subject, ids: tuple[str, ...]) -> str:
    pipeline.extract_chosen(
        subject.compiled,
        ids,
        context=subject.context,
        connection=subject.connection,
    )
    keys = [key_of(subject.compiled.root, each) for each in ids]
    doubts.doubt_records(
        subject.connection, subject.compiled.root, shop=subject.shop, ids=keys
    )
    return _loaded(subject, extent_of(subject.compiled.name, subject.shop, ids))


def _loaded(subject: Subject, extent: Extent) -> str:
    store, report = subject.context.store, subject.context.report
    pipeline.normalize_slice(
        subject.compiled,
        extent,
        store=store,
        report=report,
        most_set_aside=subject.max_set_aside,
    )
    loaded = pipeline.load_slice(
        subject.compiled,
        extent,
        store=store,
        connection=subject.connection,
        report=report,
        clock=subject.client.server_time,
    )
    rows, changed = (
        sum(each.rows for each in loaded),
        sum(each.changed for each in loaded),
    )
    return f"{rows:,} rows, {changed:,} changed"


def _bury(subject: Subject, gids: tuple[str, ...], *, swept: datetime) -> int:
    ids = tuple(key_of(subject.compiled.root, each) for each in gids)
    deletion = Deletion(
        shop=subject.shop,
        tables=subject.compiled.tables,
        ids=ids,
        deleted_at=swept,
        reason=ABSENT,
    )
    return tombstone(subject.connection, deletion)
