"""A connection that cannot be had says why, and never the password."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from shopify_assets.errors import ConfigurationError
from shopify_assets.postgres import connect as connecting
from shopify_assets.postgres.connect import connect, warehouse_url
from shopify_assets.settings import load_settings


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
