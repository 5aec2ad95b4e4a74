"""A first start in containers makes the passwords; none is known to everybody."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("dagster-database", "warehouse", "pgpass")


def _start(
    project: Path, folder: Path, **given: str
) -> subprocess.CompletedProcess[str]:
    """Run the script as the service does; the files' owners are ourselves."""
    ourselves = str(os.geteuid())
    return subprocess.run(  # noqa: S603 -- our own script
        ["/bin/sh", project / "deploy" / "passwords.sh"],
        env={
            "PATH": os.environ["PATH"],
            "PASSWORDS": str(folder),
            "DATABASE_UID": ourselves,
            "PIPELINE_UID": ourselves,
            **given,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def _texts(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text("utf-8") for name in FILES}


def test_each_password_is_made_once_and_for_its_reader_alone(
    project: Path, tmp_path: Path
) -> None:
    first = _start(project, tmp_path)
    made = _texts(tmp_path)
    again = _start(project, tmp_path)

    assert (first.returncode, again.returncode) == (0, 0)
    assert again.stdout == "passwords: made already, unchanged\n"
    assert _texts(tmp_path) == made
    assert made["dagster-database"] != made["warehouse"]
    assert min(len(made[name]) for name in FILES) >= 32
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in FILES}
    assert modes == {0o400}
    assert made["warehouse"] not in first.stdout + first.stderr


def test_a_start_that_was_cut_is_taken_up(project: Path, tmp_path: Path) -> None:
    (tmp_path / "warehouse").write_text("half")
    (tmp_path / "warehouse").chmod(0o400)
    assert _start(project, tmp_path).returncode == 0
    assert _texts(tmp_path)["warehouse"] in _texts(tmp_path)["pgpass"]


def test_a_password_that_is_given_is_taken(project: Path, tmp_path: Path) -> None:
    _start(project, tmp_path, WAREHOUSE_PASSWORD="given-1")
    assert _texts(tmp_path)["warehouse"] == "given-1"


def test_a_password_that_pgpass_would_misread_is_refused_unseen(
    project: Path, tmp_path: Path
) -> None:
    done = _start(project, tmp_path, WAREHOUSE_PASSWORD="a:b")
    assert done.returncode == 1
    assert "warehouse" in done.stderr
    assert "a:b" not in done.stderr
    assert not (tmp_path / "pgpass").exists()


def test_a_database_lets_in_who_reads_the_file(
    project: Path,
    tmp_path: Path,
    database_url: str,
    administrator: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the URL of compose.yaml, whose host is found at the test's own server."""
    _start(project, tmp_path)
    password = _texts(tmp_path)["warehouse"]
    place = conninfo_to_dict(database_url)
    url = _compose(project)["services"]["code"]["environment"]["WAREHOUSE_URL"]
    url = url.removeprefix("${WAREHOUSE_URL:-").removesuffix("}")

    made = sql.SQL("CREATE ROLE warehouse LOGIN PASSWORD {}")
    administrator.execute(made.format(sql.Literal(password)))
    try:
        monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
        here = make_conninfo(
            url, hostaddr="127.0.0.1", port=place["port"], dbname=place["dbname"]
        )
        with psycopg.connect(here) as connection:
            assert connection.info.user == "warehouse"
    finally:
        administrator.execute("DROP ROLE warehouse")


def _compose(project: Path) -> dict[str, Any]:
    text = (project / "deploy" / "compose.yaml").read_text("utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def test_no_password_stands_in_the_compose_file(project: Path) -> None:
    """Neither in a URL, nor as the default of a variable."""
    for name, service in _compose(project)["services"].items():
        for variable, value in (service.get("environment") or {}).items():
            if "PASSWORD" in variable and not variable.endswith("_FILE"):
                given = (f"${{{variable}:-}}", f"${{{variable}:?")
                assert value.startswith(given), (name, variable)
            if "://" in value:
                authority = value.partition("://")[2].partition("@")[0]
                assert ":" not in authority, (name, variable)


def test_databases_start_when_their_passwords_are_made(project: Path) -> None:
    services = _compose(project)["services"]
    for name in ("dagster-database", "warehouse"):
        file = services[name]["environment"]["POSTGRES_PASSWORD_FILE"]
        assert file == f"/passwords/{name}"
        assert services[name]["depends_on"] == {
            "passwords": {"condition": "service_completed_successfully"}
        }
