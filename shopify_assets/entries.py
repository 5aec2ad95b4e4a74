"""The entries of a TOML file, where one that is malformed stops only itself.

Charter: cutting the text at its `[[name]]` headings when TOML as a whole cannot be
read, for TOML itself gives up at the first fault. What an entry means is the reader's
business.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True)
class Entry:
    """One `[[name]]` entry: its place among them from 1 on, and what it holds."""

    number: int
    content: dict[str, Any]


@dataclass(frozen=True)
class Malformed:
    """A part of the file that is none: its place, and what is wrong with it.

    Attributes:
        number: the entry's place; 0 if it is no entry.
        reason: without any of the file's text, which may hold a secret.
        domain: what its line `domain = "…"` says, if it has one.
    """

    number: int
    reason: str
    domain: str | None = None


def entries(text: str, *, name: str) -> tuple[list[Entry], list[Malformed]]:
    """Read the `[[name]]` entries of a file, and what else is in it."""
    try:
        return _of_content(tomllib.loads(text), name=name)
    except tomllib.TOMLDecodeError:
        return _one_by_one(text, name=name)


def _of_content(
    content: dict[str, Any], *, name: str
) -> tuple[list[Entry], list[Malformed]]:
    listed = content.pop(name, [])
    malformed = []
    if content:
        reason = f"only [[{name}]] entries are allowed, found {sorted(content)}"
        malformed.append(Malformed(0, reason))
    if not isinstance(listed, list):
        listed = [None]
    found = []
    for number, entry in enumerate(listed, 1):
        if isinstance(entry, dict):
            found.append(Entry(number, entry))
        else:
            reason = f"{name} must be [[{name}]] entries, with two brackets each side"
            malformed.append(Malformed(number, reason))
    return found, malformed


def _one_by_one(text: str, *, name: str) -> tuple[list[Entry], list[Malformed]]:
    heading = re.compile(rf"^\s*\[\[\s*{re.escape(name)}\s*\]\]", re.MULTILINE)
    starts = [found.start() for found in heading.finditer(text)]
    cuts = [0, *starts, len(text)]
    found: list[Entry] = []
    malformed: list[Malformed] = []
    for number, (start, end) in enumerate(pairwise(cuts)):
        part, before = text[start:end], text[:start].count("\n")
        try:
            inner, further = _of_content(tomllib.loads(part), name=name)
        except tomllib.TOMLDecodeError as error:
            reason = f"not valid TOML: {_moved(str(error), before)}"
            malformed.append(Malformed(number, reason, _domain(part)))
            continue
        found += [Entry(number, entry.content) for entry in inner]
        malformed += [Malformed(number, each.reason) for each in further]
    return found, malformed


def _moved(reason: str, before: int) -> str:
    """The parser's reason, with the line's number in the whole file."""

    def line(found: re.Match[str]) -> str:
        return f"(line {int(found[1]) + before}, column {found[2]})"

    return _LINE.sub(line, reason)


_DOMAIN = re.compile(r'^\s*domain\s*=\s*["\']?([\w.-]+)', re.MULTILINE)


def _domain(part: str) -> str | None:
    found = _DOMAIN.search(part)
    return found[1] if found else None
