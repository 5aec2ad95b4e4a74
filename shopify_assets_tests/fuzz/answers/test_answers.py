"""Whatever an answer holds: all the truth, an error of ours, or less and told.

A part of all changes is tried in every run of the tests, chosen by the day's seed, and
more of them by `make fuzz`. FUZZ_SEED=… repeats what a seed chose.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from shopify_assets.simulator.http.server import Simulator
from shopify_assets_tests.api.server import Server
from shopify_assets_tests.fuzz.answers.judging import FAULTS, Judge, Judged
from shopify_assets_tests.fuzz.answers.recording import Recorder
from shopify_assets_tests.fuzz.answers.runs import SCENARIOS, Place
from shopify_assets_tests.stage import Time, shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PART, ALL = 300, 2_000
_TOLD = 12


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[Judge]:
    """A small shop behind a proxy, and what its streams truly hold."""
    server, time_of_day = Server(), Time()
    with Simulator([shop(orders=9)], clock=time_of_day) as simulator:
        recorder = Recorder(simulator.url, server)
        server.answer = recorder.answer
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            made = Judge(Place(recorder, simulator, tmp_path, time_of_day), SCENARIOS)
            made.learn()
            yield made
        finally:
            server.closing.set()
            server.shutdown()
            server.server_close()
            thread.join()


@pytest.mark.timeout(600)
def test_part_of_all_wrong_answers_harms_nothing(judge: Judge, dice_seed: str) -> None:
    _assert_no_faults(judge, dice_seed, PART)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_wrong_answers_harm_nothing(judge: Judge, dice_seed: str) -> None:
    _assert_no_faults(judge, dice_seed, ALL)


def _assert_no_faults(judge: Judge, seed: str, count: int) -> None:
    started = time.monotonic()
    faults = [one for one in judge.judge(seed, count) if one.ending in FAULTS]
    print(f"\nFUZZ_SEED={seed}: {count} wrong answers")  # noqa: T201 -- `make fuzz` shows its figures
    for ending, number in judge.endings.most_common():
        print(f"  {number:5} {ending.value}")  # noqa: T201 -- the same
    print(f"  {time.monotonic() - started:.1f} s")  # noqa: T201 -- the same
    told = "\n".join(map(str, _one_of_each(faults)))
    assert not faults, f"FUZZ_SEED={seed}: {len(faults)} faults\n{told}"


def _one_of_each(faults: list[Judged]) -> list[Judged]:
    """A few of the faults, of as many kinds as there are."""
    by_end = {fault.told[-120:]: fault for fault in faults}
    return list(by_end.values())[:_TOLD]
