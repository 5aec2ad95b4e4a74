"""Progress: one line a stream, honest about the time left; quiet, but never silent."""

from __future__ import annotations

import io

from rich.console import Console

from shopify_assets.cli.progress import duration
from shopify_assets.cli.screen import SILENCE, Screen, shown
from shopify_assets.cli.task import Line, Task
from shopify_assets.defs.names import SYNC_JOB
from shopify_assets.refresh.asked import Began, Ended, Outcome

SHOP = "ember.myshopify.com"
LONG = "extraction 1 of stream 'a' of shop 'ember': 400 records by pages"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def screen(clock: Clock, *, verbose: bool = False) -> tuple[Screen, list[str]]:
    """A screen for a shop of five streams, and the lines it shows."""
    lines: list[str] = []
    made = Screen(lines.append, verbose=verbose, clock=clock)
    made.begin(Task(SYNC_JOB, SHOP, tuple("abcde"), {}))
    return made, lines


def whole(stream: str) -> Outcome:
    return Outcome(
        SHOP, stream, extracted=18432, rows=40000, seconds=9.5, checks={"access": True}
    )


def test_a_stream_is_one_line_with_its_place_and_the_time_left() -> None:
    """The first streams tell too little of the others; the last leaves none."""
    clock = Clock()
    made, lines = screen(clock)
    for stream in "abcde":
        made.hear(SHOP, Began(stream))
        clock.now += 60.0
        made.hear(SHOP, Ended(whole(stream)))
    figures = "18,432 records, 40,000 rows, 0 changed, 9.5 s"
    assert lines == [
        f"{SHOP} [1/5] a: {figures}; time left: –",
        f"{SHOP} [2/5] b: {figures}; time left: –",
        f"{SHOP} [3/5] c: {figures}; time left: about 2 min",
        f"{SHOP} [4/5] d: {figures}; time left: about 1 min",
        f"{SHOP} [5/5] e: {figures}",
    ]


def test_details_are_for_verbose_and_waits_for_everyone() -> None:
    clock = Clock()
    brief, few = screen(clock)
    verbose, all_ = screen(clock, verbose=True)
    for made in (brief, verbose):
        made.hear(SHOP, Line(LONG, urgent=False))
        made.hear(SHOP, Line("waiting 20 s: throttled", urgent=True))
    assert few == ["waiting 20 s: throttled"]
    assert all_ == [LONG, "waiting 20 s: throttled"]


def test_a_long_silence_is_broken_by_what_is_being_done() -> None:
    clock = Clock()
    made, lines = screen(clock)
    made.hear(SHOP, Began("a"))
    made.hear(SHOP, Line(LONG, urgent=False))
    clock.now += SILENCE - 1
    made.tick()
    assert lines == []
    clock.now += 1
    made.tick()
    made.tick()
    assert lines == [f"{SHOP} [1/5] a: 400 records by pages; time left: –"]


def test_a_reason_that_fails_many_streams_is_told_once() -> None:
    clock = Clock()
    made, lines = screen(clock)
    for stream in "ab":
        made.hear(SHOP, Ended(Outcome(SHOP, stream, failure="the shop is frozen")))
    assert lines == [
        f"{SHOP} [1/5] a: FAILED: the shop is frozen; time left: –",
        f"{SHOP} [2/5] b: FAILED: for the same reason; time left: –",
    ]


def test_durations_are_as_coarse_as_they_are_long() -> None:
    assert [duration(each) for each in (7.4, 95.0, 9000.0)] == ["7 s", "2 min", "2.5 h"]


def test_a_terminal_has_a_live_line_that_fits_and_other_places_have_none() -> None:
    """A line that ended stays above it; a pipe is sent no line that moves."""
    shown_on = {}
    for is_terminal in (True, False):
        file = io.StringIO()
        console = Console(file=file, force_terminal=is_terminal, width=60)
        with shown(console, console.print, verbose=False) as made:
            made.begin(Task(SYNC_JOB, SHOP, ("a", "b"), {}))
            made.hear(SHOP, Began("a"))
            made.hear(SHOP, Line(f"{LONG}, and so on and on and on", urgent=False))
            made.tick()
        shown_on[is_terminal] = file.getvalue()
    assert f"{SHOP} [1/2] a: 400 records by" in shown_on[True]
    assert "…" in shown_on[True]
    assert shown_on[False] == ""
