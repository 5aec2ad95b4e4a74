"""Signals: how a command ends before its work is done, and its children with it.

Charter: what a signal does to the command's own process, and how a process it has
started learns that it is to end. What must be seen to before a process is gone is told
to `shopify_assets.leaving`.

The first SIGINT, SIGTERM or SIGHUP unwinds the command, which ends what it has started;
a second one ends all at once. The exit code is 128 and the signal's number, as a shell
has it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, NoReturn

from shopify_assets.leaving import leave

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SIGNALED = 128  # and the signal's number: an exit code

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_SHOW_CURSOR = b"\x1b[?25h"

# How a process ends that has seen to everything, or had not begun to listen to signals
# and so not begun anything else.
LEFT = frozenset({0, -signal.SIGTERM, *(SIGNALED + number for number in _SIGNALS)})


class EndedBySignal(BaseException):
    """The command was told to end. Not an `Exception`: nobody goes on after it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def name(self) -> str:
        """The signal's name, such as SIGTERM."""
        return signal.Signals(self.number).name


@contextmanager
def heard() -> Iterator[None]:
    """Let signals end this command in good order; for all that it does."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        # A command that was started by `nohup` outlives its terminal.
        if number != signal.SIGHUP or handler is not signal.SIG_IGN:
            signal.signal(number, _first)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _first(number: int, _frame: FrameType | None) -> NoReturn:
    for each in _SIGNALS:
        signal.signal(each, _second)
    raise EndedBySignal(number)


def _second(number: int, _frame: FrameType | None) -> NoReturn:
    for child in multiprocessing.active_children():
        child.kill()
    if sys.stderr.isatty():
        # A live line hides the cursor.
        os.write(sys.stderr.fileno(), _SHOW_CURSOR)
    os._exit(SIGNALED + number)


def end_with_parent() -> None:
    """In a process that a command has started: end on a signal, and if it is gone.

    A thread waits for both, for the main thread may be busy outside of Python. The
    parent needs no time to say anything: its end of a pipe closes with it, even if it
    is killed.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for number in _SIGNALS:
        signal.signal(number, _noted)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_leave_when_told, args=(reader,), daemon=True).start()


def _noted(_number: int, _frame: FrameType | None) -> None:
    """Nothing: the signal's number is in the pipe already."""


def _leave_when_told(reader: int) -> NoReturn:
    parent = multiprocessing.parent_process()
    ends = [reader, *([parent.sentinel] if parent else [])]
    number: int = signal.SIGTERM
    if reader in wait(ends):
        (number,) = os.read(reader, 1)
    leave(SIGNALED + number)
