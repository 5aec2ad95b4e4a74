"""A look at a shop finds what moved, and nothing else; the rest is not read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import uuid4

import psycopg
import pytest

from shopify_assets.extract.planning import LAG
from shopify_assets.postgres.connect import connect
from shopify_assets.proof import warehouse
from shopify_assets.refresh import due
from shopify_assets.refresh.look import MORE, Effort, Look
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.http.server import Simulator
from shopify_assets.windows import Window, gaps
from shopify_assets_tests.conftest import made_database
from shopify_assets_tests.refresh.syncing import (
    HOUR,
    MINUTE,
    assert_whole,
    backfill,
    looked,
    sync,
    wait,
)
from shopify_assets_tests.stage import EMBER, START, Stage, Time, shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from shopify_assets.simulator.shop.truth import Truth

# Of each kind: by changes, by days, with children, carried by orders, late, silent
# (payouts, disputes, fulfillments), read whole.
STREAMS = (
    "orders",
    "returns",
    "fulfillments",
    "customers",
    "products",
    "discounts",
    "tender_transactions",
    "events",
    "payouts",
    "disputes",
    "locations",
)
FEW = ("products", "payouts", "pages", "locations")
DAY = timedelta(days=1)
LATE = "tender_transactions"


@dataclass(frozen=True)
class Calm:
    """A shop that is loaded; the tests of this module change it one after the other."""

    stage: Stage
    connection: psycopg.Connection


@pytest.fixture(scope="module")
def loaded(
    server_home: Path, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Calm]:
    """The shop, and a warehouse of this module's own."""
    time, name = Time(), f"look_{uuid4().hex}"
    url = made_database(server_home, postgres_url, name)
    folder = tmp_path_factory.mktemp("lake")
    with Simulator([shop(orders=30)], clock=time) as simulator, connect(url) as opened:
        stage = Stage(simulator, folder, time)
        backfill(stage, opened, STREAMS)
        yield Calm(stage, opened)


@pytest.fixture
def calm(loaded: Calm) -> Calm:
    """Nothing moved for an hour."""
    for _ in range(4):
        wait(loaded.stage)
        if not sync(loaded.stage, loaded.connection, STREAMS).due:
            wait(loaded.stage)
            return loaded
    raise AssertionError("the shop does not come to rest")


def rest(stage: Stage, connection: psycopg.Connection) -> None:
    """Load a few streams, and look until nothing is new."""
    backfill(stage, connection, FEW)
    for _ in range(2):
        wait(stage)
        sync(stage, connection, FEW)
    wait(stage)


def found(stage: Stage, connection: psycopg.Connection, *names: str) -> Look:
    look, _ = looked(stage, connection, names or STREAMS)
    return look


def books(connection: psycopg.Connection, table: str) -> list[tuple[Any, ...]]:
    queries = {
        "watermarks": "SELECT * FROM shopify_assets.watermarks ORDER BY stream",
        "loads": "SELECT * FROM shopify_assets.loads ORDER BY id",
        "seen": "SELECT * FROM shopify_assets.seen ORDER BY stream",
    }
    with connection.transaction():
        return connection.execute(queries[table]).fetchall()


def test_where_nothing_moved_nothing_is_read(calm: Calm) -> None:
    stage, connection = calm.stage, calm.connection
    look, asked = looked(stage, connection, STREAMS)
    assert dict(look.due) == {}
    assert set(look.idle) == set(STREAMS)
    assert asked.requests <= 3
    assert asked.requested <= 300


def test_what_was_found_idle_is_written_down_as_if_it_had_been_read(calm: Calm) -> None:
    """The watermark moves on to where an empty window would have moved it."""
    stage, connection = calm.stage, calm.connection
    look = found(stage, connection, "orders", "payouts")
    orders = look.idle["orders"]
    assert orders.window is not None
    assert look.at - LAG - MINUTE < orders.window.end <= look.at - LAG
    query = """
        SELECT w.stream, w.watermark, w.looked_at, l.window_start, l.window_end
        FROM shopify_assets.watermarks w JOIN LATERAL (
            SELECT * FROM shopify_assets.loads l
            WHERE l.stream = w.stream ORDER BY id DESC LIMIT 1
        ) l ON TRUE
        WHERE w.stream = ANY (%s) ORDER BY w.stream
    """
    rows = connection.execute(query, [["orders", "payouts"]]).fetchall()
    connection.commit()
    assert rows == [
        (name, window.end, look.at, window.start, window.end)
        for name in ("orders", "payouts")
        if (window := look.idle[name].window)
    ]


