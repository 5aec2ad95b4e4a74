"""How the values of a filter are read from what GraphQL shows.

Charter: ways to say it, for the tables of expected filters; no table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shopify_assets_tests.simulator.surface import dig

Json = dict[str, Any]
# Paths to select; from the node, the values of the filter.
Seen = tuple[tuple[str, ...], Callable[[Json], list[Any]]]


def at(*paths: str) -> Seen:
    """Values just as they are shown."""
    return paths, lambda node: [each for path in paths for each in dig(node, path)]


def named(path: str, names: dict[Any, str] | None = None) -> Seen:
    """Values of an enum, as the filter calls them."""
    known = names or {}
    return (path,), lambda node: [
        known.get(each) or str(each).lower() for each in dig(node, path)
    ]


def given(*paths: str) -> Callable[[Callable[[Json], list[Any]]], Seen]:
    """Values worked out from what the paths show."""
    return lambda read: (paths, read)


def first(node: Json, path: str) -> Any:
    return next(iter(dig(node, path)), None)


def true(path: str) -> Seen:
    return (path,), lambda node: [bool(dig(node, path))]
