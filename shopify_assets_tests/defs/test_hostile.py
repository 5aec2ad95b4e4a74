"""A hostile shop's texts in Dagster's events and on the page of proofs do nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from dagster._serdes import serialize_value

from shopify_assets.defs.alerts import sentence
from shopify_assets.defs.names import BACKFILL_JOB, SYNC_JOB, VERIFY_JOB
from shopify_assets.postgres.books.proofs import newest
from shopify_assets.postgres.connect import connect
from shopify_assets.proof.page import page
from shopify_assets_tests.defs.conftest import EMBER, END, START, Location
from shopify_assets_tests.hostile import (
    EVIL,
    Hostile,
    acting,
    forged,
    hostile,
    live_markdown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAMS = ["locations", "tender_transactions", "shop"]


@pytest.fixture
def shop(location: Location) -> Iterator[Hostile]:
    """The shop ember, hostile."""
    with hostile(location.simulator.url) as front:
        file = location.settings.shops_file
        text = file.read_text("utf-8").replace(location.simulator.url, front.url)
        file.write_text(text, "utf-8")
        yield front


def texts(value: Any) -> Iterator[str]:
    """All texts of a JSON value, as a page would show them."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from texts(key)
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value


def stored(location: Location, run: str) -> list[str]:
    """All texts of a run's events, as Dagster stores them."""
    return [
        text
        for entry in location.instance.all_logs(run)
        for text in texts(json.loads(serialize_value(entry)))
    ]


def test_no_event_and_no_page_lets_a_shop_act(
    location: Location, shop: Hostile
) -> None:
    shop.refused = "tenderTransactions"
    shop.unreadable = frozenset({"createdAt"})
    window = {"start": START.isoformat(), "end": END.isoformat()}
    runs = [location.run(BACKFILL_JOB, EMBER, streams=STREAMS, **window)]
    shop.refused = "{"
    runs.append(location.run(VERIFY_JOB, EMBER, streams=STREAMS))
    runs.append(location.run(SYNC_JOB, EMBER, streams=STREAMS, snapshots=True))
    seen = [text for ran in runs for text in stored(location, ran.run.run_id)]
    assert sum("\\x1b[31mEVIL" in text for text in seen) > 5
    for text in seen:
        assert (acting(text), forged(text)) == ([], []), text
    for ran in runs:
        for check in ran.checks().values():
            assert live_markdown(check.description or "") == []
    with connect(str(location.settings.warehouse_url.reveal())) as connection:  # type: ignore[union-attr]  # it is set
        html = page(newest(connection))
    assert "\\x1b[31mEVIL" in html
    assert (acting(html), forged(html)) == ([], [])
    assert "<img" not in html


def test_an_alert_calls_nobody_and_makes_no_link(location: Location) -> None:
    run = location.instance.create_run_for_job(location.defs.resolve_job_def(SYNC_JOB))
    text = sentence(run, f"{EVIL} <!channel> @everyone [a](http://evil.example)")
    assert acting(text) == []
    assert not set(text) & set("<>@[]")
