"""The syntax of `query:` arguments.

Charter: from text to a tree of terms, in Shopify's way, its pitfalls included: what is
not quoted ends at a colon, so an unquoted timestamp loses its minutes and leaves a
stray field behind. What a term means for a type is decided in `filters.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container


@dataclass(frozen=True)
class Term:
    """`field:comparator value`, or a bare word (field is None)."""

    field: str | None
    comparator: str
    value: str
    quoted: bool


@dataclass(frozen=True)
class Not:
    """The opposite of a tree."""

    inner: Tree


@dataclass(frozen=True)
class All:
    """Every one of the trees."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True)
class Any_:  # noqa: N801 -- `Any` is taken by typing
    """At least one of the trees."""

    parts: tuple[Tree, ...]


Tree = Term | Not | All | Any_
ANYTHING = All(())

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<open>\() | (?P<close>\)) |
        (?P<quoted>'(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*") |
        (?P<colon>:(?P<comparator><=|>=|<|>|=|!)?) |
        (?P<word>(?:\\.|[^\s():'"\\])+) |
        (?P<stray>['"\\])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def _tokens(query: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(query.rstrip()):
        kind = (
            "colon" if match.lastgroup == "comparator" else match.lastgroup or "stray"
        )
        text = match["comparator"] or "" if kind == "colon" else match[kind]
        if kind != "stray":
            found.append(_Token(kind, text))
    return found


def parse(query: str) -> Tree:
    """Read a search query; an empty one matches everything."""
    return _Parser(_tokens(query)).either()


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def _peek(self) -> _Token:
        if self._at < len(self._tokens):
            return self._tokens[self._at]
        return _Token("end", "")

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def either(self) -> Tree:
        parts = [self._all()]
        while self._peek() == _Token("word", "OR"):
            self._next()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Any_(tuple(parts))

    def _all(self) -> Tree:
        parts: list[Tree] = []
        while self._peek().kind not in {"end", "close"} and self._peek().text != "OR":
            if self._peek() == _Token("word", "AND"):
                self._next()
                continue
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self) -> Tree:
        token = self._next()
        if token == _Token("word", "NOT"):
            return Not(self._one())
        if token.kind == "open":
            inner = self.either()
            if self._peek().kind == "close":
                self._next()
            return inner
        if token.kind == "word" and token.text.startswith("-") and len(token.text) > 1:
            return Not(self._term(_Token("word", token.text[1:])))
        return self._term(token)

    def _term(self, name: _Token) -> Tree:
        if self._peek().kind != "colon" or name.kind != "word":
            return Term(None, "", _plain(name), quoted=name.kind == "quoted")
        comparator = self._next().text
        if self._peek().kind not in {"word", "quoted"}:
            return Term(name.text, comparator, "", quoted=False)
        value = self._next()
        term = Term(name.text, comparator, _plain(value), quoted=value.kind == "quoted")
        if self._peek().kind != "colon":
            return term
        self._next()  # what follows a second colon is read as a field of its own
        return All((term, self._one())) if self._peek().kind != "end" else term


def _plain(token: _Token) -> str:
    text = token.text[1:-1] if token.kind == "quoted" else token.text
    return re.sub(r"\\(.)", r"\1", text)


def terms(tree: Tree) -> list[Term]:
    """All terms of a tree, in order."""
    match tree:
        case Term():
            return [tree]
        case Not(inner):
            return terms(inner)
        case All(parts) | Any_(parts):
            return [term for part in parts for term in terms(part)]


def only(tree: Tree, kept: Container[Term]) -> Tree:
    """A tree without the terms that are not kept; what is left of them is anything.

    Also of their opposite: a field that is ignored hides nothing.
    """
    match tree:
        case Term():
            return tree if tree in kept else ANYTHING
        case Not(inner):
            left = only(inner, kept)
            return ANYTHING if left == ANYTHING else Not(left)
        case All(parts):
            pruned = (only(part, kept) for part in parts)
            some = tuple(part for part in pruned if part != ANYTHING)
            return some[0] if len(some) == 1 else All(some)
        case Any_(parts):
            either = tuple(only(part, kept) for part in parts)
            return ANYTHING if ANYTHING in either else Any_(either)


def described(tree: Tree) -> Any:
    """A tree as `extensions.search[].parsed` shows it."""
    match tree:
        case Term(None, _, value, _):
            return {"field": "default", "match_all": value}
        case Term(field, comparator, value, _):
            return {"field": field, "comparator": comparator or "=", "value": value}
        case Not(inner):
            return {"not": described(inner)}
        case All(parts):
            return {"and": [described(part) for part in parts]}
        case Any_(parts):
            return {"or": [described(part) for part in parts]}
