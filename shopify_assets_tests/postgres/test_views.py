"""Metafields as columns: each in its own, typed, and never in the way of the others."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql
from psycopg.rows import dict_row

from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.schema import load_schema
from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres.form import views, wide
from shopify_assets.postgres.form.metafield_types import SHAPES
from shopify_assets.postgres.form.views import Retyped, State, rebuild
from shopify_assets.postgres.form.wide import Metafield, is_of_metafields
from shopify_assets.streams import STREAMS
from shopify_assets_tests.postgres.metafields import OF_ORDERS, TABLES, hold
from shopify_assets_tests.postgres.orders import SHOP

if TYPE_CHECKING:
    from collections.abc import Iterable

VIEW = "order_metafields_wide"
ON_THE_VIEW = """
    CREATE VIEW public.mine AS SELECT * FROM shopify.order_metafields_wide
"""


def shown(connection: psycopg.Connection, view: str = VIEW) -> list[dict[str, Any]]:
    """All rows of a view, by the key of their owner."""
    query = sql.SQL("SELECT * FROM {} ORDER BY 1, 2")
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        name = sql.Identifier("shopify", view)
        return cursor.execute(query.format(name)).fetchall()


def states(found: Iterable[views.View]) -> dict[str, State]:
    return {each.name: each.state for each in found}


def test_each_metafield_is_a_column_of_its_type(postgres: psycopg.Connection) -> None:
    hold(
        postgres,
        (1, "custom", "boxes", "number_integer", "9223372036854775807"),
        (1, "custom", "share", "number_decimal", "0.10"),
        (1, "custom", "gift", "boolean", "true"),
        (1, "custom", "due", "date", "2026-02-28"),
        (1, "custom", "sent", "date_time", "2026-02-28T10:00:00+02:00"),
        (1, "custom", "seen", "date_time", "2026-02-28T10:00:00"),
        (1, "custom", "fee", "money", '{"amount":"1.5","currency_code":"EUR"}'),
        (1, "custom", "marks", "list.single_line_text_field", '["a","b"]'),
        (1, "custom", "note", "multi_line_text_field", "two\nlines"),
        (2, "custom", "note", "multi_line_text_field", "of another"),
        (2, "ops", "sent", "product_reference", "gid://shopify/Product/1"),
    )
    assert states(rebuild(postgres, TABLES)) == {VIEW: State.CREATED}
    moment = datetime(2026, 2, 28, tzinfo=UTC)
    assert shown(postgres) == [
        {
            "shop": SHOP,
            "order_id": 1,
            "custom_boxes": 2**63 - 1,
            "custom_due": date(2026, 2, 28),
            "custom_fee": {"amount": "1.5", "currency_code": "EUR"},
            "custom_fee_amount": Decimal("1.5"),
            "custom_fee_currency": "EUR",
            "custom_gift": True,
            "custom_marks": ["a", "b"],
            "custom_note": "two\nlines",
            "custom_seen": moment.replace(hour=10),
            "custom_sent": moment.replace(hour=8),
            "custom_share": Decimal("0.10"),
            "ops_sent": None,
            "ops_sent_id": None,
        },
        {
            "shop": SHOP,
            "order_id": 2,
            "custom_boxes": None,
            "custom_due": None,
            "custom_fee": None,
            "custom_fee_amount": None,
            "custom_fee_currency": None,
            "custom_gift": None,
            "custom_marks": None,
            "custom_note": "of another",
            "custom_seen": None,
            "custom_sent": None,
            "custom_share": None,
            "ops_sent": "gid://shopify/Product/1",
            "ops_sent_id": 1,
        },
    ]


MOMENT = datetime(2026, 2, 28, 8, tzinfo=UTC)
CM: Any = {"value": 2.5, "unit": "cm"}
# A value of each type, and what its columns show: the metafield's own, then the parts.
VALUES: dict[str, tuple[str, list[Any]]] = {
    "boolean": ("false", [False]),
    "color": ("#ff0000", ["#ff0000"]),
    "date": ("2026-02-28", [date(2026, 2, 28)]),
    "date_time": ("2026-02-28T10:00:00+02:00", [MOMENT]),
    "id": ("A-1", ["A-1"]),
    "integer": ("-7", [-7]),
    "json": ('{"a": [1, null]}', [{"a": [1, None]}]),
    "json_string": ('"a"', ["a"]),
    "language": ("pt-BR", ["pt-BR"]),
    "link": (
        '{"text": "Here", "url": "https://a.example"}',
        [{"text": "Here", "url": "https://a.example"}, "Here", "https://a.example"],
    ),
    "money": (
        '{"amount": "5.990", "currency_code": "CAD"}',
        [{"amount": "5.990", "currency_code": "CAD"}, Decimal("5.990"), "CAD"],
    ),
    "multi_line_text_field": ("two\nlines", ["two\nlines"]),
    "number_decimal": ("-0.10", [Decimal("-0.10")]),
    "number_integer": ("9007199254740991", [9007199254740991]),
    "rating": (
        '{"value": "3.5", "scale_min": "1.0", "scale_max": "5.0"}',
        [
            {"value": "3.5", "scale_min": "1.0", "scale_max": "5.0"},
            *(Decimal("3.5"), Decimal("1.0"), Decimal("5.0")),
        ],
    ),
    "rich_text_field": ('{"type": "root"}', [{"type": "root"}]),
    "single_line_text_field": ("one line", ["one line"]),
    "string": ("of old", ["of old"]),
    "url": ("mailto:a@b.example", ["mailto:a@b.example"]),
}
MEASURED = ('{"value": 2.5, "unit": "cm"}', [CM, Decimal("2.5"), "cm"])
REFERRED = ("gid://shopify/Product/9223372036854775807", 2**63 - 1)
LISTS: dict[str, tuple[str, list[Any]]] = {
    "list.boolean": ("[true, false]", [[True, False]]),
    "list.color": ('["#ff0000"]', [["#ff0000"]]),
    "list.date": ('["2026-02-28"]', [[date(2026, 2, 28)]]),
    "list.date_time": ('["2026-02-28T08:00:00"]', [[MOMENT]]),
    "list.id": ('["A-1", "A-2"]', [["A-1", "A-2"]]),
    "list.link": ('[{"text": "a"}]', [[{"text": "a"}]]),
    "list.number_decimal": ('["1.50", 2]', [[Decimal("1.50"), Decimal(2)]]),
    "list.number_integer": ("[3, 1, 2]", [[3, 1, 2]]),
    "list.single_line_text_field": ('["b", "a", ""]', [["b", "a", ""]]),
    "list.url": ("[]", [[]]),
    "list.weight": (f"[{MEASURED[0]}]", [[CM]]),
}


def values_of(type_: str) -> tuple[str, list[Any]]:
    if type_ in VALUES:
        return VALUES[type_]
    if type_.endswith("_reference"):
        return REFERRED[0], [*REFERRED]
    return MEASURED


@pytest.mark.parametrize("type_", [*SHAPES, *LISTS])
def test_values_of_each_type_have_columns_of_theirs(
    postgres: psycopg.Connection, type_: str
) -> None:
    value, expected = LISTS[type_] if type_ in LISTS else values_of(type_)
    hold(postgres, (1, "custom", "size", type_, value))
    [found] = rebuild(postgres, TABLES)
    assert found.made is not None
    parts = [None, *Metafield("custom", "size", (type_,)).shape.parts]
    names = {each.part: each.name for each in found.made.columns}
    [row] = shown(postgres)
    assert [row[names[part]] for part in parts] == expected
    assert len(row) == len(OF_ORDERS.parent_key) + len(parts)


def test_global_ids_that_are_no_numbers_have_none(
    postgres: psycopg.Connection,
) -> None:
    gids = [
        "gid://shopify/TaxonomyValue/14",
        "gid://shopify/FulfillmentService/manual",
        "gid://shopify/InventoryLevel/1?inventory_item_id=2",
        "gid://shopify/Product/9223372036854775808",
        "Product/3",
    ]
    hold(postgres, (1, "custom", "goods", "list.mixed_reference", json.dumps(gids)))
    rebuild(postgres, TABLES)
    [row] = shown(postgres)
    assert row["custom_goods"] == gids
    assert row["custom_goods_ids"] == [14, None, None, None, None]


def test_an_element_that_does_not_fit_is_null_in_its_place(
    postgres: psycopg.Connection,
) -> None:
    hold(
        postgres,
        (
            1,
            "custom",
            "days",
            "list.date",
            '["2026-02-28", "soon", null, "2026-13-01"]',
        ),
        (1, "custom", "fee", "money", '{"amount": "much", "currency_code": "EUR"}'),
        (1, "custom", "area", "area", '{"value": "wide"}'),
        (1, "custom", "rank", "rating", '["4.5"]'),
        (2, "custom", "days", "list.date", '{"a": 1}'),
    )
    rebuild(postgres, TABLES)
    first, second = shown(postgres)
    assert first["custom_days"] == [date(2026, 2, 28), None, None, None]
    assert (first["custom_fee_amount"], first["custom_fee_currency"]) == (None, "EUR")
    assert first["custom_fee"] == {"amount": "much", "currency_code": "EUR"}
    assert first["custom_area"] == {"value": "wide"}
    assert (first["custom_area_value"], first["custom_area_unit"]) == (None, None)
    assert (first["custom_rank"], first["custom_rank_value"]) == (["4.5"], None)
    assert second["custom_days"] is None


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("number_integer", "9223372036854775808"),
        ("number_integer", "1.0"),
        ("number_integer", "one"),
        ("number_integer", ""),
        ("number_decimal", "NaN"),
        ("number_decimal", "9" * 200_000),
        ("boolean", "yes"),
        ("date", "2026-02-30"),
        ("date", "today"),
        ("date", "infinity"),
        ("date_time", "2026-02-28T25:00:00Z"),
        ("date_time", "2026-02-28"),
        ("date_time", "2026-02-28T10:00:00+99:00"),
        ("money", "1.50 EUR"),
        ("json", "{"),
        ("json", ""),
        ("json", r'"\u0000"'),
        ("json", "[" * 100_000),
        ("list.date", "2026-02-28"),
        ("list.url", "{"),
        ("list.number_decimal", "[" * 100_000),
        ("area", "3 m2"),
        ("link", ""),
    ],
)
def test_a_value_that_does_not_fit_is_null_and_hinders_nothing(
    postgres: psycopg.Connection, type_: str, value: str
) -> None:
    hold(
        postgres,
        (1, "custom", "odd", type_, value),
        (1, "custom", "note", "single_line_text_field", "fine"),
    )
    rebuild(postgres, TABLES)
    [row] = shown(postgres)
    assert (row["custom_odd"], row["custom_note"]) == (None, "fine")


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (("number_integer", "number_decimal"), "numeric"),
        (("integer", "number_integer"), "bigint"),
        (("boolean", "number_integer"), "text"),
        (("list.number_integer", "list.number_decimal"), "numeric[]"),
        (("list.url", "list.single_line_text_field"), "text[]"),
        (("list.url", "list.date"), "jsonb"),
        (("list.url", "json"), "jsonb"),
        (("list.url", "url"), "text"),
        (("money", "rating"), "jsonb"),
        (("area", "volume"), "jsonb value numeric unit text"),
        (("page_reference", "product_reference"), "text id bigint"),
        (("page_reference", "url"), "text"),
        (("some_type_of_next_year",), "text"),
        (("list.some_type_of_next_year",), "jsonb"),
        (("some_reference",), "text id bigint"),
    ],
)
def test_types_that_differ_share_the_columns_that_hold_them_all(
    types: tuple[str, ...], kind: str
) -> None:
    """A definition may have changed, or two shops may not agree."""
    shape = Metafield("custom", "size", types).shape
    parts = [word for part in shape.parts for word in (part.name, part.type)]
    assert [shape.type, *parts] == kind.split()


def test_awkward_names_are_kept_apart_and_made_plain(
    postgres: psycopg.Connection,
) -> None:
    long = "a" * 64
    fields = [
        ("custom", "a-b"),
        ("custom", "a_b"),
        ("custom_a", "b"),
        ("order", "id"),
        ("$app:1", "Ünïcode key"),
        ('"; DROP TABLE x; --', "%s {0} '"),
        ("123", "456"),
        (long, f"{long}1"),
        (long, f"{long}2"),
    ]
    held = [
        (1, *names, "single_line_text_field", json.dumps(names)) for names in fields
    ]
    hold(postgres, *held)
    [found] = rebuild(postgres, TABLES)
    assert found.made is not None
    columns = {
        (each.metafield.namespace, each.metafield.key): each.name
        for each in found.made.columns
    }
    [row] = shown(postgres)
    assert {names: row[column] for names, column in columns.items()} == {
        names: json.dumps(names) for names in fields
    }
    assert all(
        len(name) <= 63 and name.replace("_", "a").isalnum() and name.isascii()
        for name in columns.values()
    )
    assert columns["123", "456"] == "_123_456"
    assert {columns[each][:11] for each in fields[:3]} == {"custom_a_b_"}
    assert row["order_id"] == 1


@given(
    st.sets(
        st.tuples(st.text(max_size=40), st.text(max_size=40)), min_size=1, max_size=30
    )
)
def test_whatever_the_names_columns_have_one_each(fields: set[tuple[str, str]]) -> None:
    held = [Metafield(namespace, key, ("json",)) for namespace, key in fields]
    made = wide.wide(OF_ORDERS, held)
    names = [each.name for each in made.columns]
    assert len({*names, *OF_ORDERS.parent_key}) == len(fields) + 2
    assert all(0 < len(name.encode()) <= 63 for name in names)


def test_a_name_does_not_go_over_to_another_metafield() -> None:
    """Who used the plain name must fail, not read something else, when it is shared."""
    second = Metafield("custom", "a_b", ("json",))
    before = wide.wide(OF_ORDERS, [second])
    after = wide.wide(OF_ORDERS, [Metafield("custom", "a-b", ("json",)), second])
    assert [each.name for each in before.columns] == ["custom_a_b"]
    assert "custom_a_b" not in {each.name for each in after.columns}


def test_a_part_shares_its_name_with_no_other_metafield() -> None:
    """Nor does the other keep it: it would be the part's, were the other not there."""
    fields = [
        Metafield("custom", "size", ("weight",)),
        Metafield("custom", "size_unit", ("url",)),
    ]
    names = [each.name for each in wide.wide(OF_ORDERS, fields).columns]
    alone = [each.name for each in wide.wide(OF_ORDERS, fields[:1]).columns]
    assert alone == ["custom_size", "custom_size_unit", "custom_size_value"]
    assert [each for each in names if each in alone] == [
        *("custom_size", "custom_size_value")
    ]
    assert len(set(names)) == 4


