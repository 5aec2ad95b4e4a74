"""A selection is checked against the schema; a wrong one is refused with its reason."""

from __future__ import annotations

import pytest

from shopify_assets.catalog.schema import PINNED_VERSION, Schema
from shopify_assets.catalog.selection import Form, Selected, root_field, select
from shopify_assets.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id nmae", f"API version {PINNED_VERSION}: Order has no field 'nmae'"),
        ("id {", "selection on Order: a name is expected at its end"),
        ("id } { name", "selection on Order: a brace closes more than was opened"),
        ("customer", "customer (Customer) needs a selection of its fields"),
        ("name { first }", "name (String) has no fields to select"),
        ("name name", "Order selects 'name' twice; rename one by an alias"),
        ("id name: email name", "Order selects 'name' twice; rename one by an alias"),
        ("id(x: 1)", "Order.id has no argument 'x'"),
        (
            "metafield { id }",
            "Order.metafield requires argument 'key'",
        ),
        (
            "lineItems { id }",
            "write the connection lineItems as { nodes { … } }",
        ),
        (
            "lineItems { nodes }",
            "write the connection lineItems as { nodes { … } }",
        ),
        (
            "lineItems { edges { node { id } } }",
            "write the connection lineItems as { nodes { … } }",
        ),
        (
            "lineItems { nodes { id } pageInfo { hasNextPage } }",
            "write the connection lineItems as { nodes { … } }",
        ),
        ("... { id }", "Order: only fields and typed inline fragments are selected"),
        ("...Named", "selection on Order: '{' is expected at 'Named'"),
        ("... on Ordre { id }", f"API version {PINNED_VERSION} has no type 'Ordre'"),
    ],
)
def test_wrong_selection_is_refused(schema: Schema, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        select(schema, schema["Order"], text)
    assert str(refused.value) == message


def test_unknown_root_field_is_refused(schema: Schema) -> None:
    with pytest.raises(ConfigurationError) as refused:
        root_field(schema, "ordres", "id")
    assert (
        str(refused.value) == f"API version {PINNED_VERSION} has no root field 'ordres'"
    )


@pytest.mark.parametrize(
    ("text", "form", "type_name", "nullable"),
    [
        ("id", Form.SCALAR, "ID", False),
        ("note", Form.SCALAR, "String", True),
        ("tags", Form.SCALARS, "String", False),
        ("customer { id }", Form.OBJECT, "Customer", True),
        ("refunds { id }", Form.OBJECTS, "Refund", False),
        ("lineItems { nodes { id } }", Form.CONNECTION, "LineItem", False),
    ],
)
def test_form_type_and_nullability_come_from_the_schema(
    schema: Schema, text: str, form: Form, type_name: str, *, nullable: bool
) -> None:
    (found,) = select(schema, schema["Order"], text)
    assert (found.form, found.type.name, found.nullable) == (form, type_name, nullable)


def test_alias_is_the_key_and_arguments_are_kept(schema: Schema) -> None:
    (found,) = select(
        schema,
        schema["Order"],
        "lines: shippingLines(includeRemovals: true) { nodes { title } }",
    )
    assert (found.key, found.name) == ("lines", "shippingLines")
    assert found.arguments == "includeRemovals: true"
    assert [each.key for each in found.children] == ["title"]


def test_field_of_a_fragment_may_always_be_absent(schema: Schema) -> None:
    text = "... on MediaImage { id mimeType }"
    found = select(schema, schema["Media"], text)
    assert [(each.key, each.on, each.nullable) for each in found] == [
        ("id", "MediaImage", True),
        ("mimeType", "MediaImage", True),
    ]


def test_two_fragments_may_select_the_same_key(schema: Schema) -> None:
    text = "... on MediaImage { id } ... on Video { id }"
    found = select(schema, schema["Media"], text)
    assert [each.on for each in found] == ["MediaImage", "Video"]


@pytest.mark.parametrize(
    ("text", "is_id"),
    [("id", True), ("orderId: id", True), ("gid: id", False), ("name", False)],
)
def test_alias_gid_asks_for_the_text_alone(
    schema: Schema, text: str, *, is_id: bool
) -> None:
    (found,) = select(schema, schema["Order"], text)
    assert found.is_id is is_id


@pytest.mark.parametrize(
    ("name", "form"),
    [("orders", Form.CONNECTION), ("shop", Form.OBJECT)],
)
def test_root_is_seen_as_what_it_is(schema: Schema, name: str, form: Form) -> None:
    found: Selected = root_field(schema, name, "id")
    assert found.form is form
    assert found.owner.name == "QueryRoot"
