"""Laws of asking again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.api.retry import (
    InternalError,
    Retrier,
    RetryConfig,
    retrying,
)
from shopify_assets.api.waiting import Waiter
from shopify_assets.errors import ApiError, Throttled, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets_tests.api.conftest import Time

CONFIGS = st.builds(
    RetryConfig,
    attempts=st.integers(1, 20),
    internal_attempts=st.integers(1, 20),
    first_wait=st.floats(0.01, 10),
    factor=st.floats(1, 4),
    longest_wait=st.floats(0.01, 100),
    jitter=st.floats(0, 1),
    deadline=st.floats(0, 10_000),
)
DRAWS = st.floats(0, 1)
WAITS = st.floats(0, 1000)
FAULTS = st.one_of(
    st.builds(lambda wait: Unavailable("busy", wait=wait), st.none() | WAITS),
    st.builds(lambda wait: Throttled("throttled", wait=wait), WAITS),
    st.just(InternalError("internal")),
)


@given(CONFIGS, DRAWS, FAULTS, st.integers(0, 10_000), st.floats(0, 20_000))
def test_no_wait_passes_the_deadline(
    config: RetryConfig,
    draw: float,
    fault: Throttled | Unavailable,
    attempt: int,
    elapsed: float,
) -> None:
    retrier = Retrier(config, draw=lambda: draw)
    wait = retrier.wait(fault, attempt=attempt, elapsed=elapsed)
    assert wait is None or wait >= 0
    assert wait is None or elapsed + wait <= config.deadline


@given(CONFIGS, DRAWS, WAITS, st.integers(0, 100))
def test_what_the_server_asks_for_is_never_shortened(
    config: RetryConfig, draw: float, asked: float, attempt: int
) -> None:
    retrier = Retrier(config, draw=lambda: draw)
    error = Unavailable("busy", wait=asked)
    wait = retrier.wait(error, attempt=attempt, elapsed=0)
    assert wait is None or asked <= wait <= asked * (1 + config.jitter)


@given(CONFIGS, DRAWS, st.integers(1, 19))
def test_waits_of_our_own_grow_up_to_the_longest(
    config: RetryConfig, draw: float, attempt: int
) -> None:
    retrier = Retrier(config, draw=lambda: draw)
    waits = [
        retrier.wait(Unavailable("gone"), attempt=each, elapsed=0)
        for each in (attempt, attempt + 1)
    ]
    shorter, longer = waits
    if shorter is not None and longer is not None:
        assert shorter <= longer <= config.longest_wait * (1 + config.jitter)


@given(CONFIGS, DRAWS)
def test_it_gives_up_after_the_attempts_it_was_given(
    config: RetryConfig, draw: float
) -> None:
    retrier = Retrier(config, draw=lambda: draw)
    limits = (
        (Unavailable("gone"), config.attempts),
        (InternalError("internal"), min(config.attempts, config.internal_attempts)),
    )
    for error, limit in limits:
        assert retrier.wait(error, attempt=limit, elapsed=0) is None


@given(CONFIGS, DRAWS, st.integers(0, 10_000))
def test_being_throttled_is_no_failure(
    config: RetryConfig, draw: float, attempt: int
) -> None:
    retrier = Retrier(config, draw=lambda: draw)
    wait = retrier.wait(Throttled("full", wait=0), attempt=attempt, elapsed=0)
    assert wait == 0


def raising(*errors: Exception) -> Iterator[Exception | None]:
    yield from errors
    yield None


def test_an_action_is_repeated_until_it_succeeds(time: Time) -> None:
    """Throttling in between neither counts nor resets the back-off."""
    troubles = raising(
        Unavailable("a"), Throttled("b", wait=7), Unavailable("c"), Unavailable("d")
    )

    def action() -> str:
        if (trouble := next(troubles)) is not None:
            raise trouble
        return "done"

    retrier = Retrier(RetryConfig(jitter=0))
    waiter = Waiter(time.clock, time.sleep)
    assert retrying(action, retrier=retrier, waiter=waiter, doing="it") == "done"
    assert time.sleeps == [1, 7, 2, 4]


def test_errors_that_last_are_not_repeated(time: Time) -> None:
    def action() -> None:
        raise ApiError("a bug")

    with pytest.raises(ApiError):
        retrying(
            action,
            retrier=Retrier(RetryConfig()),
            waiter=Waiter(time.clock, time.sleep),
            doing="it",
        )
    assert time.sleeps == []


def test_the_default_waits_add_up_to_two_minutes(time: Time) -> None:
    """Long enough for an ordinary incident, short enough for a run's time-out."""

    def action() -> None:
        raise Unavailable("gone")

    retrier = Retrier(RetryConfig(jitter=0))
    with pytest.raises(Unavailable):
        retrying(
            action, retrier=retrier, waiter=Waiter(time.clock, time.sleep), doing="it"
        )
    assert sum(time.sleeps) == 1 + 2 + 4 + 8 + 16 + 32 + 60
