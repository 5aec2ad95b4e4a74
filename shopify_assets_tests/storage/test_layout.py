"""Keys: pure functions of what they name, and read back by one place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shopify_assets.errors import ConfigurationError
from shopify_assets.storage.layout import Extent, Extraction, Placed, place
from shopify_assets.windows import Window

YEAR = Window(datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
ORDERS = Extraction(Extent("orders", "my-store.myshopify.com", YEAR), 2)
SHOP = Extraction(Extent("shop", "my-store.myshopify.com", None), 1)


def test_each_file_has_its_place() -> None:
    raw = (
        "raw/orders/my-store.myshopify.com/20240101T000000Z_20250101T000000Z"
        "/extraction-0002/"
    )
    normalized = raw.replace("raw/", "normalized/")

    assert [
        ORDERS.plan,
        ORDERS.pending(1),
        ORDERS.raw_file(1),
        ORDERS.part_manifest(1),
        ORDERS.manifest,
        ORDERS.receipt,
        ORDERS.table_file("order_line_items", part=3, chunk=2),
        ORDERS.normalized_manifest,
    ] == [
        f"{raw}plan.json",
        f"{raw}part-00001.pending.json",
        f"{raw}part-00001.ndjson.zst",
        f"{raw}part-00001.json",
        f"{raw}manifest.json",
        f"{raw}loaded.json",
        f"{normalized}order_line_items/part-00003-0002.parquet",
        f"{normalized}manifest.json",
    ]
    assert SHOP.raw == "raw/shop/my-store.myshopify.com/snapshot/extraction-0001/"


@pytest.mark.parametrize("extraction", [ORDERS, SHOP])
def test_a_key_tells_the_extraction_it_belongs_to(extraction: Extraction) -> None:
    keys = {
        extraction.plan: None,
        extraction.manifest: None,
        extraction.raw_file(7): None,
        extraction.pending(7): None,
        extraction.part_manifest(7): 7,
    }

    for key, part in keys.items():
        assert place(key) == Placed(extraction, key)
        assert Placed(extraction, key).part == part


def test_a_key_of_something_else_has_no_place() -> None:
    assert place("raw/orders/README.txt") is None
    assert place(ORDERS.normalized_manifest) is None


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "a b"])
def test_a_name_which_would_leave_its_folder_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be part of a path"):
        Extent(name, "my-store.myshopify.com", None)
    with pytest.raises(ConfigurationError, match="cannot be part of a path"):
        Extent("orders", name, None)
