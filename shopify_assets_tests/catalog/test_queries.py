"""Queries, as they follow from a selection: whole texts, compared."""

from __future__ import annotations

import pytest

from shopify_assets.catalog.queries import Paged
from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.catalog.second_step import Details, Nested
from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets.errors import ConfigurationError
from shopify_assets_tests.catalog.declare import compiled, declared

PAGE_INFO = "pageInfo { hasNextPage endCursor }"


def test_page_searches_sorts_and_marks_each_record() -> None:
    queries = compiled(
        declared(
            "id updatedAt", incremental=Incremental("updated_at", KeyTime.OF_CHANGE)
        )
    ).queries

    assert queries.paged == Paged(
        text=(
            "query orders($first: Int!, $after: String, $query: String) { "
            "orders(first: $first, after: $after, query: $query, "
            "sortKey: UPDATED_AT) { "
            "nodes { _orders: __typename id updatedAt } "
            f"{PAGE_INFO} }} }}"
        ),
        path=("orders",),
        first=250,
        cost=13,
        nested=(),
    )
    assert queries.sort_key == "UPDATED_AT"


def test_snapshot_is_neither_searched_nor_counted() -> None:
    stream = declared("id name", name="locations", arguments="includeInactive: true")
    queries = compiled(stream).queries

    assert queries.paged.text == (
        "query locations($first: Int!, $after: String) { "
        "locations(first: $first, after: $after, sortKey: ID, "
        "includeInactive: true) { "
        f"nodes {{ _locations: __typename id name }} {PAGE_INFO} }} }}"
    )
    assert queries.count is None
    assert queries.bulk(None) == (
        "{ locations(sortKey: ID, includeInactive: true) { "
        "edges { node { _locations: __typename id name } } } }"
    )


def test_single_object_is_read_without_paging() -> None:
    queries = compiled(declared("id name", name="shop")).queries

    assert queries.paged.text == "query shop { shop { _shop: __typename id name } }"
    assert not queries.is_connection
    assert queries.bulk_refusal == "shop is not a connection"


@pytest.mark.parametrize(
    ("stream", "count"),
    [
        (
            declared(
                "id updatedAt", incremental=Incremental("updated_at", KeyTime.OF_CHANGE)
            ),
            (
                "query orders_count($query: String) { "
                "ordersCount(query: $query, limit: null) { count precision } }"
            ),
        ),
        (declared("id updatedAt"), None),
        (
            declared(
                "id updatedAt",
                name="fulfillment_orders",
                root="fulfillmentOrders",
                incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
            ),
            None,
        ),
    ],
    ids=["counted", "snapshot", "no such count"],
)
def test_records_are_counted_where_shopify_counts_by_the_key(
    stream: Stream, count: str | None
) -> None:
    assert compiled(stream).queries.count == count


def test_connection_comes_with_its_parent_and_is_drained_by_its_id() -> None:
    queries = compiled(
        declared("id lines: shippingLines(includeRemovals: true) { nodes { title } }")
    ).queries
    node = "_order_lines: __typename title"

    assert queries.paged.nested == (
        Nested(
            path=("lines",),
            table="order_lines",
            drain=(
                "query order_lines($id: ID!, $first: Int!, $after: String) { "
                "node(id: $id) { ... on Order { "
                "lines: shippingLines(first: $first, after: $after, "
                f"includeRemovals: true) {{ nodes {{ {node} }} {PAGE_INFO} }} }} }} }}"
            ),
            drain_path=("node", "lines"),
            nullable=False,
        ),
    )
    assert (
        "lines: shippingLines(first: $nested, includeRemovals: true) "
        f"{{ nodes {{ {node} }} {PAGE_INFO} }}"
    ) in queries.paged.text
    assert (
        "lines: shippingLines(includeRemovals: true) "
        f"{{ edges {{ node {{ {node} }} }} }}"
    ) in queries.bulk(None)


def test_connection_in_a_list_is_left_to_a_second_step() -> None:
    queries = compiled(
        declared("""
            id
            refunds { id note lines: refundLineItems { nodes { quantity } } }
        """)
    ).queries
    node = "_order_refund_lines: __typename quantity"

    assert "refundLineItems" not in queries.paged.text
    assert "refundLineItems" not in queries.bulk(None)
    assert "refunds { id note }" in queries.paged.text
    assert queries.details == (
        Details(
            lists=(("refunds",),),
            table="order_refunds",
            marker="_orders",
            text=(
                "query order_refunds($ids: [ID!]!, $nested: Int = 10) { "
                "nodes(ids: $ids) { "
                "... on Refund { id lines: refundLineItems(first: $nested) "
                f"{{ nodes {{ {node} }} {PAGE_INFO} }} }} }} }}"
            ),
            first=250,
            nested=(
                Nested(
                    path=("lines",),
                    table="order_refund_lines",
                    drain=(
                        "query order_refund_lines"
                        "($id: ID!, $first: Int!, $after: String) { "
                        "node(id: $id) { ... on Refund { "
                        "lines: refundLineItems(first: $first, after: $after) "
                        f"{{ nodes {{ {node} }} {PAGE_INFO} }} }} }} }}"
                    ),
                    drain_path=("node", "lines"),
                    nullable=False,
                ),
            ),
        ),
    )


