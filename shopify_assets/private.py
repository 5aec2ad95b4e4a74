"""Folders and files that their owner alone may read.

Charter: how anything that holds customers' data, a login or a token is made and opened,
whatever the umask: folders 0700, files 0600. No link is followed to the file itself,
and what is open is looked at, never its path, which another could exchange meanwhile.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing; one that is there stays.

    Raises:
        OSError: it cannot be made.
    """
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        # Not by `mkdir -p`: it gives the folders in between the umask's mode.
        try:
            path.mkdir(mode=FOLDER_MODE)
        except FileExistsError:
            if not path.is_dir():
                raise


def open_private(path: Path, flags: int, *, owner: int | None = None) -> int:
    """Open a file of ours, made with mode 0600 if `flags` hold O_CREAT.

    Args:
        path: where it lies; no link.
        flags: those of `os.open`.
        owner: the user id it must belong to; None: our own.

    Returns:
        The descriptor, which children do not inherit.

    Raises:
        ConfigurationError: it is a link, no plain file, known by a second name, or
            another's: somebody may be leading us to a file of his choice.
        OSError: it cannot be opened.
    """
    owner = os.geteuid() if owner is None else owner
    # Nothing is cut before it is known to be ours, and no pipe keeps us waiting.
    careful = flags & ~os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        file = os.open(path, careful, FILE_MODE)
    except OSError as error:
        if path.is_symlink():
            raise ConfigurationError(_refusal(path, "is a link")) from error
        raise
    try:
        _refuse_strange(path, os.fstat(file), owner)
        if flags & os.O_TRUNC:
            os.ftruncate(file, 0)
    except ConfigurationError:
        os.close(file)
        raise
    return file


def _refuse_strange(path: Path, found: os.stat_result, owner: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ConfigurationError(_refusal(path, "is no plain file"))
    if found.st_nlink != 1:
        raise ConfigurationError(_refusal(path, "has a second name (hard link)"))
    if found.st_uid != owner:
        fault = f"belongs to user id {found.st_uid}, not {owner}"
        raise ConfigurationError(_refusal(path, fault))


def _refusal(path: Path, fault: str) -> str:
    return (
        f"{path} {fault}: it is not opened; delete it if nobody needs it, and give the "
        "state folder (SHOPIFY_ASSETS_HOME) to one user alone"
    )
