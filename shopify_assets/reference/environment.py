"""The page of settings: environment variables, and the registry of shops.

Charter: the two commented example files, told as a page. They are the one home of the
explanations; a test compares them with what `settings.py` reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.reference.markdown import block, code, joined, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENVIRONMENT_FILE = ".env.example"
SHOPS_FILE = "shops.example.toml"

_VARIABLE = re.compile(r"^((?:# .+\n)+)([A-Z_]+)=(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Variable:
    """A documented environment variable."""

    name: str
    default: str
    meaning: str


def variables(project: Path) -> Iterator[Variable]:
    """Read the variables that the example file documents."""
    text = (project / ENVIRONMENT_FILE).read_text("utf-8")
    for comment, name, default in _VARIABLE.findall(text):
        lines = comment.strip().splitlines()
        yield Variable(name, default, " ".join(line[2:] for line in lines))


def settings(project: Path) -> str:
    """Render the page."""
    rows = (
        (code(each.name), code(each.default), each.meaning)
        for each in variables(project)
    )
    return joined(
        (
            "# Settings",
            "## Environment",
            f"All are optional; {code(ENVIRONMENT_FILE)} is a file to start from.",
            table(("variable", "default", "meaning"), rows),
            "## Shops",
            block((project / SHOPS_FILE).read_text("utf-8"), "toml"),
        )
    )
