"""What is asked for every night, and which shops get partitions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._core.definitions.partitions.context import partition_loading_context

from shopify_assets.defs.partitions import RANGE_END, RANGE_START, SHOP

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
    ("at", "first"),
    [
        (datetime(2026, 4, 17, 2, 15, tzinfo=UTC), "2026-03-01"),
        (datetime(2026, 4, 1, 2, 15, tzinfo=UTC), "2026-03-01"),
    ],
)
def test_every_night_each_shop_gets_a_run_of_its_recent_partitions(
    location: Location, at: datetime, first: str
) -> None:
    """The month that runs, and the one before: its last hours may have come late."""
    location.instance.add_dynamic_partitions(SHOP, SHOPS)
    found = requests(location, "daily_incremental_streams", at)
    assert [each.run_key for each in found] == [f"{s}/{at:%Y-%m-%d}" for s in SHOPS]
    for shop, request in zip(SHOPS, found, strict=True):
        wanted = {
            RANGE_START: f"{first}|{shop}",
            RANGE_END: f"2026-04-01|{shop}",
            "shopify_assets/shop": shop,
            "shopify_assets/mode": "incremental",
        }
        assert {**request.tags, **wanted} == dict(request.tags)


def test_every_night_each_shop_gets_a_run_of_its_snapshots(location: Location) -> None:
    location.instance.add_dynamic_partitions(SHOP, SHOPS)
    at = datetime(2026, 4, 17, 2, 45, tzinfo=UTC)
    found = requests(location, "daily_snapshot_streams", at)
    assert [each.partition_key for each in found] == SHOPS
    assert [each.tags["shopify_assets/shop"] for each in found] == SHOPS


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