def test_a_second_time_nothing_is_written(postgres: psycopg.Connection) -> None:
    hold(postgres, (1, "custom", "note", "single_line_text_field", "a"))
    rebuild(postgres, TABLES)
    row = "SELECT xmin::text FROM pg_class WHERE relname = %s"
    before = postgres.execute(row, (VIEW,)).fetchone()
    postgres.commit()
    assert states(rebuild(postgres, TABLES)) == {VIEW: State.UNCHANGED}
    assert postgres.execute(row, (VIEW,)).fetchone() == before


def test_a_new_metafield_is_added_under_what_stands_on_the_view(
    postgres: psycopg.Connection,
) -> None:
    hold(postgres, (1, "custom", "note", "single_line_text_field", "a"))
    rebuild(postgres, TABLES)
    postgres.execute(ON_THE_VIEW)
    postgres.commit()
    hold(postgres, (1, "custom", "boxes", "number_integer", "3"))
    assert states(rebuild(postgres, TABLES)) == {VIEW: State.CHANGED}
    assert list(shown(postgres)[0].items())[2:] == [
        ("custom_note", "a"),
        ("custom_boxes", 3),
    ]
    assert states(rebuild(postgres, TABLES)) == {VIEW: State.UNCHANGED}


def test_a_changed_type_makes_the_column_anew(postgres: psycopg.Connection) -> None:
    hold(postgres, (1, "custom", "size", "number_integer", "3"))
    rebuild(postgres, TABLES)
    with postgres.transaction():
        postgres.execute("UPDATE shopify.order_metafields SET type = 'date'")
        postgres.execute("UPDATE shopify.order_metafields SET value = '2026-01-02'")
    assert states(rebuild(postgres, TABLES)) == {VIEW: State.CHANGED}
    assert shown(postgres)[0]["custom_size"] == date(2026, 1, 2)


