"""Tables and keys, as they follow from a selection."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shopify_assets.catalog.presence import FILLED, Listing
from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets.catalog.tables import SHOP_COLUMN, Column, Table
from shopify_assets.errors import ConfigurationError
from shopify_assets_tests.catalog.declare import (
    POSITION,
    compiled,
    declared,
    id_column,
    optional,
    required,
    tables_of,
)


def test_root_table_has_a_typed_column_for_every_leaf() -> None:
    (table,) = compiled(
        declared("id name note test createdAt tags customer { id displayName }")
    ).tables

    assert table == Table(
        name="orders",
        stream="orders",
        columns=(
            SHOP_COLUMN,
            id_column("id", "id"),
            required("name", Kind.TEXT, "name"),
            optional("note", Kind.TEXT, "note"),
            required("test", Kind.BOOLEAN, "test"),
            required("created_at", Kind.TIMESTAMPTZ, "createdAt"),
            required("tags", Kind.TEXT_ARRAY, "tags"),
            # The customer may be null, and so may all that is read through it.
            id_column("customer_id", "customer", "id", nullable=True),
            optional("customer_display_name", Kind.TEXT, "customer", "displayName"),
        ),
        key=("shop", "id"),
        root_key=("shop", "id"),
        parent=None,
        parent_key=(),
        version=None,
        marker="_orders",
        present=frozenset(
            {
                *(("id",), ("id", FILLED), ("name",), ("name", FILLED), ("note",)),
                *(("test",), ("test", FILLED), ("tags",), ("tags", FILLED)),
                *(("createdAt",), ("createdAt", FILLED), ("customer",)),
                *(("customer", "id"), ("customer", "id", FILLED)),
                *(("customer", "displayName"), ("customer", "displayName", FILLED)),
            }
        ),
    )
    assert table.is_root


def test_list_of_objects_is_a_table_keyed_by_its_elements_id() -> None:
    tables = tables_of(declared("id refunds { id note }"))

    assert tables["order_refunds"] == Table(
        name="order_refunds",
        stream="orders",
        columns=(
            SHOP_COLUMN,
            id_column("order_id", "id", up=1),
            id_column("id", "id"),
            optional("note", Kind.TEXT, "note"),
        ),
        key=("shop", "order_id", "id"),
        root_key=("shop", "order_id"),
        parent="orders",
        parent_key=("shop", "order_id"),
        version=None,
        marker="_orders",
        lists=(("refunds",),),
        present=frozenset({("id",), ("id", FILLED), ("note",)}),
        listing=Listing.FILLED,
    )


def test_list_without_ids_is_keyed_by_position() -> None:
    table = tables_of(declared("id taxLines { title }"))["order_tax_lines"]

    assert table.key == ("shop", "order_id", "position")
    assert table.columns[2] == POSITION


def ordered(*tables: str) -> Stream:
    selection = "id lineItems { nodes { id sku taxLines { title } } } refunds { id }"
    return replace(declared(selection), ordered=tables)


def test_elements_with_an_id_have_their_place_where_an_order_is_wanted() -> None:
    """Beside the key, which stays what it was; children refer to the id."""
    tables = tables_of(ordered("order_line_items", "order_refunds"))

    assert tables["order_line_items"].columns[1:4] == (
        id_column("order_id", "__parentId"),
        id_column("id", "id"),
        POSITION,
    )
    assert tables["order_line_items"].key == ("shop", "order_id", "id")
    assert tables["order_refunds"].columns[3] == POSITION
    assert tables["order_line_item_tax_lines"].key == (
        *("shop", "order_id", "line_item_id"),
        "position",
    )


def test_an_order_is_part_of_what_files_are_told_apart_by() -> None:
    plain, lined = compiled(ordered()), compiled(ordered("order_line_items"))
    assert plain.queries == lined.queries
    assert plain.fingerprint != lined.fingerprint


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("orders", "orders holds the stream's records, which are in no order"),
        ("order_line_item_tax_lines", "two columns named 'position'"),
    ],
)
def test_an_order_that_cannot_be_is_refused(table: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        tables_of(ordered(table))


def test_list_in_a_list_climbs_one_list_for_each_ancestor() -> None:
    tables = tables_of(declared("id transactions { id fees { id type } }"))
    table = tables["order_transaction_fees"]

    assert table.columns == (
        SHOP_COLUMN,
        id_column("order_id", "id", up=2),
        id_column("transaction_id", "id", up=1),
        id_column("id", "id"),
        required("type", Kind.TEXT, "type"),
    )
    assert table.parent_key == ("shop", "order_id", "transaction_id")
    assert table.lists == (("transactions",), ("fees",))


def test_list_below_an_object_is_found_through_the_object() -> None:
    tables = tables_of(
        declared(
            """id sources {
                id ... on CollectionConditionsSource {
                    inclusion { rules: conditions { type: __typename } }
                }
            }""",
            name="collections",
        )
    )
    rules = tables["collection_source_rules"]
    assert rules.lists == (("sources",), ("inclusion", "rules"))
    assert rules.key == ("shop", "collection_id", "source_gid", "position")


def test_connection_is_a_table_fed_by_lines_of_its_own() -> None:
    tables = tables_of(declared("id lineItems { nodes { id sku } }"))

    assert tables["order_line_items"] == Table(
        name="order_line_items",
        stream="orders",
        columns=(
            SHOP_COLUMN,
            id_column("order_id", "__parentId"),
            id_column("id", "id"),
            optional("sku", Kind.TEXT, "sku"),
        ),
        key=("shop", "order_id", "id"),
        root_key=("shop", "order_id"),
        parent="orders",
        parent_key=("shop", "order_id"),
        version=None,
        marker="_order_line_items",
        present=frozenset({("id",), ("id", FILLED), ("sku",)}),
        lists=(),
    )


def test_list_below_a_connection_climbs_to_the_line_for_its_ancestors() -> None:
    tables = tables_of(declared("id lineItems { nodes { id taxLines { title } } }"))
    table = tables["order_line_item_tax_lines"]

    assert table.columns[1:4] == (
        id_column("order_id", "__parentId", up=1),
        id_column("line_item_id", "id", up=1),
        POSITION,
    )
    assert (table.marker, table.lists) == ("_order_line_items", (("taxLines",),))


@pytest.mark.parametrize(
    ("stream", "name", "columns"),
    [
        (
            declared(
                "id refunds { id lineItems: refundLineItems { nodes { quantity } } }"
            ),
            "order_refund_line_items",
            (id_column("order_id", "__rootId"), id_column("refund_id", "__parentId")),
        ),
        (
            declared("id returns { nodes { id refunds { nodes { id } } } }"),
            "order_return_refunds",
            (id_column("order_id", "__rootId"), id_column("return_id", "__parentId")),
        ),
    ],
    ids=["in a list", "in a connection"],
)
def test_deeper_connection_knows_parent_and_root(
    stream: Stream, name: str, columns: tuple[Column, ...]
) -> None:
    table = tables_of(stream)[name]
    assert table.columns[1:3] == columns
    assert table.root_key == ("shop", "order_id")
    assert (table.marker, table.lists) == (f"_{name}", ())


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (
            declared("id totalPrice: name totalPriceSet { shopMoney { amount } }"),
            "table orders: two columns named 'total_price'; use an alias",
        ),
        (
            declared("id shop: name"),
            "table orders: two columns named 'shop'; use an alias",
        ),
        (
            declared("id taxLines { position: title }"),
            "table order_tax_lines: two columns named 'position'; use an alias",
        ),
        (
            declared("id refunds { id orderId: note }"),
            "table order_refunds: two columns named 'order_id'; use an alias",
        ),
        (
            declared(
                "id name", incremental=Incremental("updated_at", KeyTime.OF_CHANGE)
            ),
            "its replication key 'updated_at' is not a time column of orders",
        ),
        (
            declared(
                "id updatedAt: name",
                incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
            ),
            "its replication key 'updated_at' is not a time column of orders",
        ),
        (
            declared(f"id {'x' * 64}: name"),
            (
                f"the name '{'x' * 64}' has 64 characters, PostgreSQL keeps 63; "
                "shorten it with an alias in the stream's selection"
            ),
        ),
        (
            declared(
                """id discount {
                    ... on DiscountCodeBasic { codes { nodes { id } } }
                    ... on DiscountCodeBxgy { codes { nodes { id code } } }
                }""",
                name="discounts",
                root="discountNodes",
            ),
            "codes differs between fragments; rename one by an alias",
        ),
        (
            declared(
                """id purchasingEntity { ... on PurchasingCompany {
                    company { id contacts { nodes { id roleAssignments { nodes {
                        id companyLocation { id catalogs { nodes {
                            id publication { id channels { nodes { id } } }
                        } } }
                    } } } } }
                } }"""
            ),
            "a connection below catalog_gid cannot be told its ancestors by their ids",
        ),
    ],
)
def test_wrong_declaration_is_refused(stream: Stream, message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        compiled(stream)
    assert str(refused.value) == f"stream '{stream.name}': {message}"