def test_windows_that_were_looked_at_leave_no_gap_to_a_proof(calm: Calm) -> None:
    stage, connection = calm.stage, calm.connection
    look = found(stage, connection, "orders")
    reached = look.idle["orders"].window
    assert reached is not None
    windows = warehouse.windows(connection, shop=EMBER, stream="orders")
    assert gaps(Window(START, reached.end), windows) == ()


# What is done in a shop, with the moment that it is told at; the streams that move.
CHANGES: dict[str, tuple[Callable[[Truth, datetime], object], set[str]]] = {
    "a record is changed": (
        lambda truth, at: truth.update(truth.ids("Product")[3], at=at, title="New"),
        {"products"},
    ),
    "a customer is changed": (
        lambda truth, at: truth.update(truth.ids("Customer")[3], at=at, note="New"),
        {"customers"},
    ),
    "a child is changed that moves its parent": (
        lambda truth, at: truth.update(
            truth.records("Order")[5]["lineItems"][0]["id"], at=at, name="New"
        ),
        {"orders", "returns", "fulfillments"},
    ),
    "a record changes in silence": (
        lambda truth, at: truth.update(
            truth.records("ShopifyPaymentsPayout")[-1]["id"],
            at=at,
            externalTraceId=f"{at}",
        ),
        {"payouts"},
    ),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("ago", [timedelta(minutes=10), timedelta(minutes=80)], ids=str)
def test_exactly_what_moved_is_read(calm: Calm, what: str, ago: timedelta) -> None:
    """Since the last look; or before it, which the index shows late."""
    stage, connection = calm.stage, calm.connection
    change, streams = CHANGES[what]
    change(stage.simulator.truth(EMBER), stage.time() - ago)
    look = sync(stage, connection, STREAMS)
    assert set(look.due) == streams
    assert all(one.is_certain for one in look.due.values())
    assert_whole(stage, connection, STREAMS)
    # What was read is no news to the next looks, though it is within the overlap.
    wait(stage, MINUTE)
    sync(stage, connection, STREAMS)
    wait(stage, MINUTE)
    assert not found(stage, connection).due


def test_of_a_deletion_only_its_event_tells(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """No list shows what is gone, to a sync as little as to a look."""
    names = ("products", "events")
    backfill(own, postgres, names)
    wait(own)
    sync(own, postgres, names)
    truth = own.simulator.truth(EMBER)
    truth.delete(truth.ids("Product")[3], at=own.time() - 10 * MINUTE)
    assert set(sync(own, postgres, names).due) == {"events"}


def test_a_new_order_is_found_and_all_that_it_brings(calm: Calm) -> None:
    stage, connection = calm.stage, calm.connection
    stage.simulator.truth(EMBER).create_order(at=stage.time() - 10 * MINUTE)
    look = sync(stage, connection, STREAMS)
    assert {"orders", "returns", "fulfillments", LATE} <= set(look.due)
    assert not {"products", "discounts", "locations"} & set(look.due)
    assert_whole(stage, connection, STREAMS)


def test_what_changes_in_the_last_minutes_waits_for_the_index(calm: Calm) -> None:
    """As a sync leaves the last three minutes to the next one."""
    stage, connection = calm.stage, calm.connection
    truth = stage.simulator.truth(EMBER)
    truth.update(truth.ids("Product")[3], title="New")
    assert not found(stage, connection).due
    wait(stage, 4 * MINUTE)
    assert set(sync(stage, connection, STREAMS).due) == {"products"}
    assert_whole(stage, connection, ["products"])


@pytest.mark.parametrize(
    ("late", "after"), [(3 * HOUR, 1), (3 * DAY, 20), (34 * DAY, 20)], ids=str
)
def test_what_is_entered_late_is_found_by_the_look_that_is_due(
    own: Stage, postgres: psycopg.Connection, late: timedelta, after: int
) -> None:
    """A look that finds nothing new counts as a look back, and is not made anew."""
    backfill(own, postgres, [LATE])
    wait(own, MINUTE)
    sync(own, postgres, [LATE])
    own.simulator.truth(EMBER).pay_late(processed=own.time() - late)
    due: list[bool] = []
    while not any(due) and len(due) < 30:
        wait(own)
        due.append(LATE in sync(own, postgres, [LATE]).due)
    # The payment of the order that was entered with it comes within the hour.
    assert_whole(own, postgres, [LATE])
    assert len(due) <= after


def test_a_wide_look_is_made_once_in_twenty_hours(
    own: Stage, postgres: psycopg.Connection
) -> None:
    backfill(own, postgres, [LATE])
    widths = []
    for _ in range(24):
        wait(own)
        look = sync(own, postgres, [LATE])
        window = look.idle[LATE].window
        assert window is not None
        widths.append(window.end - window.start > 30 * DAY)
    assert widths.count(True) == 1


@pytest.mark.parametrize(("orders", "requests"), [(2, 2), (30, 3), (300, 3)], ids=str)
def test_what_is_loaded_is_no_news_as_far_as_it_can_be_compared(
    own: Stage, postgres: psycopg.Connection, orders: int, requests: int
) -> None:
    """Two are compared at once, 250 by a closer look; more are read again."""
    backfill(own, postgres, ["orders"])
    wait(own)
    own.simulator.truth(EMBER).add_orders(orders, at=own.time() - 10 * MINUTE)
    assert set(sync(own, postgres, ["orders"]).due) == {"orders"}
    wait(own, 5 * MINUTE)
    look, asked = looked(own, postgres, ["orders"])
    assert asked.requests == requests
    assert [one.why for one in look.due.values()] == ([MORE] if orders == 300 else [])


def test_a_closer_look_finds_one_old_record_below_many_known_ones(
    own: Stage, postgres: psycopg.Connection
) -> None:
    backfill(own, postgres, ["orders"])
    wait(own)
    truth = own.simulator.truth(EMBER)
    truth.add_orders(30, at=own.time() - 10 * MINUTE)
    sync(own, postgres, ["orders"])
    truth.update(truth.ids("Order")[3], at=own.time() - 12 * MINUTE, note="late")
    wait(own, 5 * MINUTE)
    assert set(sync(own, postgres, ["orders"]).due) == {"orders"}
    assert_whole(own, postgres, ["orders"])


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE shopify.pages SET _deleted_at = now()",
        "UPDATE shopify.pages SET _digests = NULL",
        "UPDATE shopify.pages SET _extracted_at = updated_at",
        "DELETE FROM shopify.pages",
        "DROP TABLE shopify.pages CASCADE",
    ],
)
def test_rows_that_are_not_as_loaded_are_read_again(
    own: Stage, postgres: psycopg.Connection, harm: LiteralString
) -> None:
    """Where the time looked back at shows them."""
    backfill(own, postgres, ["pages"])
    wait(own)
    truth = own.simulator.truth(EMBER)
    truth.update(truth.ids("Page")[3], at=own.time() - 10 * MINUTE, title="New")
    sync(own, postgres, ["pages"])
    wait(own, 5 * MINUTE)
    assert not found(own, postgres, "pages").due
    postgres.execute(harm)
    postgres.commit()
    assert set(found(own, postgres, "pages").due) == {"pages"}


