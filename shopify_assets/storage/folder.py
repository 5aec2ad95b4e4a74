"""The lake in a folder, and what a full disk means.

Charter: all that touches files of a folder lake. A key is visible only when its bytes
are whole and on the disk: files are written beside the lake's own keys, synced, and
renamed into place. Files are for their owner alone, folders too, whatever the umask and
whoever made the file: they hold customers' data.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from shopify_assets.errors import ConfigurationError, DataError
from shopify_assets.private import FILE_MODE, make_folder
from shopify_assets.storage.scratch import Drafts, lent

# Within the lake, so that a rename never crosses a file system.
_TEMP = ".temp"


class FolderStore:
    """A store in folder `root`, which is made when it is first written to."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._drafts = Drafts(root / _TEMP)

    def read(self, key: str) -> bytes | None:
        """Return the bytes of `key`, or None if there is no such key."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, key: str, data: bytes) -> None:
        """Write `data` as `key`: all of it, or nothing is seen.

        Raises:
            ConfigurationError: the disk is full.
        """
        with full_disk_explained(self._root / _TEMP):
            file = self._drafts.new()
        try:
            with full_disk_explained(file):
                _write(file, data)
            self.upload(key, file)
        finally:
            file.unlink(missing_ok=True)  # still there if it did not become the key

    def upload(self, key: str, file: Path) -> None:
        """Move `file`, best made in `local_temp`, to `key`: whole, or not at all.

        Raises:
            ConfigurationError: the disk is full.
        """
        target = self._path(key)
        with full_disk_explained(target):
            make_folder(target.parent)
            _close_and_sync(file)
            file.replace(target)
            _sync(target.parent)

    def open(self, key: str) -> BinaryIO:
        """Open `key` for reading as a stream.

        Raises:
            DataError: there is no such key.
        """
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            message = f"{self.location(key)} does not exist; it was deleted or moved"
            raise DataError(message) from error

    def keys(self, prefix: str) -> list[str]:
        """Return all keys which begin with `prefix`, sorted."""
        folder = self._path(prefix.rpartition("/")[0])
        keys = (
            (Path(place) / name).relative_to(self._root).as_posix()
            for place, _, names in os.walk(folder)
            for name in names
        )
        hidden = f"{_TEMP}/"
        return sorted(
            key for key in keys if key.startswith(prefix) and not key.startswith(hidden)
        )

    def size(self, key: str) -> int | None:
        """Return the number of bytes of `key`, or None if there is no such key."""
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            return None

    def exists(self, key: str) -> bool:
        """Whether there is such a key."""
        return self.size(key) is not None

    def delete(self, key: str) -> None:
        """Delete `key`; one that is not there is deleted already."""
        self._path(key).unlink(missing_ok=True)

    def location(self, key: str) -> str:
        """Return the path a person finds `key` at."""
        return str(self._path(key))

    @contextmanager
    def local_temp(self) -> Iterator[Path]:
        """Lend a folder on the lake's own file system; it is gone afterwards."""
        parent = self._root / _TEMP
        with ExitStack() as stack:
            with full_disk_explained(parent):
                folder = stack.enter_context(lent(parent))
            yield folder

    def _path(self, key: str) -> Path:
        return self._root / key


@contextmanager
def full_disk_explained(path: Path) -> Iterator[None]:
    """Turn the system's error of a full disk into one which says what to do.

    Raises:
        ConfigurationError: the disk (or the user's quota of it) is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        message = (
            f"{path} could not be written: the disk has {_free_bytes(path)} bytes "
            "free. Make room, or let LAKE_URL name a larger place (s3://bucket/prefix "
            "or a folder), and run again: what is finished is not fetched again"
        )
        raise ConfigurationError(message) from error


def _free_bytes(path: Path) -> int:
    existing = next(each for each in (path, *path.parents) if each.exists())
    return shutil.disk_usage(existing).free


def _write(file: Path, data: bytes) -> None:
    # In a folder lent to us, so that it is ours on any file system, whatever owner one
    # without owners may show.
    made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(made, "wb") as stream:
        stream.write(data)


def _close_and_sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        _close(descriptor)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _close(descriptor: int) -> None:
    try:
        os.fchmod(descriptor, FILE_MODE)
    except OSError as error:
        # FAT and some networks' know no modes; `doctor` tells who may read there.
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.ENOSYS}:
            raise


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
