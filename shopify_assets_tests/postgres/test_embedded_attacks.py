"""The account of the server tries to get root's files, and gets nothing of them.

What an earlier version of ours kept in the data folder was opened by root through
links and given to that account.
"""

from __future__ import annotations

import os
import shutil
import socketserver
import stat
import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shopify_assets.errors import ConfigurationError, ShopifyAssetsError
from shopify_assets.postgres.embedded import copies, ours, server
from shopify_assets.postgres.embedded.programs import Account
from shopify_assets_tests.postgres.embedded_homes import make_earlier, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root has another account's folder to be wary of"
)

CONTENT = "127.0.0.1:1:*:root:Tr0ub4dor\n"  # the form of a login, but no login of ours
PLACES = (
    "shopify_assets.lock",
    "shopify_assets.pgpass",
    "server.log",
    "postmaster.pid",
)
PLANTS = ("link", "hard link", "pipe", "folder", "link to a pipe")
TRIES = 300


@pytest.fixture
def victim(folder: Path) -> Iterator[Path]:
    """A file of root's; nothing of it has changed after the test."""
    file = folder / "victim"
    file.write_text(CONTENT)
    file.chmod(0o600)
    before = file.stat()
    yield file
    after = file.stat()
    kept = [
        (seen.st_uid, seen.st_gid, stat.S_IMODE(seen.st_mode), seen.st_size)
        for seen in (before, after)
    ]
    assert kept[0] == kept[1]
    assert file.read_text() == CONTENT


