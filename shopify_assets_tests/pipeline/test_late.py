"""What is entered late, with an earlier time in the world, arrives within a day."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shopify_assets import pipeline
from shopify_assets.errors import Unavailable
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.windows import Window
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, END, Stage, compiled

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg

    from shopify_assets.storage.manifests import Manifest

TENDERS = "tender_transactions"
THIS_MONTH = Window(END, END + timedelta(days=30))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Synced:
    """One incremental run: what it asked for, and what it cost."""

    manifest: Manifest
    points: float
    requests: int

    @property
    def back(self) -> timedelta:
        """How wide its window was."""
        covered = self.manifest.plan.covered
        assert covered is not None
        return covered.end - covered.start


def sync(stage: Stage, connection: psycopg.Connection, stream: str = TENDERS) -> Synced:
    """Take the three steps, as scheduled runs do."""
    made = compiled(stream)
    with closing(stage.client()) as client:
        extracted = pipeline.extract_slice(
            made,
            THIS_MONTH,
            context=stage.context(client),
            connection=connection,
            incremental=True,
        )
        synced = Synced(extracted.manifest, client.points_spent, client.requests_sent)
    stage.normalize(stream, THIS_MONTH)
    stage.load(stream, connection, THIS_MONTH)
    return synced


def is_whole(stage: Stage, connection: psycopg.Connection) -> bool:
    made = compiled(TENDERS)
    expected = expected_rows(stage.simulator, EMBER, made)
    return stored_rows(connection, EMBER, made) == expected


def wait(stage: Stage, time: timedelta) -> None:
    stage.time.sleep(time.total_seconds())


@pytest.mark.parametrize(
    ("late", "after"),
    [(5 * MINUTE, 1), (3 * HOUR, 1), (3 * DAY, 20), (34 * DAY, 20), (35 * DAY, 20)],
    ids=str,
)
def test_what_is_late_arrives_with_hourly_syncs_within_a_day(
    own: Stage, postgres: psycopg.Connection, late: timedelta, after: int
) -> None:
    """It appears right after all was read: the worst moment there is."""
    own.run(TENDERS, postgres)
    wait(own, MINUTE)
    sync(own, postgres)
    own.simulator.truth(EMBER).pay_late(processed=own.time() - late)
    hours = 0
    while not is_whole(own, postgres) and hours < 30:
        hours += 1
        wait(own, HOUR)
        sync(own, postgres)
    assert hours == after


def test_what_is_late_arrives_with_the_next_daily_sync(
    own: Stage, postgres: psycopg.Connection
) -> None:
    own.run(TENDERS, postgres)
    truth = own.simulator.truth(EMBER)
    for late in (5 * MINUTE, 3 * HOUR, 3 * DAY, 34 * DAY):
        truth.pay_late(processed=own.time() - late)
    assert not is_whole(own, postgres)
    wait(own, 23 * HOUR)
    sync(own, postgres)
    assert is_whole(own, postgres)


def test_a_day_of_hourly_syncs_of_a_small_shop_costs_what_it_did(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """One look of the 24 is wide, and takes no request more: a probe and a page."""
    own.run(TENDERS, postgres)
    synced = []
    for _ in range(24):
        wait(own, HOUR)
        synced.append(sync(own, postgres))
    assert [each.back > 30 * DAY for each in synced].count(True) == 1
    # The shop's clock, the scopes, the probe, and one page where there is a record.
    assert {each.requests for each in synced} == {4}
    assert max(each.points for each in synced) < 20


def test_a_wide_look_does_not_move_the_watermark_back_nor_leave_a_gap(
    own: Stage, postgres: psycopg.Connection
) -> None:
    own.run(TENDERS, postgres)
    query = "SELECT watermark FROM shopify_assets.watermarks WHERE stream = %s"
    reached: list[datetime] = []
    for _ in range(3):
        wait(own, 22 * HOUR)
        assert sync(own, postgres).back > 36 * DAY
        reached += postgres.execute(query, (TENDERS,)).fetchone() or ()
    assert reached == sorted(set(reached))


def test_a_wide_look_that_was_broken_off_is_gone_on_with(
    own: Stage, postgres: psycopg.Connection
) -> None:
    """The next sync resumes it: the same window, and no second extraction of it."""
    own.run(TENDERS, postgres)
    own.simulator.truth(EMBER).pay_late(processed=own.time() - 30 * DAY)
    wait(own, 22 * HOUR)
    # The first query sizes the window; the page after it never comes.
    page = Fault(kind=Kind.HTTP_STATUS, match="tenderTransactions", skip=1, times=None)
    own.simulator.arm(EMBER, page)
    with pytest.raises(Unavailable):
        sync(own, postgres)
    own.simulator.store(EMBER).faults.clear()
    wait(own, HOUR)
    resumed = sync(own, postgres)
    assert resumed.manifest.plan.number == 1
    assert resumed.back > 36 * DAY
    assert is_whole(own, postgres)


def test_a_stream_that_advances_by_changes_is_not_looked_back_at(
    own: Stage, postgres: psycopg.Connection
) -> None:
    own.run("draft_orders", postgres)
    wait(own, 30 * HOUR)
    now = own.time()
    synced = sync(own, postgres, "draft_orders")
    covered = synced.manifest.plan.covered
    assert covered is not None
    assert covered.start == END - 30 * MINUTE
    assert covered.end < now
