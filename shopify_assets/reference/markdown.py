"""Markdown, as the reference pages need it.

Charter: notation only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(_cell(each) for each in line)} |" for line in lines
    )


def code(text: str) -> str:
    """Write a name as code; nothing stays nothing."""
    return f"`{text}`" if text else ""


def codes(names: Iterable[str]) -> str:
    """Write names as code, separated by commas."""
    return ", ".join(map(code, names))


def block(text: str, language: str = "") -> str:
    """Write lines of code."""
    return f"```{language}\n{text.strip()}\n```"


def joined(parts: Iterable[str]) -> str:
    """Join paragraphs, leaving out empty ones."""
    return "\n\n".join(each.strip() for each in parts if each.strip())


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
