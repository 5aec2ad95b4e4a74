"""The cost bucket: one per shop, leaky, read from the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.simulator.shop.bucket import Bucket

if TYPE_CHECKING:
    from shopify_assets_tests.simulator.conftest import Asker, Clock

COSTS = 200
EXPENSIVE = "{" + " ".join(f"c{n}: ordersCount {{ count }}" for n in range(20)) + "}"


def drained(own: Asker) -> dict[str, Any]:
    """Spend the whole bucket; returns the refusal that follows."""
    for _ in range(2000 // COSTS):
        assert "errors" not in own.answer(EXPENSIVE)
    return own.answer(EXPENSIVE)


def test_an_empty_bucket_refuses_with_http_200_and_fills_again(
    own: Asker, clock: Clock
) -> None:
    refused = drained(own)
    assert "data" not in refused
    assert refused["errors"][0]["message"] == "Throttled"
    assert refused["errors"][0]["extensions"]["code"] == "THROTTLED"
    cost = refused["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (COSTS, None)
    assert cost["throttleStatus"] == {
        "maximumAvailable": 2000,
        "currentlyAvailable": 0,
        "restoreRate": 100,
    }
    clock.forward(1.9)
    assert "errors" in own.answer(EXPENSIVE)
    clock.forward(0.2)
    assert "errors" not in own.answer(EXPENSIVE)
    assert own.simulator.requests(own.domain).throttled == 2


def test_a_refused_query_costs_nothing(own: Asker, clock: Clock) -> None:
    drained(own)
    clock.forward(1)
    status = own.answer(EXPENSIVE)["extensions"]["cost"]["throttleStatus"]
    assert status["currentlyAvailable"] == 100


@pytest.mark.parametrize(
    ("taken", "seconds", "left"), [(500, 0, 1500), (500, 3, 1800), (500, 60, 2000)]
)
def test_points_come_back_with_time_up_to_the_size(
    taken: int, seconds: float, left: float
) -> None:
    bucket = Bucket.full(100, now=0)
    assert bucket.take(taken, now=0)
    assert bucket.available(now=seconds) == left


def test_more_than_is_in_it_cannot_be_taken() -> None:
    bucket = Bucket.full(100, now=0)
    assert not bucket.take(2001, now=0)
    assert bucket.available(now=0) == 2000
