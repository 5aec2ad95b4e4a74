"""Whole records, fetched again, against those stored.

Charter: which records are compared in this proof, and what that says. It is the turn of
some (`turns`), so that in a few proofs all are compared; beside them the newest, the
dearest and some others, and those that other proofs point at, or that differed before.

A record of a snapshot may change without telling, so its rows are compared with the
snapshot that was loaded, as it lies in the lake.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from shopify_assets.extract.by_ids import IDS_OF_A_PART
from shopify_assets.proof import covered, turns, warehouse
from shopify_assets.proof.covered import Covered
from shopify_assets.proof.ids import CHANGED, ID, MADE
from shopify_assets.proof.looks import Look, Looker, by_record, snapshots, twice
from shopify_assets.proof.meter import Meter
from shopify_assets.proof.moments import EPOCH
from shopify_assets.proof.rotation import Pace
from shopify_assets.proof.subject import Seen, Subject, gid_of, key_of
from shopify_assets.proof.turns import Turn, Turned
from shopify_assets.proof.verdicts import (
    Gap,
    Kind,
    Proof,
    Trouble,
    judged,
    not_applicable,
)
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from datetime import datetime

    from shopify_assets.postgres.books.rotations import Rotation

_SHOWN = 3
_WEIGHTED = 0.4  # of a sample: the newest, and as many of the dearest
# Records that can only be asked for by the second they changed in, each by itself.
_BY_SECOND = 20
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Sample:
    """How records are chosen.

    Attributes:
        size: how many beside those whose turn it is.
        seed: the same seed and the same ids give the same records.
        ids: keys of the root table that are looked at in any case.
        rounds: proofs within which every record has its turn; 0: none has.
        max_points: after which no further record has its turn.
    """

    size: int
    seed: int
    ids: tuple[int | str, ...] = ()
    rounds: int = 0
    max_points: int = 0


def prove_sample(subject: Subject, seen: Seen, sample: Sample) -> Proof:
    """Compare whole records with what the shop (or the snapshot) holds."""
    reason = _refusal(subject, sample)
    if reason:
        return not_applicable(Kind.SAMPLE, reason)
    meter = Meter(subject.client)
    now = subject.client.server_time()
    candidates = _candidates(subject, seen)
    looker = Looker(subject, seen)
    turned = None
    if sample.rounds:
        turned = turns.take(
            Turn(
                looker=looker,
                candidates=candidates,
                pace=Pace(_rounds(subject, candidates, sample), sample.size),
                max_points=sample.max_points,
                now=now,
            )
        )
    picked = _picked(subject, candidates, sample, turned)
    beside = _look(looker, candidates, picked)
    reached = _settled_up(looker, turned, beside)
    figures = {
        **_figures(turned, beside, reached, candidates=candidates, sample=sample),
        "changed meanwhile": len(picked) - beside.records + _missed(turned),
        "seed": sample.seed,
        **meter.read(),
    }
    look = beside if turned is None else turned.look + beside
    return judged(Kind.SAMPLE, _gaps(look, looker), figures=figures)


def _refusal(subject: Subject, sample: Sample) -> str:
    """Why no record can be compared; empty if some can."""
    if sample.size < 1 and not sample.ids and not sample.rounds:
        return "no record was asked for (--sample 0 --rounds 0)"
    if subject.is_snapshot and not snapshots(subject):
        return "the lake has no loaded snapshot"
    return ""


def _candidates(subject: Subject, seen: Seen) -> pl.DataFrame:
    """Ids and times of the records whose rows must be what the other side has."""
    if subject.is_snapshot:
        return seen.stored
    both = seen.swept.records.join(seen.stored.select(ID), on=ID, how="semi")
    return both.filter(pl.col(CHANGED) < settled_before(subject, seen))


def settled_before(subject: Subject, seen: Seen) -> datetime:
    """Before when a record must have changed for its rows to be what the shop has.

    One that goes on changing without telling is read again for as long as its stream's
    lookback says, by every load: until then it may rightly differ.
    """
    incremental = subject.compiled.stream.incremental
    return seen.due.end - (incremental.lookback if incremental else timedelta())


def _rounds(subject: Subject, candidates: pl.DataFrame, sample: Sample) -> int:
    at_once = subject.is_snapshot and candidates.height <= turns.SNAPSHOT_AT_ONCE
    return 1 if at_once else sample.rounds


# ── beside those whose turn it is ────────────────────────────────────────────────────


def _picked(
    subject: Subject, candidates: pl.DataFrame, sample: Sample, turned: Turned | None
) -> pl.Series:
    """Ids of the records compared beside those whose turn it was."""
    ids = candidates[ID]
    left = candidates
    if turned is not None:
        left = candidates.filter(~ids.is_in(turned.ids.implode()))
    wanted: list[Any] = list(sample.ids)
    if turned is not None:
        root = subject.compiled.root
        wanted += [key_of(root, gid) for gid in turned.reached.differing]
    if _is_asked_by_id(subject) and left.height:
        dearest = warehouse.dearest(
            subject.connection, subject.compiled, shop=subject.shop, most=sample.size
        )
        wanted += chosen(left, sample, dearest=dearest)
    return left[ID].filter(left[ID].is_in(wanted))


def _is_asked_by_id(subject: Subject) -> bool:
    return subject.is_snapshot or subject.compiled.queries.by_ids is not None


def chosen(
    candidates: pl.DataFrame, sample: Sample, *, dearest: Sequence[Any]
) -> list[Any]:
    """Choose ids: the newest, the dearest, and others at random but repeatably.

    Args:
        candidates: ids and times to choose from.
        sample: how many, and the seed.
        dearest: ids in the order of what is at stake, the most first.
    """
    weighted = int(sample.size * _WEIGHTED)
    ids = candidates[ID]
    times = [name for name in (CHANGED, MADE) if name in candidates.columns]
    newest = candidates.sort(*times, ID, descending=True, nulls_last=True)[ID]
    costly = pl.Series(list(dearest), dtype=ids.dtype)
    costly = costly.filter(costly.is_in(ids.implode())).head(weighted)
    picked = pl.concat([newest.head(weighted), costly]).unique()
    # Not as Python values: there may be millions.
    others = ids.filter(~ids.is_in(picked.implode())).sort()
    dice = random.Random(sample.seed)  # noqa: S311 -- a sample, not a secret
    most = min(max(0, sample.size - len(picked)), len(others))
    drawn = others.gather(dice.sample(range(len(others)), most))
    return pl.concat([picked, drawn]).sort().to_list()


def _look(looker: Looker, candidates: pl.DataFrame, ids: pl.Series) -> Look:
    if looker.subject.is_snapshot:
        return looker.in_snapshot(ids) if len(ids) else Look()
    look = Look()
    if not _is_asked_by_id(looker.subject):
        few = candidates.filter(pl.col(ID).is_in(ids.implode())).head(_BY_SECOND)
        for record in few.iter_slices(1):
            look += turns.look_by_window(looker, record)
        return look
    for first in range(0, len(ids), IDS_OF_A_PART):
        look += twice(looker.by_ids, looker.by_ids, ids[first : first + IDS_OF_A_PART])
    return look


def _settled_up(looker: Looker, turned: Turned | None, beside: Look) -> Rotation | None:
    """Write down what no longer differs, and what was found to beside."""
    subject = looker.subject
    reached = turns.known(subject) if turned is None else turned.reached
    if reached is None:
        return None
    differing = turns.still_differing(looker, reached.differing, beside)
    kept = _stored(looker, differing)[: turns.MOST_DIFFERING]
    after = replace(reached, differing=kept)
    if kept != reached.differing:
        turns.write(subject, after, before=reached)
    return after


def _stored(looker: Looker, gids: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the records that are in the table; of the others the ids tell."""
    stored, root = looker.seen.stored[ID], looker.subject.compiled.root
    keys = pl.Series([key_of(root, gid) for gid in gids], dtype=stored.dtype)
    inside = keys.is_in(stored.implode())
    return tuple(gid for gid, is_there in zip(gids, inside, strict=True) if is_there)


