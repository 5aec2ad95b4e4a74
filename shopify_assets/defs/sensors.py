"""Sensors: the shops of the shops file become partitions.

Charter: what is watched, and what is asked for when it changes.
"""

import dagster as dg

from shopify_assets.defs.partitions import SHOP, SHOPS
from shopify_assets.defs.resources import ShopifyResource


@dg.sensor(
    name="shops",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Adds a partition for every shop of the shops file that has none.",
)
def shops(
    context: dg.SensorEvaluationContext, shopify: ShopifyResource
) -> dg.SensorResult | dg.SkipReason:
    """Shops taken out of the file keep their partitions: their history stays."""
    known = set(context.instance.get_dynamic_partitions(SHOP))
    new = [each.domain for each in shopify.shops() if each.domain not in known]
    if not new:
        return dg.SkipReason(f"all {len(known)} shops have their partition")
    return dg.SensorResult(dynamic_partitions_requests=[SHOPS.build_add_request(new)])
