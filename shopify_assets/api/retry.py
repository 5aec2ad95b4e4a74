"""When to ask again and how long to wait first.

Charter: `RetryConfig` states the rules, `Retrier` applies them and neither sleeps nor
sends, `retrying` ties them and the one who waits to an action. What went wrong is told
by the class of the error, never by its text.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from shopify_assets.errors import AccessDenied, Throttled, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.api.waiting import Waiter

T = TypeVar("T")

# A passing refusal and a lasting one look alike: asked once more, they do not.
_FORBIDDEN_ATTEMPTS = 2


class InternalError(Unavailable):
    """Shopify understood the query and failed to answer it; a smaller one may pass.

    The GraphQL codes INTERNAL_SERVER_ERROR, TIMEOUT and their like, errors without a
    code that say so, and answers that hold null where the schema has none.
    """


class Forbidden(AccessDenied):
    """HTTP 403: seldom it passes, mostly it lasts; it never says which scope."""

    wait: float | None = None


Passing: TypeAlias = Throttled | Unavailable | Forbidden
"""What is asked again."""


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

    def wait(self, error: Passing, *, attempt: int, elapsed: float) -> float | None:
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

    def next_try(self, error: Passing, *, attempt: int) -> str:
        """Say which try of how many comes next, after so many failures."""
        if isinstance(error, Throttled):
            return f"until {self._config.deadline:.0f} s have passed"
        return f"try {attempt + 1} of {self._limit(error)}"

    def _limit(self, error: Passing) -> int:
        if isinstance(error, Forbidden):
            return min(_FORBIDDEN_ATTEMPTS, self._config.attempts)
        if isinstance(error, InternalError):
            return min(self._config.internal_attempts, self._config.attempts)
        return self._config.attempts

    def _stated(self, error: Passing, attempt: int) -> float:
        if error.wait is not None:
            return max(0.0, error.wait)
        # The exponent is bounded so that no number of attempts overflows a float.
        growth = self._config.factor ** min(max(attempt - 1, 0), 64)
        return min(self._config.longest_wait, self._config.first_wait * growth)


def retrying(
    action: Callable[[], T], *, retrier: Retrier, waiter: Waiter, doing: str
) -> T:
    """Run `action` until it succeeds, fails for good, or the retrier gives up.

    Every failure that is tried again is told: what, why, how long, which try.

    Args:
        action: what to do.
        retrier: the rules.
        waiter: who waits and tells.
        doing: what the action does, for people.

    Raises:
        Throttled, Unavailable, Forbidden: the last failure, with a note of how long
            was tried.
    """
    started = waiter.clock()
    failures: Counter[bool] = Counter()
    while True:
        try:
            return action()
        except (Throttled, Unavailable, Forbidden) as error:
            kind = isinstance(error, Forbidden)
            failures[kind] += not isinstance(error, Throttled)
            elapsed = waiter.clock() - started
            wait = retrier.wait(error, attempt=failures[kind], elapsed=elapsed)
            if wait is None:
                total = failures.total()
                error.add_note(f"gave up after {total} failures in {elapsed:.0f} s")
                raise
            next_try = retrier.next_try(error, attempt=failures[kind])
            waiter.tell(f"{doing}: again in {wait:.3g} s, {next_try}: {error}")
            waiter.wait_as_told(wait, reason=doing)
