"""Progress as people see it: a live line a shop on a terminal, plain lines elsewhere.

Charter: when which line is shown. A terminal has a live line for each shop at work; a
pipe or a journal gets a line when a stream ends, and one now and then when nothing has
ended for long. What must be known (a retry, a wait) is always shown.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.text import Text

from shopify_assets.cli.progress import ShopProgress, brief
from shopify_assets.cli.task import Line, Task
from shopify_assets.proof.verdicts import StreamProof
from shopify_assets.redaction import shown as shown_text
from shopify_assets.refresh.asked import Began, Ended, Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

# A line is repeated after so many seconds without another one of its shop.
SILENCE = 30.0

_FRAME = 0.2  # seconds between two drawings of the live lines


class Screen:
    """Follows the work of all shops, and shows it.

    Args:
        say: shows a line for good.
        verbose: whether the long lines of each step are shown as well.
        live: the terminal's place for lines that change; None elsewhere.
        clock: tells the seconds.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        *,
        verbose: bool,
        live: Live | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._say = say
        self._verbose = verbose
        self._live = live
        self._clock = clock
        self._shops: dict[str, ShopProgress] = {}
        self._last_said: dict[str, float] = {}
        self._drawn = 0.0

    def begin(self, task: Task) -> None:
        """A shop is begun with."""
        self._shops[task.shop] = ShopProgress(task.shop, task.total)
        self._last_said[task.shop] = self._clock()

    def hear(self, shop: str, message: Line | Event | StreamProof) -> None:
        """Something happened at a shop."""
        progress = self._shops[shop]
        match message:
            case Began(stream):
                progress.begin(stream, self._clock())
            case Ended(outcome):
                self._tell(shop, progress.end(outcome, self._clock()))
            case StreamProof():
                if line := progress.prove(message, self._clock()):
                    self._tell(shop, line)
            case Line(text, urgent):
                progress.detail = brief(text)
                if urgent or self._verbose:
                    self._tell(shop, text)

    def end(self, shop: str, failure: str | None) -> None:
        """A shop is done with; its streams have told why they failed."""
        progress = self._shops.pop(shop)
        if progress.alike:
            told = f"{progress.alike} more undecided, for the same reason"
            self._tell(shop, f"{shop}: {told}")
        if failure is not None and progress.ended < progress.total:
            self._tell(shop, f"{shop}: {failure}")

    def tick(self) -> None:
        """Time has passed: move the live lines, or break a long silence."""
        now = self._clock()
        if self._live is not None:
            self._draw(self._live, now)
            return
        for shop, progress in self._shops.items():
            if now - self._last_said[shop] >= SILENCE:
                self._tell(shop, progress.now(now))

    def _draw(self, live: Live, now: float) -> None:
        if now - self._drawn >= _FRAME:
            self._drawn = now
            lines = (each.now(now) for each in self._shops.values())
            live.update(Group(*(_on_one_line(line) for line in lines)), refresh=True)

    def _tell(self, shop: str, line: str) -> None:
        self._last_said[shop] = self._clock()
        self._say(line)


def _on_one_line(line: str) -> Text:
    return Text(shown_text(line), no_wrap=True, overflow="ellipsis")


@contextmanager
def shown(
    console: Console, say: Callable[[str], None], *, verbose: bool
) -> Iterator[Screen]:
    """Show progress on a console until the end of the block."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield Screen(say, verbose=verbose)
        return
    with Live(console=console, transient=True, auto_refresh=False) as live:
        yield Screen(say, verbose=verbose, live=live)
