"""Values: each kind comes back exactly, and what would not is refused and named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.errors import DataError
from shopify_assets_tests.normalize.declared import column, frames, lines, rows, thing

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
INSTANTS = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis takes naive bounds
    datetime(9998, 12, 31),  # noqa: DTZ001 - the same
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5))]),
)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
# Within a column JSON texts are kept as they came, so as this encoder writes them.
JSON = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=5,
)


def listed(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.none() | values, min_size=1, max_size=5)


@given(listed(TEXTS))
def test_text_is_kept(values: list[str | None]) -> None:
    """Empty, emoji, right to left, U+2028 and all: nothing is null that was not."""
    assert column("text", values) == values


@given(listed(st.integers(-(2**63), 2**63 - 1)))
def test_big_integers_are_kept_as_numbers_and_as_strings(
    values: list[int | None],
) -> None:
    assert column("bigint", values) == values
    assert column("bigint", [v and str(v) for v in values]) == values


@given(listed(st.integers(-(2**31), 2**31 - 1)))
def test_integers_are_kept(values: list[int | None]) -> None:
    assert column("integer", values) == values


@given(listed(st.floats(allow_nan=False, allow_infinity=False)))
def test_doubles_are_kept(values: list[float | None]) -> None:
    assert column("double", values) == values


@given(listed(st.booleans()))
def test_booleans_are_kept(values: list[bool | None]) -> None:
    assert column("boolean", values) == values


@given(listed(DECIMALS))
def test_decimals_are_kept_as_they_are_written(values: list[Decimal | None]) -> None:
    """With all their digits, zeros at the end and exponents."""
    for form in ("f", "", "E"):
        written = [None if each is None else f"{each:{form}}" for each in values]
        assert column("numeric", written) == written


@given(listed(DECIMALS))
def test_decimals_that_are_json_numbers_are_kept_as_they_are_written(
    values: list[Decimal | None],
) -> None:
    for form in ("f", "", "E"):
        written = [None if each is None else f"{each:{form}}" for each in values]
        numbers = [each and msgspec.Raw(each.encode()) for each in written]
        kept = column("numeric", [*numbers, "1.50"])
        # Of whole numbers the sign of a zero is lost, as it is in PostgreSQL.
        assert kept == [*("0" if each == "-0" else each for each in written), "1.50"]


@pytest.mark.parametrize(
    "text",
    [
        "0.30000000000000004",
        "3.2525252525252525252525",
        "1E+3",
        "1e-7",
        "-0.00",
        "+5",
        ".5",
        "5.",
        " 12.5\n",
        "9" * 131_072,
        "0." + "1" * 16_383,
        "1e131071",
        "1e-16383",
        "0e99999999",
        "NaN",
        "Infinity",
        "-Infinity",
    ],
)
def test_whatever_numeric_takes_is_kept(text: str) -> None:
    assert column("numeric", ["1.5", text, None]) == ["1.5", text, None]


@given(listed(INSTANTS))
def test_instants_are_kept_with_fraction_and_offset(
    values: list[datetime | None],
) -> None:
    written = [each and each.isoformat() for each in values]

    assert column("timestamptz", written) == values


@given(listed(INSTANTS))
def test_instants_as_shopify_writes_them_are_kept(
    values: list[datetime | None],
) -> None:
    whole = [each and each.astimezone(UTC).replace(microsecond=0) for each in values]
    written = [each and each.isoformat().replace("+00:00", "Z") for each in whole]

    assert column("timestamptz", written) == whole


@given(listed(st.dates()))
def test_dates_are_kept(values: list[date | None]) -> None:
    assert column("date", [each and each.isoformat() for each in values]) == values


@given(listed(JSON))
def test_json_is_kept_as_its_text(values: list[Any]) -> None:
    kept = column("jsonb", values)

    assert kept == [
        None if each is None else msgspec.json.encode(each).decode() for each in values
    ]


@given(listed(st.lists(TEXTS, max_size=3)))
def test_lists_of_text_are_kept(values: list[list[str] | None]) -> None:
    """A null list stays null, an empty one empty."""
    assert column("text_array", values) == values


def test_json_keeps_the_digits_and_the_spacing_it_came_with() -> None:
    assert column("jsonb", [msgspec.Raw(b'{"a": 1.10, "b":[1e3]}')]) == [
        '{"a": 1.10, "b":[1e3]}'
    ]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("gid://shopify/Thing/1", 1),
        ("gid://shopify/Model3d/2", 2),
        (f"gid://shopify/Thing/{2**63 - 1}", 2**63 - 1),
        ("gid://shopify/MailingAddress/12?model_name=Address", 12),
        ("gid://shopify/InventoryLevel/5?inventory_item_id=7", 5),
    ],
)
def test_a_gid_has_a_number(value: str, number: int) -> None:
    assert rows(lines(thing(id=value)))["things"][0]["id"] == number


def test_gids_of_several_types_in_one_column_have_theirs() -> None:
    """The fast way cuts the first one's prefix; the others are no less exact."""
    notes = [
        {"_thing_notes": "Note", "id": each, "__parentId": "gid://shopify/Thing/1"}
        for each in (
            None,
            "gid://shopify/Video/1",
            "gid://shopify/Image/2",
            "gid://shopify/InventoryLevel/3?a=4",
        )
    ]

    assert rows(lines(*notes))["thing_notes"] == [
        {"thing_id": 1, "id": number, "gid": each["id"]}
        for each, number in zip(notes, (None, 1, 2, 3), strict=True)
    ]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("bigint", 2**63, "it does not fit 64 bits"),
        ("bigint", "12a", "'12a' is no bigint: it must look like 123"),
        ("bigint", "1_2", "it must look like 123"),
        ("integer", 2**31, "2147483648 is no integer"),
        ("integer", 2**200, "is no integer"),
        ("numeric", "0." + "1" * 16_384, "more than 16,383 decimals"),
        ("numeric", "1e-16384", "more than 16,383 decimals"),
        ("numeric", "1" * 131_073, "more than 131,072 digits before the point"),
        ("numeric", "1e131072", "more than 131,072 digits before the point"),
        ("numeric", "1e1073741824", "its exponent is too large"),
        ("numeric", f"1e-{'9' * 5_000}", "its exponent is too large"),
        ("numeric", "12,50", "'12,50' is no numeric: it must look like 12.50"),
        ("numeric", "1_000", "it must look like 12.50"),
        ("numeric", "0x1F", "it must look like 12.50"),
        ("numeric", "12.50 EUR", "it must look like 12.50"),
        ("numeric", ".", "it must look like 12.50"),
        ("numeric", "", "it must look like 12.50"),
        ("timestamptz", "no time", "it must look like 2026-07-14T12:00:00Z"),
        ("timestamptz", "2026-07-14", "it must look like 2026-07-14T12:00:00Z"),
        ("timestamptz", "2026-07-14T12:00:00", "it must look like"),
        ("timestamptz", "2026-02-30T12:00:00Z", "day is out of range"),
        ("timestamptz", "2026-07-14T12:00:61Z", "no such time of day"),
        ("timestamptz", "2026-07-14T24:00:00.1Z", "nothing but 24:00:00"),
        ("timestamptz", "2026-07-14T12:00:00+16:00", "no such time zone"),
        ("timestamptz", "294248-01-01T00:00:00Z", "times are held from"),
        ("timestamptz", "-4714-01-01T00:00:00Z", "times are held from"),
        ("timestamptz", "infinity", "it must look like"),
        ("timestamptz", "", "it must look like"),
        ("date", "14.07.2026", "it must look like 2026-07-14"),
        ("date", "2026-02-30", "day is out of range"),
        ("date", "5874898-01-01", "dates are held from"),
        ("date", "-4714-01-01", "dates are held from"),
    ],
)
def test_what_cannot_be_kept_exactly_is_named(
    name: str, value: Any, reason: str
) -> None:
    """Nothing is rounded, cut or nulled; file, line, column and value are told."""
    good = thing(bigint=1, integer=1, numeric="1")
    block = lines(good, good, thing(**{name: value}), good)

    place = f"lake/part-00001.ndjson.zst, line 3: table things, column {name}: "
    with pytest.raises(DataError, match=f"{place}.*{reason}"):
        frames(block)


