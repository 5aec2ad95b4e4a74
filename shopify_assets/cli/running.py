"""Tasks of several shops, carried out, and what became of every stream.

Charter: from tasks to an outcome or a proof for each stream, whatever becomes of the
process of its shop. Processes are `work`'s, lines on the terminal `screen`'s business.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from shopify_assets.cli import instance, output, screen, work
from shopify_assets.refresh.asked import Ended, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shopify_assets.cli.task import Line, Task
    from shopify_assets.cli.work import Audience
    from shopify_assets.proof.verdicts import StreamProof
    from shopify_assets.refresh.asked import Event
    from shopify_assets.settings import Settings

_Key = tuple[str, str]  # shop and stream


def outcomes_of(
    tasks: Sequence[Task],
    closed: Mapping[str, str],
    settings: Settings,
    *,
    verbose: bool,
) -> dict[_Key, Outcome]:
    """Load what the tasks ask for.

    Args:
        tasks: what is asked of each shop.
        closed: by domain, why a shop cannot be read.
        settings: where the Dagster instance is, if none is set.
        verbose: whether each step is told.
    """
    outcomes: dict[_Key, Outcome] = {}

    def take_note(_shop: str, message: Line | Event | StreamProof) -> None:
        if isinstance(message, Ended):
            outcome = message.outcome
            outcomes[outcome.shop, outcome.stream] = outcome

    failures = run(tasks, closed, settings, take_note, verbose=verbose)
    for task in tasks:
        for stream in task.streams:
            lost = Outcome(task.shop, stream, failure=failures.get(task.shop) or _LOST)
            outcomes.setdefault((task.shop, stream), lost)
    return outcomes


_LOST = "the run ended before this stream began"


def run(
    tasks: Sequence[Task],
    closed: Mapping[str, str],
    settings: Settings,
    take_note: Callable[[str, Line | Event | StreamProof], None],
    *,
    verbose: bool,
) -> dict[str, str]:
    """Carry out the tasks of shops that can be read; why shops failed, by domain."""
    readable = [task for task in tasks if task.shop not in closed and task.total]
    streams = sum(task.total for task in readable)
    output.say(f"reading {len(readable)} of {len(tasks)} shops, {streams:,} streams")
    failures = dict(closed)
    if readable:
        instance.prepare(settings.home)
        processes = min(len(readable), max(2, os.cpu_count() or 1))
        with screen.shown(output.remarks(), output.say, verbose=verbose) as shown:
            follower = _Follower(shown, take_note, failures)
            work.run(readable, processes=processes, audience=follower)
    return failures


class _Follower:
    """Takes note of what is told before it is shown."""

    def __init__(
        self,
        shown: Audience,
        take_note: Callable[[str, Line | Event | StreamProof], None],
        failures: dict[str, str],
    ) -> None:
        self._shown = shown
        self._take_note = take_note
        self._failures = failures
        self.begin = shown.begin
        self.tick = shown.tick

    def hear(self, shop: str, message: Line | Event | StreamProof) -> None:
        """Something happened at a shop."""
        self._take_note(shop, message)
        self._shown.hear(shop, message)

    def end(self, shop: str, failure: str | None) -> None:
        """A shop is done with."""
        if failure is not None:
            self._failures[shop] = failure
        self._shown.end(shop, failure)
