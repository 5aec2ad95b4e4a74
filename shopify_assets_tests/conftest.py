"""Fixtures shared by all tests: a real PostgreSQL server, simulated shops."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import hypothesis
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from shopify_assets.postgres.connect import connect
from shopify_assets.postgres.embedded import server
from shopify_assets.simulator.http.server import Simulator
from shopify_assets_tests import leaks
from shopify_assets_tests.stage import EMBER, LUMEN, Stage, Time, shop

if TYPE_CHECKING:
    from collections.abc import Iterator

# A busy machine is slow now and then, and proves nothing by it.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

# Set by the first process of a test run, inherited by the workers of pytest-xdist.
SERVER_HOME = "SHOPIFY_ASSETS_TESTS_SERVER_HOME"

# Nothing a test writes must survive a power cut.
TEST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_connections": "200",
}

# The server's own workers are not ours to end; they give way by themselves.
END_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user
      AND pid <> pg_backend_pid()
"""
SCHEMAS = """
    SELECT nspname FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
"""


def pytest_configure(config: pytest.Config) -> None:
    """Choose the folder of the server that all workers of this run share."""
    if not config.pluginmanager.hasplugin(leaks.__name__):
        config.pluginmanager.register(leaks.Plugin(), leaks.__name__)
    if SERVER_HOME not in os.environ:
        home = tempfile.mkdtemp(prefix="shopify_assets-tests-")
        # PostgreSQL, which refuses root, runs as a user who has to enter it.
        Path(home).chmod(0o755)
        os.environ[SERVER_HOME] = home


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server when the last worker has gone."""
    if not hasattr(config, "workerinput") and SERVER_HOME in os.environ:
        home = Path(os.environ.pop(SERVER_HOME))
        server.stop(home)
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def server_home() -> Path:
    """The state folder of the server that this test run uses."""
    return Path(os.environ[SERVER_HOME])


@pytest.fixture(scope="session")
def postgres_url(server_home: Path) -> str:
    """The URL of a server for this test run; started by the first test that asks."""
    return server.start(server_home, settings=TEST_SETTINGS)


@pytest.fixture(scope="session")
def worker_database_url(server_home: Path, postgres_url: str) -> str:
    """The URL of a database of this worker's own."""
    return made_database(server_home, postgres_url, f"test_{uuid4().hex}")


@pytest.fixture
def database_url(worker_database_url: str) -> str:
    """The URL of an empty database of this test's own (emptied, which is quick)."""
    with psycopg.connect(worker_database_url, autocommit=True) as database:
        database.execute(END_OTHERS)
        schemas = database.execute(SCHEMAS).fetchall()
        for (name,) in schemas:
            drop = sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name))
            database.execute(drop)
        database.execute("CREATE SCHEMA public")
    return worker_database_url


@pytest.fixture
def postgres(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection to an empty database of this test's own."""
    with connect(database_url) as connection:
        yield connection


@pytest.fixture
def administrator(server_home: Path, database_url: str) -> Iterator[psycopg.Connection]:
    """The superuser in that database: what the pipeline's own role may not do."""
    url = server.administrator(server_home)
    name = conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(url, dbname=str(name), autocommit=True) as connection:
        yield connection


def made_database(home: Path, url: str, name: str) -> str:
    """Make a database in the server of `home`; the URL of it."""
    server.make_database(home, name)
    return f"{url.rpartition('/')[0]}/{name}"


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
    wall = still.store(EMBER).clock
    return Stage(still, tmp_path / "lake", Time(), wall=wall)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stage]:
    """A small shop of the test's own, to change and to break."""
    time = Time()
    with Simulator([shop(orders=30)], clock=time) as simulator:
        yield Stage(simulator, tmp_path / "lake", time)
