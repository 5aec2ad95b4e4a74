"""The page of checks: what each says of all shops, what it holds back, what to do.

Charter: the declarations of `shopify_assets.checks`, as a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.checks import ALL, OF_TABLES, OF_WAREHOUSE, Check
from shopify_assets.postgres.books.checks import Outcome
from shopify_assets.reference.markdown import table

if TYPE_CHECKING:
    from collections.abc import Iterable

_INTRODUCTION = """
# Checks

What each asset check says of all live shops, as what it fails, and what is held back
of a shop for which it does not pass. How verdicts are made:
[checks](../guides/checks.md).
"""

_SEVERITIES = {Outcome.FAILED: "error", Outcome.WARNED: "warning"}


def page() -> str:
    """Write the page: a table of the checks of each step."""
    raw = [check for check in ALL if check not in (*OF_TABLES, *OF_WAREHOUSE)]
    steps = {"Raw": raw, "Tables": OF_TABLES, "Warehouse": OF_WAREHOUSE}
    sections = (f"## {step}\n\n{_table(checks)}" for step, checks in steps.items())
    return "\n\n".join((_INTRODUCTION.strip(), *sections))


def _table(checks: Iterable[Check]) -> str:
    rows = (
        (
            f"`{check.name}`",
            check.description,
            _SEVERITIES[check.fails_as],
            check.holds_back,
            check.remedy,
        )
        for check in checks
    )
    return table(("check", "passes if", "else", "held back", "what to do"), rows)
