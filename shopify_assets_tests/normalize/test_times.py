"""Times and dates are read as PostgreSQL reads them, to the microsecond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import sql

from shopify_assets.catalog.scalars import Kind
from shopify_assets.proof.moments import read_as_moments
from shopify_assets_tests.normalize.declared import frames, lines, thing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

READ = """
    SELECT t::{} FROM unnest(%s::text[]) WITH ORDINALITY AS given (t, place)
    ORDER BY place
"""


def padded(least: int, most: int) -> st.SearchStrategy[str]:
    return st.integers(least, most).map("{:02}".format)


years = st.one_of(st.integers(1, 9999), st.integers(1, 294_246)).map("{:04}".format)
dates = st.tuples(years, padded(1, 12), padded(1, 28)).map("-".join)
fractions = st.text("0123456789", max_size=12).map(".{}".format)
clocks = st.builds(
    "{}:{}{}".format,
    padded(0, 23),
    padded(0, 59),
    st.just("") | st.builds(":{}{}".format, padded(0, 60), st.just("") | fractions),
)
zones = st.one_of(
    st.sampled_from(["Z", "z", " UTC", "UTC", " +0200", "+02", "-11:30"]),
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from("+-"),
        padded(0, 15),
        st.sampled_from(["", ":"]),
        padded(0, 59),
    ),
)
instants = st.builds("{}{}{}{}".format, dates, st.sampled_from("Tt "), clocks, zones)


def read(kind: Kind, texts: Sequence[str]) -> list[int]:
    """What a column holds of texts: numbers, for Python's types end too early."""
    name = kind.name.lower()
    found = frames(lines(*(thing(**{name: text}) for text in texts)))["things"][name]
    return found.to_physical().cast(pl.Int64).to_list()


def read_by(
    connection: psycopg.Connection, kind: Kind, texts: Sequence[str]
) -> list[int]:
    """What PostgreSQL reads in texts."""
    query = sql.SQL(READ).format(sql.SQL(kind.value))
    with connection.transaction(), connection.cursor() as cursor:
        read_as_moments(cursor)
        return [each for (each,) in cursor.execute(query, [texts], binary=True)]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(instants, min_size=1, max_size=20))
@example(texts=["20245-01-01T00:00:00Z", "294247-01-10T04:00:54.775807Z"])
@example(texts=["2026-12-31T23:59:60Z", "2026-12-31T24:00:00Z", "2026-07-14T12:00Z"])
@example(texts=["2026-12-31T23:59:60Z", "2026-12-31T23:59:59.9999999Z"])
@example(texts=["2026-07-14T12:00:00.1234565Z", "2026-07-14T12:00:00.0000005Z"])
@example(texts=["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+15:59"])
def test_instants_are_those_that_postgresql_reads(
    postgres: psycopg.Connection, texts: list[str]
) -> None:
    kind = Kind.TIMESTAMPTZ
    assert read(kind, texts) == read_by(postgres, kind, texts)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(dates, min_size=1, max_size=20))
@example(texts=["2024-02-29", "20245-01-01", "5874897-12-31", "0001-01-01"])
def test_dates_are_those_that_postgresql_reads(
    postgres: psycopg.Connection, texts: list[str]
) -> None:
    assert read(Kind.DATE, texts) == read_by(postgres, Kind.DATE, texts)


@pytest.mark.parametrize(
    ("text", "as_postgresql_writes_it"),
    [
        ("0000-12-31T00:00:00Z", "0001-12-31 00:00:00+00 BC"),
        ("-0001-11-30 00:00:00 UTC", "0002-11-30 00:00:00+00 BC"),
        ("-4713-11-24T00:00:00Z", "4714-11-24 00:00:00+00 BC"),
        ("+20245-01-01T00:00:00Z", "20245-01-01 00:00:00+00"),
    ],
)
def test_years_are_those_of_iso_8601(
    postgres: psycopg.Connection, text: str, as_postgresql_writes_it: str
) -> None:
    kind = Kind.TIMESTAMPTZ
    assert read(kind, [text]) == read_by(postgres, kind, [as_postgresql_writes_it])
