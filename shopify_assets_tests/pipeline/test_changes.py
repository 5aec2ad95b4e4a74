"""What changes in a shop arrives by incremental runs, once and whole."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets import pipeline
from shopify_assets.errors import ShopUnavailable, Unavailable
from shopify_assets.extract import planning
from shopify_assets.extract.extraction import Context
from shopify_assets.postgres.books import watermarks
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.http.server import Simulator
from shopify_assets.windows import Window
from shopify_assets_tests.expected import (
    expected_rows,
    sorted_rows,
    states,
    stored_rows,
)
from shopify_assets_tests.stage import (
    EMBER,
    END,
    HISTORY,
    LUMEN,
    START,
    Stage,
    Time,
    compiled,
    shop,
)

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

# What a run is asked for when it takes what is new: the partition that holds now.
THIS_MONTH = Window(END, END + timedelta(days=30))
HOUR = 3600.0


def watermark(connection: psycopg.Connection, stream: str) -> datetime | None:
    found = watermarks.watermark(connection, shop=EMBER, stream=stream)
    connection.commit()
    return found


def assert_whole(stage: Stage, connection: psycopg.Connection, name: str) -> None:
    made = compiled(name)
    expected = expected_rows(stage.simulator, EMBER, made)
    assert stored_rows(connection, EMBER, made) == expected


def update(stage: Stage, connection: psycopg.Connection, name: str) -> Any:
    """One incremental run."""
    return stage.run(name, connection, THIS_MONTH, incremental=True)


def test_changes_of_an_order_arrive_with_the_next_incremental_run(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """A new order, a changed one, a removed line: these and nothing else is written."""
    own.run("orders", postgres)
    assert watermark(postgres, "orders") == END
    truth = own.simulator.truth(EMBER)
    own.time.sleep(HOUR)
    orders = truth.records("Order")
    made = truth.create_order(note="made anew", at=own.time() - timedelta(minutes=9))
    truth.update(orders[2]["id"], note="changed", at=own.time() - timedelta(minutes=8))
    lines = next(
        each
        for each in orders
        if len(each["lineItems"]) > 1 and not each["fulfillments"] + each["refunds"]
    )
    removed = lines["lineItems"][1]["id"]
    truth.delete(removed)
    truth.update(lines["id"], at=own.time() - timedelta(minutes=7))
    [loaded] = update(own, postgres, "orders")
    assert_whole(own, postgres, "orders")
    counts = loaded.tables["orders"]
    assert (counts.inserted, counts.updated) == (1, 2)
    assert loaded.tables["order_line_items"].deleted == 1
    assert loaded.tables["order_line_items"].inserted == len(made["lineItems"])


def test_an_incremental_run_begins_before_the_watermark_and_moves_it(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """Search lags: what was written late, but before the watermark, is found."""
    own.run("orders", postgres)
    late = END - timedelta(minutes=20)
    order = own.simulator.truth(EMBER).create_order(at=late)
    [loaded] = update(own, postgres, "orders")
    assert loaded.tables["orders"].inserted == 1
    assert_whole(own, postgres, "orders")
    number = int(order["id"].rpartition("/")[2])
    found = postgres.execute(
        "SELECT created_at FROM shopify.orders WHERE id=%s", [number]
    )
    assert found.fetchone() == (late,)
    postgres.commit()
    advanced = watermark(postgres, "orders")
    assert advanced is not None
    assert END < advanced <= own.time() - planning.LAG
    [again] = update(own, postgres, "orders")
    assert again.changed == 0
    assert (watermark(postgres, "orders") or END) >= advanced


def test_the_first_incremental_run_takes_the_window_it_is_asked_for(
    own: Stage, postgres: psycopg.Connection
) -> None:
    [loaded] = own.run("orders", postgres, HISTORY, incremental=True)
    assert loaded.tables["orders"].inserted == 30
    assert watermark(postgres, "orders") == END


def test_an_incremental_run_of_a_past_window_does_it_over(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """The watermark lies beyond it: there is nothing since, so it is read as asked."""
    own.run("orders", postgres)
    past = Window(START, START + timedelta(days=31))
    [loaded] = own.run("orders", postgres, past, incremental=True)
    assert loaded.changed == 0
    assert watermark(postgres, "orders") == END


def test_the_watermark_does_not_jump_over_a_gap(
    own: Stage, postgres: psycopg.Connection
) -> None:
    thirds = HISTORY.split(3)
    reached = []
    for place in (0, 2, 1):
        own.run("orders", postgres, thirds[place])
        reached.append(watermark(postgres, "orders"))
    assert reached == [thirds[0].end, thirds[0].end, thirds[1].end]
    own.run("orders", postgres, THIS_MONTH, incremental=True)
    assert (watermark(postgres, "orders") or START) > END
    assert_whole(own, postgres, "orders")


def test_a_watermark_never_goes_back(own: Stage, postgres: psycopg.Connection) -> None:
    own.run("orders", postgres)
    own.run("orders", postgres, HISTORY.split(3)[0])
    assert watermark(postgres, "orders") == END


def test_windows_loaded_in_any_order_give_the_same_rows(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """An order seen in an old and a new state is kept in the new one."""
    truth = own.simulator.truth(EMBER)
    first, second = HISTORY.split(2)
    order = next(
        each
        for each in truth.records("Order")
        if datetime.fromisoformat(each["updatedAt"]) < first.end
    )
    own.extract("orders", first)
    truth.update(order["id"], at=second.end - timedelta(days=1), note="newer")
    own.run("orders", postgres, second)
    own.normalize("orders", first)
    own.load("orders", postgres, first)
    assert_whole(own, postgres, "orders")


def tombstones(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    query = "SELECT id, _deleted_at IS NOT NULL, _deleted_reason FROM shopify.locations"
    found = connection.execute(f"{query} ORDER BY id").fetchall()
    connection.commit()
    return found


def test_what_a_snapshot_does_not_hold_any_more_is_marked_and_can_come_back(
    own: Stage, postgres: psycopg.Connection
) -> None:
    own.run("locations", postgres)
    world = own.simulator.store(EMBER).world
    truth = own.simulator.truth(EMBER)
    gone, *_ = truth.ids("Location")
    number = int(gone.rpartition("/")[2])
    truth.delete(gone)
    [loaded] = own.run("locations", postgres)
    assert loaded.tables["locations"].deleted == 1
    assert (number, True, "absent from snapshot") in tombstones(postgres)
    assert_whole(own, postgres, "locations")
    [again] = own.run("locations", postgres)
    assert again.changed == 0
    world._deleted.discard(gone)  # noqa: SLF001 -- merchants restore, Shopify's API does not
    world.forget()
    own.time.sleep(HOUR)
    [back] = own.run("locations", postgres)
    assert back.tables["locations"].updated == 1
    assert (number, False, None) in tombstones(postgres)
    assert_whole(own, postgres, "locations")


def test_members_leave_and_join_without_the_record_telling(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """A snapshot's children are replaced though no updatedAt moved."""
    own.run("collections", postgres)
    truth = own.simulator.truth(EMBER)
    truth.delete(truth.ids("Product")[0])
    own.time.sleep(HOUR)
    [loaded] = own.run("collections", postgres)
    assert loaded.tables["collection_products"].deleted > 0
    assert loaded.tables["collections"].deleted == 0
    assert_whole(own, postgres, "collections")


