"""Searches made ready for the records of a type, and what is told of them.

Charter: from a parsed query to a test on records. A field Shopify does not document for
the connection is ignored, which matches everything, and a warning tells; so is a value
that cannot be read. What a field means is declared in `meaning/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.graphql import search
from shopify_assets.simulator.graphql.meaning.kinds import (
    Clock,
    Unparsable,
    test_of,
)
from shopify_assets.simulator.graphql.meaning.meaning import Kind, Meaning
from shopify_assets.simulator.graphql.meaning.unsimulated import UNSIMULATED
from shopify_assets.simulator.graphql.refusals import unfilterable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shopify_assets.simulator.graphql.meaning.custom import Custom
    from shopify_assets.simulator.graphql.meaning.meanings import Meanings
    from shopify_assets.simulator.graphql.search import Term, Tree

# From this version on a metafield that nothing lets be filtered by is an error.
_METAFIELDS_REFUSED = "2026-10"
_RANGED = {Kind.TIME, Kind.NUMBER}

Values = "Callable[[Any], Sequence[Any]]"


@dataclass(frozen=True)
class Check:
    """One term made ready: what it reads, and the test of one value of it."""

    meaning: Meaning
    comparator: str
    test: Callable[[Any], bool]

    def on(self, values: Callable[[Any], Sequence[Any]]) -> Callable[[Any], bool]:
        """The test of a row, given what tells its values."""
        test = self.test

        def holds(row: Any) -> bool:
            for value in values(row):  # noqa: SIM110 -- a generator costs twice as much
                if test(value):
                    return True
            return False

        return (lambda row: not holds(row)) if self.meaning.opposite else holds


@dataclass(frozen=True)
class Filter:
    """A search made ready for the records of one type.

    Attributes:
        tree: the query without what is ignored.
        checks: each of its terms made ready.
        warnings: what `extensions.search` tells of the query.
        parsed: the query as it was read.
    """

    tree: Tree
    checks: dict[Term, Check]
    warnings: tuple[dict[str, Any], ...] = ()
    parsed: Any = None

    def ranges(self) -> list[Check]:
        """What every match passes, where it is a range of moments or numbers."""
        parts = self.tree.parts if isinstance(self.tree, search.All) else (self.tree,)
        checks = [self.checks[each] for each in parts if isinstance(each, search.Term)]
        return [
            check
            for check in checks
            if check.comparator[:1] in {"<", ">"} and check.meaning.kind in _RANGED
        ]

    def on(
        self,
        values: Callable[[Meaning], Callable[[Any], Sequence[Any]]],
        *,
        is_cheap: Callable[[Meaning], bool] = lambda _: True,
    ) -> Callable[[Any], bool]:
        """The test of a row; what is cheap to read is read first."""

        def weight(tree: Tree) -> bool:
            terms = search.terms(tree)
            return not all(is_cheap(self.checks[term].meaning) for term in terms)

        def built(tree: Tree) -> Callable[[Any], bool]:
            match tree:
                case search.Term():
                    check = self.checks[tree]
                    return check.on(values(check.meaning))
                case search.Not(inner):
                    inside = built(inner)
                    return lambda row: not inside(row)
                case search.All(parts):
                    every = [built(part) for part in sorted(parts, key=weight)]
                    return lambda row: all(holds(row) for holds in every)
                case search.Any_(parts):
                    some = [built(part) for part in sorted(parts, key=weight)]
                    return lambda row: any(holds(row) for holds in some)

        return built(self.tree)


class Filters:
    """Makes searches ready for one shop.

    Attributes:
        version: the API version whose rules hold.
    """

    def __init__(
        self, meanings: Meanings, clock: Clock, custom: Custom, *, version: str
    ) -> None:
        self.version = version
        self._meanings = meanings
        self._clock = clock
        self._custom = custom

    def prepare(self, query: str, kind: str, *, known: tuple[str, ...]) -> Filter:
        """Make `query` ready for records of type `kind`.

        Raises:
            Refused: a timestamp cannot be read, or a metafield cannot be filtered by.
        """
        tree = search.parse(query)
        checks: dict[Term, Check] = {}
        warnings: list[dict[str, Any]] = []
        for term in search.terms(tree):
            meaning = self._meaning(term, kind, known)
            if isinstance(meaning, dict):
                warnings.append(meaning)
                continue
            try:
                test = test_of(meaning, term, self._clock)
            except Unparsable:
                warnings.append(_unreadable(term))
                continue
            if test is not None:
                checks[term] = Check(meaning, term.comparator, test)
        kept = search.only(tree, checks.keys())
        return Filter(kept, checks, tuple(warnings), search.described(tree))

    def _meaning(
        self, term: Term, kind: str, known: tuple[str, ...]
    ) -> Meaning | dict[str, Any]:
        """What a term reads; or, if that is unknown, the warning that tells."""
        name = term.field
        if name is None:
            return self._meanings.default(kind)
        if self._custom.names(name, kind):
            meaning = self._custom.filter(name, kind)
            if meaning is None and self._custom.is_metafield(name):
                self._refuse(name)
            return meaning or _unknown(name)
        if name not in known:
            return _unknown(name)
        return self._meanings.filter(kind, name) or _idle(name, kind)

    def _refuse(self, name: str) -> None:
        if self.version >= _METAFIELDS_REFUSED:
            raise unfilterable(name)


def _unknown(field: str) -> dict[str, Any]:
    return {
        "field": field,
        "message": "Invalid search field for this query.",
        "code": "invalid_field",
    }


def _idle(field: str, kind: str) -> dict[str, Any]:
    """The warning of a filter that Shopify documents and nothing here answers."""
    why = UNSIMULATED.get(kind, {}).get(field, "no field tells it")
    return {
        "field": field,
        "message": f"Invalid search field for this query. (Not simulated: {why}.)",
        "code": "invalid_field",
    }


def _unreadable(term: Term) -> dict[str, Any]:
    return {
        "field": term.field,
        "message": f"Input `{term.value}` is not an accepted value.",
        "code": "invalid_value",
    }
