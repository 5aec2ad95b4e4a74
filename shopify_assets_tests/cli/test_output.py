"""What goes to a pipe, a file or a journal is whole, whatever its width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.cli import output
from shopify_assets.refresh.asked import Outcome

if TYPE_CHECKING:
    import pytest

SHOP = "a-shop-with-a-rather-long-name-indeed.myshopify.com"
CHECKS = {"access": True, "unique_keys": True}


def test_no_number_and_no_name_is_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    stream = "a_stream_whose_name_is_longer_than_any_of_ours_today"
    whole = Outcome(SHOP, stream, 18_432, 1_234_567_890, 987_654_321, checks=CHECKS)
    output.outcomes([whole])
    output.table(("family", "which"), [("orders", ", ".join(["tender"] * 40))])
    shown = capsys.readouterr().out
    for cell in (SHOP, stream, "18,432", "1,234,567,890", "987,654,321", "whole 2/2"):
        assert cell in shown
    assert ", ".join(["tender"] * 40) in shown
    assert "…" not in shown


def test_a_failure_is_named_and_its_message_left_to_the_progress(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It was told when it happened; a shop of which nothing was read is one line."""
    lost = [Outcome("b", each, failure="frozen") for each in ("orders", "shop")]
    mixed = [
        Outcome("c", "orders", failure="too bad", seconds=1.0),
        Outcome("c", "shop", checks=CHECKS, remarks=("a hint",), seconds=1.0),
        Outcome("c", "pages", checks=CHECKS, remarks=("a hint",), seconds=1.0),
    ]
    output.outcomes([*lost, *mixed])
    shown = capsys.readouterr().out
    assert "b: nothing was read of 2 streams (reason above)" in shown
    assert "frozen" not in shown
    assert "too bad" not in shown
    assert "FAILED" in shown
    assert shown.count("a hint") == 1
    assert "c, shop, pages: a hint" in shown
    every = [*lost, *mixed]
    assert output.by_shop([*lost, mixed[0]], of=every) == "all 2 of b; orders of c"
