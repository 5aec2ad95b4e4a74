"""A token that rotates is never lost: processes that renew it, killed at every step."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from shopify_assets.simulator.http.server import SimulatedShop, Simulator
from shopify_assets.simulator.world.spec import Reuse
from shopify_assets_tests.api.rotating import RATE, Ending, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# From the lock's taking to its giving back. The draft is written twice: with blanks
# before the trade, with the pair after it.
BEFORE_THE_TRADE = (
    "before flock:.lock",
    "after flock:.lock",
    "before pwrite:.draft",
    "half pwrite:.draft",
    "before fsync:.draft",
    "after fsync:.draft",
    "half pwrite:.trading",
    "before fsync:.trading",
    "before replace:.traded",
    "after replace:.traded",
    "before fsync:folder",
    "after fsync:folder",
    "before send:shop",
)
# What Shopify has traded, and no disk holds.
IN_THE_AIR = (
    "after send:shop#2",
    "before answer:shop",
    "after answer:shop",
    "before pwrite:.draft#2",
    "half pwrite:.draft#2",
)
AFTER_THE_TRADE = (
    "after pwrite:.draft#2",
    "before fsync:.draft#2",
    "after fsync:.draft#2",
    "before replace:.json",
    "after replace:.json",
    "before fsync:folder#2",
    "after fsync:folder#2",
    "before close:.lock",
)
POINTS = (*BEFORE_THE_TRADE, *IN_THE_AIR, *AFTER_THE_TRADE)
# Where nothing is lost even if a refresh token dies at its first use.
SAFE = (*BEFORE_THE_TRADE, *AFTER_THE_TRADE)


@contextmanager
def scenes(
    folder: Path, points: Sequence[str], reuse: Reuse, *, seconds: float
) -> Iterator[list[Scene]]:
    """A shop of its own for each point, by a clock that runs fast."""
    epoch = time.time()
    shops = [
        SimulatedShop(f"shop-{number}.myshopify.com", orders=1, products=1, reuse=reuse)
        for number in range(len(points))
    ]

    def clock() -> datetime:
        return datetime.fromtimestamp(epoch + (time.time() - epoch) * RATE, UTC)

    with Simulator(shops, clock=clock) as simulator:
        yield [
            Scene(
                simulator.base_url(shop.domain),
                shop.domain,
                str(folder / shop.domain),
                epoch,
                point,
                seconds=seconds,
            )
            for shop, point in zip(shops, points, strict=True)
        ]


def endings(
    folder: Path, points: Sequence[str], reuse: Reuse, *, seconds: float = 1.2
) -> list[Ending]:
    """Play the scenes in a process without threads, so that it can fork."""
    with scenes(folder, points, reuse, seconds=seconds) as played:
        done = subprocess.run(
            [sys.executable, "-m", "shopify_assets_tests.api.rotating"],
            input=json.dumps([asdict(scene) for scene in played]),
            capture_output=True,
            text=True,
            check=True,
        )
    return [Ending(**ending) for ending in json.loads(done.stdout)]


def told(found: Sequence[Ending]) -> str:
    """The figures, one line a point."""
    return "\n".join(
        f"{ending.point or 'no kill':26} killed {ending.killed!s:5} "
        f"{ending.statuses} lost: {ending.lost or 'no'}"
        for ending in found
    )


def refused(found: Sequence[Ending]) -> list[str]:
    """What was raised by those who went on, that tells of a lost pair."""
    return [
        error for ending in found for error in ending.errors if "grants no" in error
    ]


def test_a_kill_between_trade_and_storing_loses_no_pair(tmp_path: Path) -> None:
    """Three processes go on, without a refusal, as Shopify answers again."""
    points = ["after answer:shop", "after pwrite:.draft#2"]
    found = endings(tmp_path, points, Reuse.UNTIL_USED)
    assert [ending.killed for ending in found] == [True, True]
    assert [ending.lost for ending in found] == ["", ""]
    assert refused(found) == []
    assert all(ending.statuses["200"] for ending in found)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("reuse", [Reuse.UNTIL_USED, Reuse.ANEW])
def test_no_kill_at_any_point_loses_a_pair(tmp_path: Path, reuse: Reuse) -> None:
    found = endings(tmp_path, POINTS, reuse)
    print(f"\n{reuse}\n{told(found)}")  # noqa: T201 -- the figures
    assert [ending.point for ending in found if not ending.killed] == []
    assert [ending.point for ending in found if ending.lost] == []
    assert refused(found) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_where_a_token_dies_at_its_first_use_what_is_in_the_air_is_lost_and_said(
    tmp_path: Path,
) -> None:
    """Nobody can know the new pair then; all else is kept."""
    found = endings(tmp_path, POINTS, Reuse.NEVER)
    print(f"\n{Reuse.NEVER}\n{told(found)}")  # noqa: T201 -- the figures
    assert [ending.point for ending in found if not ending.killed] == []
    lost = {ending.point: ending.lost for ending in found if ending.lost}
    assert lost.keys() == set(IN_THE_AIR)
    for words in lost.values():
        assert words.startswith("RefreshRefused: ")
        assert "The pair is lost: it was given away at 20" in words
        assert "the merchant must authorise the app again" in words


@pytest.mark.slow
def test_four_processes_renew_side_by_side(tmp_path: Path) -> None:
    """Some thirty renewals of a pair, and not one refusal."""
    (ending,) = endings(tmp_path, [""], Reuse.NEVER, seconds=30)
    print(f"\n{told([ending])}\nin the air: {ending.window:.0f} µs")  # noqa: T201 -- the figures
    assert ending.lost == ""
    assert ending.errors == []
    assert ending.statuses["200"] > 0
