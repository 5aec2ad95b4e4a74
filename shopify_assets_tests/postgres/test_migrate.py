"""The warehouse follows the declaration, and loses nothing on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.tables import Column, Table
from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres.connect import connect
from shopify_assets.postgres.form.migrate import migrate
from shopify_assets_tests.postgres.orders import (
    ORDERS,
    TABLES,
    Order,
    load_orders,
    stored,
)

if TYPE_CHECKING:
    import psycopg


def with_column(name: str, kind: Kind, *, nullable: bool = True) -> Table:
    """The orders table, with one column added or declared otherwise."""
    others = tuple(each for each in ORDERS.columns if each.name != name)
    return replace(ORDERS, columns=(*others, Column(name, kind, nullable)))


def type_of(connection: psycopg.Connection, column: str) -> tuple[str, str] | None:
    with connection.transaction():
        return connection.execute(
            "SELECT data_type, is_nullable FROM information_schema.columns"
            " WHERE table_schema = 'shopify' AND table_name = 'orders'"
            " AND column_name = %s",
            (column,),
        ).fetchone()


def test_tables_are_created_once(postgres: psycopg.Connection) -> None:
    assert migrate(postgres, TABLES)
    assert migrate(postgres, TABLES) == ()
    assert stored(postgres, ORDERS) == []
    comment = "SELECT obj_description('shopify.orders'::regclass)"
    assert postgres.execute(comment).fetchone() == (
        "Shopify, stream orders; one row per shop, id",
    )


def test_eight_processes_may_migrate_at_once(
    postgres: psycopg.Connection, database_url: str
) -> None:
    def migrate_anew(_: int) -> int:
        with connect(database_url) as connection:
            return len(migrate(connection, TABLES))

    with ThreadPoolExecutor(8) as threads:
        done = sorted(threads.map(migrate_anew, range(8)))
    assert done[:7] == [0] * 7
    assert migrate(postgres, TABLES) == ()


def test_a_new_column_is_added_and_old_rows_have_no_value_for_it(
    postgres: psycopg.Connection,
) -> None:
    load_orders(postgres, Order(1))
    migrate(postgres, [with_column("phone", Kind.TEXT, nullable=False)])
    assert type_of(postgres, "phone") == ("text", "YES")
    assert stored(postgres, ORDERS, "id", "phone") == [{"id": 1, "phone": None}]


def test_a_column_no_longer_declared_keeps_its_values_and_takes_none(
    postgres: psycopg.Connection,
) -> None:
    required = with_column("phone", Kind.TEXT, nullable=False)
    migrate(postgres, [required])
    load_orders(postgres, Order(1))
    assert stored(postgres, ORDERS, "id", "phone") == [{"id": 1, "phone": None}]
    assert migrate(postgres, [required]) == ()


@pytest.mark.parametrize(
    ("stored_as", "declared", "becomes"),
    [
        (Kind.INTEGER, Kind.BIGINT, "bigint"),
        (Kind.INTEGER, Kind.NUMERIC, "numeric"),
        (Kind.INTEGER, Kind.DOUBLE, "double precision"),
        (Kind.BIGINT, Kind.NUMERIC, "numeric"),
    ],
)
def test_a_type_is_widened_where_every_value_survives(
    postgres: psycopg.Connection, stored_as: Kind, declared: Kind, becomes: str
) -> None:
    migrate(postgres, [with_column("weight", stored_as)])
    postgres.execute("""
        INSERT INTO shopify.orders (shop, id, weight, _extracted_at)
        VALUES ('s', 1, 2147483647, now())
    """)
    postgres.commit()
    migrate(postgres, [with_column("weight", declared)])
    assert type_of(postgres, "weight") == (becomes, "YES")
    assert stored(postgres, ORDERS, "weight") == [{"weight": 2147483647}]


@pytest.mark.parametrize(
    ("stored_as", "declared"),
    [
        (Kind.TEXT, Kind.BIGINT),
        (Kind.NUMERIC, Kind.BIGINT),
        (Kind.BIGINT, Kind.DOUBLE),
        (Kind.TEXT, Kind.JSONB),
    ],
)
def test_a_type_that_cannot_follow_is_left_to_the_operator(
    postgres: psycopg.Connection, stored_as: Kind, declared: Kind
) -> None:
    migrate(postgres, [with_column("weight", stored_as)])
    told = (
        rf"shopify.orders: column 'weight' is {stored_as.value}, stream orders "
        rf"declares {declared.value}.*rename"
    )
    with pytest.raises(ConfigurationError, match=told):
        migrate(postgres, [with_column("weight", declared)])
    found = type_of(postgres, "weight")
    assert found is not None
    assert found[0] == stored_as.value


def test_what_shopify_no_longer_promises_may_be_null(
    postgres: psycopg.Connection,
) -> None:
    migrate(postgres, [with_column("phone", Kind.TEXT, nullable=False)])
    migrate(postgres, [with_column("phone", Kind.TEXT)])
    assert type_of(postgres, "phone") == ("text", "YES")


def test_another_key_is_left_to_the_operator(postgres: psycopg.Connection) -> None:
    migrate(postgres, [ORDERS])
    with pytest.raises(ConfigurationError, match="has the key"):
        migrate(postgres, [replace(ORDERS, key=("shop", "name"))])


def test_a_view_on_a_column_that_must_change_is_named(
    postgres: psycopg.Connection,
) -> None:
    migrate(postgres, [with_column("weight", Kind.INTEGER)])
    postgres.execute("CREATE VIEW weights AS SELECT weight FROM shopify.orders")
    postgres.commit()
    with pytest.raises(ConfigurationError, match="weights"):
        migrate(postgres, [with_column("weight", Kind.BIGINT)])


def test_a_failed_migration_changes_nothing(postgres: psycopg.Connection) -> None:
    migrate(postgres, [with_column("weight", Kind.TEXT)])
    wanted = with_column("weight", Kind.BIGINT)
    added = Column("phone", Kind.TEXT, nullable=True)
    with pytest.raises(ConfigurationError):
        migrate(postgres, [replace(wanted, columns=(added, *wanted.columns))])
    assert type_of(postgres, "phone") is None
