"""What is asked for every night, and which shops get partitions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._core.definitions.partitions.context import partition_loading_context

from shopify_assets.defs.build import build
from shopify_assets.defs.names import SCHEDULE, SHOP_TAG, TRIGGER_TAG
from shopify_assets.defs.partitions import SHOP
from shopify_assets.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets_tests.defs.conftest import Location

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    # Dagster's own resources are made with what Dagster will remove.
    pytest.mark.filterwarnings("ignore:InitResourceContext.dagster_run"),
]

SHOPS = ["ember.myshopify.com", "yuki.myshopify.com", "lumen.myshopify.com"]


@pytest.fixture(autouse=True)
def _partitions_of_instance(location: Location) -> Iterator[None]:
    """As the daemon does for a tick: partitions are looked up in its instance."""
    with partition_loading_context(dynamic_partitions_store=location.instance):
        yield


def requests(location: Location, name: str, at: datetime) -> list[dg.RunRequest]:
    schedule = location.defs.resolve_schedule_def(name)
    with dg.build_schedule_context(
        instance=location.instance,
        scheduled_execution_time=at,
        resources=location.defs.resources,
        repository_def=location.defs.get_repository_def(),
    ) as context:
        return list(schedule.evaluate_tick(context).run_requests or [])


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("nightly_sync", datetime(2026, 4, 17, 2, 15, tzinfo=UTC)),
        ("weekly_verify", datetime(2026, 4, 19, 3, 30, tzinfo=UTC)),
    ],
)
def test_each_shop_gets_a_run_of_its_own(
    location: Location, name: str, at: datetime
) -> None:
    """A tick that is repeated asks for the same runs; one key a shop and time."""
    location.instance.add_dynamic_partitions(SHOP, SHOPS)
    found = requests(location, name, at)
    assert [each.run_key for each in found] == [
        f"{shop}/{at:%Y-%m-%dT%H:%M}" for shop in SHOPS
    ]
    assert [each.partition_key for each in found] == SHOPS
    assert [each.tags[SHOP_TAG] for each in found] == SHOPS
    assert {each.tags[TRIGGER_TAG] for each in found} == {SCHEDULE}


def test_times_and_zones_are_settings(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPIFY_ASSETS_SYNC_CRON", "0 */4 * * *")
    monkeypatch.setenv("SHOPIFY_ASSETS_VERIFY_CRON", "off")
    monkeypatch.setenv("SHOPIFY_ASSETS_TIME_ZONE", "Europe/Berlin")
    del location
    defs = build(load_settings())
    sync = defs.resolve_schedule_def("nightly_sync")
    assert (sync.cron_schedule, sync.execution_timezone) == (
        "0 */4 * * *",
        "Europe/Berlin",
    )
    verify = defs.resolve_schedule_def("weekly_verify")
    assert sync.default_status is dg.DefaultScheduleStatus.RUNNING
    assert verify.default_status is dg.DefaultScheduleStatus.STOPPED


def test_new_shops_of_the_shops_file_become_partitions(location: Location) -> None:
    """Once each; a shop that is known is not added again."""
    sensor = location.defs.resolve_sensor_def("shops")
    location.instance.add_dynamic_partitions(SHOP, SHOPS[:1])
    added = []
    for _ in range(2):
        with dg.build_sensor_context(
            instance=location.instance, resources=location.defs.resources
        ) as context:
            tick = sensor.evaluate_tick(context)
        for request in tick.dynamic_partitions_requests or []:
            added.append(list(request.partition_keys))
            location.instance.add_dynamic_partitions(SHOP, request.partition_keys)
    assert added == [SHOPS[1:]]
    assert tick.skip_message == "all 3 shops have their partition"
