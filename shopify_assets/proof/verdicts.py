"""What a proof says: of which kind it is, its verdict, and the gaps it names.

Charter: frozen values that pass between those who compare, those who mend and those who
show. Nothing here compares or asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

# Types are there at run time, for values are read back from what another process wrote.
from shopify_assets.windows import Window

# Ids of a gap that are written down; how many there are is always told.
_IDS_WRITTEN = 1_000


class Kind(Enum):
    """What is compared with what."""

    FILES = "files"  # raw files with what Shopify promised of them
    ROWS = "rows"  # stored rows with what was loaded
    WINDOWS = "windows"  # windows that were loaded with all the time there was
    IDS = "ids"  # the shop's ids with those of the table
    COUNTS = "counts"  # Shopify's own counts with the table's rows
    SAMPLE = "sample"  # whole rows, fetched again, with those stored
    SUMS = "sums"  # sums within the warehouse with one another


class Verdict(Enum):
    """What is known after a proof, the best first."""

    WHOLE = "whole"
    RECENT = "proven for 60 days"  # what is older, the app is not shown
    DUE = "due with the next look back"  # came late, and is no gap within a day
    NOT_APPLICABLE = "not applicable"
    UNDECIDED = "undecided"
    GAP = "gap"


class Trouble(Enum):
    """What is wrong in a gap."""

    NEVER_LOADED = "never loaded"
    FILE = "raw file"
    SKIPPED = "window never loaded"
    MISSING = "missing"
    STALE = "older than the shop's"
    DELETED = "deleted at the shop"
    COUNT = "counts differ"
    DIFFERENT = "rows differ"
    SUM = "sums differ"
    ALTERED = "not as loaded"


@dataclass(frozen=True, kw_only=True)
class Gap:
    """One place where the copy is not what the shop is.

    Attributes:
        trouble: what is wrong.
        detail: thing and values, for people.
        window: where in time of the replication key, if that is known.
        ids: global ids of the root records concerned, if they are known.
        explained: another proof names the records; nothing is to be done for this gap.
        set_aside: why the records cannot be read, if they are set aside for that.
    """

    trouble: Trouble
    detail: str
    window: Window | None = None
    ids: tuple[str, ...] = ()
    explained: bool = False
    set_aside: str = ""

    def as_json(self) -> dict[str, Any]:
        """It as JSON, with no more than 1,000 ids."""
        window = self.window
        return {
            "trouble": self.trouble.value,
            "detail": self.detail,
            "window": [window.start.isoformat(), window.end.isoformat()]
            if window
            else None,
            "records": len(self.ids),
            "ids": list(self.ids[:_IDS_WRITTEN]),
            "explained": self.explained,
            "set_aside": self.set_aside,
        }


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One kind of proof of one stream of one shop.

    Attributes:
        kind: what was compared.
        verdict: what is known now.
        reason: why it could not be made or decided, or what is to be known of it; of
            what is whole, a note that takes nothing from it.
        figures: what was counted and spent, by name.
        gaps: what is missing, or too much.
    """

    kind: Kind
    verdict: Verdict
    reason: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """It as JSON."""
        return {
            "kind": self.kind.value,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "figures": dict(self.figures),
            "gaps": [each.as_json() for each in self.gaps],
        }


@dataclass(frozen=True)
class Proviso:
    """What keeps a proof without a gap from being that of the whole, and why.

    One that leaves it whole is a note.
    """

    verdict: Verdict
    reason: str


def judged(
    kind: Kind,
    gaps: Iterable[Gap],
    *,
    figures: Mapping[str, Any],
    provisos: Iterable[Proviso] = (),
) -> Proof:
    """A proof that was made: a gap, if there is one; else the worst of the provisos."""
    named = tuple(gaps)
    told = list(provisos)
    verdict = worst(each.verdict for each in told)
    return Proof(
        kind=kind,
        verdict=Verdict.GAP if named else verdict,
        reason="; ".join(each.reason for each in told),
        figures=figures,
        gaps=named,
    )