def test_connection_in_a_connections_node_is_left_to_a_second_step_too() -> None:
    queries = compiled(
        declared("id returns { nodes { id refunds { nodes { id } } } }")
    ).queries

    assert "refunds" not in queries.bulk(None)
    (details,) = queries.details
    assert (details.lists, details.table) == ((), "order_returns")
    assert details.marker == "_order_returns"


CODES = "codes { nodes { id } }"


def test_connection_in_several_fragments_is_drained_in_all_of_them() -> None:
    queries = compiled(
        declared(
            f"""id discount {{
                ... on DiscountCodeBasic {{ {CODES} }}
                ... on DiscountCodeBxgy {{ {CODES} }}
            }}""",
            name="discounts",
            root="discountNodes",
        )
    ).queries
    codes = (
        "codes(first: $first, after: $after) "
        f"{{ nodes {{ _discount_codes: __typename id }} {PAGE_INFO} }}"
    )

    (nested,) = queries.paged.nested
    assert nested.drain == (
        "query discount_codes($id: ID!, $first: Int!, $after: String) { "
        "node(id: $id) { ... on DiscountNode { discount { "
        f"... on DiscountCodeBasic {{ {codes} }} "
        f"... on DiscountCodeBxgy {{ {codes} }} }} }} }} }}"
    )


def test_bulk_query_holds_its_filter_escaped() -> None:
    queries = compiled(declared("id")).queries

    assert queries.bulk('updated_at:>="2024-01-01" \\') == (
        r'{ orders(query: "updated_at:>=\"2024-01-01\" \\", sortKey: ID) '
        "{ edges { node { _orders: __typename id } } } }"
    )


def test_more_connections_than_shopify_allows_are_refused_in_bulk() -> None:
    fragments = " ".join(
        f"... on {name} {{ {CODES} }}"
        for name in (
            "DiscountCodeApp",
            "DiscountCodeBasic",
            "DiscountCodeBxgy",
            "DiscountCodeFreeShipping",
        )
    )
    five = declared(f"id discount {{ {fragments} }}", name="d", root="discountNodes")
    six = declared(
        f"id events {{ nodes {{ id }} }} discount {{ {fragments} }}",
        name="d",
        root="discountNodes",
    )

    assert compiled(five).queries.bulk_refusal is None
    assert (
        compiled(six).queries.bulk_refusal == "it has 6 connections; Shopify allows 5"
    )


def test_page_shrinks_until_it_is_affordable() -> None:
    connections = " ".join(
        f"c{number}: lineItems {{ nodes {{ id product {{ id }} variant {{ id }} }} }}"
        for number in range(8)
    )
    paged = compiled(declared(f"id {connections}")).queries.paged

    # 8 × (2 + 4·3) + 1 = 113 for a record; 2 + 8·113 = 906 for a page of 75 is more
    # than the 880 we allow ourselves of Shopify's 1,000.
    assert (paged.first, paged.cost) == (50, 793)


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (declared("name"), "the selection lacks an id of Order that is never null"),
        (
            declared("id: email"),
            "the selection lacks an id of Order that is never null",
        ),
        (declared("gid: id"), "the selection lacks an id of Order that is never null"),
        (
            declared(
                "id updatedAt",
                name="tags",
                root="tenderTransactions",
                incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
            ),
            f"API version {PINNED_VERSION}: TenderTransaction has no field 'updatedAt'",
        ),
        (
            declared(
                "id processedAt",
                name="tender_transactions",
                root="tenderTransactions",
                incremental=Incremental(
                    "processed_at", KeyTime.OF_CHANGE, filter="created_at"
                ),
            ),
            (
                "tenderTransactions cannot be filtered by 'created_at'; it can by "
                "id, point_of_sale_device_id, processed_at, test"
            ),
        ),
    ],
)
def test_stream_that_cannot_be_queried_is_refused(stream: Stream, message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        compiled(stream)
    assert str(refused.value) == f"stream '{stream.name}': {message}"


def test_record_too_dear_for_one_query_is_refused() -> None:
    connections = " ".join(
        f"c{number}: lineItems {{ nodes {{ id product {{ id }} variant {{ id }} }} }}"
        for number in range(80)
    )
    with pytest.raises(
        ConfigurationError, match=r"a single record costs more than 1000 points"
    ):
        compiled(declared(f"id {connections}"))
