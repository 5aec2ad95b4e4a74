"""Shops side by side: one process a shop, what they tell and what became of them.

Charter: starting the processes, passing on what they tell, and ending them when the
command ends first. What runs in them is `worker`'s business. All are copies of one
process that has loaded Dagster, which takes seconds, once for all shops.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Protocol

from shopify_assets.cli import ending, instance, worker
from shopify_assets.cli.task import PRELOADED, Done, Line, Task
from shopify_assets.leaving import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext, ForkServerProcess

    from shopify_assets.proof.verdicts import StreamProof
    from shopify_assets.refresh.asked import Event

_TICK = 0.25  # seconds between two looks at the clock
_KILLED = 9
_GRACE = PATIENCE + 4.0  # seconds for a process to leave by itself


class Audience(Protocol):
    """Whoever follows the work."""

    def begin(self, task: Task) -> None:
        """A shop's process was started."""

    def hear(self, shop: str, message: Line | Event | StreamProof) -> None:
        """Something happened in it."""

    def end(self, shop: str, failure: str | None) -> None:
        """It is over; why it failed as a whole, or None."""

    def tick(self) -> None:
        """Time has passed."""


@dataclass(frozen=True)
class _Worker:
    """A process, and where its messages come in."""

    task: Task
    process: ForkServerProcess
    inbox: Connection[Any, Any]


def run(tasks: Sequence[Task], *, processes: int, audience: Audience) -> None:
    """Do the tasks of all shops, shops side by side.

    Args:
        tasks: one a shop.
        processes: how many shops at once.
        audience: is told of all that happens.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOADED])
    waiting, workers = list(tasks), list[_Worker]()
    over: set[str] = set()
    try:
        while waiting or workers:
            while waiting and len(workers) < processes:
                workers.append(_started(waiting.pop(0), context))
                audience.begin(workers[-1].task)
            for each, message in _messages(workers):
                shop = each.task.shop
                match message:
                    case None:
                        workers.remove(each)
                        if shop not in over:
                            _clear_up(each)
                            audience.end(shop, _died(each.process.exitcode or 0))
                    case Done(failure):
                        over.add(shop)
                        audience.end(shop, failure)
                    case _:
                        audience.hear(shop, message)
            audience.tick()
    finally:
        _end(workers)


def _started(task: Task, context: ForkServerContext) -> _Worker:
    inbox, outbox = context.Pipe(duplex=False)
    process = context.Process(
        target=worker.main, args=(task, outbox, dict(os.environ)), name=task.shop
    )
    process.start()
    # Ours alone would keep the pipe open when the process has ended.
    outbox.close()
    return _Worker(task, process, inbox)


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
