"""Every declared stream, from the shop to the warehouse, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopify_assets.extract import planning
from shopify_assets.streams import STREAMS
from shopify_assets_tests.expected import expected_rows, states, stored_rows
from shopify_assets_tests.stage import EMBER, LUMEN, NEXT_DAY, compiled

if TYPE_CHECKING:
    import psycopg

    from shopify_assets_tests.stage import Stage

# Reading makes more of them: they are read in a story of their own, below.
MADE_BY_READING = "bulk_operations"
NAMES = [stream.name for stream in STREAMS if stream.name != MADE_BY_READING]
# No shop has any: that there is nothing is told as nothing.
EMPTY_IN_THE_SIMULATOR: frozenset[str] = frozenset()


@pytest.mark.parametrize("name", NAMES)
def test_the_warehouse_holds_what_the_shop_holds(
    stage: Stage,
    postgres: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """Every column of every row, one shop by pages and one in bulk; twice the same."""
    stream = compiled(name)
    for shop, pages in ((EMBER, 10**6), (LUMEN, 0)):
        monkeypatch.setattr(planning, "PAGES_AT_MOST", pages)
        [loaded] = stage.run(name, postgres, shop=shop)
        expected = expected_rows(stage.simulator, shop, stream)
        assert stored_rows(postgres, shop, stream) == expected
        assert loaded.rows == loaded.changed == sum(map(len, expected.values()))
        assert loaded.findings == ()
        assert bool(expected[stream.root.name]) == (name not in EMPTY_IN_THE_SIMULATOR)
    before = states(postgres, stream)
    [again] = stage.run(name, postgres, shop=shop)
    assert (again.changed, again.rows) == (0, loaded.rows)
    assert states(postgres, stream) == before


def test_an_extraction_of_many_parts_is_loaded_whole(
    stage: Stage, postgres: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers of each part need other decimals; the rows of none are lost."""
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)
    monkeypatch.setattr(planning, "BULK_RECORDS", 8)
    stream = compiled("orders")
    [loaded] = stage.run("orders", postgres, shop=LUMEN)
    expected = expected_rows(stage.simulator, LUMEN, stream)
    assert stored_rows(postgres, LUMEN, stream) == expected
    assert loaded.findings == ()


def test_the_warehouse_holds_the_operations_that_filled_it(
    own: Stage, postgres: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made by reading in bulk, themselves read by pages; twice the same."""
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 0)
    own.run("customers", postgres)
    own.run("inventory_items", postgres)
    own.time.sleep(3_600)
    monkeypatch.setattr(planning, "PAGES_AT_MOST", 10**6)
    stream = compiled(MADE_BY_READING)
    [loaded] = own.run(stream.name, postgres, NEXT_DAY)
    expected = expected_rows(own.simulator, EMBER, stream)
    assert stored_rows(postgres, EMBER, stream) == expected
    assert loaded.rows == len(expected[stream.name]) >= 2
    [again] = own.run(stream.name, postgres, NEXT_DAY)
    assert again.changed == 0
