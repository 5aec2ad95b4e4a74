"""What the lake holds is for its owner alone, whatever the umask of whoever writes."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from shopify_assets.storage.folder import FolderStore
from shopify_assets.storage.records import RawWriter
from shopify_assets.storage.scratch import lent, sweep
from shopify_assets.storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = 65534


@pytest.fixture(autouse=True)
def careless_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(place: Path) -> dict[str, int]:
    """The mode of everything below a folder, by its path."""
    return {
        path.relative_to(place).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in place.rglob("*")
    }


def test_files_and_folders_of_a_lake_are_closed(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "state" / "lake"))
    store.write("raw/orders/plan.json", b"{}")
    with store.local_temp() as folder:
        with RawWriter(folder / "part") as writer:
            writer.write(b"{}\n")
            writer.finish()
        passing = modes(tmp_path)
        # As a library makes it, by the umask.
        (folder / "parquet").touch(mode=0o666)
        store.upload("raw/orders/part.zst", folder / "part")
        store.upload("tables/orders.parquet", folder / "parquet")
    lasting = modes(tmp_path)
    assert {mode for path, mode in passing.items() if (tmp_path / path).is_dir()} == {
        0o700
    }
    assert {path for path, mode in passing.items() if mode not in {0o700, 0o600}} == (
        set()
    )
    assert {path: mode for path, mode in lasting.items() if ".temp/" not in path} == {
        "state": 0o700,
        "state/lake": 0o700,
        "state/lake/.temp": 0o700,
        "state/lake/raw": 0o700,
        "state/lake/raw/orders": 0o700,
        "state/lake/raw/orders/plan.json": 0o600,
        "state/lake/raw/orders/part.zst": 0o600,
        "state/lake/tables": 0o700,
        "state/lake/tables/orders.parquet": 0o600,
    }


def test_a_lake_that_is_open_stays_as_it_is_and_new_files_are_closed(
    tmp_path: Path,
) -> None:
    (tmp_path / "raw").mkdir(mode=0o755)
    (tmp_path / "raw" / "old").touch(mode=0o644)
    FolderStore(tmp_path).write("raw/new", b"")
    seen = modes(tmp_path)
    assert (seen["raw"], seen["raw/old"], seen["raw/new"]) == (0o755, 0o644, 0o600)


def test_a_file_system_that_knows_no_modes_serves_as_a_lake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_file: int, _mode: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "fchmod", refuse)
    store = FolderStore(tmp_path)
    store.write("raw/plan.json", b"{}")
    assert store.read("raw/plan.json") == b"{}"


def test_a_link_in_the_place_of_what_is_uploaded_is_not_followed(
    tmp_path: Path,
) -> None:
    (tmp_path / "victim").touch(mode=0o644)
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="symbolic links"):
        FolderStore(tmp_path / "lake").upload("key", tmp_path / "link")
    assert modes(tmp_path)["victim"] == 0o644


def test_a_strange_lock_removes_nobodys_folder(tmp_path: Path) -> None:
    """Temporary folders may lie where all users have theirs."""
    for name in ("linked", "piped", "doubled", "theirs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kept").touch()
    (tmp_path / "victim").touch()
    (tmp_path / "linked.lock").symlink_to(tmp_path / "victim")
    os.mkfifo(tmp_path / "piped.lock")
    (tmp_path / "doubled.lock").hardlink_to(tmp_path / "victim")
    if os.geteuid() == 0:
        (tmp_path / "theirs.lock").touch()
        os.chown(tmp_path / "theirs.lock", NOBODY, NOBODY)
    assert sweep(tmp_path) == []
    with lent(tmp_path / "temp") as folder:
        assert folder.exists()
    assert len(list(tmp_path.glob("*/kept"))) == 4
