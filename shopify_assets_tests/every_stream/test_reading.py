"""How streams are read: in bulk where there is much, again where nothing tells."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.schema import load_schema
from shopify_assets.streams import STREAMS

if TYPE_CHECKING:
    from shopify_assets.catalog.stream import Stream

# Of these a shop may have millions; a sixth connection would mean page after page.
MILLIONS = {
    "customers",
    "discounts",
    "fulfillment_orders",
    "gift_cards",
    "orders",
    "product_variants",
    "products",
}
# Written once: nothing of them changes later.
APPENDED = {"tender_transactions", "events"}

# Made by Shopify or by this app, at the time they bear: none can be dated back.
STAMPED = {"bulk_operations", "shop_pay_receipts", "subscription_billing_attempts"}


def test_streams_of_volume_are_read_in_bulk() -> None:
    refused = {
        stream.name: compile_stream(load_schema(), stream).queries.bulk_refusal
        for stream in STREAMS
        if stream.name in MILLIONS
    }
    assert refused == dict.fromkeys(MILLIONS)


def test_a_time_that_is_no_time_of_change_is_declared_as_one_in_the_world(
    stream: Stream,
) -> None:
    """Of the times that are not `updatedAt`, Shopify stamps only some creations."""
    if stream.incremental is None or stream.incremental.field == "updated_at":
        return
    stamped = stream.name in STAMPED
    assert stream.incremental.is_in_the_world == (not stamped)


def test_records_found_by_a_time_that_stands_still_are_read_again(
    stream: Stream,
) -> None:
    incremental = stream.incremental
    if incremental is None or incremental.field == "updated_at":
        return
    assert (incremental.lookback > timedelta()) == (stream.name not in APPENDED)
