"""A lock that tells who holds it, and is not waited for without end.

Charter: one holder at a time of a file, among all threads, processes and, where the
file system locks for them, machines. What is done while it is held is the caller's
business.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import sys
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from shopify_assets.errors import ConfigurationError, Unavailable
from shopify_assets.printable import printable
from shopify_assets.private import make_folder, open_private
from shopify_assets.redaction import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Seconds: longer than a request may take that the holder waits for.
LOCK_PATIENCE = 120.0

# Seconds between two looks at a lock that another holds: the first, and the longest.
_FIRST_LOOK, _LONGEST_LOOK = 0.005, 0.1

# Always as many bytes are written, so that a full disk does not keep it from being
# written again.
_ROOM = 1024
_COMMAND = 200  # characters of a command that are told

_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP})


class Busy(Unavailable):
    """The lock was not given back in time."""


class Holder(msgspec.Struct, frozen=True):
    """A process that holds a lock, since a moment of the wall clock (seconds)."""

    pid: int
    host: str
    command: str
    since: float

    @property
    def told(self) -> str:
        """Who it is, for people."""
        since = moment(self.since)
        return printable(
            f"process {self.pid} on {self.host} ({self.command}) since {since}"
        )


def this_process(now: float) -> Holder:
    """Who we are."""
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
    return Holder(
        os.getpid(), socket.gethostname(), masked(command)[:_COMMAND], float(now)
    )


def moment(seconds: float) -> str:
    """A moment of the wall clock, for people; the epoch's if it is out of range."""
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        at = datetime.fromtimestamp(0, UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


@contextmanager
def held(
    file: Path,
    *,
    now: float,
    patience: float = LOCK_PATIENCE,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Holder]:
    """Hold the lock of a file while the block runs.

    Args:
        file: the lock's; made if it is not there.
        now: the wall clock, for others to read since when it is held.
        patience: seconds after which it is given up.
        clock: tells seconds that only grow.
        sleep: sleeps so many seconds.

    Raises:
        Busy: another holds it for too long; the message names him.
        ConfigurationError: the file is not ours, or its file system knows no locks.
        OSError: it cannot be made.
    """
    give_up, pause = clock() + patience, _FIRST_LOOK
    while (lock := _taken(file)) is None:
        if clock() >= give_up:
            raise Busy(_busy(file, patience))
        sleep(pause)
        pause = min(2 * pause, _LONGEST_LOOK)
    try:
        yield _signed(lock, now)
    finally:
        os.close(lock)


def holder_of(file: Path) -> Holder | None:
    """Who wrote himself into a lock's file last; None if nobody can be read there."""
    try:
        lock = open_private(file, os.O_RDONLY)
    except OSError:
        return None
    try:
        return msgspec.json.decode(os.pread(lock, _ROOM, 0), type=Holder)
    except (msgspec.DecodeError, UnicodeDecodeError, OSError):
        return None
    finally:
        os.close(lock)


def _taken(file: Path) -> int | None:
    """The descriptor that holds the lock; None while another's does.

    Each call has a descriptor of its own, so that threads exclude each other as well.
    """
    make_folder(file.parent)
    lock = open_private(file, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Of a file that was deleted meanwhile, the next process would make another.
        if os.path.samestat(os.fstat(lock), file.lstat()):
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    except OSError as error:
        os.close(lock)
        if error.errno in _NO_LOCKS:
            raise ConfigurationError(_no_locks(file)) from error
        raise
    os.close(lock)
    return None


def _signed(lock: int, now: float) -> Holder:
    holder = this_process(now)
    # It is there for messages only: a full disk is no reason not to hold the lock.
    with suppress(OSError):
        os.pwrite(lock, msgspec.json.encode(holder).ljust(_ROOM)[:_ROOM], 0)
    return holder


def _busy(file: Path, patience: float) -> str:
    holder = holder_of(file)
    who = "an unnamed process" if holder is None else holder.told
    return (
        f"{file} is held by {who} for more than {patience:.0f} s; look whether that "
        "process is alive and well, and end it if it hangs: the lock goes with it"
    )


def _no_locks(file: Path) -> str:
    return (
        f"{file}: its file system knows no locks, without which two processes would "
        "kill each other's tokens; let SHOPIFY_ASSETS_HOME name a folder on another"
    )
