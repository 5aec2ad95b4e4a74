"""The bench itself: small, to prove that what it measures is the whole pipeline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from shopify_assets.postgres.embedded import server
from shopify_assets_tests.bench import report
from shopify_assets_tests.bench.cases import measure
from shopify_assets_tests.conftest import made_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEW, SAME, OTHER, LATER = range(4)


@pytest.fixture
def superusers_url(server_home: Path, postgres_url: str) -> Iterator[str]:
    """The URL of an empty database, for the superuser: a bench writes checkpoints."""
    name = f"bench_{uuid4().hex}"
    made_database(server_home, postgres_url, name)
    url = server.administrator(server_home)
    yield f"{url.rpartition('/')[0]}/{name}"
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(url, autocommit=True) as administrator:
        administrator.execute(drop)


def test_every_case_is_whole_and_measured(tmp_path: Path, superusers_url: str) -> None:
    measured = measure(tmp_path, superusers_url, orders=60)

    figures = [report.figures(each, measured.floor) for each in measured.cases]
    assert [each.outcome.findings for each in measured.cases] == [()] * 4
    assert [each.orders for each in figures] == [60, 60, 60, 120]
    assert figures[NEW].changed == figures[NEW].rows == measured.floor.rows
    assert figures[OTHER].changed == figures[OTHER].rows == figures[NEW].rows
    assert figures[SAME].changed == 0
    assert figures[NEW].rows < figures[LATER].changed < figures[LATER].rows
    assert all(each.peak_mib > 0 and each.orders_per_cpu > 0 for each in figures)
    told = json.loads(report.as_json(measured))["figures"]
    assert [each["name"] for each in told] == [each.name for each in figures]
    assert all(each.name in report.as_table(measured) for each in figures)
