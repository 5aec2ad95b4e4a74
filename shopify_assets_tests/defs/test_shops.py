"""Shops become partitions: by a job, where no daemon runs the sensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.defs.partitions import SHOP
from shopify_assets_tests.defs.conftest import EMBER, LUMEN, YUKI

if TYPE_CHECKING:
    from shopify_assets_tests.defs.conftest import Location


def test_a_job_adds_the_shops_that_have_no_partition_yet(location: Location) -> None:
    instance, job = location.instance, location.defs.resolve_job_def("add_shops")
    instance.add_dynamic_partitions(SHOP, [YUKI, "gone.myshopify.com"])
    for _ in range(2):
        assert job.execute_in_process(instance=instance).success
        partitions = instance.get_dynamic_partitions(SHOP)
        assert sorted(partitions) == [EMBER, "gone.myshopify.com", LUMEN, YUKI]
