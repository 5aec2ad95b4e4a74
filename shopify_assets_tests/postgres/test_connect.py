"""A connection that cannot be had says why, and never the password."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.pq import TransactionStatus

from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.tables import Table
from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres import connect as connecting
from shopify_assets.postgres.connect import connect, warehouse_url
from shopify_assets.postgres.load.merge import load
from shopify_assets.settings import load_settings
from shopify_assets_tests.postgres.orders import (
    ORDERS,
    SHOP,
    Order,
    batch,
    column,
    frame,
    load_orders,
    stored,
)


@pytest.fixture
def wrong_urls(postgres_url: str) -> dict[str, str]:
    """URLs that lead nowhere, by what is wrong with them."""
    where = postgres_url.split("@")[1]
    return {
        "authentication failed": f"postgresql://postgres:s3cret@{where}",
        "does not exist": f"{postgres_url}_of_nobody",
        "refused": "postgresql://postgres:s3cret@127.0.0.1:1/postgres",
        "resolve": "postgresql://postgres:s3cret@nowhere.invalid/postgres",
        "must look like": "postgres//postgres:s3cret@127.0.0.1/postgres",
    }


@pytest.mark.parametrize(
    "reason",
    [
        "authentication failed",
        "does not exist",
        "refused",
        "resolve",
        "must look like",
    ],
)
def test_a_wrong_url_is_told_by_reason_and_without_its_password(
    wrong_urls: dict[str, str], reason: str
) -> None:
    url = wrong_urls[reason]
    with pytest.raises(ConfigurationError, match=re.escape(reason)) as caught:
        connect(url)
    assert "WAREHOUSE_URL" in str(caught.value)
    assert re.split("[:@]", url)[2] not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_server_older_than_merge_is_refused(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "OLDEST_SERVER", 99)
    with pytest.raises(ConfigurationError, match=r"PostgreSQL 18; the least .* is 99"):
        connect(postgres_url)


def test_a_connection_says_whose_it_is_and_commits_nothing_by_itself(
    postgres: psycopg.Connection,
) -> None:
    assert postgres.execute("SHOW application_name").fetchone() == ("shopify_assets",)
    assert postgres.info.transaction_status is TransactionStatus.INTRANS


def test_a_warehouse_of_the_users_own_is_taken_as_it_is(tmp_path: Path) -> None:
    url = "postgresql://me:secret@db.example/warehouse"
    settings = load_settings({"WAREHOUSE_URL": url}, folder=tmp_path)
    assert warehouse_url(settings) == url
    assert not list(tmp_path.iterdir())


def test_without_a_url_the_embedded_warehouse_of_the_home_is_taken(
    server_home: Path, postgres_url: str
) -> None:
    settings = load_settings({"SHOPIFY_ASSETS_HOME": str(server_home)}, folder=Path())
    assert warehouse_url(settings) == postgres_url


HOLD = """
import sys
from shopify_assets.postgres.connect import connect
connection = connect(sys.argv[1])
connection.execute("SELECT pg_advisory_lock(7)")
print("held", flush=True)
connection.execute("SELECT pg_sleep(120)")
"""


def test_the_lock_of_a_killed_process_is_free_within_seconds(database_url: str) -> None:
    """Even in the midst of a statement: the server looks whether anybody is there."""
    command = [sys.executable, "-c", HOLD, database_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:  # noqa: S603 -- our own words
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
    with connect(database_url) as connection:
        connection.execute("SET lock_timeout = '10s'")
        connection.execute("SELECT pg_advisory_lock(7)")


def test_a_short_password_tears_no_word_apart(postgres_url: str) -> None:
    """A password `p` once turned every p of the message into asterisks."""
    where = postgres_url.split("@")[1]
    with pytest.raises(ConfigurationError, match="password authentication failed"):
        connect(f"postgresql://postgres:p@{where}")
    with pytest.raises(ConfigurationError, match='for user "postgres"'):
        connect(f"postgresql://postgres:postgres@{where}")


def test_one_connection_meets_tables_of_one_name_and_other_columns(
    database_url: str,
) -> None:
    """As loads of many streams make them: a plan that is kept would be refused."""
    types = []
    with connect(database_url) as connection:
        for kind in ("int8", "text") * 6:
            with connection.transaction():
                create = "CREATE TEMP TABLE changes (id {}) ON COMMIT DROP"
                connection.execute(sql.SQL(create).format(sql.SQL(kind)))
                cursor = connection.execute("SELECT id FROM changes")
                types.append((cursor.description or [])[0].type_display)
    assert types == ["int8", "text"] * 6


CODES = Table(
    name="codes",
    stream="codes",
    columns=(column("shop", Kind.TEXT), column("id", Kind.TEXT)),
    key=("shop", "id"),
    root_key=("shop", "id"),
    parent=None,
    parent_key=(),
    version=None,
    marker="_codes",
)


def test_one_connection_takes_loads_of_any_streams(
    postgres: psycopg.Connection,
) -> None:
    """Stages have the same names and other types; nothing prepared may outlive them."""
    rows: list[dict[str, Any]] = [{"shop": SHOP, "id": "gid://shopify/Code/1?of=2"}]
    codes = replace(
        batch(),
        stream="codes",
        tables=(CODES,),
        frames={"codes": [frame(CODES, rows)]},
    )
    for minute in range(8):
        load_orders(postgres, Order(1, version=minute), extracted=minute)
    for minute in range(8):
        load(postgres, replace(codes, extraction=f"codes of minute {minute}"))
    load_orders(postgres, Order(1, version=9, name="#9"), extracted=9)
    assert stored(postgres, CODES, "shop", "id") == rows
    assert stored(postgres, ORDERS, "id", "name") == [{"id": 1, "name": "#9"}]
