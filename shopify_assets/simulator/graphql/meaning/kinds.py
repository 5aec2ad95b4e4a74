"""How the value of a search term is compared with what a record holds.

Charter: from a term's text to a test of one value, by the kind of the filter. Which
value a filter reads is declared in the tables beside this module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.graphql.meaning.meaning import Kind, Meaning
from shopify_assets.simulator.graphql.refusals import Refused
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.spec import stamp
from shopify_assets.simulator.world.world import Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shopify_assets.simulator.graphql.search import Term

_COMPARATORS: dict[str, Callable[[Any, Any], bool]] = {
    "": eq, "=": eq, "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip
_MOMENT = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?)?)?"
    r"(Z|[+-]\d\d:?\d\d)?)?)?"
)
_DAY = len("2026-01-01")
_TOKEN = re.compile(r"\w+")
_MEASURE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)")
_GRAMS = {"": 1.0, "g": 1.0, "kg": 1000.0, "lb": 453.59237, "oz": 28.349523125}
_BYTES = {"": 1, "b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40}


class Unparsable(ValueError):
    """A term's value is none of the filter's kind."""


@dataclass(frozen=True)
class Clock:
    """What is needed to read a moment.

    Attributes:
        utc_offset: the shop's, for times without a zone.
        now: tells the moment `now` stands for.
    """

    utc_offset: str
    now: Callable[[], datetime]

    def moment(self, term: Term) -> str:
        """The moment a term names, as GraphQL writes it.

        Raises:
            Refused: it names none.
        """
        return self.read(term.value, term.field or "")

    def read(self, text: str, name: str) -> str:
        """The moment of a text, of the filter `name`."""
        if text.casefold() == "now":
            return stamp(self.now())
        parts = _MOMENT.fullmatch(text)
        if parts is None:
            raise _no_moment(name)
        year, month, day, hour, minute, second, offset = parts.groups()
        whole = f"{year}-{month or '01'}-{day or '01'}"
        whole += f"T{hour or '00'}:{minute or '00'}:{second or '00'}"
        zone = UTC if offset == "Z" else _zone(offset or self.utc_offset)
        try:
            return stamp(datetime.fromisoformat(whole).replace(tzinfo=zone))
        except (ValueError, OverflowError) as error:
            raise _no_moment(name) from error


def _no_moment(name: str) -> Refused:
    return Refused(f"Invalid timestamp for query filter `{name}`.", code="BAD_REQUEST")


def _zone(offset: str) -> timezone:
    sign = -1 if offset[0] == "-" else 1
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def test_of(meaning: Meaning, term: Term, clock: Clock) -> Callable[[Any], bool] | None:
    """The test of one value; None for a term that any record passes.

    Raises:
        Unparsable: the term's value is none of the kind.
        Refused: it should be a moment and is none.
    """
    if term.value == "":
        return None
    if term.value == "*" and not term.quoted and not term.comparator:
        return lambda value: value != ""
    if meaning.accepted:
        return _accepted(meaning, term)
    if meaning.kind is Kind.TIME:
        return _time(term, clock)
    low, dots, high = term.value.partition("..")
    if dots and low and high and meaning.kind in _ORDERED:
        return _between(meaning.kind, low, high)
    return _TESTS[meaning.kind](term, meaning.kind)


def _accepted(meaning: Meaning, term: Term) -> Callable[[Any], bool] | None:
    wanted: set[str] = set()
    for text in term.value.split(","):
        choice = text.strip().casefold()
        if choice not in meaning.accepted:
            raise Unparsable(term.value)
        if not meaning.accepted[choice]:
            return None
        wanted |= set(meaning.accepted[choice])
    return lambda value: str(value).casefold() in wanted


def _time(term: Term, clock: Clock) -> Callable[[Any], bool]:
    name, text = term.field or "", term.value
    low, dots, high = text.partition("..")
    if dots and low and high:
        first, last = _bound(clock, low, name), _bound(clock, high, name)
        until = _end_of(clock, high, name)
        return lambda value: (
            first(value) <= value <= last(value)
            if len(value) == _DAY
            else first(value) <= value < until
        )
    bound = _bound(clock, text, name)
    if term.comparator in {"", "="} and len(text) == _DAY:
        end = _end_of(clock, text, name)
        return lambda value: (
            value == text if len(value) == _DAY else bound(value) <= value < end
        )
    compare = _COMPARATORS[term.comparator]
    return lambda value: compare(value, bound(value))


def _bound(clock: Clock, text: str, name: str) -> Callable[[str], str]:
    """The moment of a text; its day for values that are days."""
    moment = clock.read(text, name)
    day = text[:_DAY] if text[:4].isdigit() and len(text) >= _DAY else moment[:_DAY]
    return lambda value: day if len(value) == _DAY else moment


def _end_of(clock: Clock, text: str, name: str) -> str:
    """The moment after the last one that a text names."""
    span = timedelta(days=1) if len(text) == _DAY else timedelta(seconds=1)
    return stamp(datetime.fromisoformat(clock.read(text, name)) + span)


def _between(kind: Kind, low: str, high: str) -> Callable[[Any], bool]:
    convert, key = _ORDERED[kind]
    first, last = convert(low), convert(high)
    return lambda value: first <= key(value) <= last


def _ordered(term: Term, kind: Kind) -> Callable[[Any], bool]:
    convert, key = _ORDERED[kind]
    compare = _COMPARATORS[term.comparator]
    if term.comparator in {"", "="}:
        choices = {convert(text.strip()) for text in term.value.split(",")}
        return lambda value: key(value) in choices
    wanted = convert(term.value)
    return lambda value: compare(key(value), wanted)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise Unparsable(text) from error


def _measured(units: Mapping[str, float]) -> Callable[[str], float]:
    def convert(text: str) -> float:
        parts = _MEASURE.fullmatch(text.strip().casefold())
        if parts is None or parts[2] not in units:
            raise Unparsable(text)
        return float(parts[1]) * units[parts[2]]

    return convert


def _id(text: str) -> int:
    number = text.partition("?")[0].rpartition("/")[2]
    if not number.isdigit():
        raise Unparsable(text)
    return int(number)


def tail(value: Any) -> int:
    """The number of what an id filter reads: a link, an id, a record, or a number."""
    if type(value) is Ref:
        return ids.tail(value.gid)
    if type(value) is dict:
        return ids.tail(value.get("id") or "")
    text = str(value)
    return int(text) if text.isdigit() else ids.tail(text)


def _flag(term: Term, _: Kind) -> Callable[[Any], bool]:
    text = term.value.casefold()
    if text not in {"true", "false"}:
        raise Unparsable(term.value)
    return lambda value: bool(value) is (text == "true")


def _text(term: Term, kind: Kind) -> Callable[[Any], bool]:
    def plain(text: str) -> str:
        text = text.casefold()
        return text.removeprefix("#") if kind is Kind.NAME else text

    if term.comparator in {"<", "<=", ">", ">="}:
        compare, wanted = _COMPARATORS[term.comparator], plain(term.value)
        return lambda value: compare(plain(str(value)), wanted)
    listed = [text.strip() for text in term.value.split(",")]
    choices = [plain(text) for text in ([term.value] if term.quoted else listed)]
    whole = {text for text in choices if not text.endswith("*")}
    starts = tuple(text[:-1] for text in choices if text.endswith("*"))

    def holds(value: Any) -> bool:
        text = plain(str(value))
        return text in whole or text.startswith(starts)

    return holds


def _words(term: Term, _: Kind) -> Callable[[Any], bool]:
    wanted = _TOKEN.findall(term.value.casefold())
    if not wanted:
        return lambda value: str(value).casefold() == term.value.casefold()
    last = wanted.pop()
    prefix = term.value.endswith("*")

    def holds(value: Any) -> bool:
        tokens = _TOKEN.findall(str(value).casefold())
        return any(
            tokens[at : at + len(wanted)] == wanted
            and (token.startswith(last) if prefix else token == last)
            for at, token in enumerate(tokens[len(wanted) :])
        )

    return holds


_ORDERED: dict[Kind, tuple[Callable[[str], float], Callable[[Any], float]]] = {
    Kind.NUMBER: (_number, float),
    Kind.ID: (_id, tail),
    Kind.GRAMS: (_measured(_GRAMS), float),
    Kind.BYTES: (_measured(_BYTES), float),
}
_TESTS: dict[Kind, Callable[[Term, Kind], Callable[[Any], bool]]] = {
    Kind.TEXT: _text,
    Kind.NAME: _text,
    Kind.WORDS: _words,
    Kind.FLAG: _flag,
    **dict.fromkeys(_ORDERED, _ordered),
}


def sortable(meaning: Meaning, values: list[Any]) -> Any:
    """What a record with these values is sorted by; None sorts first."""
    value = next((value for value in values if value != ""), None)
    if value is None:
        return None
    if meaning.kind in _ORDERED:
        return _ORDERED[meaning.kind][1](value)
    if meaning.kind is Kind.FLAG:
        return int(value)
    return str(value) if meaning.kind is Kind.TIME else str(value).casefold()


def fits(kind: Kind, value: Any) -> bool:
    """Whether a cursor's value is one that rows of this sort key can have."""
    if value is None:
        return True
    if kind is Kind.TIME:
        return isinstance(value, str) and _MOMENT.fullmatch(value) is not None
    if kind in {Kind.TEXT, Kind.WORDS, Kind.NAME}:
        return isinstance(value, str)
    return isinstance(value, int | float) and not isinstance(value, bool)
