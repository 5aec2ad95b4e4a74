"""The plug-in that looks for secrets finds them, wherever a test lets them out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shopify_assets_tests import leaks

ROOT = Path(__file__).parents[2]
CONFTEST = """
import pytest
from shopify_assets_tests import leaks

def pytest_configure(config):
    config.pluginmanager.register(leaks.Plugin())
"""
SUITE = """
import logging, subprocess, sys
import pytest, zstandard
from shopify_assets.errors import ConfigurationError
from shopify_assets.settings import Secret, load_settings

SESAME = "open-sesame-" + "0123456789"

@pytest.fixture(autouse=True)
def secret():
    Secret(SESAME)

def test_prints():
    print("x", SESAME)

def test_prints_what_is_captured(capsys):
    print(SESAME)
    capsys.readouterr()

def test_logs():
    logging.getLogger("x").warning("a %s", SESAME)

def test_logs_a_trace():
    try:
        raise ValueError(SESAME)
    except ValueError:
        logging.getLogger("x").exception("y")

def test_raises():
    with pytest.raises(ConfigurationError):
        raise ConfigurationError(f"no {SESAME}")

def test_writes(tmp_path):
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "events.db").write_bytes(b"\\0" + SESAME.encode())

def test_compresses(tmp_path):
    packed = zstandard.compress(b"1" * 100_000 + SESAME.encode())
    (tmp_path / "part.ndjson.zst").write_bytes(packed)

def test_starts():
    subprocess.run([sys.executable, "-c", f"print({SESAME!r})"], capture_output=True)

def test_shows_a_token_by_its_look():
    print("shpat" + "_0123")

def test_shows_a_password_of_a_url():
    Secret("postgresql://me:" + SESAME + "x@host/data")
    print(SESAME + "x")

def test_keeps_a_token_where_tokens_are_kept(tmp_path):
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens" / "ember.json").write_text(SESAME)

def test_is_silent(tmp_path):
    (tmp_path / "lake").write_text("sesame")
    print("sesame", logging.WARNING)

@pytest.mark.shows_secrets("to see what becomes of it")
def test_may_show():
    print(SESAME)
"""
QUIET = {
    "test_keeps_a_token_where_tokens_are_kept",
    "test_is_silent",
    "test_may_show",
}


@pytest.mark.shows_secrets("the tests within leak, and print what they leaked")
def test_a_test_that_leaks_fails_and_says_where(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST, "utf-8")
    (tmp_path / "test_suite.py").write_text(SUITE, "utf-8")
    options = ("-q", "-rE", "--show-capture=no", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", *options, "-n", "2", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(  # noqa: S603 -- our own command
        command, capture_output=True, check=False, env=environment, cwd=tmp_path
    )
    told = done.stdout.decode()
    names = [
        line.split("(")[0].split()[1]
        for line in SUITE.splitlines()
        if line.startswith("def test_")
    ]
    leaking = [name for name in names if name not in QUIET]
    for name in leaking:
        assert f"::{name} let a secret out, into " in told, told
    for name in QUIET:
        assert f"::{name} let" not in told
    assert f"{len(names)} passed, {len(leaking)} errors" in told
    for place in (
        "its output",
        "the log of x",
        "the text of a ConfigurationError",
        "the file dagster/events.db",
        "the file part.ndjson.zst",
    ):
        assert place in told
    assert "open-sesame" not in told.replace("short test summary", "")


def test_a_secret_in_the_books_is_found(database_url: str) -> None:
    import psycopg  # noqa: PLC0415 -- of this test alone

    found = leaks.Leaks()
    found.keep("open-sesame_0123456789")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA shopify_assets")
        connection.execute("CREATE TABLE shopify_assets.loads (told text)")
        assert list(found._books(database_url)) == []  # noqa: SLF001 -- what is tested
        insert = "INSERT INTO shopify_assets.loads VALUES (%s)"
        connection.execute(insert, ["see open-sesame_0123456789"])
        assert list(found._books(database_url)) == [  # noqa: SLF001 -- the same
            "the table shopify_assets.loads"
        ]
        connection.execute("DROP SCHEMA shopify_assets CASCADE")
