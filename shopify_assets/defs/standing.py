"""How the shops stand in a check, and what it therefore says of all of them together.

Charter: pure decisions, from results and proofs of single shops to one verdict in words
and figures. They are read, and shown in Dagster, by `verdicts`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from shopify_assets.checks import EXAMPLES, PROVEN, Check
from shopify_assets.postgres.books.checks import Outcome, Recorded, Tally
from shopify_assets.postgres.books.proofs import ProofStanding
from shopify_assets.proof.verdicts import Verdict, worst

# Shops of a table, the worst first; how many more there are is told.
SHOWN = 50
# Two weekly proofs were missed, and a day's grace for the third.
OLD = timedelta(days=15)

_SAID = 300  # characters of a reason in a description
_NAMED = 3  # shops of a description

NOT_EVALUATED = "not evaluated yet"
NOT_PROVEN = "not proven yet"
OLD_PROOF = "proof is old"
_FAILED, _WARNING = Outcome.FAILED.value, Outcome.WARNED.value
_SKIPPED, _PASSED = Outcome.SKIPPED.value, Outcome.PASSED.value
_GAP, _UNDECIDED = Verdict.GAP.value, Verdict.UNDECIDED.value
_WHOLE = Verdict.WHOLE.value
# How a shop may stand, the worst first; what does not pass, and what is told with why.
_ORDER = (
    *(_FAILED, _GAP, _WARNING, _UNDECIDED, OLD_PROOF, NOT_EVALUATED, NOT_PROVEN),
    *(Verdict.DUE.value, Verdict.RECENT.value, Verdict.NOT_APPLICABLE.value),
    *(_SKIPPED, _PASSED, _WHOLE),
)
_NOT_PASSED = frozenset(_ORDER[: _ORDER.index(NOT_PROVEN) + 1])
_SEVERE = frozenset({_FAILED, _GAP})
_WITH_WHY = (_FAILED, _GAP, _WARNING, _UNDECIDED)


@dataclass(frozen=True)
class Standing:
    """How one shop stands in a check.

    Attributes:
        shop: the shop's domain.
        verdict: in a few words, one of `_ORDER`.
        since: since when; None if it was never looked at.
        reason: why.
    """

    shop: str
    verdict: str
    since: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class CheckVerdict:
    """What a check of a stream says of all live shops together.

    Attributes:
        stream: the stream's name.
        check: the check.
        passed: whether it passed for every shop that has something to look at.
        severe: whether it failed as an error for any; else it warns.
        description: for people, in a line.
        counts: how many shops stand how.
        standings: the shops that are to be looked at, the worst first.
        left_out: how many such shops are not among them.
        examples: rows of what was found, with the shop they are of.
        looked_at: when the first and the last shop was looked at.
    """

    stream: str
    check: Check
    passed: bool
    severe: bool
    description: str
    counts: Mapping[str, int]
    standings: tuple[Standing, ...] = ()
    left_out: int = 0
    examples: tuple[Mapping[str, str | int | float], ...] = ()
    looked_at: tuple[datetime, datetime] | None = None


# ── checks that a step makes ─────────────────────────────────────────────────────────


def step_verdict(  # noqa: PLR0913 -- what the book says of one check
    stream: str,
    check: Check,
    tallies: Sequence[Tally],
    told: Sequence[Recorded],
    *,
    shops: int,
    missing: Sequence[str],
) -> CheckVerdict:
    """Decide what a check says, from how it came out for each shop.

    A shop that was never looked at keeps it from passing, as a warning. One that was
    skipped does not: there is nothing of it, and another check says why.

    Args:
        stream: the stream's name.
        check: the check.
        tallies: for how many shops it came out how.
        told: results to be shown, the worst first; not necessarily all.
        shops: how many shops count.
        missing: those of them without a result; not necessarily all.
    """
    counts = Counter({tally.outcome.value: tally.shops for tally in tallies})
    counts[NOT_EVALUATED] = shops - counts.total()
    results = [
        Standing(result.shop, result.outcome.value, result.since, result.description)
        for result in told
    ]
    standings = [*results, *(Standing(shop, NOT_EVALUATED) for shop in missing)]
    rows = (
        {"shop": result.shop, **row}
        for result in told
        if result.outcome is not Outcome.PASSED
        for row in result.details
    )
    looked_at = [at for tally in tallies for at in (tally.oldest, tally.newest)]
    return _verdict(
        stream,
        check,
        counts,
        standings,
        opening=_opening(check.description, counts),
        looked_at=looked_at,
        examples=tuple(islice(rows, EXAMPLES)),
    )


def _opening(passing: str, counts: Counter[str]) -> str:
    """Of how many shops is told what; of a single one no number."""
    shops, passed = counts.total(), counts[_PASSED]
    not_passed = counts[_FAILED] + counts[_WARNING]
    if not shops:
        return "no shop has this stream"
    if not_passed:
        return "" if shops == 1 else f"{not_passed:,} of {shops:,} shops"
    if not passed:
        return ""
    if passed == shops:
        return passing if shops == 1 else f"all {shops:,} shops: {passing}"
    return f"{passed:,} of {shops:,} shops: {passing}"


# ── the check that a proof makes ─────────────────────────────────────────────────────


def proven_verdict(
    stream: str, shops: Sequence[str], known: Iterable[ProofStanding], *, now: datetime
) -> CheckVerdict:
    """Decide what the newest proofs say of all shops, whoever asks.

    A gap fails it as an error. A shop that is undecided, was never proven, or whose
    proof is old keeps it from passing, as a warning: it is not known to be whole now.

    Args:
        stream: the stream's name.
        shops: the shops that count.
        known: the newest proof of each shop that has one.
        now: tells old proofs from new ones.
    """
    proofs_of = {proof.shop: proof for proof in known}
    standings = [
        _of_proof(proofs_of[shop], now=now)
        if shop in proofs_of
        else Standing(shop, NOT_PROVEN)
        for shop in shops
    ]
    counts = Counter(standing.verdict for standing in standings)
    looked_at = [proof.proven_at for proof in proofs_of.values()]
    return _verdict(
        stream,
        PROVEN,
        counts,
        [standing for standing in standings if standing.verdict != _WHOLE],
        opening=_opening_of_proofs(counts, looked_at),
        looked_at=looked_at,
    )


def _of_proof(proof: ProofStanding, *, now: datetime) -> Standing:
    """How a shop stands by its newest proof; a gap stays one, however old it is."""
    kinds = [Verdict(verdict) for verdict in proof.verdicts]
    real = [kind for kind in kinds if kind is not Verdict.NOT_APPLICABLE]
    verdict = worst(real)  # whole, if there are none
    if not real and not proof.any_whole:
        verdict = Verdict.NOT_APPLICABLE
    of_worst = (
        why
        for kind, why in zip(kinds, proof.whys, strict=True)
        if kind is verdict and why
    )
    reason = next(of_worst, "")
    if verdict.value not in _NOT_PASSED and now - proof.proven_at > OLD:
        return Standing(proof.shop, OLD_PROOF, proof.proven_at, verdict.value)
    return Standing(proof.shop, verdict.value, proof.proven_at, reason)


def _opening_of_proofs(counts: Counter[str], looked_at: Sequence[datetime]) -> str:
    shops, whole = counts.total(), counts[_WHOLE]
    if not shops:
        return "no shop has this stream"
    if not looked_at:
        return ""
    newest = f"{max(looked_at):%Y-%m-%d}"
    if shops == 1:
        return f"proven whole on {newest}" if whole else f"proof of {newest}"
    return f"proven whole for {whole:,} of {shops:,} shops, newest proof {newest}"


# ── of both ──────────────────────────────────────────────────────────────────────────


def _verdict(  # noqa: PLR0913 -- keyword-only from the fifth on
    stream: str,
    check: Check,
    counts: Counter[str],
    standings: Iterable[Standing],
    *,
    opening: str,
    looked_at: Sequence[datetime],
    examples: tuple[Mapping[str, str | int | float], ...] = (),
) -> CheckVerdict:
    shown = sorted(standings, key=lambda standing: _ORDER.index(standing.verdict))
    to_look_at = counts.total() - counts[_PASSED] - counts[_WHOLE]
    named = sum(standing.verdict != _PASSED for standing in shown[:SHOWN])
    found = {verdict for verdict, shops in counts.items() if shops}
    return CheckVerdict(
        stream=stream,
        check=check,
        passed=not found & _NOT_PASSED,
        severe=bool(found & _SEVERE),
        description=_described(opening, counts, shown),
        counts={verdict: counts[verdict] for verdict in _ORDER if counts[verdict]},
        standings=tuple(shown[:SHOWN]),
        left_out=to_look_at - named,
        examples=examples,
        looked_at=(min(looked_at), max(looked_at)) if looked_at else None,
    )


def _described(
    opening: str, counts: Counter[str], standings: Iterable[Standing]
) -> str:
    """The opening, then the shops that do not pass with why, then the others."""
    by_verdict: dict[str, list[Standing]] = defaultdict(list)
    for standing in standings:
        by_verdict[standing.verdict].append(standing)
    with_why, others = [], []
    for verdict in _ORDER:
        named = by_verdict[verdict][:_NAMED]
        more = counts[verdict] - len(named)
        if verdict in _WITH_WHY:
            with_why += [
                f"{one.shop}, {verdict}: {cut(one.reason, _SAID)}" for one in named
            ]
            further = "more" if named else "shops"
            with_why += [f"{verdict} in {more:,} {further}"] if more else []
        elif counts[verdict] and verdict not in {_PASSED, _WHOLE}:
            names = ", ".join(one.shop for one in named)
            others.append(f"{verdict}: {_and_more(names, more)}")
    told = ": ".join(filter(None, [opening, "; ".join(with_why)]))
    # What a pass means is a sentence; more follows it.
    told = told.removesuffix(".") if others else told
    return "; ".join(filter(None, [told, *others]))


def _and_more(names: str, more: int) -> str:
    if not names:
        return f"{more:,} shops"
    return f"{names} and {more:,} more" if more else names


def cut(text: str, length: int) -> str:
    """The text, or as much of it as `length` characters hold."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
