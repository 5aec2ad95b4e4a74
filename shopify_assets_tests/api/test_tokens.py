"""Pairs on disk: what a kill, a full or broken disk and a hung process leave."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import resource
import stat
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from shopify_assets.api import tokens
from shopify_assets.api.holding import LOCK_PATIENCE, Busy, held
from shopify_assets.api.pairs import encode_pair, mark_of
from shopify_assets.api.standing import faults_of_folder, standing
from shopify_assets.api.tokens import ROOM, STORE_AGAIN, TokenStore
from shopify_assets.errors import ConfigurationError
from shopify_assets.settings import Secret
from shopify_assets_tests.api.test_auth import pair, shown, stored_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shopify_assets.api.pairs import TokenPair

FIRST = Secret("shprt_0")


class Clock:
    """A wall clock, and a sleep that moves it."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tokens"


@pytest.fixture
def store(folder: Path, clock: Clock) -> Iterator[TokenStore]:
    """A store that holds pair 1; what it keeps in memory goes with the test."""
    store = TokenStore(folder / "pair.json", origin=FIRST, now=clock, sleep=clock.sleep)
    stored_in(store, pair(1))
    yield store
    tokens._unsaved.clear()  # noqa: SLF001 -- of this process


def another(folder: Path) -> TokenStore:
    """The same store, as the next process has it: with nothing in memory."""
    tokens._unsaved.clear()  # noqa: SLF001 -- of this process
    return TokenStore(folder / "pair.json", origin=FIRST)


def recovered(store: TokenStore) -> TokenPair | None:
    with store.locked():
        return store.recovered()


def failing(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> list[int]:
    """Let a function of `os` fail from now on; counts how often it did."""
    failures: list[int] = []

    def fail(*_: object, **__: object) -> None:
        failures.append(number)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, name, fail)
    return failures


@contextmanager
def trade_that_cannot_be_stored(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch, name: str
) -> Iterator[list[int]]:
    """Trade pair 1 for pair 2 while the disk breaks after the place was made."""
    with monkeypatch.context() as broken:
        with store.locked() as holder, store.trading(store.read(), holder) as trade:
            failures = failing(broken, name, errno.EIO)
            trade.put(pair(2))
        yield failures


# ── what a killed process leaves ──────────────────────────────────────────────────────


def test_a_pair_that_was_written_and_not_published_is_taken_over(
    store: TokenStore, folder: Path
) -> None:
    content = encode_pair(pair(2), traded=mark_of(Secret("shprt_1")))
    (folder / "pair.draft").write_bytes(content.ljust(ROOM))
    assert shown(recovered(store)) == shown(pair(2))
    assert shown(another(folder).read()) == shown(pair(2))
    assert not (folder / "pair.draft").exists()


@pytest.mark.parametrize(
    "left",
    [
        b" " * ROOM,
        encode_pair(pair(2), traded=mark_of(Secret("shprt_1")))[:-1],
        # A sector that did not reach the disk: blanks within, and still JSON.
        encode_pair(pair(2), traded=mark_of(Secret("shprt_1"))).replace(
            b"shprt_2", b" "
        ),
        encode_pair(pair(0), traded=mark_of(FIRST)),
        b"\xff",
    ],
    ids=["empty", "torn", "holed", "older", "rubbish"],
)
def test_what_is_no_later_pair_is_not_taken_over(
    store: TokenStore, folder: Path, left: bytes
) -> None:
    (folder / "pair.draft").write_bytes(left)
    assert shown(recovered(store)) == shown(pair(1))


