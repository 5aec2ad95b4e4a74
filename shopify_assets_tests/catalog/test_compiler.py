"""The compiler's one entry: what it ties together."""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, KeyTime, Precision
from shopify_assets_tests.catalog.declare import compiled, declared


def test_scopes_are_sets_of_each_of_which_one_must_be_granted() -> None:
    stream = declared("id customer { id } lineItems { nodes { id product { id } } }")

    assert {"read_orders", "read_customers", "read_products"} <= {
        scope for choice in compiled(stream).scopes for scope in choice
    }
    assert frozenset({"read_customers"}) in compiled(stream).scopes


def test_fingerprint_moves_with_what_is_selected_and_with_nothing_else() -> None:
    once = declared("id name refunds { id lines: refundLineItems { nodes { id } } }")
    again = declared(
        "id  name\n refunds { id lines: refundLineItems { nodes { id } } }"
    )
    more = declared(
        "id name refunds { id lines: refundLineItems { nodes { quantity } } }"
    )

    assert compiled(once).fingerprint == compiled(again).fingerprint
    assert compiled(once).fingerprint != compiled(more).fingerprint


def test_filter_is_called_like_the_key_unless_told_otherwise() -> None:
    assert Incremental("updated_at", KeyTime.OF_CHANGE).field == "updated_at"
    assert (
        Incremental("updated_at", KeyTime.OF_CHANGE, filter="edited").field == "edited"
    )
    assert Incremental("updated_at", KeyTime.OF_CHANGE).precision is Precision.SECOND
