"""The shops of the registry become partitions: by a sensor, or at once by a job.

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
    context: dg.SensorEvaluationContext, shopify: dg.ResourceParam[ShopifyResource]
) -> dg.SensorResult | dg.SkipReason:
    """Shops taken out of the file keep their partitions: their history stays."""
    new = _new(context.instance, shopify)
    if not new:
        known = context.instance.get_dynamic_partitions(SHOP)
        return dg.SkipReason(f"all {len(known)} shops have their partition")
    return dg.SensorResult(dynamic_partitions_requests=[SHOPS.build_add_request(new)])


@dg.op(out=dg.Out(dg.Nothing), config_schema={})
def shops_to_partitions(
    context: dg.OpExecutionContext, shopify: dg.ResourceParam[ShopifyResource]
) -> None:
    """Add a partition for every shop that has none."""
    new = _new(context.instance, shopify)
    context.instance.add_dynamic_partitions(SHOP, new)
    context.log.info("added: %s", ", ".join(new) or "none, all were there")


@dg.job(
    description="What the sensor does, at once: where no daemon runs.",
    executor_def=dg.in_process_executor,
)
def add_shops() -> None:
    """Add a partition for every shop that has none."""
    shops_to_partitions()


def _new(
    instance: dg.DagsterInstance, shopify: dg.ResourceParam[ShopifyResource]
) -> list[str]:
    known = set(instance.get_dynamic_partitions(SHOP))
    return [shop.domain for shop in shopify.shops() if shop.domain not in known]
