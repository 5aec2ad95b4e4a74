"""When to ask again and how long to wait first.

Charter: `RetryConfig` states the rules, `Retrier` applies them and neither sleeps nor
sends, `Waiter` is the one who sleeps, `retrying` ties the three to an action. What went
wrong is told by the class of the error, never by its text.
"""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from shopify_assets.errors import Throttled, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
_WORTH_TELLING = 5.0


class InternalError(Unavailable):
    """Shopify understood the query and failed to answer it; a smaller one may pass.

    The GraphQL codes INTERNAL_SERVER_ERROR and TIMEOUT.
    """


@dataclass(frozen=True)
class RetryConfig:
    """Exactly when and how long the client waits before it asks again.

    After the n-th failure it waits `first_wait * factor ** (n - 1)` seconds, at most
    `longest_wait`, or what the server asked for; either is lengthened by up to the
    share `jitter`. Being throttled is no failure: it waits as told, until the deadline.

    Attributes:
        attempts: failures of one request after which it gives up.
        internal_attempts: the same for internal errors, where a smaller query may help.
        first_wait: seconds after the first failure.
        factor: growth of the wait from one failure to the next.
        longest_wait: seconds; does not shorten what the server asked for.
        jitter: share of the wait added at random, so that clients do not march in step.
        deadline: seconds from the first attempt that no wait may pass.
    """

    attempts: int = 8
    internal_attempts: int = 8
    first_wait: float = 1.0
    factor: float = 2.0
    longest_wait: float = 60.0
    jitter: float = 0.25
    deadline: float = 600.0


class Retrier:
    """Decides for each failure: wait this long, or give up."""

    def __init__(
        self, config: RetryConfig, *, draw: Callable[[], float] = random.random
    ) -> None:
        self._config = config
        self._draw = draw

    def wait(
        self, error: Throttled | Unavailable, *, attempt: int, elapsed: float
    ) -> float | None:
        """Return the seconds to wait before asking again; None to give up.

        Args:
            error: what went wrong.
            attempt: failures so far, this one included; throttling does not count.
            elapsed: seconds since the first attempt began.
        """
        if attempt >= self._limit(error) and not isinstance(error, Throttled):
            return None
        wait = self._stated(error, attempt) * (1 + self._config.jitter * self._draw())
        return wait if elapsed + wait <= self._config.deadline else None

    def _limit(self, error: Throttled | Unavailable) -> int:
        if isinstance(error, InternalError):
            return min(self._config.internal_attempts, self._config.attempts)
        return self._config.attempts

    def _stated(self, error: Throttled | Unavailable, attempt: int) -> float:
        if error.wait is not None:
            return max(0.0, error.wait)
        # The exponent is bounded so that no number of attempts overflows a float.
        growth = self._config.factor ** min(attempt - 1, 64)
        return min(self._config.longest_wait, self._config.first_wait * growth)


@dataclass(frozen=True)
class Waiter:
    """The one who waits; tests pass a clock and a sleep of their own."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def wait(self, seconds: float, *, reason: str) -> None:
        """Sleep, and say so in the log when it takes long."""
        self.tell(seconds, reason=reason)
        self.sleep(seconds)

    def tell(self, seconds: float, *, reason: str) -> None:
        """Say in the log that a long wait begins."""
        if seconds > _WORTH_TELLING:
            _LOG.info("waiting %.0f s: %s", seconds, reason)


def retrying(action: Callable[[], T], *, retrier: Retrier, waiter: Waiter) -> T:
    """Run `action` until it succeeds, fails for good, or the retrier gives up.

    Raises:
        Throttled, Unavailable: the last failure, with a note of how long was tried.
    """
    started = waiter.clock()
    failures = 0
    while True:
        try:
            return action()
        except (Throttled, Unavailable) as error:
            failures += not isinstance(error, Throttled)
            elapsed = waiter.clock() - started
            wait = retrier.wait(error, attempt=failures, elapsed=elapsed)
            if wait is None:
                error.add_note(f"gave up after {failures} failures in {elapsed:.0f} s")
                raise
            waiter.wait(wait, reason=str(error))