def test_views_of_before_gain_parts_and_are_told_what_is_made_anew(
    postgres: psycopg.Connection,
) -> None:
    """As made when money was jsonb alone, an area text, and a list jsonb."""
    hold(
        postgres,
        (1, "custom", "fee", "money", '{"amount":"1.5","currency_code":"EUR"}'),
    )
    rebuild(postgres, TABLES)
    before = """
        CREATE OR REPLACE VIEW shopify.order_metafields_wide AS
        SELECT shop, order_id, NULL::jsonb AS custom_fee{more}
        FROM shopify.order_metafields
    """
    comment = sql.SQL("COMMENT ON VIEW shopify.order_metafields_wide IS {}")
    old = comment.format("Metafields as columns, made by shopify-assets views; form 1")

    postgres.execute("DROP VIEW shopify.order_metafields_wide")
    postgres.execute(before.format(more=""))
    postgres.execute(old)
    postgres.execute(ON_THE_VIEW)
    postgres.commit()
    [grown] = rebuild(postgres, TABLES)
    assert (grown.state, grown.retyped) == (State.CHANGED, ())
    assert list(shown(postgres)[0])[2:] == [
        *("custom_fee", "custom_fee_amount", "custom_fee_currency")
    ]

    hold(
        postgres,
        (1, "custom", "area", "area", '{"value":2,"unit":"square_meters"}'),
        (1, "custom", "marks", "list.single_line_text_field", '["a"]'),
    )
    more = ", NULL::text AS custom_area, NULL::jsonb AS custom_marks"
    postgres.execute("DROP VIEW public.mine")
    postgres.execute("DROP VIEW shopify.order_metafields_wide")
    postgres.execute(before.format(more=more))
    postgres.execute(old)
    postgres.commit()
    [anew] = rebuild(postgres, TABLES)
    assert anew.retyped == (
        Retyped("custom_area", "text", "jsonb"),
        Retyped("custom_marks", "jsonb", "text[]"),
    )
    assert shown(postgres)[0]["custom_area_unit"] == "square_meters"
    assert states(rebuild(postgres, TABLES)) == {VIEW: State.UNCHANGED}