def test_a_damaged_pair_gives_way_to_the_one_before_it_to_be_traded_again(
    store: TokenStore, folder: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    stored_in(store, pair(2))
    (folder / "pair.json").write_bytes(b'{"access_token": "shpat_2", "exp')
    assert not standing(store, now=clock.now, host="here").well
    assert shown(recovered(store)) == shown(pair(1, expires_at=0.0))
    assert "damaged; the pair before is traded again" in caplog.text
    stored_in(store, pair(3))
    assert shown(another(folder).read()) == shown(pair(3))


def test_a_damaged_first_pair_gives_way_to_the_first_refresh_token(
    store: TokenStore, folder: Path
) -> None:
    (folder / "pair.json").write_bytes(b"")
    assert recovered(store) is None


def test_a_pair_of_an_earlier_version_is_read(store: TokenStore, folder: Path) -> None:
    stored = {"access_token": "a", "expires_at": 5, "refresh_token": "r", "scope": ""}
    (folder / "pair.json").write_text(json.dumps(stored))
    assert shown(store.read()) == ("a", 5.0, "r", None)


# ── disks that are full, broken or read-only ──────────────────────────────────────────


@pytest.mark.parametrize("name", ["pwrite", "fsync"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_disk_that_cannot_be_written_is_told_before_anything_is_traded(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch, name: str, number: int
) -> None:
    with store.locked() as holder:
        failing(monkeypatch, name, number)
        words = f"{os.strerror(number)}; nothing was traded"
        with (
            pytest.raises(ConfigurationError, match=words),
            store.trading(store.read(), holder),
        ):
            pytest.fail("traded")
    assert shown(store.read()) == shown(pair(1))


@pytest.mark.parametrize("name", ["pwrite", "fsync", "replace"])
def test_a_pair_that_cannot_be_stored_serves_from_memory_and_is_stored_later(  # noqa: PLR0913, PLR0917 -- fixtures
    store: TokenStore,
    folder: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    with trade_that_cannot_be_stored(store, monkeypatch, name) as failures:
        assert len(failures) == 4
        assert clock.sleeps == [0.05, 0.2, 0.75]
        assert "in the memory of process" in caplog.text
        assert shown(store.read()) == shown(pair(2))
        assert not store.owes
        clock.now += STORE_AGAIN
        assert store.owes
        store.settle()
        assert shown(store.read()) == shown(pair(2))
    assert not store.owes
    clock.now += STORE_AGAIN
    store.settle()
    assert "is stored now" in caplog.text or "a draft that was left" in caplog.text
    assert shown(another(folder).read()) == shown(pair(2))
    texts = caplog.text
    assert "shpat" not in texts
    assert "shprt" not in texts


def test_a_pair_in_memory_is_not_traded_before_it_is_stored(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill would leave the pair before it, whose tokens are dead by then."""
    with (
        trade_that_cannot_be_stored(store, monkeypatch, "replace"),
        store.locked() as holder,
        pytest.raises(ConfigurationError, match="nothing was traded"),
        store.trading(store.recovered(), holder),
    ):
        pytest.fail("traded")


def test_a_pair_in_memory_gives_way_to_one_that_another_process_stored_since(
    store: TokenStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with trade_that_cannot_be_stored(store, monkeypatch, "pwrite"):
        pass
    stored = encode_pair(pair(3), traded=mark_of(Secret("shprt_1")))
    (folder / "pair.json").write_bytes(stored)
    assert shown(recovered(store)) == shown(pair(3))
    store.settle()
    assert shown(another(folder).read()) == shown(pair(3))


def test_clients_of_one_process_share_what_is_in_memory(
    store: TokenStore, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with trade_that_cannot_be_stored(store, monkeypatch, "pwrite"):
        other = TokenStore(folder / "pair.json", origin=FIRST, now=clock)
        assert shown(other.read()) == shown(pair(2))


def test_a_limit_on_the_size_of_files_is_found_before_a_trade(
    store: TokenStore,
) -> None:
    """A real refusal of the kernel's."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with store.locked() as holder:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))
        try:
            with (
                pytest.raises(ConfigurationError, match="File too large; nothing was"),
                store.trading(store.read(), holder),
            ):
                pytest.fail("traded")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB, which root alone can mount."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "none", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603 -- ours
        pytest.skip("no right to mount a disk")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)  # noqa: S603, S607 -- ours


def _filled(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError as error:
            assert error.errno == errno.ENOSPC  # noqa: PT017 -- how it ends


def test_a_full_disk_is_found_before_a_trade(small_disk: Path, clock: Clock) -> None:
    store = TokenStore(small_disk / "tokens" / "pair.json", origin=FIRST, now=clock)
    stored_in(store, pair(1))
    _filled(small_disk)
    with (
        store.locked() as holder,
        pytest.raises(ConfigurationError, match="No space left on device; nothing"),
        store.trading(store.recovered(), holder),
    ):
        pytest.fail("traded")
    assert shown(store.read()) == shown(pair(1))
    (small_disk / "filler").unlink()
    stored_in(store, pair(2))
    assert shown(store.read()) == shown(pair(2))


def test_a_disk_that_fills_up_during_a_trade_has_the_place(
    small_disk: Path, clock: Clock
) -> None:
    folder = small_disk / "tokens"
    store = TokenStore(folder / "pair.json", origin=FIRST, now=clock)
    stored_in(store, pair(1))
    with store.locked() as holder, store.trading(store.read(), holder) as trade:
        _filled(small_disk)
        trade.put(pair(2))
    assert shown(another(folder).read()) == shown(pair(2))


def test_a_read_only_disk_is_found_before_a_trade_and_its_pair_read(
    small_disk: Path, clock: Clock
) -> None:
    """The kernel makes a disk with faults read-only, for root, too."""
    store = TokenStore(small_disk / "tokens" / "pair.json", origin=FIRST, now=clock)
    stored_in(store, pair(1))
    _remounted(small_disk, "ro")
    with pytest.raises(ConfigurationError, match="Read-only file system; nothing was"):
        stored_in(store, pair(2))
    assert shown(store.read()) == shown(pair(1))
    _remounted(small_disk, "rw")
    stored_in(store, pair(2))
    assert shown(store.read()) == shown(pair(2))


def _remounted(disk: Path, mode: str) -> None:
    command = ["mount", "-o", f"remount,{mode}", str(disk)]
    subprocess.run(command, check=True)  # noqa: S603 -- ours


def test_a_draft_that_cannot_be_published_is_not_given_up_for_another(
    store: TokenStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk there may be no room for another."""
    with trade_that_cannot_be_stored(store, monkeypatch, "replace"):
        pass
    with monkeypatch.context() as broken:
        failing(broken, "replace", errno.EIO)
        failing(broken, "pwrite", errno.ENOSPC)
        store.settle()
    assert shown(recovered(another(folder))) == shown(pair(2))


def test_a_draft_that_another_machine_has_put_in_place_of_ours_is_not_published(
    store: TokenStore, folder: Path
) -> None:
    """Where its locks do not reach us: theirs is blank as yet."""
    with store.locked() as holder, store.trading(store.read(), holder) as trade:
        draft = folder / "pair.draft"
        draft.unlink()
        draft.write_bytes(b" " * ROOM)
        trade.put(pair(2))
    assert shown(store.read()) == shown(pair(2))
    store.settle()
    assert shown(another(folder).read()) == shown(pair(2))


# ── the lock ──────────────────────────────────────────────────────────────────────────


def test_who_holds_the_lock_for_too_long_is_named(tmp_path: Path) -> None:
    """Another process, which has been stopped, say."""
    file = tmp_path / "pair.lock"
    script = (
        "import sys, pathlib; from shopify_assets.api.holding import held\n"
        "with held(pathlib.Path(sys.argv[1]), now=1_800_000_000):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(file)]
    with subprocess.Popen(  # noqa: S603 -- ours
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        clock = Clock()
        started = clock.now
        with (
            pytest.raises(Busy) as raised,
            held(file, now=0, clock=clock, sleep=clock.sleep),
        ):
            pytest.fail("held by two")
        assert LOCK_PATIENCE <= clock.now - started < LOCK_PATIENCE + 1
        told = str(raised.value)
        assert f"held by process {holder.pid} on {os.uname().nodename} (-c" in told
        assert "since 2027-01-15 08:00:00Z for more than 120 s" in told
        assert "end it if it hangs" in told
        holder.communicate("")
    with held(file, now=0):
        pass


def test_a_lock_whose_file_was_deleted_excludes_nobody_and_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else two processes would hold one each: of the old file and of the new."""
    file = tmp_path / "pair.lock"
    plain: Callable[[int, int], None] = fcntl.flock
    deleted: list[bool] = []

    def flock(descriptor: int, operation: int) -> None:
        plain(descriptor, operation)
        if not deleted:
            deleted.append(True)
            file.unlink()

    monkeypatch.setattr(fcntl, "flock", flock)
    with held(file, now=0):
        assert file.exists()
        clock = Clock()
        with (
            pytest.raises(Busy),
            held(file, now=0, patience=1, clock=clock, sleep=clock.sleep),
        ):
            pytest.fail("held by two")


def test_a_file_system_without_locks_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with (
        pytest.raises(ConfigurationError, match="SHOPIFY_ASSETS_HOME"),
        held(tmp_path / "pair.lock", now=0),
    ):
        pytest.fail("held")


@pytest.mark.parametrize("name", ["pair.json", "pair.lock", "pair.draft"])
def test_no_link_is_followed_to_a_file_of_anothers(
    store: TokenStore, folder: Path, tmp_path: Path, name: str
) -> None:
    """Whoever could write to the folder once must not gain another file by it."""
    target = tmp_path / "target"
    target.write_text("anything")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(target)
    with pytest.raises(ConfigurationError, match="is a link"):
        stored_in(store, pair(2))
    assert target.read_text() == "anything"


# ── what is told of them ──────────────────────────────────────────────────────────────


def test_a_trade_without_an_answer_is_told_of(store: TokenStore, clock: Clock) -> None:
    with store.locked() as holder, store.trading(store.read(), holder):
        pass
    assert standing(store, now=clock.now, host="elsewhere").well
    clock.now += LOCK_PATIENCE + 1
    seen = standing(store, now=clock.now, host="elsewhere")
    assert not seen.well
    assert "given away once since 2027-01-15 08:00:00Z" in seen.told
    assert f"process {os.getpid()} on " in seen.told
    assert "given again at the next use" in seen.told
    here = standing(store, now=clock.now, host=os.uname().nodename)
    assert "may hold the new pair in its memory" in here.told


def test_a_trade_that_was_none_is_not_told_of(store: TokenStore, clock: Clock) -> None:
    with store.locked() as holder, store.trading(store.read(), holder) as trade:
        trade.withdraw()
    clock.now += LOCK_PATIENCE + 1
    assert standing(store, now=clock.now, host="here").well


def test_what_lets_others_at_the_tokens_is_found(
    store: TokenStore, folder: Path
) -> None:
    assert list(faults_of_folder(folder)) == []
    folder.chmod(0o755)
    (folder / "pair.json").chmod(0o640)
    (folder / "pair.draft").symlink_to("pair.json")
    file = folder / "pair.json"
    assert list(faults_of_folder(folder)) == [
        f"{folder} is open to others (mode 755): chmod 700 {folder}",
        f"{folder}/pair.draft is a link",
        f"{file} is open to others (mode 640): chmod 600 {file}",
    ]
    assert shown(store.read()) == shown(pair(1))


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can give a file away")
def test_a_file_of_anothers_is_found_and_not_opened(
    store: TokenStore, folder: Path
) -> None:
    file = folder / "pair.json"
    os.chown(file, 1, -1)
    assert list(faults_of_folder(folder)) == [f"{file} belongs to user id 1, not 0"]
    with pytest.raises(ConfigurationError, match="belongs to user id 1"):
        store.read()


def test_modes_do_not_depend_on_the_umask(store: TokenStore, folder: Path) -> None:
    before = os.umask(0)
    try:
        stored_in(store, pair(2))
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_logs_do_not_show_tokens(
    store: TokenStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stored_in(store, pair(2))
    assert "shp" not in caplog.text + repr(store) + repr(vars(store))
