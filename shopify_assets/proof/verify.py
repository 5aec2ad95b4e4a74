"""The proof of one stream of one shop: all its kinds, then the repair, then again.

Charter: the order of proving. What each kind compares is its own module's business.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from shopify_assets.clocks import is_to_come
from shopify_assets.errors import AccessDenied
from shopify_assets.extract.access import require
from shopify_assets.postgres.books import proofs
from shopify_assets.postgres.books.aside import entries
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.postgres.loads import told
from shopify_assets.proof import warehouse
from shopify_assets.proof.apart import Failed, attempt, given, prove
from shopify_assets.proof.comparing import (
    look,
    prove_ids,
    prove_windows,
    why_not,
)
from shopify_assets.proof.counts import count_all, counts_by_window, prove_counts
from shopify_assets.proof.files import prove_files
from shopify_assets.proof.remedy import Means, remedy
from shopify_assets.proof.repair import Mended, repair, the_same_again
from shopify_assets.proof.restore import restored
from shopify_assets.proof.sample import Sample, prove_sample
from shopify_assets.proof.stored import prove_rows
from shopify_assets.proof.subject import key_of
from shopify_assets.proof.sums import prove_sums
from shopify_assets.proof.verdicts import (
    Gap,
    Kind,
    Proof,
    StreamProof,
    Trouble,
    Verdict,
    judged,
    unproven,
)
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import psycopg

    from shopify_assets.extract.planning import Size
    from shopify_assets.proof.subject import Seen, Subject
    from shopify_assets.proof.wanted import Wanted
    from shopify_assets.proof.warehouse import Reached


def verify(subject: Subject, wanted: Wanted) -> StreamProof:
    """Prove a stream of a shop, and write the verdict down.

    Nothing is raised: what could not be looked at is undecided, with its reason.
    """
    return _proven(subject, wanted).result


def verify_and_repair(subject: Subject, wanted: Wanted) -> StreamProof:
    """Prove, mend what is missing, and prove it once more; nothing is raised."""
    found = _proven(subject, wanted)
    first = found.result
    if first.failure or first.verdict not in {Verdict.GAP, Verdict.UNDECIDED}:
        return first
    mended = attempt(subject, lambda: _mend(subject, found, wanted))
    if isinstance(mended, Failed):
        return replace(first, repairs=(f"not mended: {mended.reason}",))
    if not mended.told or not mended.anew:
        return replace(first, repairs=mended.told)
    # Whose turn it was has had it; what differed then is compared once more.
    second = replace(wanted, rounds=0)
    again = _proven(subject, second, ids=found.sampled).result
    told = (*mended.told, *the_same_again(first.gaps, again.gaps))
    return replace(again, repairs=told)


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


def _proven(subject: Subject, wanted: Wanted, *, ids: tuple[str, ...] = ()) -> _Found:
    """A proof that is written down, whatever has happened."""
    made = attempt(subject, lambda: _prove(subject, wanted, ids=ids))
    found = _Found(_unproven(subject, made)) if isinstance(made, Failed) else made
    recorded = attempt(subject, lambda: record(subject.connection, found.result))
    if isinstance(recorded, Failed):
        failure = f"the verdict is not written down: {recorded.reason}"
        return replace(found, result=replace(found.result, failure=failure))
    return found


def _unproven(subject: Subject, failed: Failed) -> StreamProof:
    at = attempt(subject, subject.client.server_time)
    # A shop that has never answered has told no time.
    moment = subject.clock() if isinstance(at, Failed) else at
    return unproven(subject.shop, subject.compiled.name, failed.reason, at=moment)


def _prove(subject: Subject, wanted: Wanted, *, ids: tuple[str, ...]) -> _Found:
    with told(f"the proof of {subject}"):
        migrate(subject.connection, subject.compiled.tables)
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
    if any(is_to_come(at, now) for at in (reached.watermark, reached.extracted_at)):
        return _Found(_result(subject, now, _of_a_time_to_come(subject)))
    before = attempt(subject, lambda: _counted_before(subject))
    seen = attempt(subject, lambda: look(subject, reached))
    kinds = _kinds(
        subject, reached, before, seen, sample=_sample(subject, wanted, now, ids)
    )
    made = tuple(prove(subject, kind, make) for kind, make in kinds.items())
    return _Found(
        _result(subject, now, made), None if isinstance(seen, Failed) else seen
    )


def _kinds(
    subject: Subject,
    reached: Reached,
    before: Size | Failed | None,
    seen: Seen | Failed,
    *,
    sample: Sample,
) -> Mapping[Kind, Callable[[], Proof]]:
    """How each kind of proof is made; in one an error leaves the others standing."""
    return {
        Kind.FILES: lambda: prove_files(subject),
        Kind.ROWS: lambda: prove_rows(subject, seen),
        Kind.WINDOWS: lambda: prove_windows(
            subject, reached, None if isinstance(seen, Failed) else seen
        ),
        Kind.IDS: lambda: prove_ids(subject, given(seen)),
        Kind.COUNTS: lambda: prove_counts(subject, given(seen), before=given(before)),
        Kind.SAMPLE: lambda: prove_sample(subject, given(seen), sample),
        Kind.SUMS: lambda: prove_sums(subject, seen),
    }


def _counted_before(subject: Subject) -> Size | None:
    return None if counts_by_window(subject) else count_all(subject)


def _sample(
    subject: Subject, wanted: Wanted, now: datetime, ids: tuple[str, ...]
) -> Sample:
    keys = tuple(key_of(subject.compiled.root, each) for each in ids)
    return Sample(
        wanted.sample, _seed(wanted, now), keys, wanted.rounds, wanted.max_points
    )


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


def _of_a_time_to_come(subject: Subject) -> tuple[Proof, ...]:
    """Nobody knows what had to be there by a time that is yet to come."""
    reason = (
        f"the books of {subject} hold a time that is yet to come, which a wrong clock "
        "has left there; set it back with: shopify-assets doctor --repair"
    )
    return tuple(
        Proof(kind=each, verdict=Verdict.UNDECIDED, reason=reason) for each in Kind
    )


def _mend(subject: Subject, found: _Found, wanted: Wanted) -> Mended:
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
    if means.snapshot and _lacks_a_snapshot(seen):
        what = replace(what, snapshot=True)
    swept = found.result.proven_at if seen is None else seen.swept.began
    mended = repair(subject, what, swept=swept)
    return Mended(told=(*done, *mended.told), anew=mended.anew or bool(done))


def _lacks_a_snapshot(seen: Seen | None) -> bool:
    """Whether a new snapshot would tell what could not be decided by the ids."""
    return seen is not None and not seen.compared.undecided.is_empty()


def record(connection: psycopg.Connection, result: StreamProof) -> None:
    """Write a proof down in the book, which is made if there is none yet.

    Raises:
        Unavailable, DataError, ConfigurationError: the warehouse does not take it.
    """
    with told(f"the verdict on stream {result.stream!r} of shop {result.shop!r}"):
        migrate(connection, ())
        proofs.record(
            connection,
            shop=result.shop,
            stream=result.stream,
            proven_at=result.proven_at,
            made=[each.as_json() for each in result.proofs],
        )
