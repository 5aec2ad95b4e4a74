"""A hostile shop's texts are shown by the commands, and do nothing to the terminal."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from shopify_assets.cli import look, output
from shopify_assets.cli.screen import shown
from shopify_assets.cli.task import Line, Task
from shopify_assets_tests.cli.conftest import entry
from shopify_assets_tests.cli.test_runs import simulator
from shopify_assets_tests.hostile import EVIL, Hostile, acting, forged, hostile
from shopify_assets_tests.stage import EMBER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shopify_assets.simulator.http.server import Simulator
    from shopify_assets_tests.cli.conftest import Called

__all__ = ["simulator"]  # the fixture

SELECT = ("--select", "locations,tender_transactions,shop")


@pytest.fixture
def shop(place: Path, simulator: Simulator) -> Iterator[Hostile]:
    """A hostile shop, which is the only one of the shops file."""
    with hostile(simulator.url) as front:
        listed = entry(simulator, EMBER).replace(simulator.url, front.url)
        (place / "shops.toml").write_text(listed, "utf-8")
        yield front


def told(*arguments: str) -> str:
    """All that a command prints, as bytes come."""
    command = [sys.executable, "-m", "shopify_assets.cli", *arguments]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 -- our own command
    return done.stdout.decode() + done.stderr.decode()


def assert_harmless(text: str) -> None:
    assert (acting(text), forged(text)) == ([], []), text


def test_no_command_lets_a_shop_act_on_the_terminal(shop: Hostile) -> None:
    shop.refused = "tenderTransactions"
    shop.unreadable = frozenset({"createdAt"})
    loaded = told("backfill", "--verbose", *SELECT)
    assert_harmless(loaded)
    assert "\\x1b[31mEVIL\\x07" in loaded
    listed = told("set-aside", "list")
    assert_harmless(listed)
    assert "\\x1b[31mEVIL" in listed
    shop.refused = "{"
    proven = told("verify", *SELECT)
    assert_harmless(proven)
    assert "\\x1b[31mEVIL" in proven
    assert_harmless(told("doctor"))


def test_a_live_line_does_nothing() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system=None, width=500)

    with shown(console, lambda _: None, verbose=True) as screen:
        screen.begin(Task("sync", EMBER, ("orders",), {}))
        screen.hear(EMBER, Line(f"x: {EVIL}", urgent=False))
        screen.tick()
    drawn = out.getvalue()
    assert "\\x1b[31mEVIL" in drawn
    assert "\x1b[31m" not in drawn
    assert "\u202e" not in drawn


def test_tables_answers_and_remarks_show_escapes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output.table((EVIL, "b"), [(EVIL, "[red]1")])
    output.answer(EVIL)
    output.dump({EVIL: EVIL})
    printed = capsys.readouterr().out
    assert_harmless(printed)
    assert "[red]1" in printed
    assert printed.count("EVIL") == 5


def test_a_fault_of_this_program_is_told_without_secrets_and_escapes(
    call: Callable[..., Called], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trace quotes whatever an error of a library holds."""

    def break_down(_settings: object) -> None:
        raise KeyError(f"{EVIL} shpat_0123456789")

    (place / "shops.toml").write_text("", "utf-8")
    monkeypatch.setattr(look, "diagnoses", break_down)
    ended = call("doctor")
    assert ended.code == 1
    assert "KeyError" in ended.err
    assert "shpat_0123456789" not in ended.err
    assert_harmless(ended.err)
