"""Fixtures shared by all tests: a real PostgreSQL server, and a database per test."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from shopify_assets.postgres import embedded
from shopify_assets.postgres.connect import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def pytest_configure() -> None:
    """Choose the folder of the server that all workers of this run share."""
    if SERVER_HOME not in os.environ:
        home = tempfile.mkdtemp(prefix="shopify_assets-tests-")
        # PostgreSQL, which refuses root, runs as a user who has to enter it.
        Path(home).chmod(0o755)
        os.environ[SERVER_HOME] = home


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server when the last worker has gone."""
    if not hasattr(config, "workerinput") and SERVER_HOME in os.environ:
        home = Path(os.environ.pop(SERVER_HOME))
        embedded.stop(home)
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def server_home() -> Path:
    """The state folder of the server that this test run uses."""
    return Path(os.environ[SERVER_HOME])


@pytest.fixture(scope="session")
def postgres_url(server_home: Path) -> str:
    """The URL of a server for this test run; started by the first test that asks."""
    return embedded.start(server_home, settings=TEST_SETTINGS)


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """The URL of an empty database of this test's own."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        # The other strategy writes the template through the log: twice the time.
        create = sql.SQL("CREATE DATABASE {} STRATEGY file_copy")
        server.execute(create.format(sql.Identifier(name)))
        yield _with_database(postgres_url, name)
        server.execute(
            sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        )


@pytest.fixture
def postgres(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection to an empty database of this test's own."""
    with connect(database_url) as connection:
        yield connection


def _with_database(url: str, name: str) -> str:
    return url.removesuffix(str(conninfo_to_dict(url)["dbname"])) + name
