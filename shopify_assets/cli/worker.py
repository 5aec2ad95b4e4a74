"""What runs in the process of one shop.

Charter: one run of a job, and what is sent to the command that asked for it: lines of
progress, what becomes of each stream, at last whether the run failed. How the process
is started and ended is `work`'s and `ending`'s business.
"""

from __future__ import annotations

import logging
import os
import threading
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

from shopify_assets import leaving
from shopify_assets.cli import ending, instance
from shopify_assets.cli.task import Done, Line
from shopify_assets.defs.names import COMMAND, PROCESS_TAG, TRIGGER_TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from multiprocessing.connection import Connection

    import dagster as dg

    from shopify_assets.cli.task import Task

PROGRESS = "shopify_assets.progress"

_PATIENCE = 3.0  # seconds for Dagster's storage to take note of the end


class Sender(logging.Handler):
    """Sends what is told to the command; threads may tell side by side."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        super().__init__()
        self._connection = connection
        self._turn = threading.Lock()

    def send(self, message: object) -> None:
        """Send one message; threads take turns, for each is to arrive whole."""
        with self._turn:
            self._connection.send(message)

    def emit(self, record: logging.LogRecord) -> None:
        """Send what became of a stream, or a line of progress."""
        news = getattr(record, "news", None)
        urgent = record.levelno >= logging.WARNING
        self.send(news or Line(record.getMessage(), urgent))


def main(
    task: Task, connection: Connection[Any, Any], environment: Mapping[str, str]
) -> None:
    """Run what is asked of a shop; the process's own main function."""
    # It is a copy of a process that was started earlier, perhaps in another one.
    os.environ.clear()
    os.environ.update(environment)
    ending.end_with_parent()
    # Dagster's notes to its own developers are nothing for a terminal.
    warnings.simplefilter("ignore")
    sender = Sender(connection)
    logger = logging.getLogger(PROGRESS)
    logger.setLevel(logging.INFO)
    logger.addHandler(sender)
    logger.propagate = False
    sender.send(Done(_run(task, sender.send)))


def _run(task: Task, send: Callable[[object], None]) -> str | None:
    """Have the run executed, by a daemon if one is there; why it failed, or None."""
    from shopify_assets.cli import follow  # noqa: PLC0415 -- slow import
    from shopify_assets.defs.build import build_jobs  # noqa: PLC0415 -- the same
    from shopify_assets.defs.launch import create, submit  # noqa: PLC0415 -- the same
    from shopify_assets.settings import load_settings  # noqa: PLC0415 -- the same

    job = build_jobs(load_settings()).resolve_job_def(task.job)
    with instance.opened() as opened:
        if not (instance.may_be_served() and follow.daemon_runs(opened)):
            return _execute(task, job, opened)
        tags = {TRIGGER_TAG: COMMAND}
        run = create(job, task.shop, task.config, instance=opened, tags=tags)
        with leaving.undoing(partial(_give_up, opened, run.run_id)):
            submit(run, instance=opened)
            try:
                return follow.follow(run.run_id, opened, send=send)
            except follow.DaemonGone:
                opened.run_coordinator.cancel_run(run.run_id)
                send(Line("the daemon is gone; the run is executed here", urgent=True))
                return _execute(task, job, opened)


def _execute(
    task: Task, job: dg.JobDefinition, opened: dg.DagsterInstance
) -> str | None:
    from shopify_assets.defs.launch import create, execute, failure_of  # noqa: PLC0415 -- slow import

    tags = {TRIGGER_TAG: COMMAND, PROCESS_TAG: str(os.getpid())}
    with leaving.undoing(partial(_cancel, opened)):
        instance.end_orphans(opened)
        run = create(job, task.shop, task.config, instance=opened, tags=tags)
        return failure_of(execute(job, run, instance=opened))


def _give_up(opened: dg.DagsterInstance, run_id: str) -> None:
    """End a run that the daemon has, unless it is beyond reach."""
    _in_time(partial(opened.run_coordinator.cancel_run, run_id))


def _cancel(opened: dg.DagsterInstance) -> None:
    """Mark this process's runs as canceled, unless the storage is beyond reach."""
    from shopify_assets.defs.leftovers import cancel_runs  # noqa: PLC0415 -- slow

    _in_time(partial(cancel_runs, opened, process=os.getpid()))


def _in_time(action: Callable[[], object]) -> None:
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
