"""Carried and joined streams, roots that are paths or asked value by value."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.schema import load_schema
from shopify_assets.catalog.stream import Each, Incremental, KeyTime, Stream
from shopify_assets.errors import ConfigurationError
from shopify_assets_tests.catalog.declare import compiled, declared, tables_of

PAGE_INFO = "pageInfo { hasNextPage endCursor }"

RETURNS = declared(
    """id updatedAt returns { nodes {
        id name lineItems: returnLineItems { nodes { id quantity } }
    } }""",
    name="returns",
    root="orders",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
)


def test_carried_records_have_the_streams_name_and_the_roots_id() -> None:
    tables = tables_of(RETURNS)
    assert {name: table.key for name, table in tables.items()} == {
        "returns_by_order": ("shop", "id"),
        "returns": ("shop", "order_id", "id"),
        "return_line_items": ("shop", "order_id", "return_id", "gid"),
    }
    stream = compiled(RETURNS)
    assert stream.root.name == "returns_by_order"
    assert stream.principal.name == "returns"
    assert stream.root.version == "updated_at"
    assert "_returns_by_order: __typename id" in stream.queries.bulk(None)
    assert stream.required == {"", "id", "updatedAt", "returns"}


def test_a_root_may_lie_below_objects() -> None:
    stream = declared(
        "id issuedAt", name="payouts", root="shopifyPaymentsAccount.payouts"
    )
    queries = compiled(stream).queries
    assert queries.paged.text == (
        "query payouts($first: Int!, $after: String) { shopifyPaymentsAccount { "
        "payouts(first: $first, after: $after, sortKey: ID) { "
        f"nodes {{ _payouts: __typename id issuedAt }} {PAGE_INFO} }} }} }}"
    )
    assert queries.bulk(None) == (
        "{ shopifyPaymentsAccount { payouts(sortKey: ID) "
        "{ edges { node { _payouts: __typename id issuedAt } } } } }"
    )


def test_only_objects_lead_to_a_root() -> None:
    stream = declared("id", name="returns", root="orders.returns")
    with pytest.raises(ConfigurationError, match="only objects lead to it"):
        compiled(stream)


def test_a_root_is_asked_for_each_value_of_an_enum() -> None:
    stream = replace(
        declared("id name", name="definitions", root="metafieldDefinitions"),
        each=Each("ownerType", leaving_out=frozenset({"MEDIA_IMAGE"})),
    )
    queries = compiled(stream).queries
    assert queries.paged.text.startswith(
        "query definitions($first: Int!, $after: String, "
        "$ownerType: MetafieldOwnerType!) { metafieldDefinitions("
        "first: $first, after: $after, sortKey: ID, ownerType: $ownerType) {"
    )
    assert queries.bulk_refusal == "it is asked for each ownerType"
    values = load_schema()["MetafieldOwnerType"].values
    assert queries.each is not None
    assert set(queries.each.values) == set(values) - {"MEDIA_IMAGE"}


@pytest.mark.parametrize(
    ("each", "message"),
    [
        (Each("namespace"), r"'namespace' \(String\) is no enum"),
        (Each("ownerType", frozenset({"SHIP"})), "has no value SHIP"),
    ],
)
def test_values_must_be_an_enums(each: Each, message: str) -> None:
    stream = declared("id", name="definitions", root="metafieldDefinitions")
    with pytest.raises(ConfigurationError, match=message):
        compiled(replace(stream, each=each))


def test_a_connection_of_the_query_root_is_joined_by_the_records_id() -> None:
    stream = declared(
        """id name members: customerSegmentMembers(segmentId: $id) {
            nodes { id firstName }
        }""",
        name="segments",
    )
    queries = compiled(stream).queries
    assert "members" not in queries.paged.text + queries.bulk(None)
    (joined,) = queries.joined
    assert joined.table == "segment_members"
    assert joined.path == ("members",)
    node = "_segment_members: __typename id firstName"
    assert joined.text == (
        "query segment_members($id: ID!, $first: Int!, $after: String) { "
        "members: customerSegmentMembers("
        "first: $first, after: $after, segmentId: $id) { "
        f"edges {{ node {{ {node} }} }} {PAGE_INFO} }} }}"
    )
    members = tables_of(stream)["segment_members"]
    assert members.key == ("shop", "segment_id", "id")


def test_a_joined_connection_may_lie_below_an_object() -> None:
    """And the id may be a word: a global id without a number is kept as it is."""
    stream = declared(
        """id name taxonomy {
            below: categories(descendantsOf: $id) { nodes { id name } }
        }""",
        name="categories",
        root="taxonomy.categories",
    )
    queries = compiled(stream).queries
    (joined,) = queries.joined
    assert joined.path == ("taxonomy", "below")
    assert joined.text == (
        "query category_below($id: ID!, $first: Int!, $after: String) { "
        "taxonomy { below: categories("
        "first: $first, after: $after, descendantsOf: $id) { "
        f"nodes {{ _category_below: __typename id name }} {PAGE_INFO} }} }} }}"
    )
    below = tables_of(stream)["category_below"]
    assert below.key == ("shop", "category_id", "id")
    assert [(each.name, each.kind) for each in below.columns] == [
        ("shop", Kind.TEXT),
        ("category_id", Kind.TEXT),
        ("id", Kind.TEXT),
        ("name", Kind.TEXT),
    ]


def test_a_joined_connection_may_be_asked_by_values_too() -> None:
    """The id is a natural key here, passed on where a translation is asked for."""
    stream = replace(
        declared(
            """id: locale translatableResources(resourceType: $resourceType)
            { nodes { id: resourceId translations(locale: $id) { key value } } }""",
            name="translatable_resources",
            root="shopLocales",
        ),
        each=Each("resourceType"),
    )
    (joined,) = compiled(stream).queries.joined
    assert joined.text.startswith(
        "query translatable_resources($id: String!, $first: Int!, $after: String, "
        "$resourceType: TranslatableResourceType!)"
    )
    assert joined.each is not None
    assert "PRODUCT" in joined.each.values
    assert {name: table.key for name, table in tables_of(stream).items()} == {
        "translatable_resources_by_shop_locale": ("shop", "id"),
        "translatable_resources": ("shop", "shop_locale_id", "id"),
        "translatable_resource_translations": (
            *("shop", "shop_locale_id", "translatable_resource_id", "position"),
        ),
    }


def test_three_connections_deep_each_record_tells_its_ancestors() -> None:
    stream = declared(
        """id fulfillmentOrders { nodes { id
            fulfillments { nodes { id events { nodes { id status } } } }
        } }"""
    )
    events = tables_of(stream)["order_fulfillment_order_fulfillment_events"]
    paths = {each.name: each.path for each in events.columns if each.name in events.key}
    assert paths == {
        "shop": (),
        "order_id": ("__rootId",),
        "fulfillment_order_id": ("__grandparentId",),
        "fulfillment_id": ("__parentId",),
        "id": ("id",),
    }
    first, second = compiled(stream).queries.details
    assert first.table == "order_fulfillment_orders"
    assert second.marker == "_order_fulfillment_order_fulfillments"


def test_what_could_not_be_read_to_its_end_is_refused() -> None:
    """An id that is none of a node finds nothing to read on in."""
    stream = declared(
        "id: name lineItems { nodes { id } }", name="orders", root="orders"
    )
    with pytest.raises(ConfigurationError, match="past its first page"):
        compiled(stream)


def test_what_no_id_finds_is_read_by_way_of_its_root() -> None:
    """An agreement is no node: its sales are reached through the order alone."""
    stream = declared("id agreements { nodes { id sales { nodes { id } } } }")
    queries = compiled(stream).queries
    assert "sales" not in queries.paged.text + queries.bulk(None)
    assert queries.details == ()
    (passage,) = queries.passages
    assert (passage.marker, passage.path) == ("_order_agreements", ("agreements",))
    sales = "nodes { _order_agreement_sales: __typename id }"
    below = f"sales(first: $nested) {{ {sales} {PAGE_INFO} }}"
    inner = f"nodes {{ id {below} }} {PAGE_INFO}"
    size = "$nested: Int = 10"
    assert passage.text == (
        f"query order_agreements_below($ids: [ID!]!, {size}) {{ nodes(ids: $ids) {{ "
        f"... on Order {{ id agreements(first: $nested) {{ {inner} }} }} }} }}"
    )
    assert passage.walk == (
        "query order_agreements_walk("
        f"$id: ID!, $first: Int!, $after: String, {size}) {{ "
        "node(id: $id) { ... on Order { id "
        f"agreements(first: $first, after: $after) {{ {inner} }} }} }} }}"
    )
    (nested,) = passage.nested
    assert nested.table == "order_agreement_sales"
    assert nested.drain == (
        "query order_agreement_sales("
        "$id: ID!, $before: String, $first: Int!, $after: String) { "
        "node(id: $id) { ... on Order { agreements(first: 1, after: $before) { "
        f"nodes {{ id sales(first: $first, after: $after) {{ {sales} {PAGE_INFO} }} }} "
        "} } } }"
    )
    assert nested.drain_path == ("node", "agreements", "nodes", "sales")
    key = tables_of(stream)["order_agreement_sales"].key
    assert key == ("shop", "order_id", "agreement_gid", "gid")


def test_what_is_passed_through_is_told_apart_by_an_id() -> None:
    stream = declared("id agreements { nodes { reason sales { nodes { id } } } }")
    with pytest.raises(ConfigurationError, match="cannot be told its ancestors"):
        compiled(stream)


def test_a_pruned_stream_asks_for_less_and_has_fewer_columns() -> None:
    stream: Stream = declared(
        "id name customer { id } refunds { id note } shippingAddress { city }"
    )
    whole = compiled(stream)
    guarded = {each.path: set(each.scopes) for each in whole.guarded}
    assert guarded["customer"] == {"read_customers"}
    pruned = whole.without(["customer", "refunds.id", "shippingAddress.city", "no"])
    assert [table.name for table in pruned.tables] == ["orders"]
    assert [each.name for each in pruned.root.columns] == ["shop", "id", "name"]
    assert "customer" not in pruned.queries.paged.text
    assert pruned.fingerprint != whole.fingerprint
    assert whole.without([]) is whole
