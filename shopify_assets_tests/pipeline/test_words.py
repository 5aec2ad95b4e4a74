"""The catalog's words, from the shop to the warehouse: streams made for these tests."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from shopify_assets.catalog import queries, rendering
from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.schema import load_schema
from shopify_assets.catalog.stream import Each, Incremental, KeyTime, Stream
from shopify_assets.extract import planning
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, LUMEN

if TYPE_CHECKING:
    import psycopg

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets_tests.stage import Stage


def made(name: str, root: str, selection: str, **further: object) -> CompiledStream:
    stream = Stream(
        name=name,
        root=root,
        family="tests",
        description="A stream of a test.",
        selection=selection,
        **further,  # type: ignore[arg-type]  # as declared
    )
    return compile_stream(load_schema(), stream)


CARRIED = made(
    "shipments",
    "orders",
    """id updatedAt shipments: fulfillments {
        id status lines: fulfillmentLineItems { nodes { id quantity } }
    }""",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
)
DEEP = made(
    "deep",
    "orders",
    """id updatedAt deep: fulfillmentOrders { nodes {
        id fulfillments { nodes { id lines: fulfillmentLineItems { nodes {
            id quantity
        } } } }
    } }""",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
)
JOINED = made(
    "segments",
    "segments",
    "id name members: customerSegmentMembers(segmentId: $id) { nodes { id } }",
)
EACH = made("definitions", "metafieldDefinitions", "id key", each=Each("ownerType"))
PATH = made("payouts", "shopifyPaymentsAccount.payouts", "id issuedAt status")
NATURAL = made("locales", "shopLocales", "id: locale name primary published")


@pytest.mark.parametrize(
    "stream",
    [CARRIED, DEEP, JOINED, PATH, NATURAL],
    ids=lambda stream: str(stream.name),
)
def test_the_warehouse_holds_what_the_shop_holds(
    stage: Stage,
    postgres: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    stream: CompiledStream,
) -> None:
    for shop, pages in ((EMBER, 10**6), (LUMEN, 0)):
        monkeypatch.setattr(planning, "PAGES_AT_MOST", pages)
        [loaded] = stage.run(stream, postgres, shop=shop)
        assert loaded.findings == ()
        expected = expected_rows(stage.simulator, shop, stream)
        assert stored_rows(postgres, shop, stream) == expected
        assert all(expected.values())
    [again] = stage.run(stream, postgres, shop=LUMEN)
    assert again.changed == 0


def test_what_no_id_finds_is_read_to_its_end(
    stage: Stage, postgres: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orders have more agreements, and these more sales, than come at once."""
    monkeypatch.setattr(queries, "NESTED_SIZE", 2)
    monkeypatch.setattr(rendering, "NESTED_SIZE", 2)
    stream = made(
        "ledger",
        "orders",
        """id updatedAt ledger: agreements { nodes {
            id happenedAt sales { nodes { id quantity lineType } }
        } }""",
        incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    )
    [loaded] = stage.run(stream, postgres, shop=EMBER)
    assert loaded.findings == ()
    expected = expected_rows(stage.simulator, EMBER, stream)
    assert stored_rows(postgres, EMBER, stream) == expected
    agreements = Counter(row[1] for row in expected["ledger"])
    sales = Counter(row[2] for row in expected["ledger_sales"])
    assert max(agreements.values()) > 2
    assert max(sales.values()) > 2
