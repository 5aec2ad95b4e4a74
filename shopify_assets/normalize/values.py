"""Typed columns from decoded values, exactly or not at all.

Charter: what each kind's values look like in JSON and how a column of them becomes a
Polars series. Each kind has a fast way for the form Shopify writes, which refuses what
it cannot keep exactly, and what it refuses is read one by one or is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from typing import Any

import polars as pl

from shopify_assets import decimals
from shopify_assets.catalog.gids import QUALIFIED_TYPES, number_of
from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.tables import Column, Source
from shopify_assets.normalize import times

INSTANT = pl.Datetime("us", "UTC")

DTYPES: Mapping[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.BIGINT: pl.Int64(),
    Kind.INTEGER: pl.Int32(),
    Kind.DOUBLE: pl.Float64(),
    # As written: no type of Polars' holds what PostgreSQL's numeric does, or how many
    # decimals each value came with.
    Kind.NUMERIC: pl.String(),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.TIMESTAMPTZ: INSTANT,
    Kind.DATE: pl.Date(),
    Kind.JSONB: pl.String(),
    Kind.TEXT_ARRAY: pl.List(pl.String()),
}

# As `number_of` reads them, for whole columns of Shopify's usual forms.
_QUALIFIED = (
    rf"^gid://[a-z]+/(?:{'|'.join(sorted(QUALIFIED_TYPES))})/([0-9]+)(?:\?.*)?$"
)
_GID_START = re.compile(r"gid://[a-z]+/([A-Za-z0-9]+)/")
_DECIMAL = r"^[+-]?[0-9]+(\.[0-9]+)?$"
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"
_SHOWN = 80
_INTEGER = re.compile("-?[0-9]+")


class UnreadableError(Exception):
    """A value cannot be kept as its column's kind; `row` is its place."""

    def __init__(self, column: str, row: int, reason: str) -> None:
        super().__init__(f"column {column}: {reason}")
        self.row = row


def typed(
    columns: Sequence[Column], values: Sequence[Sequence[Any]]
) -> dict[str, pl.Series]:
    """Return the typed series of `columns`, given the decoded values of each.

    Raises:
        UnreadableError: a value is none of its column's kind.
    """
    series = {
        column.name: _held(column, each)
        for column, each in zip(columns, values, strict=True)
    }
    plain = _are_plain([series[column.name] for column in columns if _is_text(column)])
    expressions = [
        expression
        for column, each in zip(columns, values, strict=True)
        if not (plain and _is_text(column))
        and (expression := _parsing(column, each)) is not None
    ]
    if not expressions:
        return series
    # One query for all: a query of Polars costs as much as some thousand values.
    parsed = pl.DataFrame(list(series.values())).select(expressions)
    for column in columns:
        if column.name in parsed.columns:
            held = series[column.name]
            series[column.name] = _repaired(column, held, parsed[column.name])
    return series


def _is_text(column: Column) -> bool:
    """Whether what it holds is kept as the text it came as, if that is a decimal."""
    return column.kind is Kind.NUMERIC and column.source is not Source.GID_NUMBER


def _are_plain(columns: Sequence[pl.Series]) -> bool:
    """Whether all these columns hold decimals in plain form, so that they may stay.

    At once: an expression for each would cost more than its values do.
    """
    if not columns:
        return True
    texts = pl.concat(columns, rechunk=False).alias("texts")
    return bool(pl.DataFrame([texts]).select(_plain("texts").all()).item())


def _parsing(column: Column, values: Sequence[Any]) -> pl.Expr | None:
    if column.source is Source.GID_NUMBER:
        first = next((each for each in values if each is not None), "")
        return _after(column.name, _prefix(first))
    parse = _PARSE.get(column.kind)
    return None if parse is None else parse(column.name)


_REFUSALS = (TypeError, OverflowError, UnicodeDecodeError)


def _held(column: Column, values: Sequence[Any]) -> pl.Series:
    hold = _HOLD.get(column.kind, _text)
    if column.source is Source.GID_NUMBER:
        hold = _text
    try:
        return hold(column.name, values)
    except _REFUSALS as error:
        row = next(row for row, each in enumerate(values) if _refuses(hold, each))
        reason = f"{_shown(values[row])} is no {column.kind.value}"
        raise UnreadableError(column.name, row, reason) from error


def _refuses(hold: Callable[[str, Sequence[Any]], pl.Series], value: object) -> bool:
    try:
        hold("", [value])
    except _REFUSALS:
        return True
    return False


def _repaired(column: Column, held: pl.Series, parsed: pl.Series) -> pl.Series:
    """Read what the fast way refused, value by value."""
    if parsed.null_count() == held.null_count():
        return parsed
    read = _READ[column.kind]
    if column.source is Source.GID_NUMBER:
        read = number_of
    refused = (held.is_not_null() & parsed.is_null()).arg_true()
    found = []
    for row in refused:
        try:
            found.append(read(held[row]))
        except ValueError as error:
            reason = f"{_shown(held[row])} is no {column.kind.value}: {error}"
            raise UnreadableError(column.name, row, reason) from error
    return parsed.scatter(refused, pl.Series(found, dtype=parsed.dtype))


