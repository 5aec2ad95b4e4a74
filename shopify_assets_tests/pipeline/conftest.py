"""A stage of each test's own, and one that no test changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopify_assets.simulator.server import Simulator
from shopify_assets_tests.stage import EMBER, LUMEN, Stage, Time, shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def still() -> Iterator[Simulator]:
    """Two shops that no test changes or breaks."""
    shops = (
        shop(EMBER, orders=90),
        shop(
            LUMEN,
            orders=40,
            currency="EUR",
            presentment_currencies=("USD", "KWD"),
            seed=7,
        ),
    )
    with Simulator(shops, clock=Time()) as simulator:
        yield simulator


@pytest.fixture
def stage(still: Simulator, tmp_path: Path) -> Stage:
    """The unchanged shops, and a lake of the test's own."""
    return Stage(still, tmp_path / "lake", Time())


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stage]:
    """A small shop of the test's own, to change and to break."""
    time = Time()
    with Simulator([shop(orders=30)], clock=time) as simulator:
        yield Stage(simulator, tmp_path / "lake", time)
