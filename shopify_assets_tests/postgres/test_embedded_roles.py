"""What the pipeline may do in the embedded server, and what the server knows of us."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psycopg
import pytest

from shopify_assets.errors import ConfigurationError, Unavailable
from shopify_assets.postgres.embedded import server
from shopify_assets_tests.postgres.embedded_homes import (
    make_earlier,
    processes,
    start,
    start_earlier,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import LiteralString

SECRETS = {
    "MY_STORE_TOKEN": "shpat_0123456789abcdef0123456789abcdef",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
}

# Its own environment, and that of the process that runs it.
PROGRAM = "COPY said FROM PROGRAM 'env; tr ''\\000'' ''~'' < /proc/$PPID/environ'"
FORBIDDEN: tuple[LiteralString, ...] = (
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "CREATE TEMP TABLE said (line text); COPY said FROM PROGRAM 'env'",
    "COPY (SELECT 1) TO '/dev/null'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    "ALTER SYSTEM SET log_statement = 'all'",
    "CREATE ROLE another",
    "CREATE DATABASE another",
    "ALTER ROLE shopify_assets SUPERUSER",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "GRANT pg_execute_server_program TO shopify_assets",
    "SET session_replication_role = 'replica'",
    "SELECT rolpassword FROM pg_authid",
    "CREATE EXTENSION file_fdw",
    "ALTER DATABASE template1 RENAME TO taken",
)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_pipelines_role_gets_nothing_of_the_superusers(
    postgres_url: str, statement: LiteralString
) -> None:
    with (
        psycopg.connect(postgres_url, autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_the_pipelines_role_makes_schemas_and_tables_in_its_databases(
    postgres: psycopg.Connection,
) -> None:
    postgres.execute("CREATE SCHEMA mine")
    postgres.execute("CREATE TABLE mine.rows AS SELECT 1 AS one")
    owners = postgres.execute(
        "SELECT tableowner FROM pg_tables WHERE schemaname = 'mine' UNION ALL "
        "SELECT datdba::regrole::text FROM pg_database WHERE datname = "
        "current_database()"
    ).fetchall()
    assert owners == [("shopify_assets",), ("shopify_assets",)]


def test_no_process_of_the_server_knows_what_we_were_told(
    folder: Path,
    stops: Callable[[Path], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    home = stops(folder / "home")
    start(home)
    environments = {
        entry.name: (entry / "environ").read_bytes() for entry in processes(home)
    }
    # Even its superuser, who may run programs, learns nothing.
    with psycopg.connect(server.administrator(home)) as connection:
        connection.execute("CREATE TEMP TABLE said (line text)")
        connection.execute(PROGRAM)
        said = str(connection.execute("SELECT line FROM said").fetchall())
    assert len(environments) > 4
    for name, value in SECRETS.items():
        for text in (said, *map(str, environments.values())):
            assert name not in text
            assert value not in text
    assert "PATH=" in said


def test_the_server_gets_descriptors_of_its_lock_and_its_log_alone(
    folder: Path, stops: Callable[[Path], Path]
) -> None:
    home = stops(folder / "home")
    with (folder / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)  # noqa: FBT003 -- os'
        start(home)
        held = {
            str(descriptor.readlink())
            for entry in processes(home)
            for descriptor in (entry / "fd").iterdir()
        }
    ours = {each for each in held if each.startswith(str(folder))}
    within = str(home / "postgres-18") + "/"
    assert {each for each in ours if not each.startswith(within)} == {
        str(home / "postgres-18.d" / "server.lock"),
        str(home / "postgres-18.d" / "server.log"),
    }


MADE = (
    "CREATE SCHEMA shopify",
    """CREATE TABLE shopify."Odd name" (
        id bigserial, n int GENERATED ALWAYS AS IDENTITY
    )""",
    'CREATE VIEW shopify.seen AS SELECT * FROM shopify."Odd name"',
    "CREATE MATERIALIZED VIEW shopify.kept AS SELECT 1 AS one",
    "CREATE TYPE shopify.color AS ENUM ('red')",
    "CREATE DOMAIN shopify.words AS text",
    "CREATE SEQUENCE shopify.numbers",
    """CREATE FUNCTION shopify.twice(a int, b shopify.color) RETURNS int
        LANGUAGE sql AS 'SELECT 2 * a'""",
    'CREATE STATISTICS shopify.both ON id, n FROM shopify."Odd name"',
    "CREATE TABLE public.loose AS SELECT 'here' AS value",
)
FOREIGN = """
    SELECT 'relation', relname::text FROM pg_class WHERE relowner = 10
      AND relnamespace::regnamespace::text IN ('shopify', 'public')
    UNION ALL SELECT 'routine', proname FROM pg_proc WHERE proowner = 10
      AND pronamespace::regnamespace::text IN ('shopify', 'public')
    UNION ALL SELECT 'type', typname FROM pg_type WHERE typowner = 10
      AND typnamespace::regnamespace::text IN ('shopify', 'public')
    UNION ALL SELECT 'statistics', stxname FROM pg_statistic_ext WHERE stxowner = 10
    UNION ALL SELECT 'database', datname FROM pg_database
      WHERE datdba = 10 AND NOT datistemplate
    UNION ALL SELECT 'schema', nspname FROM pg_namespace
      WHERE nspowner = 10 AND nspname = 'shopify'
