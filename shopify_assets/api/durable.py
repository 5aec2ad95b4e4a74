"""Files whose content outlives a crash of process or machine.

Charter: the few steps of it, each one to the disk before the next. What is written, and
in which order, is `tokens.py`'s business.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from shopify_assets.errors import ConfigurationError
from shopify_assets.private import open_private

if TYPE_CHECKING:
    from pathlib import Path


def write_down(descriptor: int, content: bytes) -> None:
    """Write all of it from the file's beginning, down to the disk.

    Raises:
        OSError: the disk is full, read-only or broken.
    """
    written = 0
    while written < len(content):
        # A disk that fills up takes a part first.
        written += os.pwrite(descriptor, content[written:], written)
    os.fsync(descriptor)


def make_room(file: Path, size: int) -> int:
    """Make a new file of so many blanks, down to the disk; its descriptor.

    Raises:
        OSError: as of `write_down`; the file is gone again.
    """
    file.unlink(missing_ok=True)
    descriptor = open_private(file, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    try:
        # Bytes, not `fallocate`: what they need of the disk is then theirs.
        write_down(descriptor, b" " * size)
    except OSError:
        os.close(descriptor)
        file.unlink(missing_ok=True)
        raise
    return descriptor


def replace_whole(file: Path, content: bytes, *, by: Path) -> None:
    """Let a file hold this content, or what it held before, whatever happens.

    Args:
        file: the file.
        content: what it is to hold.
        by: where that is written first, in the same folder.

    Raises:
        OSError: as of `write_down`.
    """
    by.unlink(missing_ok=True)
    descriptor = open_private(by, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        write_down(descriptor, content)
    finally:
        os.close(descriptor)
    by.replace(file)
    sync_folder(file.parent)


def content_of(file: Path) -> bytes | None:
    """What a file of ours holds; None if it is not there.

    Raises:
        ConfigurationError: it is not ours, or cannot be read.
    """
    try:
        descriptor = open_private(file, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}; mend its mode and owner"
        raise ConfigurationError(message) from error
    with os.fdopen(descriptor, "rb") as opened:
        return opened.read()


def is_at(file: Path, descriptor: int) -> bool:
    """Whether what is open is the file of that name."""
    try:
        return os.path.samestat(os.fstat(descriptor), file.lstat())
    except FileNotFoundError:
        return False


def sync_folder(folder: Path) -> None:
    """Make a renaming in a folder outlive a crash of the machine.

    Raises:
        OSError: the disk is broken.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
