"""`stop`: the embedded PostgreSQL ends when it is told to, and not under somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from shopify_assets.postgres.connect import connect
from shopify_assets.postgres.embedded import server
from shopify_assets_tests.conftest import TEST_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shopify_assets_tests.cli.conftest import Called


@pytest.fixture
def home(place: Path) -> Iterator[Path]:
    """The state folder of the working directory; its server is stopped at last."""
    # PostgreSQL, which refuses root, runs as a user who has to enter it.
    for folder in (place, *place.parents[:3]):
        folder.chmod(0o755)
    home = place / ".shopify_assets"
    yield home
    server.stop(home)


def test_nothing_to_stop_is_no_failure(call: Callable[..., Called], home: Path) -> None:
    done = call("stop")
    assert (done.code, done.out) == (0, f"no embedded PostgreSQL runs in {home}\n")


def test_a_server_that_is_used_is_stopped_only_by_force(
    call: Callable[..., Called], home: Path
) -> None:
    url = server.start(home, settings=TEST_SETTINGS)
    port = server.status(home).port
    with connect(url) as connection:
        refused = call("stop")
        assert refused.code == 1
        assert f"still in use: {home} by shopify_assets; end that first" in refused.err
        assert connection.execute("SELECT 1").fetchone() == (1,)
        done = call("stop", "--force")
        assert done.code == 0
        assert f"stopped the PostgreSQL on port {port}, data in" in done.out
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert not server.status(home).running