def test_what_depends_on_a_column_that_goes_is_named_and_all_stays(
    postgres: psycopg.Connection,
) -> None:
    hold(postgres, (1, "custom", "size", "number_integer", "3"))
    rebuild(postgres, TABLES)
    postgres.execute(ON_THE_VIEW)
    postgres.execute("UPDATE shopify.order_metafields SET type = 'json'")
    postgres.commit()
    with pytest.raises(ConfigurationError, match=r"(?s)order_metafields_wide.*mine"):
        rebuild(postgres, TABLES)
    assert shown(postgres)[0]["custom_size"] == 3


def test_only_views_of_its_own_are_dropped(postgres: psycopg.Connection) -> None:
    hold(postgres, (1, "custom", "size", "number_integer", "3"))
    rebuild(postgres, TABLES)
    postgres.execute("CREATE VIEW shopify.theirs_metafields_wide AS SELECT 1 AS one")
    postgres.execute("DELETE FROM shopify.order_metafields")
    postgres.commit()
    assert states(rebuild(postgres, TABLES)) == {VIEW: State.DROPPED}
    assert rebuild(postgres, TABLES) == ()
    with postgres.transaction():
        kept = postgres.execute("SELECT * FROM shopify.theirs_metafields_wide")
        assert kept.fetchall() == [(1,)]