def test_a_stream_without_its_scope_is_not_asked_for(
    own: Stage, postgres: psycopg.Connection
) -> None:
    rest(own, postgres)
    store = own.simulator.store(EMBER)
    store.grant(*(scope for scope in store.scopes() if "products" not in scope))
    look, asked = looked(own, postgres, FEW)
    assert set(look.due) == {"products"}
    assert "read_products" in look.due["products"].why
    assert asked.requests <= 3


def test_a_refused_list_is_read_and_the_others_are_not(calm: Calm) -> None:
    stage, connection = calm.stage, calm.connection
    fault = Fault(kind=Kind.MISSING_SCOPE, scope="read_products", match="products(")
    stage.simulator.arm(EMBER, fault)
    look = found(stage, connection)
    assert set(look.due) == {"products"}
    assert "ACCESS_DENIED" in look.due["products"].why
    assert not look.due["products"].is_certain


def test_an_answer_that_is_not_understood_spoils_no_other_list(calm: Calm) -> None:
    """The stream is read, where an odd record is told as what it is."""
    stage, connection = calm.stage, calm.connection
    fault = Fault(kind=Kind.EDITED, edits=(('"id"', '"key"'),), times=None)
    stage.simulator.arm(EMBER, fault)
    look = found(stage, connection)
    stage.simulator.store(EMBER).faults.clear()
    assert look.due != {}
    assert {due.why for due in look.due.values()} == {
        "it could not be probed: a record is shown without its id"
    }


