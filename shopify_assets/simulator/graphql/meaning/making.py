"""The ways a meaning is declared: short names for the tables.

Charter: nothing but constructors of `Meaning`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.graphql.meaning.meaning import Kind, Meaning

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.graphql.meaning.meaning import Reader


def text(*paths: str) -> Meaning:
    """The whole text of a field."""
    return Meaning(Kind.TEXT, paths)


def words(*paths: str) -> Meaning:
    """Words of a text."""
    return Meaning(Kind.WORDS, paths)


def gid(*paths: str) -> Meaning:
    """The number of a linked record."""
    return Meaning(Kind.ID, paths)


def number(*paths: str) -> Meaning:
    """A number or an amount."""
    return Meaning(Kind.NUMBER, paths)


def time(*paths: str) -> Meaning:
    """A moment or a day."""
    return Meaning(Kind.TIME, paths)


def flag(*paths: str) -> Meaning:
    """True or false."""
    return Meaning(Kind.FLAG, paths)


def without(*paths: str) -> Meaning:
    """Records that do not have the text."""
    return Meaning(Kind.TEXT, paths, opposite=True)


def down(*, kind: Kind, path: str) -> Meaning:
    """A sort key that names the descending direction."""
    return Meaning(kind, (path,), descending=True)


def held(why: str) -> Meaning:
    """A sort key that no field tells; `why` says so."""
    return Meaning(Kind.ID, ("id",), held=why)


def choice(path: str, *same: str, **named: str) -> Meaning:
    """Documented values of an enum: those it calls alike, and others' names."""
    accepted = {each: (each.casefold(),) for each in same}
    accepted |= {each: (value.casefold(),) for each, value in named.items()}
    return Meaning(Kind.TEXT, (path,), accepted=accepted)


def told(derive: Callable[[Reader], list[Any]], kind: Kind = Kind.TEXT) -> Meaning:
    """Values that no single field holds."""
    return Meaning(kind, derive=derive)


def states(
    derive: Callable[[Reader], list[Any]], *accepted: str, ignored: str = ""
) -> Meaning:
    """Documented values that no field holds; `ignored` is one that means any."""
    taken = {each: (each,) for each in accepted}
    everything: dict[str, tuple[str, ...]] = {ignored: ()} if ignored else {}
    return Meaning(Kind.TEXT, derive=derive, accepted=taken | everything)