def test_what_has_the_name_already_is_left_alone(postgres: psycopg.Connection) -> None:
    hold(postgres, (1, "custom", "size", "number_integer", "3"))
    postgres.execute("CREATE TABLE shopify.order_metafields_wide (mine int, my int)")
    postgres.commit()
    assert states(rebuild(postgres, TABLES)) == {VIEW: State.LEFT}
    assert shown(postgres) == []


def test_of_more_metafields_than_columns_the_most_used_are_shown(
    postgres: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wide, "MOST_COLUMNS", 1)
    hold(
        postgres,
        (1, "custom", "rare", "json", "1"),
        (1, "custom", "often", "json", "1"),
        (2, "custom", "often", "json", "1"),
    )
    [found] = rebuild(postgres, TABLES)
    assert found.left_out == 1
    assert list(shown(postgres)[0]) == ["shop", "order_id", "custom_often"]


def test_the_most_columns_make_a_view_that_can_be_read(
    postgres: psycopg.Connection,
) -> None:
    held = [
        (1, "custom", f"k{number}", "number_integer", str(number))
        for number in range(wide.MOST_COLUMNS)
    ]
    hold(postgres, *held)
    rebuild(postgres, TABLES)
    [row] = shown(postgres)
    assert [row[f"custom_k{number}"] for number in (0, 1499)] == [0, 1499]


