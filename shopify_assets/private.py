"""Folders and files that their owner alone may read.

Charter: how anything that holds customers' data, a login or a token is made and opened,
whatever the umask: folders 0700, files 0600. No link is followed to the file itself,
and what is open is looked at, never its path, which another could exchange meanwhile.
A folder is ours if it is no link, belongs to us and nobody else may write to it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@contextmanager
def closed_umask() -> Iterator[None]:
    """While the block runs, what this process makes is closed to others.

    Also what libraries and child processes make. It is no substitute for the functions
    below: who runs our code in a process of his own has a umask of his own.
    """
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


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


def state_folder(home: Path) -> Path:
    """Make the state folder, or see that it is not another's; return it, absolute.

    Who owns a folder can exchange all that is in it: were root to work in a user's,
    that user could have root write to any place, and run what he likes.

    Raises:
        ConfigurationError: it cannot be made or written to, belongs to another user,
            or every user may write to it.
    """
    home = home.absolute()
    try:
        make_folder(home)
        # A link is followed if whoever made it may lead us.
        owners = {home.lstat().st_uid, home.stat().st_uid}
        mode = home.stat().st_mode
    except OSError as error:
        raise ConfigurationError(
            f"the state folder {home} cannot be used: {error.strerror}; set "
            "SHOPIFY_ASSETS_HOME to a folder of your own"
        ) from error
    _refuse_state_folder(home, owners - {0, os.geteuid()}, mode)
    return home


def _refuse_state_folder(home: Path, strangers: set[int], mode: int) -> None:
    if strangers:
        raise ConfigurationError(
            f"the state folder {home} belongs to user id {min(strangers)}: run as that "
            "user, set SHOPIFY_ASSETS_HOME to a folder of your own, or, if you alone "
            f"are to use it: chown {os.geteuid()} {home}"
        )
    if mode & stat.S_IWOTH:
        raise ConfigurationError(
            f"every user may write to the state folder {home}: chmod o-w {home}, or "
            "set SHOPIFY_ASSETS_HOME to another folder"
        )
    if not os.access(home, os.W_OK | os.X_OK):
        raise ConfigurationError(
            f"the state folder {home} cannot be written by this user; set "
            "SHOPIFY_ASSETS_HOME to a folder of your own"
        )


def own_folder(folder: Path) -> Path:
    """Make a folder for files of ours, or see that it is ours; return it.

    Raises:
        ConfigurationError: it cannot be made, is a link or no folder, belongs to
            another, or others may write to it.
    """
    try:
        make_folder(folder)
        refuse_exchangeable(folder)
    except OSError as error:
        raise ConfigurationError(
            f"the folder {folder} cannot be used: {error.strerror}"
        ) from error
    return folder


def refuse_exchangeable(folder: Path) -> None:
    """See that nobody but us can exchange what is in a folder.

    Raises:
        ConfigurationError: somebody else can.
        OSError: it is not there.
    """
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        fault = "is no folder"
    elif found.st_uid != os.geteuid():
        fault = f"belongs to user id {found.st_uid}, not {os.geteuid()}"
    elif found.st_mode & _OTHERS_WRITE:
        fault = f"can be written by others (chmod go-w {folder})"
    else:
        return
    raise ConfigurationError(
        f"{folder} {fault}: it is not used, for somebody else could exchange what is "
        "in it; mend that, or delete it if nobody needs it"
    )


def write_private(path: Path, text: str) -> None:
    """Write a file of ours, mode 0600: whole, in place of whatever had its name.

    Raises:
        OSError: it cannot be written.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    made = open_private(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        with os.fdopen(made, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)  # still there if it did not get its name


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
        if error.errno == errno.ELOOP or path.is_symlink():
            raise ConfigurationError(_refusal(path, "is a link")) from error
        if isinstance(error, IsADirectoryError):
            raise ConfigurationError(_refusal(path, "is no plain file")) from error
        raise
    try:
        _refuse_strange(path, os.fstat(file), owner)
        if flags & os.O_TRUNC:
            os.ftruncate(file, 0)
    except ConfigurationError:
        os.close(file)
        raise
    return file


def locks(file: int) -> bool:
    """Lock an open file if nobody holds it; whether it is ours now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


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