"""


@pytest.fixture
def earlier(folder: Path, stops: Callable[[Path], Path]) -> Path:
    """A folder of an earlier version, whose server is stopped."""
    home = stops(folder / "earlier")
    make_earlier(home)
    return home


def fill(url: str) -> None:
    """Make one of everything, as the superuser that loaded in earlier versions."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in MADE:
            connection.execute(statement)
        connection.execute("CREATE DATABASE dagster")
    with psycopg.connect(url, dbname="dagster") as connection:
        connection.execute("CREATE TABLE runs (id serial)")


def assert_handed_over(url: str) -> None:
    """All of it is the role's now, and can be used and removed by it."""
    for database in ("postgres", "dagster"):
        with psycopg.connect(url, dbname=database, autocommit=True) as connection:
            assert connection.info.user == "shopify_assets"
            assert connection.execute(FOREIGN).fetchall() == []
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT value FROM public.loose").fetchone()
        assert row == ("here",)
        connection.execute('INSERT INTO shopify."Odd name" DEFAULT VALUES')
        connection.execute("DROP SCHEMA shopify CASCADE")


def test_what_an_earlier_version_loaded_is_the_roles_at_the_next_start(
    earlier: Path,
) -> None:
    fill(start_earlier(earlier))
    server.stop(earlier)
    assert not server.status(earlier).running
    assert_handed_over(start(earlier))
    left = {path.name for path in (earlier / "postgres-18").glob("shopify_assets.*")}
    assert left == set()


def test_a_server_that_an_earlier_version_started_is_found_and_taken_over(
    earlier: Path,
) -> None:
    url = start_earlier(earlier)
    fill(url)
    before = (earlier / "postgres-18" / "postmaster.pid").read_text("utf-8")
    assert server.status(earlier).running
    assert_handed_over(start(earlier))
    assert (earlier / "postgres-18" / "postmaster.pid").read_text("utf-8") == before
    # What the earlier version still runs goes on, until the server is started anew.
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop(earlier)
    start(earlier)
    assert not list((earlier / "postgres-18").glob("shopify_assets.*"))


def test_a_hand_over_that_was_interrupted_is_finished(earlier: Path) -> None:
    url = start_earlier(earlier)
    fill(url)
    with psycopg.connect(url) as holding:
        holding.execute('LOCK TABLE shopify."Odd name"')
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "shopify_assets.postgres.embedded.roles._PATIENCE",
                "SET lock_timeout = '100ms'",
            )
            with pytest.raises(Unavailable, match="are in use; end what works"):
                start(earlier)
    assert_handed_over(start(earlier))


def test_a_login_that_is_lost_is_told_without_a_word_of_what_was_read(
    earlier: Path,
) -> None:
    file = earlier / "postgres-18" / "shopify_assets.pgpass"
    file.write_text("root:$6$secret:0:0\n")
    with pytest.raises(ConfigurationError, match="holds no login") as refused:
        start(earlier)
    assert "secret" not in str(refused.value)
    file.unlink()
    with pytest.raises(ConfigurationError, match="is missing, so nobody"):
        start(earlier)
