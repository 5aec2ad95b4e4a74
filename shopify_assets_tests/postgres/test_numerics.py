"""Decimal text on the wire: PostgreSQL makes of it what it reads in the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import sql

from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.tables import Column, Table
from shopify_assets.errors import DataError
from shopify_assets.postgres.copy.copying import Destination, copy_frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import psycopg

NUMBERS = Table(
    name="numbers",
    stream="numbers",
    columns=(
        Column("place", Kind.INTEGER, nullable=False),
        Column("number", Kind.NUMERIC, nullable=True),
        Column("same", Kind.NUMERIC, nullable=True),
    ),
    key=("place",),
    root_key=("place",),
    parent=None,
    parent_key=(),
    version=None,
    marker="_numbers",
)
READ: LiteralString = """
    SELECT t::numeric::text FROM unnest(%s::text[]) WITH ORDINALITY AS given (t, place)
    ORDER BY place
"""

amounts = st.decimals(-(10**9), 10**9, places=2).map(str)
# The rest of what numeric takes: no digit before the point or after it, exponents.
decimals = st.from_regex(
    r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?", fullmatch=True
).filter(str.isascii)
others = st.sampled_from(["NaN", "Infinity", "-inf", " 1.50 ", "-0", "-0.000", "0e-7"])
columns = st.lists(st.none() | amounts | decimals | others, max_size=20)


def copied(
    connection: psycopg.Connection, *columns: Sequence[str | None]
) -> list[str | None]:
    """What PostgreSQL shows of texts that were copied, frame after frame."""
    places = iter(range(10**6))
    frames = [
        pl.DataFrame(
            {"place": [next(places) for _ in texts], "number": texts, "same": texts},
            schema={"place": pl.Int32, "number": pl.String, "same": pl.String},
        )
        for texts in columns
    ]
    relation = sql.Identifier("numbers")
    to = Destination(
        table=NUMBERS, relation=relation, columns=("place", "number", "same")
    )
    with connection.transaction(force_rollback=True):
        connection.execute(
            "CREATE TABLE numbers (place int, number numeric, same numeric)"
        )
        copy_frames(connection, frames, to=to)
        rows = connection.execute(
            "SELECT number::text, same::text FROM numbers ORDER BY place"
        ).fetchall()
    assert all(number == same for number, same in rows)
    return [number for number, _ in rows]


def read(
    connection: psycopg.Connection, texts: Iterable[str | None]
) -> list[str | None]:
    """What PostgreSQL shows of texts that it reads itself."""
    with connection.transaction():
        return [each for (each,) in connection.execute(READ, [list(texts)])]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=columns)
@example(texts=["9999999999999999", "999999999999.9999", "99999999999999.99", "-1"])
@example(texts=["123456789012345678", "-9223372036854775808", "18446744073709551615"])
@example(texts=["1000000000000.0000", "0.00000000000000000001", "1e131071", "1e-16383"])
@example(texts=["0." + "0" * 16_380 + "123", "9" * 131_072, "-" + "1" * 5_000 + ".10"])
def test_numbers_arrive_as_they_are_written(
    postgres: psycopg.Connection, texts: list[str | None]
) -> None:
    """Digits, sign and decimals, by the quick way and by the slow one."""
    assert copied(postgres, texts) == read(postgres, texts)


def test_each_amount_has_the_decimals_it_was_sent_with(
    postgres: psycopg.Connection,
) -> None:
    """Whatever stands beside it in a batch."""
    texts = ["241.87", "1.5", "0.125", "10", "-0.10", "0.0", None]
    assert copied(postgres, texts, texts[:2], ["1e3", "7.000"]) == [
        *texts,
        *texts[:2],
        "1000",
        "7.000",
    ]


def test_a_long_column_arrives_in_order(postgres: psycopg.Connection) -> None:
    """Sent in several writes, of which one has numbers that need the slow way."""
    texts = [f"{number / 4}" for number in range(-4_000, 4_000)]
    texts[3_000] = "1" * 40
    assert copied(postgres, texts, texts) == texts * 2


def test_what_is_no_number_is_refused_before_it_travels(
    postgres: psycopg.Connection,
) -> None:
    with pytest.raises(
        DataError, match="table numbers: a value is no numeric: it must"
    ):
        copied(postgres, ["1.5", "12,50"])