def undecided(reason: str) -> tuple[Proviso, ...]:
    """The proviso that a proof could not be decided; none without a reason."""
    return (Proviso(Verdict.UNDECIDED, reason),) if reason else ()


def note(reason: str) -> Proviso:
    """What is to be known of a proof, and takes nothing from it."""
    return Proviso(Verdict.WHOLE, reason)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several; whole, if there are none."""
    return max(verdicts, key=list(Verdict).index, default=Verdict.WHOLE)


def not_applicable(kind: Kind, reason: str) -> Proof:
    """A kind of proof that this stream does not allow."""
    return Proof(kind=kind, verdict=Verdict.NOT_APPLICABLE, reason=reason)


@dataclass(frozen=True, kw_only=True)
class StreamProof:
    """All proofs of one stream of one shop.

    Attributes:
        shop: the shop's domain.
        stream: the stream's name.
        proven_at: the shop's clock when the proof began.
        proofs: one of each kind.
        repairs: what was done to mend it, told for people.
        failure: why it could not be made; empty if it was.
    """

    shop: str
    stream: str
    proven_at: datetime
    proofs: tuple[Proof, ...]
    repairs: tuple[str, ...] = ()
    failure: str = ""

    @property
    def verdict(self) -> Verdict:
        """The worst of all; not applicable only if nothing could be proven."""
        made = [each.verdict for each in self.proofs]
        real = [each for each in made if each is not Verdict.NOT_APPLICABLE]
        if self.failure:
            return worst([*real, Verdict.UNDECIDED])
        return worst(real) if real else Verdict.NOT_APPLICABLE

    @property
    def provisos(self) -> tuple[str, ...]:
        """Why it is not that of the whole, where no gap and no failure tells."""
        limited = (Verdict.RECENT, Verdict.DUE, Verdict.UNDECIDED)
        found = (each for each in self.proofs if each.verdict in limited)
        return tuple(dict.fromkeys(each.reason for each in found))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of what is whole, and takes nothing from it."""
        found = (each for each in self.proofs if each.verdict is Verdict.WHOLE)
        return tuple(dict.fromkeys(each.reason for each in found if each.reason))

    @property
    def why(self) -> str:
        """In one line, the first thing that keeps it from being whole; else empty."""
        reasons = (*(gap.detail for gap in self.gaps), self.failure, *self.provisos)
        return next((reason for reason in reasons if reason), "")

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The gaps of all kinds."""
        return tuple(gap for each in self.proofs for gap in each.gaps)

    @property
    def never_loaded(self) -> bool:
        """Whether there is nothing to prove, since nothing was ever loaded."""
        return any(gap.trouble is Trouble.NEVER_LOADED for gap in self.gaps)

    def as_json(self) -> dict[str, Any]:
        """It as JSON."""
        return {
            "shop": self.shop,
            "stream": self.stream,
            "proven_at": self.proven_at.isoformat(),
            "verdict": self.verdict.value,
            "repairs": list(self.repairs),
            "failure": self.failure,
            "provisos": list(self.provisos),
            "notes": list(self.notes),
            "proofs": [each.as_json() for each in self.proofs],
        }


def unproven(shop: str, stream: str, reason: str, *, at: datetime) -> StreamProof:
    """The proof of a stream of which nothing could be looked at."""
    kinds = (
        Proof(kind=kind, verdict=Verdict.UNDECIDED, reason=reason) for kind in Kind
    )
    return StreamProof(
        shop=shop, stream=stream, proven_at=at, proofs=tuple(kinds), failure=reason
    )


def tally(proofs: Iterable[StreamProof]) -> str:
    """How many streams have which verdict, in words, the best first.

    What is not applicable stands for itself: it is never counted as whole.
    """
    counts = Counter(proof.verdict for proof in proofs)
    return ", ".join(
        f"{counts[verdict]:,} {verdict.value}" for verdict in Verdict if counts[verdict]
    )
