"""What runs in the process of one shop.

Charter: the runs of one shop, and what is sent to the command that asked for them:
lines of progress, events of streams, at last the outcomes. How the process is started
and ended is `work`'s and `ending`'s business.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from shopify_assets import leaving
from shopify_assets.cli import ending, instance
from shopify_assets.startup import lasting

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    import dagster as dg

    from shopify_assets.defs.asked import Asked, Outcome

PROGRESS = "shopify_assets.progress"

_PATIENCE = 3.0  # seconds for Dagster's storage to take note of the end


@dataclass(frozen=True)
class Line:
    """A line of progress; an urgent one is shown whatever the command was asked."""

    text: str
    urgent: bool


@dataclass(frozen=True)
class Done:
    """The runs are over."""

    outcomes: tuple[Outcome, ...]


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
        """Send a line of progress."""
        self.send(Line(record.getMessage(), record.levelno >= logging.WARNING))


def main(asked: Asked, connection: Connection[Any, Any]) -> None:
    """Run what is asked of a shop; the process's own main function."""
    ending.end_with_parent()
    sender = Sender(connection)
    logger = logging.getLogger(PROGRESS)
    logger.setLevel(logging.INFO)
    logger.addHandler(sender)
    logger.propagate = False
    sender.send(Done(tuple(_outcomes(asked, sender))))


def _outcomes(asked: Asked, sender: Sender) -> list[Outcome]:
    with lasting():
        from shopify_assets.definitions import defs  # noqa: PLC0415 -- seconds of import
        from shopify_assets.defs.build import windows  # noqa: PLC0415 -- the same
        from shopify_assets.defs.launch import launch  # noqa: PLC0415 -- the same
        from shopify_assets.settings import load_settings  # noqa: PLC0415 -- the same

    settings = load_settings()
    with instance.opened() as opened, leaving.undoing(partial(_cancel, opened)):
        instance.end_orphans(opened)
        return launch(
            defs,
            asked,
            instance=opened,
            windows=windows(settings),
            tell=sender.send,
        )


def _cancel(opened: dg.DagsterInstance) -> None:
    """Mark this process's runs as canceled, unless the storage is beyond reach."""
    from shopify_assets.defs.leftovers import cancel_runs  # noqa: PLC0415 -- slow

    cancel = partial(cancel_runs, opened, process=os.getpid())
    thread = threading.Thread(target=cancel, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
