"""Whole commands hold under attack; all of them are tried by `-m slow`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopify_assets_tests.attacks.attacks import ATTACKS
from shopify_assets_tests.attacks.trial import attacked

if TYPE_CHECKING:
    from pathlib import Path

# Those that show most, and wait least.
QUICK = (
    "none",
    "every Date ten years back",
    "no Date",
    "texts that act on a terminal",
    "a token with a line break",
)


@pytest.mark.parametrize(
    "name",
    [
        name if name in QUICK else pytest.param(name, marks=pytest.mark.slow)
        for name in ATTACKS
    ],
)
def test_a_command_under_attack_loses_and_tells_nothing(
    name: str, tmp_path: Path, server_home: Path, database_url: str
) -> None:
    trial = attacked(
        ATTACKS[name], folder=tmp_path, home=server_home, warehouse=database_url
    )
    assert trial.faults == (), trial.said[-2000:]