# ── what it says ─────────────────────────────────────────────────────────────────────


def _missed(turned: Turned | None) -> int:
    return 0 if turned is None else len(turned.ids) - turned.look.records


def _in_round(turned: Turned | None, beside: Look) -> int | None:
    """Records compared in this round: behind its position, and beside it now."""
    if turned is None:
        return None
    ahead = turned.ahead.implode()
    return turned.sure + sum(int(ids.is_in(ahead).sum()) for ids in beside.compared)


def _figures(
    turned: Turned | None,
    beside: Look,
    reached: Rotation | None,
    *,
    candidates: pl.DataFrame,
    sample: Sample,
) -> dict[str, Any]:
    look = beside if turned is None else turned.look + beside
    return {
        "records": look.records,
        "rows": look.rows,
        **covered.figures(
            Covered(
                records=candidates.height,
                compared=look.records,
                in_round=_in_round(turned, beside),
                rounds=sample.rounds,
                rotation=reached,
            )
        ),
    }


def _gaps(look: Look, looker: Looker) -> Iterator[Gap]:
    """One gap a record, with what differs in it; and one for all that are not shown."""
    subject, seen = looker.subject, looker.seen
    shown = by_record(look.differences)
    windows = _days(looker, look.unlike)
    for root, found in shown.items():
        told = "; ".join(map(str, found[:_SHOWN]))
        more = len(found) - _SHOWN
        yield Gap(
            trouble=Trouble.DIFFERENT,
            detail=f"{told}; and {more} more" if more > 0 else told,
            ids=(gid_of(seen, subject, root),),
            window=windows.get(root),
        )
    others = [root for root in look.unlike if root not in shown]
    if others:
        yield Gap(
            trouble=Trouble.DIFFERENT,
            detail=f"the rows of {len(others):,} further records differ",
            ids=tuple(gid_of(seen, subject, root) for root in others),
        )


def _days(looker: Looker, ids: Sequence[Any]) -> dict[Any, Window]:
    """The day each record changed: how those are mended that no id can be asked for."""
    if _is_asked_by_id(looker.subject):
        return {}
    found: dict[Any, Window] = {}
    listed = looker.seen.swept.records
    for id_, changed in (
        listed.filter(listed[ID].is_in(list(ids)))
        .select(ID, pl.col(CHANGED).dt.epoch("us"))
        .iter_rows()
    ):
        start = EPOCH + changed // (_DAY // timedelta(microseconds=1)) * _DAY
        found[id_] = Window(start, start + _DAY)
    return found
