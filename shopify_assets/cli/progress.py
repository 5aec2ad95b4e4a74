"""How far the shops have come: what is known of it, and how it is put into words.

Charter: figures and texts, from what is told and the time it is told at. Showing them
is `screen`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shopify_assets.proof.verdicts import Verdict

if TYPE_CHECKING:
    from shopify_assets.proof.verdicts import StreamProof
    from shopify_assets.refresh.asked import Outcome

# Fewer streams than this tell nothing of the others.
_TELLING = 3
UNKNOWN = "–"
_MINUTE, _HOUR = 60, 3600


@dataclass
class ShopProgress:
    """How far one shop has come.

    Attributes:
        shop: its domain.
        total: how many streams are asked for.
        began: when its first stream began, in seconds of a monotonic clock.
        ended: how many streams are done with.
        stream: which one is being worked on.
        detail: what was told of it last.
        alike: proofs that are undecided for a reason that was told already.
    """

    shop: str
    total: int
    began: float | None = None
    ended: int = 0
    stream: str = ""
    detail: str = "Dagster is being loaded"
    alike: int = 0
    _failures: set[str] = field(default_factory=set)

    def begin(self, stream: str, now: float) -> None:
        """Take note that a stream begins."""
        self.stream, self.detail = stream, "asking for records"
        self.began = now if self.began is None else self.began

    def end(self, outcome: Outcome, now: float) -> str:
        """Take note of a stream's end, and tell it in one line."""
        return self._ended(outcome.stream, self._became(outcome), now)

    def prove(self, proof: StreamProof, now: float) -> str | None:
        """Take note of a stream's proof; one line, or None if its reason was told."""
        if proof.verdict is not Verdict.UNDECIDED:
            return self._ended(proof.stream, proof.verdict.value, now)
        if proof.why in self._failures:
            self.ended += 1
            self.alike += 1
            return None
        self._failures.add(proof.why)
        became = f"{proof.verdict.value}: {proof.why}"
        return self._ended(proof.stream, became, now)

    def _ended(self, stream: str, became: str, now: float) -> str:
        self.ended += 1
        told = f"{self._place} {stream}: {became}"
        if self.ended >= self.total:
            return told
        return f"{told}; {left(self.seconds_left(now))}"

    def now(self, now: float) -> str:
        """What is being done, in one line."""
        current = f" {self.stream}" if self.stream else ""
        return (
            f"{self.shop} [{min(self.ended + 1, self.total)}/{self.total}]{current}: "
            f"{self.detail}; {left(self.seconds_left(now))}"
        )

    def seconds_left(self, now: float) -> float | None:
        """How long the streams that are left may take; None if nobody can tell yet."""
        if self.began is None:
            return None
        return seconds_left(self.ended, self.total, now - self.began)

    @property
    def _place(self) -> str:
        return f"{self.shop} [{self.ended}/{self.total}]"

    def _became(self, outcome: Outcome) -> str:
        if outcome.skipped:
            return f"skipped: {outcome.skipped}"
        if outcome.idle is not None:
            return outcome.idle
        if outcome.failure is not None:
            return f"FAILED: {self._once(outcome.failure)}"
        figures = (
            f"{outcome.extracted:,} records, {outcome.rows:,} rows, "
            f"{outcome.changed:,} changed, {outcome.seconds:.1f} s"
        )
        return figures if outcome.complete else f"NOT WHOLE: {figures}"

    def _once(self, failure: str) -> str:
        """A shop that is closed fails all its streams by one message: told once."""
        if failure in self._failures:
            return "for the same reason"
        self._failures.add(failure)
        return failure


def seconds_left(ended: int, total: int, seconds: float) -> float | None:
    """How long the streams that are left take, if they take as long as the others.

    None as long as too few have ended to tell.
    """
    if ended < min(_TELLING, total):
        return None
    return seconds / ended * (total - ended)


def left(seconds: float | None) -> str:
    """Time left in words; honest about not knowing."""
    return f"time left: {UNKNOWN if seconds is None else 'about ' + duration(seconds)}"


def duration(seconds: float) -> str:
    """Seconds in words, as coarse as they are long."""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.1f} h"


def brief(line: str) -> str:
    """The news of a long line, without the extraction that it begins with."""
    return line.rpartition(": ")[2]
