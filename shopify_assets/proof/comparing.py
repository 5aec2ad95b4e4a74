"""The ids of both sides, and what they say of records and of windows.

Charter: from the shop's ids and the table's to proofs of two kinds. The comparison
itself is `ids`'; counts are `counts`' business.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from shopify_assets.catalog.gids import tail_of
from shopify_assets.extract.access import GRANT, unseen
from shopify_assets.postgres.books.aside import entries
from shopify_assets.postgres.load.global_ids import stand_ins
from shopify_assets.proof import warehouse
from shopify_assets.proof.ids import CHANGED, GID, ID, by_day, compare
from shopify_assets.proof.late import apart
from shopify_assets.proof.subject import (
    Seen,
    Subject,
    due,
    gid_of,
    is_known,
    looks_back,
    orders_since,
)
from shopify_assets.proof.sweep import existing, sweep
from shopify_assets.proof.verdicts import (
    Gap,
    Kind,
    Proof,
    Proviso,
    Trouble,
    Verdict,
    judged,
    not_applicable,
    undecided,
)
from shopify_assets.storage.layout import SNAPSHOT
from shopify_assets.windows import Window, gaps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shopify_assets.postgres.books.aside import Open
    from shopify_assets.proof.sweep import Swept
    from shopify_assets.proof.warehouse import Reached

_SHOWN = 5


def look(subject: Subject, reached: Reached) -> Seen:
    """Read the ids of both sides, the shop's first, and compare them."""
    swept = sweep(subject.compiled, context=subject.context)
    stored = warehouse.roots(subject.connection, subject.compiled, shop=subject.shop)
    limits = due(subject, reached, swept=swept.began)
    looks = looks_back(subject, reached, now=swept.began)
    compared = apart(compare(swept.records, stored, limits), stored, looks)
    seen = Seen(
        due=limits,
        looks=looks,
        swept=swept,
        stored=stored,
        compared=compared,
        gids=_stood_for(subject, swept),
        aside=entries(
            subject.connection, shop=subject.shop, stream=subject.compiled.name
        ),
    )
    return _confirmed(seen, subject)


def _stood_for(subject: Subject, swept: Swept) -> dict[int, str]:
    """What the stand-ins of both sides stand for."""
    known = stand_ins(subject.connection, shop=subject.shop)
    if swept.records.schema[ID] == pl.Int64:
        listed = swept.records.filter(pl.col(ID) < 0)
        known |= dict(listed.select(ID, GID).iter_rows())
    return known


def _confirmed(seen: Seen, subject: Subject) -> Seen:
    """Ask by id for what the list does not name: an index may have lost it.

    What is not listed and can be asked for, is there: such records are left out. Of
    records that cannot be asked for, the list is the second witness, too.
    """
    surplus = seen.compared.surplus
    if surplus.is_empty():
        return seen
    if subject.compiled.queries.by_ids is None:
        again = sweep(subject.compiled, context=subject.context).records
        kept = surplus.join(again, on=ID, how="anti")
        return replace(seen, compared=replace(seen.compared, surplus=kept))
    known = [key for key in surplus[ID] if is_known(seen, key)]
    gids = {key: gid_of(seen, subject, key) for key in known}
    there = existing(subject.client, list(gids.values()))
    gone = [gids.get(key) not in there for key in surplus[ID]]
    kept = surplus.filter(pl.Series(gone, dtype=pl.Boolean))
    return replace(seen, compared=replace(seen.compared, surplus=kept))


# ── ids ──────────────────────────────────────────────────────────────────────────────


def prove_ids(subject: Subject, seen: Seen) -> Proof:
    """Name each record that is missing, older than the shop's, or gone."""
    compared = seen.compared
    gone = compared.surplus.clear() if seen.swept.absent else compared.surplus
    found = [
        *_of_days(compared.missing, Trouble.MISSING, subject, seen),
        *_of_days(compared.stale, Trouble.STALE, subject, seen),
        *_of_days(gone, Trouble.DELETED, subject, seen),
    ]
    figures = {
        **seen.swept.figures,
        "stored": seen.stored.height,
        "missing": compared.missing.height,
        "stale": compared.stale.height,
        "deleted": gone.height,
        "late": compared.late.height,
        "not due yet": compared.young.height,
        "hidden from the app": compared.hidden.height,
    }
    return judged(Kind.IDS, found, figures=figures, provisos=_provisos(subject, seen))


def _provisos(subject: Subject, seen: Seen) -> Iterator[Proviso]:
    compared = seen.compared
    since = orders_since(subject, seen.swept.began)
    if since is not None:
        hidden = compared.hidden.height
        kept = f"; {hidden:,} records of the table are older" if hidden else ""
        reason = f"{unseen(subject.compiled, since)}{kept}; {GRANT}"
        yield Proviso(Verdict.RECENT, reason)
    if compared.late.height:
        yield Proviso(Verdict.DUE, _late(subject, seen))
    if seen.swept.absent and seen.stored.height:
        yield Proviso(Verdict.UNDECIDED, _absent(seen))
    if compared.undecided.height:
        yield Proviso(
            Verdict.UNDECIDED,
            f"{compared.undecided.height:,} records are not in the table, and nothing "
            "tells whether they were made since the last snapshot: take a new one",
        )


