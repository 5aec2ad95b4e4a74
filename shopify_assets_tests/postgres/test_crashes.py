"""Nothing is half loaded, whoever dies; and shops do not get in each other's way."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shopify_assets.errors import ConfigurationError, Unavailable
from shopify_assets.postgres.connect import connect
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets.postgres.load.merge import load
from shopify_assets_tests.postgres.orders import (
    ORDERS,
    SHOP,
    TABLES,
    Line,
    Order,
    batch,
    contents,
    load_orders,
    stored,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl
    import psycopg

# Says when rows of it are on their way, and waits there for its end.
DYING_LOADER = """
import sys
from dataclasses import replace
from shopify_assets.postgres.connect import connect
from shopify_assets.postgres.load.merge import load
from shopify_assets_tests.postgres.orders import Line, Order, batch

class Stuck:
    looks = 0

    def __iter__(self):
        self.looks += 1
        yield from given.frames["order_line_item_tax_lines"]
        if self.looks == int(sys.argv[2]):
            print("half way", flush=True)
            sys.stdin.read()

given = batch(Order(1, version=1, name="half"), Order(2, lines=(Line(1),)), extracted=1)
frames = {**given.frames, "order_line_item_tax_lines": Stuck()}
load(connect(sys.argv[1]), replace(given, frames=frames))
"""


class Interrupted:
    """Frames on whose way something happens."""

    def __init__(
        self, frames: list[pl.DataFrame], *, happens: Callable[[], object]
    ) -> None:
        self._frames = frames
        self._happens = happens

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for each in self._frames:
            yield each
            self._happens()


@pytest.mark.parametrize("known", [False, True], ids=["first load", "merge"])
def test_a_loader_killed_half_way_leaves_nothing(
    postgres: psycopg.Connection, database_url: str, *, known: bool
) -> None:
    migrate(postgres, TABLES)
    if known:
        load_orders(postgres, Order(1, name="whole"))
    before = written(postgres)
    loader = subprocess.Popen(  # noqa: S603 - runs this file's own script
        # A merge looks at all rows first, to find out what is news.
        [sys.executable, "-c", DYING_LOADER, database_url, "2" if known else "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with loader:
        assert loader.stdout is not None
        assert loader.stdout.readline() == "half way\n"
        loader.send_signal(signal.SIGKILL)
    assert written(postgres) == before
    # Its locks went with it: the next load neither waits nor notices.
    result = load_orders(postgres, Order(1, version=1), Order(2), extracted=1)
    assert result.rows["orders"].unchanged == 0


def test_a_server_that_ends_the_connection_half_way_is_unavailable(
    postgres: psycopg.Connection, database_url: str
) -> None:
    load_orders(postgres, Order(1))
    before = written(postgres)
    given = batch(Order(1, version=1), Order(2, lines=(Line(1),)), extracted=1)

    looks = iter([True, False])

    def end() -> None:
        if next(looks):  # what is news is found out before anything is sent
            return
        backend = loading.info.backend_pid
        postgres.execute("SELECT pg_terminate_backend(%s, 5000)", (backend,))
        postgres.commit()

    lines = Interrupted(list(given.frames["order_line_items"]), happens=end)
    frames = {**given.frames, "order_line_items": lines}
    told = r"order_line_items .*nothing was loaded"
    with connect(database_url) as loading, pytest.raises(Unavailable, match=told):
        load(loading, replace(given, frames=frames))
    assert written(postgres) == before
    assert load(postgres, given).rows["orders"].updated == 1


def test_a_closed_connection_is_unavailable(database_url: str) -> None:
    connection = connect(database_url)
    connection.close()
    with pytest.raises(Unavailable, match=f"orders of shop {SHOP}"):
        load_orders(connection, Order(1))


def test_a_source_that_fails_half_way_leaves_nothing(
    postgres: psycopg.Connection,
) -> None:
    def fail() -> None:
        raise OSError("the lake is gone")

    given = batch(Order(1, lines=(Line(1),)))
    lines = Interrupted(list(given.frames["order_line_items"]), happens=fail)
    with pytest.raises(OSError, match="the lake is gone"):
        load(
            postgres, replace(given, frames={**given.frames, "order_line_items": lines})
        )
    assert contents(postgres)["orders"] == []


@pytest.mark.parametrize("orders", [3, 1500], ids=["small", "large"])
def test_shops_load_side_by_side_into_a_new_warehouse(
    postgres: psycopg.Connection, database_url: str, orders: int
) -> None:
    shops = [f"shop-{number}.myshopify.com" for number in range(4)]
    given = [Order(number, lines=(Line(number),)) for number in range(orders)]

    def load_shop(shop: str) -> int:
        with connect(database_url) as connection:
            for minute in (0, 1):
                load(connection, batch(*given, shop=shop, extracted=minute))
            return load(connection, batch(*given, shop=shop)).rows["orders"].unchanged

    with ThreadPoolExecutor() as threads:
        assert list(threads.map(load_shop, shops)) == [orders] * 4
    found = stored(postgres, ORDERS, "shop", "id")
    assert found == [{"shop": shop, "id": each.id} for shop in shops for each in given]
    assert len(contents(postgres)["order_line_items"]) == 4 * orders


def test_one_shop_and_stream_is_loaded_once_at_a_time(
    postgres: psycopg.Connection, database_url: str
) -> None:
    """Eight loads of the same rows: one writes them, seven find them written."""
    migrate(postgres, TABLES)

    def load_once(_: int) -> int:
        with connect(database_url) as connection:
            return load_orders(connection, Order(1), Order(2)).rows["orders"].inserted

    with ThreadPoolExecutor() as threads:
        assert sorted(threads.map(load_once, range(8))) == [0] * 7 + [2]


def test_a_user_without_rights_is_told_which_are_missing(
    postgres: psycopg.Connection, administrator: psycopg.Connection
) -> None:
    load_orders(postgres, Order(1))
    administrator.execute("CREATE ROLE reader")
    administrator.execute("GRANT reader TO shopify_assets")
    try:
        postgres.execute("GRANT USAGE ON SCHEMA shopify, shopify_assets TO reader")
        postgres.execute("SET ROLE reader")
        postgres.commit()
        with pytest.raises(
            ConfigurationError, match=r"may not load .*permission denied"
        ):
            load_orders(postgres, Order(1))
    finally:
        postgres.execute("RESET ROLE")
        postgres.commit()
        administrator.execute("DROP OWNED BY reader")
        administrator.execute("DROP ROLE reader")
