"""Laws of the cost bucket."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.api.throttle import Cost, CostBucket, ThrottleStatus

POINTS = st.floats(0, 40_000)
COSTS = st.floats(0, 1000)
TIMES = st.floats(0, 1e6)
STATUSES = st.builds(
    ThrottleStatus,
    maximum=st.floats(1000, 40_000),
    available=st.floats(-2000, 40_000),
    restore_rate=st.floats(1, 2000),
)


@given(STATUSES, COSTS, TIMES)
def test_after_the_wait_the_points_are_there(
    status: ThrottleStatus, cost: float, now: float
) -> None:
    bucket = CostBucket(now, status)
    wait = bucket.wait_for(cost, now)
    assert 0 <= wait < math.inf
    assert bucket.wait_for(cost, now + wait) == 0


@given(STATUSES, COSTS, TIMES)
def test_the_wait_is_no_longer_than_needed(
    status: ThrottleStatus, cost: float, now: float
) -> None:
    """A tenth sooner the points were not there yet."""
    bucket = CostBucket(now, status)
    wait = bucket.wait_for(cost, now)
    assert wait < 0.01 or bucket.wait_for(cost, now + wait * 0.9) > 0


@given(STATUSES, TIMES, st.floats(0, 1e5))
def test_the_bucket_never_holds_more_than_its_size(
    status: ThrottleStatus, now: float, later: float
) -> None:
    assert CostBucket(now, status).available(now + later) <= status.maximum


@given(STATUSES, COSTS, COSTS, TIMES)
def test_what_is_held_for_one_is_not_there_for_another(
    status: ThrottleStatus, held: float, cost: float, now: float
) -> None:
    """And is there again when the request comes to nothing."""
    bucket = CostBucket(now, status)
    before = bucket.available(now)
    bucket.spend(held)
    assert bucket.available(now) == before - held
    assert bucket.wait_for(cost, now) >= CostBucket(now, status).wait_for(cost, now)
    bucket.settle(held, None, now)
    assert bucket.available(now) == before


@given(STATUSES, STATUSES, COSTS, COSTS, TIMES)
def test_the_answer_to_the_only_request_is_believed(
    believed: ThrottleStatus,
    told: ThrottleStatus,
    held: float,
    actual: float,
    now: float,
) -> None:
    bucket = CostBucket(now, believed)
    bucket.spend(held)
    bucket.settle(held, Cost(held, actual, told), now)
    assert bucket.available(now) == CostBucket(now, told).available(now)


@given(STATUSES, POINTS, COSTS, COSTS, TIMES)
def test_an_answer_among_others_lowers_the_belief_but_does_not_raise_it(
    status: ThrottleStatus, told: float, held: float, other: float, now: float
) -> None:
    """No more than the books say, nor than the answer says."""
    bucket = CostBucket(now, status)
    before = bucket.available(now)
    bucket.spend(held)
    bucket.spend(other + 1)
    answer = Cost(held, held, replace(status, available=told))
    bucket.settle(held, answer, now)
    assert bucket.available(now) <= min(before - held - other, told) + 0.01


@given(STATUSES, COSTS, COSTS, TIMES)
def test_an_answer_that_tells_its_cost_only_is_booked(
    status: ThrottleStatus, held: float, actual: float, now: float
) -> None:
    bucket = CostBucket(now, status)
    before = bucket.available(now)
    bucket.spend(held)
    bucket.settle(held, Cost(held, actual, None), now)
    assert bucket.available(now) == pytest.approx(before - actual)


@given(STATUSES, STATUSES, st.floats(1, 400), TIMES)
def test_a_bucket_of_another_size_is_believed_at_once(
    believed: ThrottleStatus, told: ThrottleStatus, other: float, now: float
) -> None:
    """The shop has changed its plan, or this is the first answer."""
    bucket = CostBucket(now, believed)
    bucket.spend(100)
    bucket.spend(other)
    changed = replace(told, maximum=believed.maximum + 1, available=500)
    bucket.settle(100, Cost(100, 100, changed), now)
    assert bucket.available(now) == pytest.approx(500)


@given(STATUSES, st.floats(40_001, 1e9), TIMES)
def test_a_cost_above_the_size_waits_for_a_full_bucket_only(
    status: ThrottleStatus, cost: float, now: float
) -> None:
    bucket = CostBucket(now, status)
    assert bucket.wait_for(cost, now) == bucket.wait_for(status.maximum, now)


@given(STATUSES, COSTS, TIMES, st.floats(0, 100))
def test_a_clock_that_runs_back_restores_nothing(
    status: ThrottleStatus, cost: float, now: float, back: float
) -> None:
    bucket = CostBucket(now, status)
    assert bucket.wait_for(cost, now - back) == bucket.wait_for(cost, now)


@dataclass
class Flight:
    """A request on its way: at first to the server, then worked on, then back."""

    requested: float
    actual: float
    status: ThrottleStatus | None = None


@given(st.data(), st.sampled_from([(2000, 100), (4000, 200), (20_000, 1000)]))
def test_who_keeps_these_books_is_never_throttled(
    data: st.DataObject, plan: tuple[float, float]
) -> None:
    """Against a server that takes the requested points and gives back the unused ones.

    Requests and answers overtake each other and take any time; the server tells what
    is there when it has done one.
    """
    maximum, rate = plan
    level, now = float(maximum), 0.0
    bucket = CostBucket(now, ThrottleStatus(maximum, level, rate))
    sent: list[Flight] = []
    working: list[Flight] = []
    done: list[Flight] = []
    for _ in range(data.draw(st.integers(1, 40))):
        passed = data.draw(st.sampled_from([0.0, 0.01, 0.5, 3.0]))
        now, level = now + passed, min(maximum, level + passed * rate)
        step = data.draw(st.sampled_from(["send", "send", "start", "end", "receive"]))
        queue = {"send": None, "start": sent, "end": working, "receive": done}[step]
        if queue is None:
            requested = data.draw(st.sampled_from([10, 280, 900, 1000]))
            if bucket.wait_for(requested, now) == 0:
                bucket.spend(requested)
                share = data.draw(st.sampled_from([0.0, 0.3, 1.0]))
                sent.append(Flight(requested, requested * share))
            continue
        if not queue:
            continue
        flight = queue.pop(data.draw(st.integers(0, len(queue) - 1)))
        if step == "start":
            assert level >= flight.requested - 0.01
            level -= flight.requested
            working.append(flight)
        elif step == "end":
            level = min(maximum, level + flight.requested - flight.actual)
            flight.status = ThrottleStatus(maximum, level, rate)
            done.append(flight)
        else:
            spent = Cost(flight.requested, flight.actual, flight.status)
            bucket.settle(flight.requested, spent, now)
