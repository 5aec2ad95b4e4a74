"""How a process leaves at once, and leaves nothing behind.

Charter: what must be finished and what must be undone before a process ends, told by
whoever began it. A process that is told to end does not unwind: threads that wait for
Shopify would hold it for minutes, and all it has begun is resumed by the next run. So
it finishes what must not be cut, undoes what would be litter, and is gone.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Seconds for what must not be cut: a trade of tokens is one short request.
PATIENCE = 8.0


class Departure:
    """What one process has to see to before it ends; used by many threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._uncut = 0
        self._leaving = False
        self._undo: dict[object, Callable[[], None]] = {}

    @contextmanager
    def uncut(self) -> Iterator[None]:
        """Do what must not be cut short; once the process is leaving, nothing begins.

        A trade of a refresh token is such: the old one is dead as soon as Shopify has
        answered, and the new one is lost until it is stored.
        """
        with self._changed:
            # It never comes true: the process ends while this thread waits.
            self._changed.wait_for(lambda: not self._leaving)
            self._uncut += 1
        try:
            yield
        finally:
            with self._changed:
                self._uncut -= 1
                self._changed.notify_all()

    @contextmanager
    def undoing(self, action: Callable[[], None]) -> Iterator[None]:
        """Have `action` done if the process leaves within this block."""
        key = object()
        with self._changed:
            self._changed.wait_for(lambda: not self._leaving)
            self._undo[key] = action
        try:
            yield
        finally:
            with self._changed:
                self._undo.pop(key, None)

    def prepare(self, *, patience: float = PATIENCE) -> None:
        """Finish what must not be cut, and undo the rest, in the order it was begun."""
        with self._changed:
            self._leaving = True
            self._changed.wait_for(lambda: not self._uncut, patience)
            actions = list(self._undo.values())
        for action in actions:
            try:
                action()
            except Exception:  # noqa: BLE001 -- told; the others are still to be undone
                traceback.print_exc()


_departure = Departure()
uncut = _departure.uncut
undoing = _departure.undoing


def leave(code: int) -> NoReturn:
    """End this process with an exit code, whatever its threads are doing."""
    _departure.prepare()
    for stream in (sys.stdout, sys.stderr):
        # Whoever read it may be gone.
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
