"""The pinned schema: questions of type and name, and its refusals."""

from __future__ import annotations

import pytest

from shopify_assets.catalog.gids import GidStyle, gid_style
from shopify_assets.catalog.releases import (
    OLDER,
    UNSTABLE,
    is_served_beside,
    shifted,
)
from shopify_assets.catalog.scalars import Kind, kind_of
from shopify_assets.catalog.schema import (
    PINNED_VERSION,
    Argument,
    Field,
    Schema,
    Type,
    load_schema,
    named_type,
    pinned_versions,
)
from shopify_assets.errors import ConfigurationError


def test_version_that_is_not_pinned_is_refused_with_those_that_are() -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_schema("1999-01")
    assert str(refused.value) == (
        "API version '1999-01' is not pinned; pinned are "
        f"{', '.join(pinned_versions())}. "
        "Pin it with: make generate SCHEMA=<introspection file>"
    )


def test_versions_shipped_are_those_served_beside_the_one_in_use() -> None:
    stable = [shifted(PINNED_VERSION, quarters) for quarters in range(-OLDER, 1)]
    assert {*stable, UNSTABLE} <= set(pinned_versions())
    assert all(is_served_beside(each, PINNED_VERSION) for each in pinned_versions())


@pytest.mark.parametrize("version", pinned_versions())
def test_every_version_is_whole(version: str) -> None:
    """Whatever a type names is there, and nothing that no query can reach."""
    found = load_schema(version)
    assert found.version == version
    named = {
        named_type(notation)
        for each in found.types.values()
        for field in each.fields.values()
        for notation in (field.type, *(given.type for given in field.args.values()))
    }
    assert named <= found.types.keys()
    assert len(found.types) > 1900
    assert found.query.fields.keys() >= {"orders", "products", "customers", "node"}


@pytest.mark.parametrize("version", pinned_versions())
def test_versions_differ_where_shopify_says_so(version: str) -> None:
    """Cart and checkout tokens came with 2026-07, price rules went with 2026-10."""
    types = load_schema(version).types
    assert ("cartToken" in types["Order"].fields) == (version >= "2026-07")
    assert ("PriceRule" in types) == (version < "2026-10")


def test_unknown_type_is_refused(schema: Schema) -> None:
    with pytest.raises(
        ConfigurationError, match=rf"^API version {PINNED_VERSION} has no type 'Ordre'$"
    ):
        schema["Ordre"]


@pytest.mark.parametrize(
    ("notation", "name"),
    [("Order", "Order"), ("Order!", "Order"), ("[Refund!]!", "Refund")],
)
def test_named_type_is_what_stands_within_the_marks(notation: str, name: str) -> None:
    assert named_type(notation) == name


def test_notation_without_a_name_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"^not a GraphQL type: '\[\]!'$"):
        named_type("[]!")


@pytest.mark.parametrize(
    ("notation", "nullable", "is_list"),
    [
        ("Int", True, False),
        ("Int!", False, False),
        ("[Int!]", True, True),
        ("[Int]!", False, True),
    ],
)
def test_field_reads_its_notation(
    notation: str, *, nullable: bool, is_list: bool
) -> None:
    field = Field(type=notation)
    assert (field.nullable, field.is_list) == (nullable, is_list)


@pytest.mark.parametrize(
    ("argument", "required"),
    [
        (Argument("Int!"), True),
        (Argument("Int"), False),
        (Argument("Int!", default="1"), False),
    ],
)
def test_argument_is_required_without_null_and_default(
    argument: Argument, *, required: bool
) -> None:
    assert argument.required is required


@pytest.mark.parametrize(
    ("owner", "field", "node"),
    [
        ("Order", "lineItems", "LineItem"),
        ("QueryRoot", "orders", "Order"),
        ("Order", "refunds", None),
        ("Order", "name", None),
    ],
)
def test_connection_is_known_by_its_edges(
    schema: Schema, owner: str, field: str, node: str | None
) -> None:
    found = schema.node_type(schema[owner].fields[field])
    assert (found.name if found else None) == node


@pytest.mark.parametrize(
    ("owner", "field", "scope"),
    [
        ("QueryRoot", "orders", "read_orders"),
        ("Order", "customer", "read_customers"),
        ("LineItem", "product", "read_products"),
    ],
)
def test_scopes_are_the_fields_own_or_its_types(
    schema: Schema, owner: str, field: str, scope: str
) -> None:
    assert scope in schema.scopes_of(schema[owner], field)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Money", Kind.NUMERIC),
        ("UnsignedInt64", Kind.NUMERIC),
        ("DateTime", Kind.TIMESTAMPTZ),
        ("JSON", Kind.JSONB),
        ("CurrencyCode", Kind.TEXT),
    ],
)
def test_scalar_becomes_its_kind_and_an_enum_text(
    schema: Schema, name: str, kind: Kind
) -> None:
    assert kind_of(schema[name]) is kind


def test_every_scalar_of_the_schema_has_a_kind(schema: Schema) -> None:
    scalars = [each for each in schema.types.values() if each.kind == "SCALAR"]
    assert all(kind_of(each) in Kind for each in scalars)


def test_new_scalar_is_refused_with_the_place_to_say_its_kind() -> None:
    with pytest.raises(
        ConfigurationError,
        match=r"^scalar 'Vector' is new: say in scalars\.py what kind it becomes$",
    ):
        kind_of(Type(name="Vector", kind="SCALAR"))


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("Order", GidStyle.NUMBER),
        ("MailingAddress", GidStyle.QUALIFIED),
        ("Media", GidStyle.QUALIFIED),
        ("TaxonomyCategory", GidStyle.WORD),
    ],
)
def test_number_of_a_gid_is_a_key_where_it_is_unambiguous(
    schema: Schema, name: str, style: GidStyle
) -> None:
    assert gid_style(schema[name]) is style
