"""Shops side by side: one process a shop, what they tell and what became of them.

Charter: starting the processes, passing on what they tell, collecting their outcomes,
and ending them when the command ends first. What runs in them is `worker`'s business.
"""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Protocol

from shopify_assets.cli import ending, instance, worker
from shopify_assets.defs.asked import Asked, Ended, Event, Outcome
from shopify_assets.leaving import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnContext, SpawnProcess

_TICK = 0.25  # seconds between two looks at the clock
_KILLED = 9
_GRACE = PATIENCE + 4.0  # seconds for a process to leave by itself


class Audience(Protocol):
    """Whoever follows the work."""

    def begin(self, asked: Asked) -> None:
        """A shop's process was started."""

    def hear(self, shop: str, message: worker.Line | Event) -> None:
        """Something happened in it."""

    def tick(self) -> None:
        """Time has passed."""


@dataclass(frozen=True)
class _Worker:
    """A process, and where its messages come in."""

    asked: Asked
    process: SpawnProcess
    inbox: Connection[Any, Any]


def run(asked: Sequence[Asked], *, processes: int, audience: Audience) -> list[Outcome]:
    """Run what is asked for each shop, shops side by side.

    Args:
        asked: one a shop.
        processes: how many shops at once.
        audience: is told of all that happens.
    """
    context = multiprocessing.get_context("spawn")
    waiting, workers = list(asked), list[_Worker]()
    books = {each.shop: _Books(each) for each in asked}
    try:
        while waiting or workers:
            while waiting and len(workers) < processes:
                workers.append(_started(waiting.pop(0), context))
                audience.begin(workers[-1].asked)
            for each, message in _messages(workers):
                if message is None:
                    workers.remove(each)
                for event in books[each.asked.shop].entered(each, message):
                    audience.hear(each.asked.shop, event)
            audience.tick()
    finally:
        _end(workers)
    return [outcome for each in asked for outcome in books[each.shop].outcomes]


class _Books:
    """What is known of one shop's streams, whatever becomes of its process."""

    def __init__(self, asked: Asked) -> None:
        self.outcomes: tuple[Outcome, ...] = ()
        self._asked = asked
        self._ended: dict[str, Outcome] = {}

    def entered(self, worker_: _Worker, message: Any) -> list[worker.Line | Event]:
        """Take note of a message (None: the process is gone); what is to be told."""
        if isinstance(message, Ended):
            self._ended[message.outcome.stream] = message.outcome
        if isinstance(message, worker.Done):
            self.outcomes = message.outcomes
            return []
        if message is not None:
            return [message]
        if self.outcomes:
            return []
        return [Ended(outcome) for outcome in self._close(worker_)]

    def _close(self, dead: _Worker) -> list[Outcome]:
        """Take note of a process that was killed; the streams it had not ended."""
        _clear_up(dead)
        failure = _died(dead.process.exitcode or 0)
        streams = self._asked.all_streams
        lost = {
            stream: Outcome(self._asked.shop, stream, failure=failure)
            for stream in streams
            if stream not in self._ended
        }
        self.outcomes = tuple({**self._ended, **lost}[stream] for stream in streams)
        return list(lost.values())


def _started(asked: Asked, context: SpawnContext) -> _Worker:
    inbox, outbox = context.Pipe(duplex=False)
    process = context.Process(target=worker.main, args=(asked, outbox), name=asked.shop)
    process.start()
    # Ours alone would keep the pipe open when the process has ended.
    outbox.close()
    return _Worker(asked, process, inbox)


def _messages(workers: Sequence[_Worker]) -> Iterator[tuple[_Worker, Any]]:
    """One message of each process that has sent some; None at its end."""
    ready = wait([each.inbox for each in workers], timeout=_TICK)
    for found in [each for each in workers if each.inbox in ready]:
        try:
            yield found, found.inbox.recv()
        except (EOFError, OSError):  # ended, perhaps in the middle of a message
            found.process.join()
            yield found, None


def _died(code: int) -> str:
    """What is told of a shop whose process was killed; the other shops go on."""
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    hint = "; the system kills so when memory runs out" if code == -_KILLED else ""
    return (
        f"the process of this shop died ({how}{hint}): run the same command again, "
        "which goes on from there"
    )


def _end(workers: Sequence[_Worker]) -> None:
    """End the processes that are left: by themselves, or by force."""
    for each in workers:
        each.process.terminate()
    deadline = time.monotonic() + _GRACE
    for each in workers:
        each.process.join(max(0.0, deadline - time.monotonic()))
        if each.process.exitcode is None:
            each.process.kill()
            each.process.join()
        _clear_up(each)


def _clear_up(dead: _Worker) -> None:
    """Do for a process what it had no time to do; its folders are found by others."""
    if dead.process.exitcode not in ending.LEFT:
        instance.cancel_runs(int(dead.process.pid or 0))
