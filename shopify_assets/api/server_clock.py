"""What time it is at a shop, told by its answers and checked against our own clock.

Charter: the decision whom to believe, which is pure (`judge`), and the few sightings it
rests on, which threads share. Nothing here sends, waits, or reads a clock that it was
not given. What may be done with a time is the caller's business.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from shopify_assets.api.http_dates import http_date
from shopify_assets.clocks import NEAR
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Answers that are remembered.
REMEMBERED = 15
# So many answers tell a time by themselves; fewer need our own clock's word.
ENOUGH = 3
# By so much answers differ that tell the same time: `Date` is in whole seconds, and
# Shopify has many machines.
ALIKE = timedelta(seconds=2)
# One answer this near to our own clock is confirmed by it: it may have been on its way.
CONFIRMED = timedelta(seconds=30)
# Our time of day was set if it has gone on by so much more, or less, than our seconds.
STEP = timedelta(seconds=5)

_NONE = timedelta()


class Odd(StrEnum):
    """What can be wrong about the date of an answer."""

    MISSING = "no date"
    UNREADABLE = "a date that is none"
    FAR = "a date far from the others', or from this machine's clock"


@dataclass(frozen=True)
class Judgement:
    """What a few answers say of a shop's clock.

    Attributes:
        offset: the shop's time less ours; zero where ours is taken.
        is_settled: whether it may be used; if not, further answers are needed.
        refuted: by how much answers that agree contradict our clock; None: they do not.
    """

    offset: timedelta = _NONE
    is_settled: bool = True
    refuted: timedelta | None = None


def judge(offsets: Sequence[timedelta | None]) -> Judgement:
    """Decide whom to believe.

    The median chooses who is believed, so that no third of the answers, and no single
    one, decides. Of those that are alike the latest is taken: an answer tells whole
    seconds, cut off, and was on its way since; none of them is ahead.

    Args:
        offsets: of each answer seen, its date less our time; None: it had none.
    """
    dated = sorted(offset for offset in offsets if offset is not None)
    were_enough = len(offsets) >= ENOUGH
    if not dated:
        return Judgement(is_settled=were_enough)
    median = dated[(len(dated) - 1) // 2]
    alike = [offset for offset in dated if abs(offset - median) <= ALIKE]
    if len(dated) < ENOUGH:
        if all(abs(offset) <= CONFIRMED for offset in dated):
            return Judgement(alike[-1])
        return Judgement(is_settled=were_enough)
    if abs(median) <= NEAR:
        return Judgement(alike[-1])
    refuted = len(alike) >= ENOUGH and 2 * len(alike) > len(dated)
    return Judgement(refuted=median if refuted else None)


@dataclass(frozen=True)
class Seen:
    """An answer's time, as it is taken.

    Attributes:
        at: the shop's time when it answered (UTC, whole seconds).
        odd: what is wrong with the date that came; None: nothing.
    """

    at: datetime
    odd: Odd | None = None


@dataclass(frozen=True)
class _Sighting:
    offset: timedelta | None
    now: datetime
    clock: float


class ServerClock:
    """The clock of one shop; threads share it.

    A sighting is forgotten when our two clocks no longer agree how long ago it was: a
    machine that slept, or whose time was set, begins anew.
    """

    def __init__(
        self, now: Callable[[], datetime], clock: Callable[[], float], *, shop: str
    ) -> None:
        self._now = now
        self._clock = clock
        self._shop = shop
        self._sightings: deque[_Sighting] = deque(maxlen=REMEMBERED)
        self._lock = threading.Lock()

    @property
    def is_settled(self) -> bool:
        """Whether `time` may be asked; if not, the shop has to answer once more."""
        with self._lock:
            return self._judged().is_settled

    def see(self, text: str) -> Seen:
        """Take note of an answer's `Date` header; empty: it had none."""
        date = http_date(text)
        with self._lock:
            now = self._now().astimezone(UTC)
            offset = None if date is None else date - now
            self._sightings.append(_Sighting(offset, now, self._clock()))
            judgement = self._judged()
        believed = _whole_seconds(now + judgement.offset)
        if date is None or offset is None:
            return Seen(believed, Odd.UNREADABLE if text else Odd.MISSING)
        if abs(offset - judgement.offset) > NEAR:
            return Seen(believed, Odd.FAR)
        is_alike = abs(offset - judgement.offset) <= ALIKE
        return Seen(date if is_alike and judgement.is_settled else believed)

    def time(self) -> datetime:
        """The shop's time (UTC, whole seconds): as its answers tell it, near our own.

        Where they tell none that can be used, it is our own.

        Raises:
            ConfigurationError: the answers agree on a time that is far from ours.
        """
        with self._lock:
            judgement = self._judged()
            now = self._now().astimezone(UTC)
        if judgement.refuted is not None:
            raise ConfigurationError(_contradiction(self._shop, now, judgement.refuted))
        return _whole_seconds(now + judgement.offset)

    def _judged(self) -> Judgement:
        now, clock = self._now().astimezone(UTC), self._clock()
        ours = (
            each.offset
            for each in self._sightings
            if abs((now - each.now) - timedelta(seconds=clock - each.clock)) < STEP
        )
        return judge(tuple(ours))


def _whole_seconds(moment: datetime) -> datetime:
    # Cut off, as Shopify's own times are: what happens within this second comes later.
    return moment.replace(microsecond=0)


def _contradiction(shop: str, now: datetime, refuted: timedelta) -> str:
    ours, theirs = (f"{each:%Y-%m-%d %H:%M:%S} UTC" for each in (now, now + refuted))
    return (
        f"shop {shop!r} says that it is {theirs}, the clock of this machine {ours}: "
        "nothing is read, for a wrong time would be stored as if it were true. Let a "
        "time server set this clock (timedatectl set-ntp true); if it is right, "
        "something between here and Shopify rewrites the header Date: a proxy or cache"
    )


@dataclass
class OddDates:
    """How often the dates of answers were odd, and the first example of each kind."""

    _counts: Counter[Odd] = field(default_factory=Counter)
    _examples: dict[Odd, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, odd: Odd, example: str) -> bool:
        """Take note of one; whether it is the first of its kind."""
        with self._lock:
            self._counts[odd] += 1
            self._examples.setdefault(odd, example)
            return self._counts[odd] == 1

    def lines(self) -> tuple[str, ...]:
        """What there was so far, for people: a line a kind."""
        with self._lock:
            return tuple(
                f"{count:,} answers with {odd}, such as {self._examples[odd]}"
                for odd, count in sorted(self._counts.items())
            )
