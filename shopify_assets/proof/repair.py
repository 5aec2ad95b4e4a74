"""Gaps mended: by the ordinary steps, so that nothing bypasses the raw files.

Charter: doing what `remedy` decided, and telling what was done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets import pipeline
from shopify_assets.extract.by_ids import extent_of
from shopify_assets.postgres.books import doubts
from shopify_assets.postgres.load.tombstones import Deletion, tombstone
from shopify_assets.proof.subject import key_of
from shopify_assets.storage.layout import Extent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from shopify_assets.proof.remedy import Remedy
    from shopify_assets.proof.subject import Subject
    from shopify_assets.windows import Window

ABSENT = "absent from the sweep of ids"


def repair(subject: Subject, what: Remedy, *, swept: datetime) -> tuple[str, ...]:
    """Do it, and say what was done.

    Args:
        subject: the stream and shop.
        what: what is to be done.
        swept: when the sweep began that found what is deleted.
    """
    return tuple(_done(subject, what, swept=swept))


def _done(subject: Subject, what: Remedy, *, swept: datetime) -> Iterator[str]:
    if what.snapshot:
        yield f"a new snapshot: {_by_window(subject, None)}"
    for window in what.windows:
        yield f"{window} extracted again: {_by_window(subject, window)}"
    if what.ids:
        yield f"{len(what.ids):,} records fetched by id: {_by_ids(subject, what.ids)}"
    if what.deleted:
        marked = _bury(subject, what.deleted, swept=swept)
        yield f"{marked:,} records marked as deleted"
    if what.refused:
        yield what.refused


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