def _absent(seen: Seen) -> str:
    gone = seen.compared.surplus.height
    null = f"{', '.join(seen.swept.absent)} is null in this shop"
    if not gone:
        there = f"though it has the {seen.stored.height:,} records in the table"
        return f"{null}, {there}: what else it has, nothing tells"
    return (
        f"{null}, which has none of it now: whether the {gone:,} records in the table "
        "are gone, nothing tells"
    )


def _late(subject: Subject, seen: Seen) -> str:
    ids = list(_gids(seen.compared.late, subject, seen))
    until = max(each.next for each in seen.looks)
    return (
        f"{_named(ids)} came after their time, and are due with the next look back, "
        f"until {until:%Y-%m-%d %H:%M} UTC"
    )


def _of_days(
    records: pl.DataFrame, trouble: Trouble, subject: Subject, seen: Seen
) -> Iterator[Gap]:
    known = {entry.record: entry for entry in seen.aside if entry.record is not None}
    if trouble is not Trouble.DELETED and known:
        aside = pl.col(ID).cast(pl.String).is_in(list(known))
        yield from _set_aside(records.filter(aside), trouble, subject, seen)
        records = records.filter(~aside)
    for day in by_day(records):
        ids = tuple(_gids(day.records, subject, seen))
        when = f"{day.window.start:%Y-%m-%d}: " if day.window else ""
        why = "" if trouble is Trouble.DELETED else why_not(seen.aside, day.window)
        detail = f"{when}{len(ids):,} {trouble.value}: {_named(ids)}"
        yield Gap(
            trouble=trouble,
            detail=f"{detail}; {why}" if why else detail,
            window=day.window,
            ids=ids,
            set_aside=why,
        )


def _set_aside(
    records: pl.DataFrame, trouble: Trouble, subject: Subject, seen: Seen
) -> Iterator[Gap]:
    """A gap for each record that is set aside, with the reason."""
    reasons = {entry.record: entry for entry in seen.aside}
    for day in by_day(records):
        for id_, gid in zip(
            day.records[ID], _gids(day.records, subject, seen), strict=True
        ):
            entry = reasons[str(id_)]
            told = ", given up" if entry.given_up_at else ""
            yield Gap(
                trouble=trouble,
                detail=f"{trouble.value}, for it is set aside{told}: {entry}",
                window=day.window,
                ids=(gid,),
                set_aside=entry.why,
            )


def why_not(aside: Iterable[Open], window: Window | None) -> str:
    """Why what changed in a window is not there: it was set aside as a whole."""
    for entry in aside:
        covered = entry.window
        within = entry.key == SNAPSHOT
        if covered is not None:
            within = window is None or covered.overlaps(window)
        if entry.is_whole and within:
            return f"set aside as a whole since {entry.since:%Y-%m-%d}: {entry.reason}"
    return ""


def _named(ids: Sequence[str]) -> str:
    named = ", ".join(tail_of(gid) for gid in ids[:_SHOWN])
    more = f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else ""
    return f"{named}{more}"


def _gids(records: pl.DataFrame, subject: Subject, seen: Seen) -> Iterator[str]:
    if GID in records.columns:
        yield from records[GID]
        return
    for each in records[ID]:
        yield gid_of(seen, subject, each)


# ── windows ──────────────────────────────────────────────────────────────────────────


def prove_windows(subject: Subject, reached: Reached, seen: Seen | None) -> Proof:
    """Find time before the watermark that no load has covered.

    A stretch in which the shop has no record that is missing is no gap; without the
    ids of both sides (None) nobody can tell.
    """
    watermark = reached.watermark
    if subject.is_snapshot or watermark is None:
        return not_applicable(Kind.WINDOWS, "a snapshot has no windows")
    loaded = warehouse.windows(
        subject.connection, shop=subject.shop, stream=subject.compiled.name
    )
    begin = None if seen is None else seen.due.begin
    begin = begin or min((each.start for each in loaded), default=watermark)
    if begin >= watermark:
        return judged(Kind.WINDOWS, (), figures={"windows": len(loaded)})
    never = gaps(Window(begin, watermark), loaded)
    figures = {"windows": len(loaded), "never loaded": len(never)}
    if seen is None:
        told = (f"{window} was never loaded: the ids would tell" for window in never)
        provisos = undecided(next(told, ""))
        return judged(Kind.WINDOWS, (), figures=figures, provisos=provisos)
    found = [gap for each in never if (gap := _skipped(each, seen)) is not None]
    return judged(Kind.WINDOWS, found, figures=figures)


def _skipped(window: Window, seen: Seen) -> Gap | None:
    lost = [seen.compared.missing, seen.compared.stale]
    inside = sum(within(each[CHANGED], window) for each in lost)
    if not inside:
        return None
    detail = f"{window} was never loaded, and {inside:,} records of it are not there"
    why = why_not(seen.aside, window)
    return Gap(
        trouble=Trouble.SKIPPED,
        detail=f"{detail}; {why}" if why else detail,
        window=window,
        set_aside=why,
    )


def within(times: pl.Series, window: Window) -> int:
    """How many of the times lie in a window."""
    inside = (times >= window.start) & (times < window.end)
    return int(inside.sum())