def test_ids_beyond_doubles_and_awkward_texts_are_kept(
    own: Stage, postgres: psycopg.Connection
) -> None:
    awkward = "tab\t, line\r\n, quote \" ' \\, \\N, \u2028, \U0001f9e6, \u202e, NUL \0"
    truth = own.simulator.truth(EMBER)
    order = truth.records("Order")[0]
    truth.update(
        order["id"], at=END - timedelta(days=1), note=awkward, tags=[awkward, "", "a,b"]
    )
    own.run("orders", postgres)
    number = int(order["id"].rpartition("/")[2])
    assert number > 2**53
    found = postgres.execute(
        "SELECT note, tags FROM shopify.orders WHERE id = %s", [number]
    ).fetchone()
    kept = awkward.replace("\0", "\ufffd")
    assert found == (kept, [kept, "", "a,b"])


def test_a_shop_that_is_closed_does_not_stop_another(
    tmp_path: Path, postgres: psycopg.Connection
) -> None:
    time = Time()
    shops = [shop(EMBER, orders=10), shop(LUMEN, orders=10)]
    with Simulator(shops, clock=time) as simulator:
        stage = Stage(simulator, tmp_path / "lake", time)
        simulator.arm(EMBER, Fault(kind=Kind.REVOKED, times=None))
        with pytest.raises(ShopUnavailable, match=f"shop '{EMBER}' refuses the access"):
            stage.run("orders", postgres, shop=EMBER)
        stage.run("orders", postgres, shop=LUMEN)
        made = compiled("orders")
        assert stored_rows(postgres, LUMEN, made) == expected_rows(
            simulator, LUMEN, made
        )
        assert stored_rows(postgres, EMBER, made)["orders"] == []


def test_two_shops_with_the_same_ids_do_not_touch_each_other(
    stage: Stage, postgres: psycopg.Connection
) -> None:
    """Records of simulated shops have the same ids; so may have those of real ones."""
    made = compiled("locations")
    for domain in (EMBER, LUMEN):
        stage.run("locations", postgres, shop=domain)
    before = states(postgres, made)
    stage.run("locations", postgres, shop=EMBER)
    assert states(postgres, made) == before
    rows = [stored_rows(postgres, each, made)["locations"] for each in (EMBER, LUMEN)]
    assert [row[1] for row in rows[0]] == [row[1] for row in rows[1]]
    assert sorted_rows(made.root, rows[0]) == rows[0]


def test_a_warehouse_that_goes_away_is_told_and_nothing_is_fetched_twice(
    own: Stage, postgres: psycopg.Connection, database_url: str
) -> None:
    """The connection that holds the shop's lock is cut while records are fetched."""
    from shopify_assets.postgres.connect import connect  # noqa: PLC0415 -- once

    made = compiled("draft_orders")
    with closing(connect(database_url)) as lost, closing(own.client()) as client:
        context = own.context(client)
        ended: list[str] = []

        def report(line: str) -> None:
            if not ended:
                ended.append(line)
                query = "SELECT pg_terminate_backend(%s, 5000)"
                postgres.execute(query, [lost.info.backend_pid])
                postgres.commit()

        cut = Context(client, context.store, report)
        with pytest.raises(Unavailable, match="warehouse"):
            pipeline.extract_slice(
                made, HISTORY, context=cut, connection=lost, incremental=False
            )
        with pytest.raises(Unavailable, match=r"warehouse.*run it again"):
            pipeline.extract_slice(
                made, HISTORY, context=context, connection=lost, incremental=True
            )
    asked = own.simulator.requests(EMBER).fields["draftOrders"]
    own.run("draft_orders", postgres)
    assert_whole(own, postgres, "draft_orders")
    assert own.simulator.requests(EMBER).fields["draftOrders"] == asked
