"""The day's seed, and the shop that is asked."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

SEED = "FUZZ_SEED"


def seed() -> str:
    """What all chance of this run depends on: FUZZ_SEED, or else the day."""
    return os.environ.get(SEED) or f"{datetime.now(UTC):%Y-%m-%d}"


def pytest_report_header() -> str:
    """Tell the seed, so that a failure can be repeated."""
    return f"fuzz: {SEED}={seed()}"


@pytest.fixture(scope="session")
def dice_seed() -> str:
    return seed()
