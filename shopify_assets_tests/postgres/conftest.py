"""Folders for embedded servers of a test's own."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shopify_assets.postgres.embedded import server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that any user may enter (pytest's own is closed to others)."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def stops() -> Iterator[Callable[[Path], Path]]:
    """Have the server of a home stopped after the test."""
    with ExitStack() as stack:

        def stops(home: Path) -> Path:
            stack.callback(server.stop, home)
            return home

        yield stops
