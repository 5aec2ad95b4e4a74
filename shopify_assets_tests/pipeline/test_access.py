"""What a shop does not let us read is left out, said, and never taken for empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from shopify_assets.errors import AccessDenied
from shopify_assets.extract import planning
from shopify_assets.extract.access import OLD_ORDERS
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, compiled

if TYPE_CHECKING:
    import psycopg

    from shopify_assets_tests.stage import Stage


def distinct(connection: psycopg.Connection, table: str, column: str) -> int:
    query = sql.SQL("SELECT count(DISTINCT {}) FROM {}").format(
        sql.Identifier(column), sql.Identifier("shopify", table)
    )
    row = connection.execute(query).fetchone()
    connection.commit()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("pages", [10**6, 0], ids=["by pages", "in bulk"])
def test_fields_without_scope_are_left_out_until_they_are_granted(
    own: Stage,
    postgres: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    pages: int,
) -> None:
    """All else is whole; once the scope is there a new extraction brings the rest."""
    monkeypatch.setattr(planning, "PAGES_AT_MOST", pages)
    every_scope = own.simulator.store(EMBER).scopes()
    own.simulator.grant(EMBER, "read_orders", "read_all_orders")
    orders = compiled("orders")
    extracted = own.extract("orders")
    withheld = {each.path: each.needs for each in extracted.manifest.plan.withheld}
    assert withheld["customer"] == "read_customers"
    own.normalize("orders")
    [loaded] = own.load("orders", postgres)
    assert loaded.findings == ()
    narrow = orders.without(withheld)
    assert stored_rows(postgres, EMBER, narrow) == expected_rows(
        own.simulator, EMBER, narrow
    )
    assert distinct(postgres, "orders", "customer_id") == 0
    own.simulator.grant(EMBER, *every_scope)
    own.run("orders", postgres)
    expected = expected_rows(own.simulator, EMBER, orders)
    assert stored_rows(postgres, EMBER, orders) == expected
    assert distinct(postgres, "orders", "customer_id") > 0


def test_what_is_no_longer_granted_stays_as_it_was(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """Not to see a thing is not to see it gone."""
    own.run("inventory_items", postgres)
    before = stored_rows(postgres, EMBER, compiled("inventory_items"))
    own.simulator.grant(EMBER, "read_products")
    extracted = own.extract("inventory_items")
    assert "levels" in {each.path for each in extracted.manifest.plan.withheld}
    own.normalize("inventory_items")
    own.load("inventory_items", postgres)
    assert stored_rows(postgres, EMBER, compiled("inventory_items")) == before


def test_old_orders_out_of_reach_are_told(own: Stage) -> None:
    own.simulator.grant(EMBER, "read_orders", "read_customers")
    extracted = own.extract("orders")
    assert OLD_ORDERS in extracted.manifest.plan.withheld


def test_a_stream_without_its_scope_is_refused_before_anything_is_asked(
    own: Stage,
) -> None:
    own.simulator.grant(EMBER, "read_products")
    with pytest.raises(AccessDenied, match=r"lacks scope .*read_orders.*stream orders"):
        own.extract("orders")
