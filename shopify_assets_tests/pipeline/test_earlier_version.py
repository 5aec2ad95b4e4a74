"""A dozen streams in the oldest API version served, from the shop to the warehouse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shopify_assets.catalog.fitting import fit
from shopify_assets.catalog.schema import pinned_versions
from shopify_assets.extract import planning
from shopify_assets.streams import STREAMS
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, LUMEN

if TYPE_CHECKING:
    import psycopg

    from shopify_assets_tests.stage import Stage

OLDEST = pinned_versions()[0]
NAMES = (
    *("orders", "draft_orders", "returns", "customers", "products", "collections"),
    *("product_variants", "inventory_items", "inventory_states", "gift_cards"),
    *("fulfillments", "price_lists", "payouts"),
)


@pytest.mark.parametrize("name", NAMES)
def test_the_warehouse_holds_what_the_oldest_version_shows(
    stage: Stage,
    postgres: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """Every column of every row, one shop by pages and one in bulk."""
    earlier = replace(stage, api_version=OLDEST)
    (there,) = fit([each for each in STREAMS if each.name == name], OLDEST)
    assert there.compiled is not None
    for shop, pages in ((EMBER, 10**6), (LUMEN, 0)):
        monkeypatch.setattr(planning, "PAGES_AT_MOST", pages)
        [loaded] = earlier.run(there.compiled, postgres, shop=shop)
        expected = expected_rows(stage.simulator, shop, there.compiled)
        assert stored_rows(postgres, shop, there.compiled) == expected
        assert loaded.rows == sum(map(len, expected.values())) > 0
