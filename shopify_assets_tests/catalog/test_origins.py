"""Where the value of each column lies, through all that is nested."""

from __future__ import annotations

import pytest

from shopify_assets.catalog.compiler import CompiledStream, compile_stream
from shopify_assets.catalog.origins import origins
from shopify_assets.catalog.schema import load_schema
from shopify_assets.streams import STREAMS

COMPILED = {each.name: compile_stream(load_schema(), each) for each in STREAMS}


@pytest.mark.parametrize(
    ("table", "column", "path"),
    [
        ("orders", "updated_at", "updatedAt"),
        ("orders", "billing_address_first_name", "billingAddress.firstName"),
        ("order_line_items", "sku", "lineItems.sku"),
        ("order_line_items", "order_id", "id"),
        ("order_line_items", "position", "lineItems"),
        ("order_refund_line_items", "quantity", "refunds.lineItems.quantity"),
        ("order_refund_line_items", "refund_id", "refunds.id"),
        ("order_refund_line_items", "order_id", "id"),
    ],
)
def test_a_column_has_the_path_from_the_record(
    table: str, column: str, path: str
) -> None:
    assert origins(COMPILED["orders"])[table, column] == path


@pytest.mark.parametrize("compiled", COMPILED.values(), ids=COMPILED)
def test_every_path_is_one_that_is_selected(compiled: CompiledStream) -> None:
    found = origins(compiled)
    columns = {
        (table.name, column.name)
        for table in compiled.tables
        for column in table.columns
        if column.name != "shop"
    }
    assert set(found) == columns
    assert set(found.values()) <= compiled.paths
