"""Columns, their names and kinds, as they follow from a selection."""

from __future__ import annotations

import pytest

from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets.catalog.tables import Column
from shopify_assets.errors import ConfigurationError
from shopify_assets_tests.catalog.declare import (
    compiled,
    declared,
    id_column,
    optional,
    required,
    tables_of,
)


def test_money_is_named_by_what_it_is_an_amount_of() -> None:
    (table,) = compiled(
        declared("""
            id
            totalPriceSet {
                shopMoney { amount currencyCode } presentmentMoney { amount }
            }
        """)
    ).tables

    assert table.columns[2:] == (
        required("total_price", Kind.NUMERIC, "totalPriceSet", "shopMoney", "amount"),
        required(
            "total_price_currency",
            Kind.TEXT,
            *("totalPriceSet", "shopMoney", "currencyCode"),
        ),
        required(
            "total_price_presentment",
            Kind.NUMERIC,
            *("totalPriceSet", "presentmentMoney", "amount"),
        ),
    )


@pytest.mark.parametrize(
    ("stream", "column"),
    [
        (
            declared("id totalWeight"),
            optional("total_weight", Kind.NUMERIC, "totalWeight"),
        ),
        (declared("id number"), required("number", Kind.INTEGER, "number")),
        (
            declared("id currencyCode"),
            required("currency_code", Kind.TEXT, "currencyCode"),
        ),
        (
            declared("id gid: id"),
            required("gid", Kind.TEXT, "gid"),
        ),
        (
            declared("id latest: updatedAt"),
            required("latest", Kind.TIMESTAMPTZ, "latest"),
        ),
        (
            declared("id kind: __typename"),
            required("kind", Kind.TEXT, "kind"),
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Column) else "",
)
def test_scalar_has_its_kind_and_an_alias_renames(
    stream: Stream, column: Column
) -> None:
    assert compiled(stream).root.columns[2:] == (column,)


@pytest.mark.parametrize(
    ("stream", "name"),
    [
        (declared("id addressesV2 { nodes { id city } }", name="customers"), "address"),
        (declared("id media { nodes { id alt } }", name="products"), "media"),
    ],
    ids=["qualified GID", "abstract type"],
)
def test_gid_is_the_key_where_its_number_is_none(stream: Stream, name: str) -> None:
    table = compiled(stream).tables[-1]

    assert table.key[-1] == "gid", name
    assert table.columns[2:4] == (
        required("gid", Kind.TEXT, "id"),
        id_column("id", "id"),
    )


def test_reference_to_a_qualified_gid_keeps_number_and_text() -> None:
    (table,) = compiled(declared("id defaultAddress { id }", name="customers")).tables

    assert table.columns[2:] == (
        id_column("default_address_id", "defaultAddress", "id", nullable=True),
        optional("default_address_gid", Kind.TEXT, "defaultAddress", "id"),
    )


def test_child_of_a_gid_keyed_element_refers_to_the_gid() -> None:
    tables = tables_of(
        declared(
            """id inventoryLevels { nodes {
                id quantities(names: ["available"]) { name }
            } }""",
            name="inventory_items",
            root="inventoryItems",
        )
    )
    table = tables["inventory_item_inventory_level_quantities"]

    assert table.key == (
        *("shop", "inventory_item_id", "inventory_level_gid", "position"),
    )
    assert table.columns[2] == Column(
        "inventory_level_gid", Kind.TEXT, nullable=False, path=("id",), up=1
    )


def test_object_called_like_its_tables_rows_adds_nothing_to_names() -> None:
    (table,) = compiled(
        declared(
            """id discount {
                type: __typename
                ... on DiscountCodeBasic {
                    title totalSales { amount currencyCode }
                }
            }""",
            name="discounts",
            root="discountNodes",
        )
    ).tables

    assert table.columns[2:] == (
        required("type", Kind.TEXT, "discount", "type"),
        optional("title", Kind.TEXT, "discount", "title"),
        optional("total_sales", Kind.NUMERIC, "discount", "totalSales", "amount"),
        optional(
            "total_sales_currency",
            Kind.TEXT,
            *("discount", "totalSales", "currencyCode"),
        ),
    )


def test_what_several_fragments_select_alike_is_one_column_and_one_table() -> None:
    codes = "title codes { nodes { id code } }"
    tables = tables_of(
        declared(
            f"""id discount {{
                ... on DiscountCodeBasic {{ {codes} }}
                ... on DiscountCodeBxgy {{ {codes} }}
            }}""",
            name="discounts",
            root="discountNodes",
        )
    )

    assert list(tables) == ["discounts", "discount_codes"]
    assert tables["discounts"].columns[2:] == (
        optional("title", Kind.TEXT, "discount", "title"),
    )


@pytest.mark.parametrize(
    ("selection", "incremental", "version"),
    [
        ("id updatedAt", Incremental("updated_at", KeyTime.OF_CHANGE), "updated_at"),
        (
            "id updatedAt createdAt",
            Incremental("created_at", KeyTime.OF_CHANGE),
            "created_at",
        ),
        ("id updatedAt", None, "updated_at"),
        ("id createdAt", None, None),
        # A column of that name which is no time tells no version.
        ("id updatedAt: name", None, None),
    ],
)
def test_version_is_the_replication_key_or_the_time_of_update(
    selection: str, incremental: Incremental | None, version: str | None
) -> None:
    stream = declared(f"{selection} refunds {{ id }}", incremental=incremental)
    assert [table.version for table in compiled(stream).tables] == [version, None]


def test_column_is_found_by_name_or_refused() -> None:
    table = compiled(declared("id name")).root

    assert table.column("name") == required("name", Kind.TEXT, "name")
    with pytest.raises(ConfigurationError, match="table orders has no column 'nmae'"):
        table.column("nmae")


def test_alias_id_of_another_field_is_a_natural_key() -> None:
    stream = declared("id refunds { id: legacyResourceId }")
    table = tables_of(stream)["order_refunds"]

    assert table.key == ("shop", "order_id", "id")
    assert table.columns[2:] == (required("id", Kind.NUMERIC, "id"),)
