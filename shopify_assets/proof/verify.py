"""The proof of one stream of one shop: all its kinds, then the repair, then again.

Charter: the order of proving. What each kind compares is its own module's business.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from shopify_assets.errors import AccessDenied
from shopify_assets.extract.access import require
from shopify_assets.postgres.books import proofs
from shopify_assets.postgres.books.aside import entries
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.postgres.loads import told
from shopify_assets.proof import warehouse
from shopify_assets.proof.comparing import (
    look,
    prove_ids,
    prove_windows,
    why_not,
)
from shopify_assets.proof.counts import count_all, counts_by_window, prove_counts
from shopify_assets.proof.files import prove_files
from shopify_assets.proof.remedy import Means, remedy
from shopify_assets.proof.repair import repair
from shopify_assets.proof.restore import restored
from shopify_assets.proof.sample import Sample, prove_sample
from shopify_assets.proof.stored import prove_rows
from shopify_assets.proof.subject import key_of
from shopify_assets.proof.sums import as_the_shop_has_them, prove_sums
from shopify_assets.proof.verdicts import (
    Gap,
    Kind,
    Proof,
    StreamProof,
    Trouble,
    Verdict,
    judged,
)
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from shopify_assets.proof.subject import Seen, Subject
    from shopify_assets.proof.wanted import Wanted

# Records that other proofs point at, which are compared whole beside the sample.
_SUSPECTS = 250


def verify(subject: Subject, wanted: Wanted) -> StreamProof:
    """Prove a stream of a shop, and write the verdict down."""
    with told(f"the proof of {subject}"):
        migrate(subject.connection, subject.compiled.tables)
        found = _prove(subject, wanted)
        _record(subject, found.result)
    return found.result


def verify_and_repair(subject: Subject, wanted: Wanted) -> StreamProof:
    """Prove, mend what is missing, and prove it once more."""
    with told(f"the proof of {subject}"):
        migrate(subject.connection, subject.compiled.tables)
        found = _prove(subject, wanted)
        first = found.result
        _record(subject, first)
        if first.verdict not in {Verdict.GAP, Verdict.UNDECIDED}:
            return first
        done = _mend(subject, found, wanted)
        if not done:
            return first
        again = _prove(subject, wanted, ids=found.sampled)
        second = replace(again.result, repairs=done)
        _record(subject, second)
    return second


@dataclass(frozen=True)
class _Found:
    """A proof, and what a repair must know beside it."""

    result: StreamProof
    seen: Seen | None = None

    @property
    def sampled(self) -> tuple[str, ...]:
        """Global ids of records whose rows differ."""
        gaps = self.result.gaps
        of_rows = [each for each in gaps if each.trouble is Trouble.DIFFERENT]
        return tuple(gid for each in of_rows for gid in each.ids)


def _prove(subject: Subject, wanted: Wanted, *, ids: tuple[str, ...] = ()) -> _Found:
    now = subject.client.server_time()
    reached = warehouse.reached(
        subject.connection, shop=subject.shop, stream=subject.compiled.name
    )
    try:
        granted = subject.client.granted_scopes()
        require(subject.compiled, granted, shop=subject.shop)
    except AccessDenied as error:
        made = _denied(error, loaded=reached is not None)
        return _Found(_result(subject, now, made))
    if reached is None or (reached.watermark is None and not subject.is_snapshot):
        return _Found(_result(subject, now, (_never_loaded(subject, now),)))
    files = prove_files(subject)
    before = None if counts_by_window(subject) else count_all(subject)
    seen = look(subject, reached)
    sums = prove_sums(subject, seen)
    suspects = [*ids, *(gid for each in sums.gaps for gid in each.ids)][:_SUSPECTS]
    keys = tuple(key_of(subject.compiled.root, each) for each in suspects)
    sample = Sample(wanted.sample, _seed(wanted, now), keys)
    sampled = prove_sample(subject, seen, sample)
    made = (
        files,
        prove_rows(subject, seen),
        prove_windows(subject, reached, seen),
        prove_ids(subject, seen),
        prove_counts(subject, seen, before=before),
        sampled.proof,
        as_the_shop_has_them(sums, sampled.alike),
    )
    return _Found(_result(subject, now, made), seen)


def _seed(wanted: Wanted, now: datetime) -> int:
    return now.toordinal() if wanted.seed is None else wanted.seed


def _result(subject: Subject, now: datetime, made: tuple[Proof, ...]) -> StreamProof:
    return StreamProof(
        shop=subject.shop, stream=subject.compiled.name, proven_at=now, proofs=made
    )


def _never_loaded(subject: Subject, now: datetime) -> Proof:
    window = None
    if not subject.is_snapshot:
        window = _history(subject, now)
    detail = f"{subject} was never loaded"
    book = entries(subject.connection, shop=subject.shop, stream=subject.compiled.name)
    why = why_not(book, window)
    gap = Gap(
        trouble=Trouble.NEVER_LOADED,
        detail=f"{detail}; {why}" if why else detail,
        window=window,
        set_aside=why,
    )
    return judged(Kind.WINDOWS, (gap,), figures={})


def _history(subject: Subject, now: datetime) -> Window:
    start = datetime.combine(subject.client.shop.start_date, time(), UTC)
    return Window(start, now)


def _denied(error: AccessDenied, *, loaded: bool) -> tuple[Proof, ...]:
    """What was never readable has no gap; what was, cannot be looked at any more."""
    verdict = Verdict.UNDECIDED if loaded else Verdict.NOT_APPLICABLE
    return tuple(Proof(kind=each, verdict=verdict, reason=str(error)) for each in Kind)


def _mend(subject: Subject, found: _Found, wanted: Wanted) -> tuple[str, ...]:
    seen = found.seen
    means = Means(
        snapshot=subject.is_snapshot,
        ids=subject.compiled.queries.by_ids is not None,
        living=0 if seen is None else seen.stored.height,
        most_deleted=wanted.most_deleted,
    )
    gaps = list(found.result.gaps)
    done: tuple[str, ...] = ()
    if seen is not None and any(gap.trouble is Trouble.ALTERED for gap in gaps):
        rows = restored(subject, seen)
        gaps, done = rows.left(gaps), rows.done
    what = remedy(gaps, means)
    if means.snapshot and found.result.verdict is Verdict.UNDECIDED:
        what = replace(what, snapshot=True)
    swept = found.result.proven_at if seen is None else seen.swept.began
    return (*done, *repair(subject, what, swept=swept))


def _record(subject: Subject, result: StreamProof) -> None:
    proofs.record(
        subject.connection,
        shop=result.shop,
        stream=result.stream,
        proven_at=result.proven_at,
        made=[each.as_json() for each in result.proofs],
    )
