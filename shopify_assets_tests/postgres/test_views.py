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
from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.schema import load_schema
from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres import views, wide
from shopify_assets.postgres.views import State, rebuild
from shopify_assets.postgres.wide import Metafield, is_of_metafields
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
            "custom_gift": True,
            "custom_marks": ["a", "b"],
            "custom_note": "two\nlines",
            "custom_seen": moment.replace(hour=10),
            "custom_sent": moment.replace(hour=8),
            "custom_share": Decimal("0.10"),
            "ops_sent": None,
        },
        {
            "shop": SHOP,
            "order_id": 2,
            "custom_boxes": None,
            "custom_due": None,
            "custom_fee": None,
            "custom_gift": None,
            "custom_marks": None,
            "custom_note": "of another",
            "custom_seen": None,
            "custom_sent": None,
            "custom_share": None,
            "ops_sent": "gid://shopify/Product/1",
        },
    ]


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
        (("number_integer", "number_decimal"), Kind.NUMERIC),
        (("integer", "number_integer"), Kind.BIGINT),
        (("boolean", "number_integer"), Kind.TEXT),
        (("list.number_integer",), Kind.JSONB),
        (("some_type_of_next_year",), Kind.TEXT),
    ],
)
def test_types_that_differ_share_the_kind_that_holds_them_all(
    types: tuple[str, ...], kind: Kind
) -> None:
    """A definition may have changed, or two shops may not agree."""
    assert Metafield("custom", "size", types).kind is kind


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
    monkeypatch.setattr(views, "MOST_COLUMNS", 1)
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


def test_a_user_without_the_right_is_told(postgres: psycopg.Connection) -> None:
    hold(postgres, (1, "custom", "size", "number_integer", "3"))
    postgres.execute("DROP ROLE IF EXISTS narrow_reader")
    postgres.execute("CREATE ROLE narrow_reader")
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
