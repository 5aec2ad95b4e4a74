"""Waiting, and saying so: no wait of the client's is silent for long.

Charter: the one who sleeps, and who is told of it. How long to wait is decided by
`retry.py`, `throttle.py` and the callers; what is told goes to whoever the work at hand
names, or to the log of progress.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.redaction import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Seconds of waiting that are told, and after which it is told again.
WORTH_TELLING = 5.0
LONGEST_SILENCE = 30.0

_PROGRESS = logging.getLogger("shopify_assets.progress")


# Who is told of what is no wait, by those who know no client: the keepers of tokens.
_report: ContextVar[Callable[[str], None]] = ContextVar(
    "report", default=_PROGRESS.warning
)


def warn(line: str) -> None:
    """Tell whoever `warning_to` names in this thread, or else the log of progress."""
    _report.get()(line)


@contextmanager
def warning_to(report: Callable[[str], None]) -> Iterator[None]:
    """Let `report` be given what this thread warns of while the block runs."""
    before = _report.set(report)
    try:
        yield
    finally:
        _report.reset(before)


@dataclass(frozen=True)
class _Listener:
    """Who is told, and which work the lines are about."""

    report: Callable[[str], None]
    work: str = ""


class Waiter:
    """The one who waits; tests pass a clock and a sleep of their own.

    Attributes:
        clock: tells seconds that only grow.
        sleep: sleeps so many seconds.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        *,
        silence: float = LONGEST_SILENCE,
    ) -> None:
        self.clock = clock
        self.sleep = sleep
        self.silence = silence
        self._listener = _Listener(_PROGRESS.warning)

    @contextmanager
    def told_to(self, report: Callable[[str], None], *, work: str) -> Iterator[None]:
        """Tell `report` of waits and retries while the block runs.

        Threads share the listener: a client does one piece of work at a time.

        Args:
            report: is given each line.
            work: what the lines are about, such as `stream orders`.
        """
        before, self._listener = self._listener, _Listener(report, work)
        try:
            yield
        finally:
            self._listener = before

    def tell(self, line: str) -> None:
        """Tell of something worth a warning."""
        listener, line = self._listener, shown(line, lines=True)
        listener.report(f"{listener.work}: {line}" if listener.work else line)

    def wait(self, seconds: float, *, reason: str) -> None:
        """Sleep; a long wait is told when it begins, and again while it lasts."""
        self._sleep_through(Stretch(self), seconds, reason)

    def wait_as_told(self, seconds: float, *, reason: str) -> None:
        """Sleep after the wait was told; a long one is told again while it lasts."""
        self._sleep_through(Stretch(self, told=True), seconds, reason)

    def _sleep_through(self, stretch: Stretch, seconds: float, reason: str) -> None:
        left = seconds
        while True:
            # The last piece is no reason to speak once more.
            nap = left if left <= self.silence + WORTH_TELLING else self.silence
            stretch.nap(nap, reason=reason, left=left)
            left -= nap
            if left <= 0:
                return

    @contextmanager
    def watching(self, doing: str) -> Iterator[Watch]:
        """While the block runs, say every now and then what it still waits for."""
        watch = Watch(doing)
        over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(watch, over), daemon=True)
        watcher.start()
        try:
            yield watch
        finally:
            over.set()
            watcher.join()

    def _watch(self, watch: Watch, over: threading.Event) -> None:
        silences = 0
        while not over.wait(self.silence):
            silences += 1
            self.tell(f"{watch.doing}: {silences * self.silence:.0f} s without an end")


@dataclass
class Watch:
    """What is going on at the moment, for people; whoever does it keeps it true."""

    doing: str


class Stretch:
    """A wait in pieces, told when it turns out to be long, and while it lasts."""

    def __init__(self, waiter: Waiter, *, told: bool = False) -> None:
        self._waiter = waiter
        self._started = self._spoke_at = waiter.clock()
        self._told = told

    def nap(self, seconds: float, *, reason: str, left: float | None = None) -> None:
        """Sleep one piece.

        Args:
            seconds: how long.
            reason: what is waited for.
            left: seconds of the whole wait that are left, as far as is known.
        """
        self.speak(reason=reason, left=seconds if left is None else left)
        self._waiter.sleep(seconds)

    def speak(self, *, reason: str, left: float) -> None:
        """Tell of the wait if that is due."""
        now = self._waiter.clock()
        waited = now - self._started
        if self._told:
            if now - self._spoke_at < self._waiter.silence:
                return
            line = f"still waiting after {waited:.0f} s, {left:.0f} s more: {reason}"
        elif waited + left > WORTH_TELLING:
            line = f"waiting {left:.0f} s: {reason}"
        else:
            return
        self._told, self._spoke_at = True, now
        self._waiter.tell(line)
