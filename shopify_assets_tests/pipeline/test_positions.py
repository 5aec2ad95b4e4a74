"""Places of lines and members: the same whichever way they are read."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from shopify_assets import pipeline
from shopify_assets.catalog.rendering import NESTED_SIZE
from shopify_assets.extract import planning
from shopify_assets.extract.by_ids import extent_of, extract_ids
from shopify_assets_tests.stage import EMBER, END, HISTORY, Stage, compiled

if TYPE_CHECKING:
    import psycopg

BY_PAGES, IN_BULK = 10**6, 0
Places = dict[int, list[int]]


def places(connection: psycopg.Connection, table: str, parent: str) -> Places:
    """The ids of each parent's rows in the order of their positions."""
    query = sql.SQL("""
        SELECT {}, array_agg(id ORDER BY position),
               array_agg(position ORDER BY position)
        FROM {} GROUP BY 1
    """).format(sql.Identifier(parent), sql.Identifier("shopify", table))
    rows = connection.execute(query).fetchall()
    connection.commit()
    assert [held for _, _, held in rows] == [[*range(len(ids))] for _, ids, _ in rows]
    return {owner: ids for owner, ids, _ in rows}


def number(gid: str) -> int:
    return int(gid.rpartition("/")[2])


@pytest.fixture
def long_order(own: Stage) -> str:
    """An order of more lines than come with a page, last ids first."""
    truth = own.simulator.truth(EMBER)
    order = truth.records("Order")[3]
    [line, *_] = order["lineItems"]
    start = number(line["id"])
    lines = [
        {**line, "id": f"gid://shopify/LineItem/{start + at}"}
        for at in reversed(range(3 * NESTED_SIZE))
    ]
    truth.update(order["id"], at=END - timedelta(days=1), lineItems=lines)
    return str(order["id"])


def test_pages_and_bulk_files_give_one_order_and_nothing_changes_by_it(
    own: Stage,
    postgres: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    long_order: str,
) -> None:
    monkeypatch.setattr(planning, "PAGES_AT_MOST", BY_PAGES)
    own.run("orders", postgres)
    by_pages = places(postgres, "order_line_items", "order_id")
    drained = by_pages[number(long_order)]
    assert drained == sorted(drained, reverse=True)
    assert len(drained) == 3 * NESTED_SIZE

    monkeypatch.setattr(planning, "PAGES_AT_MOST", IN_BULK)
    [again] = own.run("orders", postgres)
    assert any("bulk operation COMPLETED" in line for line in own.told)
    assert again.changed == 0
    assert places(postgres, "order_line_items", "order_id") == by_pages


def test_records_asked_for_by_id_have_the_same_order(
    own: Stage, postgres: psycopg.Connection, long_order: str
) -> None:
    """What a repair brings is no change."""
    own.run("orders", postgres)
    orders, ids = compiled("orders"), [long_order]
    with closing(own.client()) as client:
        extract_ids(orders, ids, context=own.context(client))
    extent = extent_of("orders", EMBER, ids)
    pipeline.normalize_slice(orders, extent, store=own.store, report=own.told.append)
    [loaded] = pipeline.load_slice(
        orders, extent, store=own.store, connection=postgres, report=own.told.append
    )
    assert loaded.changed == 0
    assert loaded.rows > 3 * NESTED_SIZE


def test_a_line_put_first_moves_the_others(
    own: Stage, postgres: psycopg.Connection
) -> None:
    own.run("orders", postgres)
    before = places(postgres, "order_line_items", "order_id")
    truth = own.simulator.truth(EMBER)
    order = next(
        order for order in truth.records("Order") if len(order["lineItems"]) > 2
    )
    first, *others = order["lineItems"]
    moved = [*others, first]
    truth.update(order["id"], at=END - timedelta(hours=1), lineItems=moved)
    own.time.sleep(3_600 * 25)
    own.run("orders", postgres, HISTORY)
    after = places(postgres, "order_line_items", "order_id")
    expected = {number(order["id"]): [number(line["id"]) for line in moved]}
    assert after == before | expected


def test_members_of_a_collection_are_in_the_order_given_by_hand(
    own: Stage, postgres: psycopg.Connection
) -> None:
    own.run("collections", postgres)
    members = {
        number(collection["id"]): [
            number(member["id"]) for member in collection["products"]
        ]
        for collection in own.simulator.truth(EMBER).records("Collection")
        if collection["products"]
    }
    assert places(postgres, "collection_products", "collection_id") == members
    assert any(ids != sorted(ids) for ids in members.values())
    rules = "SELECT count(DISTINCT type) FROM shopify.collection_source_rules"
    [kinds] = postgres.execute(rules).fetchone() or [0]
    assert kinds > 2
