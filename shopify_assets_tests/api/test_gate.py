"""The gate that lets the requests of many threads pass."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from shopify_assets.api.gate import CostGate
from shopify_assets.api.throttle import Cost, ThrottleStatus
from shopify_assets.api.waiting import Waiter

if TYPE_CHECKING:
    import pytest

    from shopify_assets_tests.api.conftest import Time


def test_a_costly_query_is_not_overtaken_by_cheap_ones() -> None:
    """A cheap one that comes while it waits has to queue, though its points are there.

    Else cheap ones could take the points away for ever.
    """
    passed: list[str] = []
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        if not cheap.is_alive() and not passed:
            cheap.start()
            cheap.join(0.05)

    def pass_cheaply() -> None:
        with gate.passage(10):
            passed.append("cheap")

    cheap = threading.Thread(target=pass_cheaply)
    gate = CostGate(Waiter(lambda: now, sleep), deadline=600, name="shop")
    with gate.passage(1500) as passage:
        passage.spent = Cost(1500, 1500, ThrottleStatus(2000, 500, 100))
    with gate.passage(700):
        passed.append("costly")
    cheap.join()
    assert passed == ["costly", "cheap"]
    assert now == 2


def test_a_long_wait_is_told_once(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    """Though it is slept in small pieces, to look for points that came earlier."""
    caplog.set_level(logging.INFO, logger="shopify_assets")
    gate = CostGate(Waiter(time.clock, time.sleep), deadline=600, name="shop 'x'")
    with gate.passage(2000) as passage:
        passage.spent = Cost(2000, 2000, ThrottleStatus(2000, 0, 100))
    with gate.passage(750):
        pass
    assert time.sleeps == [1] * 7 + [0.5]
    assert [each.getMessage() for each in caplog.records] == [
        "waiting 8 s: shop 'x': cost bucket holds less than 750 points"
    ]
