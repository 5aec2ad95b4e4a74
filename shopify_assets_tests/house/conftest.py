"""The project's own files."""

from __future__ import annotations

from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder that holds README, Makefile and packages."""
    return PROJECT
