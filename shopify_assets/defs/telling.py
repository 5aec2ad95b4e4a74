"""What is told while a run is under way: to its log, and to a command that waits.

Charter: where lines and news go. A line in a run's log is a row in Dagster's database,
so that ordinary progress is thinned out there; warnings never are. No line holds a
secret, or what acts on a terminal.
"""

import logging
import threading
import time
from collections.abc import Callable

import dagster as dg

from shopify_assets.proof.verdicts import StreamProof
from shopify_assets.redaction import shown
from shopify_assets.refresh.asked import Event

_EVERY = 5.0  # seconds between two lines of progress in a run's log

progress = logging.getLogger("shopify_assets.progress")
# Where no command listens, a run's log says it: the terminal is not told twice.
progress.addHandler(logging.NullHandler())

Context = dg.AssetExecutionContext | dg.OpExecutionContext


def news(event: Event | StreamProof) -> None:
    """Tell a command in this process, if one waits, of a stream's begin or end."""
    progress.info("%s", event, extra={"news": event})


def reporter(context: Context) -> Callable[[str], None]:
    """Tells progress; to be called by several threads."""
    lock, logged_at = threading.Lock(), time.monotonic()

    def report(line: str) -> None:
        nonlocal logged_at
        line = shown(line, lines=True)
        progress.info(line)
        with lock:
            now = time.monotonic()
            # A trace is no line of progress.
            due = now - logged_at >= _EVERY or "\n" in line
            if due:
                logged_at = now
        if due:
            context.log.info(line)

    return report


def warner(context: Context) -> Callable[[str], None]:
    """Tells retries and long waits; to be called by several threads."""

    def warn(line: str) -> None:
        line = shown(line, lines=True)
        progress.warning(line)
        context.log.warning(line)

    return warn
