"""Shops side by side: one process a shop, progress and outcomes brought together.

Charter: starting the processes, relaying their lines, collecting their outcomes. What a
process runs is `defs.launch`'s business.
"""

from __future__ import annotations

import logging
import logging.handlers
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

from shopify_assets.cli import instance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.context import SpawnContext

    from shopify_assets.defs.launch import Asked, Outcome

PROGRESS = "shopify_assets.progress"


def run(
    asked: Sequence[Asked], *, processes: int, tell: Callable[[str], None]
) -> list[Outcome]:
    """Run what is asked for each shop, shops side by side.

    Args:
        asked: one a shop.
        processes: how many shops at once.
        tell: is given every line of progress.
    """
    context = multiprocessing.get_context("spawn")
    lines: Any = context.Queue()
    listener = logging.handlers.QueueListener(lines, _Teller(tell))
    listener.start()
    try:
        with ThreadPoolExecutor(processes) as threads:
            # A process that dies breaks its whole pool, so each shop has a pool of one.
            runs = threads.map(lambda each: _in_a_process(each, context, lines), asked)
            return [outcome for outcomes in runs for outcome in outcomes]
    finally:
        listener.stop()


def _in_a_process(asked: Asked, context: SpawnContext, lines: Any) -> list[Outcome]:
    with ProcessPoolExecutor(
        1, mp_context=context, initializer=_listen, initargs=(lines,)
    ) as pool:
        try:
            return pool.submit(_work, asked).result()
        except BrokenProcessPool as error:
            return _died(asked, error)


def _died(asked: Asked, error: BrokenProcessPool) -> list[Outcome]:
    """What is told of a shop whose process was killed; the other shops go on."""
    from shopify_assets.defs.launch import Outcome  # noqa: PLC0415 -- slow import

    failure = f"the process of this shop died: {error}; run the same command again"
    return [
        Outcome(asked.shop, stream, failure=failure)
        for stream in (*asked.streams, *asked.snapshots)
    ]


class _Teller(logging.Handler):
    """Hands each record's text on."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(record.getMessage())


def _listen(lines: Any) -> None:
    """In a new process: send progress to the parent, and keep all else quiet."""
    logger = logging.getLogger(PROGRESS)
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.handlers.QueueHandler(lines))
    logger.propagate = False


def _work(asked: Asked) -> list[Outcome]:
    from shopify_assets.definitions import defs  # noqa: PLC0415 -- seconds of import
    from shopify_assets.defs.build import windows  # noqa: PLC0415 -- the same
    from shopify_assets.defs.launch import launch  # noqa: PLC0415 -- the same
    from shopify_assets.settings import load_settings  # noqa: PLC0415 -- the same

    settings = load_settings()
    started = time.monotonic()
    with instance.opened() as opened:
        found = launch(defs, asked, instance=opened, windows=windows(settings))
    logging.getLogger(PROGRESS).info(
        "%s: done in %.1f s", asked.shop, time.monotonic() - started
    )
    return found