def test_shops_stand_side_by_side(postgres: psycopg.Connection) -> None:
    other = "other.myshopify.com"
    hold(postgres, (1, "custom", "size", "number_integer", "3"))
    hold(postgres, (1, "custom", "size", "number_decimal", "3.5"), shop=other)
    rebuild(postgres, TABLES)
    assert [tuple(row.values()) for row in shown(postgres)] == [
        (SHOP, 1, Decimal(3)),
        (other, 1, Decimal("3.5")),
    ]


def test_a_user_without_the_right_is_told(
    postgres: psycopg.Connection, administrator: psycopg.Connection
) -> None:
    hold(postgres, (1, "custom", "size", "number_integer", "3"))
    administrator.execute("DROP ROLE IF EXISTS narrow_reader")
    administrator.execute("CREATE ROLE narrow_reader")
    administrator.execute("GRANT narrow_reader TO shopify_assets")
    postgres.execute("GRANT USAGE ON SCHEMA shopify, shopify_assets TO narrow_reader")
    postgres.execute("GRANT SELECT ON ALL TABLES IN SCHEMA shopify TO narrow_reader")
    postgres.execute("SET ROLE narrow_reader")
    postgres.commit()
    with pytest.raises(ConfigurationError, match="may not create or drop view"):
        rebuild(postgres, TABLES)


def test_every_streams_metafields_get_a_view() -> None:
    compiled = [compile_stream(load_schema(), stream) for stream in STREAMS]
    tables = [table for each in compiled for table in each.tables]
    found = {each.name for each in tables if is_of_metafields(each)}
    called = {each.name for each in tables if each.name.endswith("_metafields")}
    # A subscription says which metafields it sends along, not what is in them.
    assert called - found == {"webhook_subscription_metafields"}
    assert {"order_metafields", "product_metafields", "article_metafields"} <= found


def test_a_table_without_the_columns_of_metafields_is_none() -> None:
    assert is_of_metafields(OF_ORDERS)
    assert not is_of_metafields(replace(OF_ORDERS, columns=OF_ORDERS.columns[:3]))
    assert not is_of_metafields(replace(OF_ORDERS, name="order_lines"))