@pytest.fixture(scope="module")
def homes() -> Iterator[Path]:
    """State folders of today (`today`) and of an earlier version (`earlier`)."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        start(place / "today")
        server.stop(place / "today")
        make_earlier(place / "earlier")
        yield place


@pytest.fixture(params=["today", "earlier"])
def home(
    request: pytest.FixtureRequest,
    homes: Path,
    folder: Path,
) -> Iterator[Path]:
    """A copy of such a folder, of the test's own, its server stopped."""
    original, home = homes / request.param, folder / "home"
    shutil.copytree(original, home)
    owner = (original / "postgres-18").stat()
    for path in (home / "postgres-18", *(home / "postgres-18").rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    yield home
    attempt(partial(server.stop, home))


def plant(path: Path, kind: str, victim: Path) -> None:
    """Put something in the place of a file."""
    path.unlink(missing_ok=True)
    if kind == "link":
        path.symlink_to(victim)
    elif kind == "hard link":
        path.hardlink_to(victim)
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        pipe = path.with_name("pipe")
        if not pipe.exists():
            os.mkfifo(pipe)
        path.symlink_to(pipe)


def attempt(act: Callable[[], object]) -> str:
    """Do it; what was told, if it was refused."""
    try:
        act()
    except ShopifyAssetsError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("home", ["earlier"], indirect=True)
@pytest.mark.parametrize("kind", PLANTS)
@pytest.mark.parametrize("place", PLACES[:2])
def test_what_an_earlier_version_left_is_looked_at_before_it_is_taken_over(
    home: Path, victim: Path, place: str, kind: str
) -> None:
    plant(home / "postgres-18" / place, kind, victim)
    acts = (server.status, start, server.psql_command, server.stop)
    answers = [attempt(partial(act, home)) for act in acts]
    assert [place in told for told in answers[:2]] == [True, True]
    assert "Tr0ub4dor" not in "".join(answers)


@pytest.mark.parametrize("home", ["today"], indirect=True)
@pytest.mark.parametrize("kind", PLANTS)
def test_what_is_ours_lies_where_the_servers_account_cannot_write(
    home: Path, victim: Path, kind: str
) -> None:
    data = home / "postgres-18"
    for place in PLACES:
        if (place, kind) != ("postmaster.pid", "folder"):  # refused, below
            plant(data / place, kind, victim)
    url = start(home)
    assert start(home) == url
    mine = home / "postgres-18.d"
    assert {path.stat().st_uid for path in (home, mine, *mine.iterdir())} == {0}
    planted = {data / place for place in PLACES}
    written = {
        path.lstat().st_uid
        for path in data.rglob("*")
        if path not in planted and path.name != "pipe"
    }
    assert written == {data.stat().st_uid}


@pytest.mark.parametrize("home", ["today"], indirect=True)
def test_a_folder_in_the_place_of_the_process_number_is_told(home: Path) -> None:
    (home / "postgres-18" / "postmaster.pid").mkdir()
    with pytest.raises(ConfigurationError, match=r"postmaster\.pid cannot be removed"):
        start(home)


@pytest.mark.parametrize("home", ["earlier"], indirect=True)
@pytest.mark.parametrize("place", PLACES[:2])
def test_names_that_are_exchanged_while_they_are_opened_gain_nothing(
    home: Path, victim: Path, place: str
) -> None:
    data = home / "postgres-18"
    kept, path = data / "kept", data / place
    path.rename(kept)
    ended = threading.Event()

    account = Account.owning(data)

    def exchange() -> None:
        while not ended.is_set():
            shutil.copy2(kept, data / "next")
            os.chown(data / "next", account.uid, account.gid)
            (data / "next").replace(path)
            (data / "next").symlink_to(victim)
            (data / "next").replace(path)

    thread = threading.Thread(target=exchange)
    thread.start()
    refusals = []
    try:
        for _ in range(TRIES):
            mine = home / "postgres-18.d"
            shutil.rmtree(mine, ignore_errors=True)
            refusals.append(attempt(partial(ours.adopt_login, data, account)))
            (mine / "adopted").touch()
            refusals.append(attempt(partial(ours.is_free, data, account)))
    finally:
        ended.set()
        thread.join()
    assert not [told for told in refusals if "Tr0ub4dor" in told]
    # Both were met, or nothing was raced.
    assert "" in refusals
    assert [told for told in refusals if "is a link" in told]


@pytest.mark.parametrize("home", ["today"], indirect=True)
@pytest.mark.parametrize("name", ["server.lock", "server.log", "login.pgpass"])
def test_a_file_of_ours_that_is_none_is_refused(
    home: Path, victim: Path, name: str
) -> None:
    """Should the folder ever have been open to others."""
    plant(home / "postgres-18.d" / name, "link", victim)
    with pytest.raises(ConfigurationError, match=f"{name} is a link"):
        start(home)


@pytest.mark.parametrize("home", ["today"], indirect=True)
def test_a_folder_of_ours_that_is_not_ours_alone_is_refused(
    home: Path, folder: Path
) -> None:
    mine = home / "postgres-18.d"
    mine.chmod(0o770)
    with pytest.raises(ConfigurationError, match="can be written by others"):
        start(home)
    mine.chmod(0o700)
    os.chown(mine, 65534, 65534)
    with pytest.raises(ConfigurationError, match="belongs to user id 65534, not 0"):
        start(home)
    os.chown(mine, 0, 0)
    mine.rename(folder / "moved")
    mine.symlink_to(folder / "moved")
    with pytest.raises(ConfigurationError, match="is no folder"):
        start(home)
    mine.unlink()
    (folder / "moved").rename(mine)
    start(home)


@pytest.mark.parametrize("home", ["today"], indirect=True)
def test_the_end_of_a_log_is_quoted_harmless_and_without_reading_all_of_it(
    home: Path,
) -> None:
    log = home / "postgres-18.d" / "server.log"
    with log.open("wb") as file:
        file.truncate(8 * 2**30)  # takes no room
        file.seek(0, os.SEEK_END)
        file.write(b"\x1b[2J\x07 the last line\n" + "ü".encode() * 1000)
    end = ours.end_of_log(home / "postgres-18")
    assert end.endswith("\\x1b[2J\\x07 the last line\n" + "ü" * 1000)
    assert "\x1b" not in end


ASKS_FOR_PLAIN_TEXT = b"R" + (8).to_bytes(4) + (3).to_bytes(4)


@pytest.mark.parametrize("home", ["today"], indirect=True)
def test_a_program_that_took_the_port_is_not_sent_the_password(home: Path) -> None:
    file = home / "postgres-18.d" / "administrator.pgpass"
    _, port, _, _, password = file.read_text().strip().split(":")
    received = []

    class Thief(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            received.append(self.request.recv(4096))  # what it would be spoken to as
            self.request.sendall(ASKS_FOR_PLAIN_TEXT)
            received.append(self.request.recv(4096))

    class Listening(socketserver.ThreadingTCPServer):
        allow_reuse_address = True

    with (
        Listening(("127.0.0.1", int(port)), Thief) as thief,
        ours.server_lock(home / "postgres-18", Account.owning(home / "postgres-18")),
    ):
        thread = threading.Thread(target=thief.serve_forever)
        thread.start()
        try:
            assert not server.status(home).running
        finally:
            thief.shutdown()
            thread.join()
    assert received
    assert password.encode() not in b"".join(received)


def test_a_system_folder_that_another_may_write_to_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = folder / "system"
    system.mkdir()
    monkeypatch.setattr(copies, "SYSTEM_FOLDER", system)
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    spoils = (partial(system.chmod, 0o777), partial(os.chown, system, 65534, 0))
    for spoil in spoils:
        system.chmod(0o755)
        spoil()
        with pytest.raises(ConfigurationError, match="it is not used, for somebody"):
            start(closed / "home")
        assert list(system.iterdir()) == []


PARTS = (Path("programs") / "bin", Path("libraries"))


@pytest.fixture
def packages(folder: Path) -> Path:
    """An installed wheel, as small as can be."""
    packages = folder / "packages"
    for part in PARTS:
        (packages / part).mkdir(parents=True)
        (packages / part / "file").write_text("here")
        (packages / part / "file").chmod(0o755)
        (packages / part / "link").symlink_to("file")
    return packages


def test_a_copy_keeps_links_and_the_right_to_run_whatever_the_umask(
    folder: Path, packages: Path
) -> None:
    before = os.umask(0o077)
    try:
        copy = copies.copied(packages, PARTS, into=folder / "system")
    finally:
        os.umask(before)
    modes = {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in (folder / "system", copy, *copy.rglob("*"))
    }
    name = f"system/{copy.name}"
    assert modes == {
        "system": 0o711,
        name: 0o711,
        f"{name}/programs": 0o755,
        f"{name}/programs/bin": 0o755,
        f"{name}/programs/bin/file": 0o755,
        f"{name}/programs/bin/link": 0o755,
        f"{name}/libraries": 0o755,
        f"{name}/libraries/file": 0o755,
        f"{name}/libraries/link": 0o755,
    }
    assert (copy / "libraries" / "link").readlink() == Path("file")
    assert copies.copied(packages, PARTS, into=folder / "system") == copy


@pytest.mark.parametrize("where", ["original", "copy"])
def test_programs_that_another_could_exchange_are_neither_copied_nor_run(
    folder: Path, packages: Path, where: str
) -> None:
    into = folder / "system"
    top = packages if where == "original" else copies.copied(packages, PARTS, into=into)
    for spoil in (
        partial(os.chown, top / PARTS[0] / "file", 65534, 0),
        partial((top / PARTS[0] / "file").chmod, 0o757),
        partial((top / PARTS[1]).chmod, 0o775),
    ):
        os.chown(top / PARTS[0] / "file", 0, 0)
        (top / PARTS[0] / "file").chmod(0o755)
        spoil()
        with pytest.raises(ConfigurationError, match="can be changed by others"):
            copies.copied(packages, PARTS, into=into)
    assert len(list(into.iterdir())) == (where == "copy")


def test_a_link_that_leads_out_of_the_programs_is_not_copied(
    folder: Path, packages: Path
) -> None:
    (packages / PARTS[1] / "out").symlink_to("/etc/shadow")
    with pytest.raises(ConfigurationError, match="leads out of it: out"):
        copies.copied(packages, PARTS, into=folder / "system")
