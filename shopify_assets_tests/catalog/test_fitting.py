"""A stream without what a version lacks of it."""

from __future__ import annotations

from msgspec.structs import replace

from shopify_assets.catalog.fitting import fit, fitted, unreadable
from shopify_assets.catalog.pairs import Kind, Seen
from shopify_assets.catalog.schema import (
    PINNED_VERSION,
    Schema,
    load_schema,
    pinned_versions,
)
from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets_tests.catalog.declare import compiled, declared

SELECTION = """
    id updatedAt note
    customer { email: displayName }
    items: lineItems { nodes { id sku variant { title } } }
    agreements { nodes { id ... on OrderAgreement { reason } } }
"""


def lacking(schema: Schema, **gone: str) -> Schema:
    """The schema as it was before some fields came, one a type."""
    types = dict(schema.types)
    for owner, name in gone.items():
        fields = {key: each for key, each in types[owner].fields.items() if key != name}
        types[owner] = replace(types[owner], fields=fields)
    return Schema("before", types)


def test_what_is_lacking_is_left_out_and_named(schema: Schema) -> None:
    """An object of which nothing is left goes with it, as does a fragment."""
    before = lacking(
        schema,
        Order="note",
        Customer="displayName",
        ProductVariant="title",
        OrderAgreement="reason",
    )
    found = fitted(declared(SELECTION), schema, before)

    assert [(seen.kind, seen.thing, seen.path) for seen in found.left_out] == [
        (Kind.FIELD_GONE, "Order.note", ("note",)),
        (Kind.FIELD_GONE, "Customer.displayName", ("customer", "email")),
        (Kind.FIELD_GONE, "ProductVariant.title", ("items", "variant", "title")),
        (
            Kind.FIELD_GONE,
            "OrderAgreement.reason",
            ("agreements", "... on OrderAgreement", "reason"),
        ),
    ]
    assert found.refusal is None
    assert found.compiled is not None
    left = (
        "id updatedAt items: lineItems { nodes { id sku } } agreements { nodes { id } }"
    )
    assert found.compiled.tables == compiled(declared(left)).tables
    assert found.compiled.queries.texts == compiled(declared(left)).queries.texts


def test_nothing_lacking_leaves_the_declaration_as_it_is(schema: Schema) -> None:
    stream = declared(SELECTION)
    found = fitted(stream, schema, schema)
    assert found.compiled == compiled(stream)
    assert found.left_out == ()


def test_a_stream_without_its_root_or_its_time_cannot_be_read(schema: Schema) -> None:
    stream = declared(
        "id updatedAt note", incremental=Incremental("updated_at", KeyTime.OF_CHANGE)
    )
    without_root = fitted(stream, schema, lacking(schema, QueryRoot="orders"))
    assert without_root.compiled is None
    assert without_root.refusal == (
        "stream 'orders': API version before has no root field 'orders'"
    )
    without_id = fitted(stream, schema, lacking(schema, Order="id"))
    assert without_id.compiled is None
    assert without_id.left_out == (Seen(Kind.FIELD_GONE, "Order.id", ("id",)),)
    without_time = fitted(stream, schema, lacking(schema, Order="updatedAt"))
    assert without_time.compiled is None


NEW = Stream(
    name="attribution_definitions",
    root="orderAttributionDefinitions",
    family="tests",
    description="A stream of a test.",
    selection="id",
)


def test_streams_newer_than_a_version_are_told_and_the_others_read() -> None:
    """The definitions came with 2026-07; the version in use has everything."""
    streams = [declared("id note"), NEW]
    for version in pinned_versions():
        read = [each.name for each in fit(streams, version) if each.compiled]
        if version >= "2026-07":
            assert (read, unreadable(streams, version)) == ([*_names(streams)], {})
        else:
            reason = (
                f"stream 'attribution_definitions': API version {version} has no root "
                "field 'orderAttributionDefinitions'"
            )
            assert read == ["orders"]
            assert unreadable(streams, version) == {NEW.name: reason}


def _names(streams: list[Stream]) -> list[str]:
    return [each.name for each in streams]


def test_the_version_in_use_takes_declarations_as_they_are() -> None:
    (found,) = fit([declared(SELECTION)], PINNED_VERSION)
    assert found.compiled == compiled(declared(SELECTION))
    assert load_schema(PINNED_VERSION).version == PINNED_VERSION