def test_a_glance_asks_one_query_and_writes_nothing(calm: Calm) -> None:
    """As a sensor does at each tick: what it cannot tell counts as moved."""
    stage, connection = calm.stage, calm.connection
    before = [books(connection, name) for name in ("watermarks", "loads", "seen")]
    look, asked = looked(stage, connection, STREAMS, effort=Effort.GLANCE)
    # The scopes, and the probe.
    assert asked.requests == 2
    assert asked.requested < 102
    assert {"fulfillments", "payouts", "disputes"} <= set(look.due)
    assert {"orders", "products", "discounts", "locations"} <= set(look.idle)
    assert not any(one.is_certain for one in look.due.values())
    after = [books(connection, name) for name in ("watermarks", "loads", "seen")]
    assert after == before


def test_a_stream_whose_query_changed_is_read(
    own: Stage, postgres: psycopg.Connection
) -> None:
    rest(own, postgres)
    postgres.execute("UPDATE shopify_assets.watermarks SET query = 'an earlier one'")
    postgres.commit()
    look = sync(own, postgres, FEW)
    assert {one.why for one in look.due.values()} == {due.OTHER_QUERY}
    assert set(look.due) == set(FEW)
    wait(own)
    assert not sync(own, postgres, FEW).due


def test_a_stream_that_was_never_loaded_is_read(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """In a warehouse that knows nothing."""
    look = found(own, postgres)
    assert [one.why for one in look.due.values()] == [due.NEVER] * len(STREAMS)
    assert list(look.due) == list(STREAMS)


def test_a_stream_read_whole_is_due_after_some_hours_or_if_it_is_named(
    calm: Calm,
) -> None:
    stage, connection = calm.stage, calm.connection

    def is_due(**asked: Any) -> bool:
        look, _ = looked(stage, connection, ["locations"], **asked)
        return set(look.due) == {"locations"}

    assert not is_due()
    assert is_due(named=["locations"])
    assert is_due(apart=timedelta())
    wait(stage, 17 * HOUR)
    assert is_due()
    sync(stage, connection, ["locations"])
    assert not is_due()


def test_chosen_records_are_no_reading_of_the_whole(calm: Calm) -> None:
    """As `verify --repair` fetches them."""
    stage, connection = calm.stage, calm.connection
    wait(stage, 17 * HOUR)
    before = found(stage, connection, "locations").due
    connection.execute(
        "UPDATE shopify_assets.watermarks SET extracted_at = %s", [stage.time()]
    )
    connection.commit()
    assert (
        set(found(stage, connection, "locations").due) == set(before) == {"locations"}
    )


def test_books_of_an_earlier_version_are_brought_forward(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """What they do not say is read once."""
    rest(own, postgres)
    postgres.execute("""
        ALTER TABLE shopify_assets.watermarks
        DROP COLUMN query, DROP COLUMN queried_at, DROP COLUMN looked_at
    """)
    postgres.execute("DROP TABLE shopify_assets.seen")
    postgres.commit()
    assert set(sync(own, postgres, FEW).due) == set(FEW)
    wait(own)
    sync(own, postgres, FEW)
    wait(own)
    assert not found(own, postgres, *FEW).due
