"""Temporary folders that do not outlive who made them.

Charter: lending a folder, and finding those whose process is gone. Beside each folder
lies a lock file that its process holds, so that the kernel, not a recorded process
number, says whether somebody still uses it: also on a disk that machines share.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import threading
import weakref
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from shopify_assets import leaving
from shopify_assets.errors import ConfigurationError
from shopify_assets.private import (
    FILE_MODE,
    FOLDER_MODE,
    make_folder,
    open_private,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOCK = ".lock"
_TRIES = 20  # a thread may write into a folder while it is being removed
_swept: set[tuple[Path, str]] = set()


@contextmanager
def lent(parent: Path, *, prefix: str = "") -> Iterator[Path]:
    """Lend a new folder below `parent`; it is gone afterwards.

    If this process is killed, the next one that asks for a folder there removes it.

    Raises:
        OSError: it cannot be made.
    """
    make_folder(parent)
    if (parent, prefix) not in _swept:
        _swept.add((parent, prefix))
        sweep(parent, prefix=prefix)
    folder = parent / f"{prefix}{secrets.token_hex(8)}"
    with _locked(folder) as lock, leaving.undoing(partial(_remove, folder, lock)):
        try:
            folder.mkdir(mode=FOLDER_MODE)
            yield folder
        finally:
            _remove(folder, lock)


class Drafts:
    """Places for many short-lived files in one lent folder.

    To lend a folder for each costs more than to write it. The folder is gone with
    this object, or with the process.
    """

    def __init__(self, parent: Path) -> None:
        """Begin; nothing is made below `parent` before the first place is asked for."""
        self._parent = parent
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._names = count(1)

    def new(self) -> Path:
        """A path of which there is no file yet.

        Raises:
            OSError: the folder cannot be made.
        """
        with self._lock:
            # A lake may be removed under a process that lives on.
            if self._folder is None or not self._folder.exists():
                stack = ExitStack()
                self._folder = stack.enter_context(lent(self._parent))
                weakref.finalize(self, stack.close)
            return self._folder / f"draft-{next(self._names)}"


def sweep(parent: Path, *, prefix: str = "") -> list[Path]:
    """Remove the folders whose process is gone; return them."""
    abandoned = []
    for lock in parent.glob(f"{prefix}*{_LOCK}"):
        folder = lock.with_name(lock.name.removesuffix(_LOCK))
        if _is_abandoned(lock):
            _remove(folder, lock)
            abandoned.append(folder)
    return abandoned


@contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    """Make and hold the lock of a folder that is about to be made."""
    path = folder.with_name(f"{folder.name}{_LOCK}")
    draft = path.with_name(f"{path.name}.new")
    file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        _try_lock(file)
        # Seen by those who sweep only when it is held.
        draft.rename(path)
        yield path
    finally:
        os.close(file)


def _is_abandoned(lock: Path) -> bool:
    try:
        file = open_private(lock, os.O_RDWR)
    except (OSError, ConfigurationError):  # removed meanwhile, or another user's
        return False
    try:
        return _try_lock(file)
    finally:
        os.close(file)


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held, or a file system without locks: nothing is swept there
        return False
    return True


def _remove(folder: Path, lock: Path) -> None:
    for _ in range(_TRIES):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
    lock.unlink(missing_ok=True)