def test_a_long_value_is_shortened_in_the_message() -> None:
    with pytest.raises(DataError, match=r"column numeric: 'x{79}… is no numeric"):
        frames(lines(thing(numeric="x" * 1000)))


def test_columns_have_one_type_whatever_a_block_holds() -> None:
    empty = frames(lines(thing()))["things"]
    full = frames(
        lines(
            thing(
                text="a",
                bigint=1,
                integer=1,
                double=1.5,
                numeric="1.5",
                boolean=True,
                timestamptz="2026-07-14T12:00:00Z",
                date="2026-07-14",
                jsonb={},
                text_array=["a"],
            )
        )
    )["things"]

    assert empty.schema == full.schema
    assert empty.schema == {
        "shop": pl.String,
        "id": pl.Int64,
        "updated_at": pl.Datetime("us", "UTC"),
        "text": pl.String,
        "bigint": pl.Int64,
        "integer": pl.Int32,
        "double": pl.Float64,
        "numeric": pl.String,
        "boolean": pl.Boolean,
        "timestamptz": pl.Datetime("us", "UTC"),
        "date": pl.Date,
        "jsonb": pl.String,
        "text_array": pl.List(pl.String),
        "price": pl.String,
        "_extracted_at": pl.Datetime("us", "UTC"),
    }