def _text(name: str, values: Sequence[Any]) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=pl.String)
    except TypeError:
        # Numbers that Shopify writes as JSON numbers, not as strings.
        written = [each if each is None else f"{each}" for each in values]
        return pl.Series(name, written, dtype=pl.String)


def _json(name: str, values: Sequence[Any]) -> pl.Series:
    # No JSON text of a line-delimited file holds a line end.
    texts = b"\n".join(values).decode().split("\n") if values else []
    series = pl.Series(name, texts, dtype=pl.String)
    return series.set(series == "null", None)


def _text_array(name: str, values: Sequence[list[str | None] | None]) -> pl.Series:
    """Cut the lists from one long list: a series of Python lists is 15 times slower."""
    flat = pl.Series(
        list(chain.from_iterable(each or () for each in values)), dtype=pl.String
    )
    counts = [None if each is None else len(each) for each in values]
    starts = accumulate((count or 0 for count in counts), initial=0)
    frame = pl.DataFrame(
        {
            "start": pl.Series(list(starts)[:-1], dtype=pl.Int64),
            "count": pl.Series(counts, dtype=pl.Int64),
        }
    )
    cut = pl.lit(flat.implode()).list.slice(pl.col("start"), pl.col("count"))
    whole = pl.when(pl.col("count").is_not_null()).then(cut).alias(name)
    return frame.select(whole)[name]


def _of(dtype: pl.DataType) -> Callable[[str, Sequence[Any]], pl.Series]:
    def hold(name: str, values: Sequence[Any]) -> pl.Series:
        return pl.Series(name, values, dtype=dtype)

    return hold


def _prefix(gid: str) -> str | None:
    """Return what stands before the number of a global id; None if it is qualified."""
    start = _GID_START.match(gid)
    if start is None or start[1] in QUALIFIED_TYPES:
        return None
    return start.group()


@lru_cache
def _after(name: str, prefix: str | None) -> pl.Expr:
    """Cut the prefix that a column of one type shares: eight times faster than a regex.

    In a column of several types, those of another prefix are read one by one.
    """
    text = pl.col(name).str
    number = text.extract(_QUALIFIED) if prefix is None else text.strip_prefix(prefix)
    # By the order of characters: 007, +7 and -7 are no numbers as Shopify writes them.
    return pl.when(number >= "1").then(number.cast(pl.Int64, strict=False))


def stand_ins_of(
    gids: Sequence[str | None], numbers: pl.Series
) -> Iterator[tuple[str, int]]:
    """Yield the global ids that are no numbers, each with its stand-in in `numbers`."""
    least = numbers.min()
    if isinstance(least, int) and least < 0:
        for row in (numbers < 0).arg_true():
            yield str(gids[row]), numbers[row]


@lru_cache
def _bigint(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int64, strict=False)


def _read_bigint(value: str) -> int:
    if not _INTEGER.fullmatch(value):
        raise ValueError("it must look like 123")
    number = int(value)
    if not -(2**63) <= number < 2**63:
        raise ValueError("it does not fit 64 bits")
    return number


@lru_cache
def _plain(name: str) -> pl.Expr:
    text = pl.col(name).str
    # Of so many bytes, not even the digits can be too many.
    return text.contains(_DECIMAL) & (text.len_bytes() < decimals.MOST_AFTER_POINT)


@lru_cache
def _numeric(name: str) -> pl.Expr:
    return pl.when(_plain(name)).then(pl.col(name))


def _read_numeric(value: str) -> str:
    decimals.read(value)
    return value


@lru_cache
def _instant(name: str) -> pl.Expr:
    # Without its cache of repeated values, which these are not: twice as fast.
    text = pl.col(name).str
    naive = text.strptime(pl.Datetime("us"), _INSTANT, strict=False, cache=False)
    held = naive.to_physical() >= times.FIRST_INSTANT
    return pl.when(held).then(naive.dt.replace_time_zone("UTC"))


@lru_cache
def _date(name: str) -> pl.Expr:
    day = pl.col(name).str.to_date("%Y-%m-%d", strict=False)
    return pl.when(day.to_physical() >= times.FIRST_DAY).then(day)


# What is not listed is held as text.
_HOLD: Mapping[Kind, Callable[[str, Sequence[Any]], pl.Series]] = {
    Kind.INTEGER: _of(pl.Int32()),
    Kind.DOUBLE: _of(pl.Float64()),
    Kind.BOOLEAN: _of(pl.Boolean()),
    Kind.JSONB: _json,
    Kind.TEXT_ARRAY: _text_array,
}
# What is not listed is right as it is held. Each gives null for what it cannot read
# exactly, and that is read by its fellow in `_READ`.
_PARSE: Mapping[Kind, Callable[[str], pl.Expr]] = {
    Kind.BIGINT: _bigint,
    Kind.NUMERIC: _numeric,
    Kind.TIMESTAMPTZ: _instant,
    Kind.DATE: _date,
}
_READ: Mapping[Kind, Callable[[str], Any]] = {
    Kind.BIGINT: _read_bigint,
    Kind.NUMERIC: _read_numeric,
    Kind.TIMESTAMPTZ: times.read_instant,
    Kind.DATE: times.read_date,
}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
