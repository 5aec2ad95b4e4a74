"""The daily schedule: for every shop its recent partitions, and its snapshots.

Charter: which runs are asked for when. Runs extract from the watermark on, so asking
for a partition again costs only what is new in it.
"""

import dagster as dg

from shopify_assets.defs.jobs import (
    INCREMENTAL,
    INCREMENTAL_JOB,
    MODE_TAG,
    PROOF_JOB,
    SHOP_TAG,
    SNAPSHOT_JOB,
)
from shopify_assets.defs.partitions import range_tags
from shopify_assets.defs.resources import ShopifyResource
from shopify_assets.windows import Window


def daily(windows: dg.TimeWindowPartitionsDefinition) -> list[dg.ScheduleDefinition]:
    """Make the schedules; both are on from the start."""

    @dg.schedule(
        name=f"daily_{INCREMENTAL_JOB}",
        job_name=INCREMENTAL_JOB,
        cron_schedule="15 2 * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Every night, for each shop, what changed since its watermark.",
    )
    def recent(
        context: dg.ScheduleEvaluationContext, shopify: ShopifyResource
    ) -> list[dg.RunRequest]:
        now = context.scheduled_execution_time
        yesterday = windows.get_prev_partition_window(now)
        start = yesterday.start if yesterday else now
        return [
            dg.RunRequest(
                run_key=f"{shop.domain}/{now:%Y-%m-%d}",
                tags={
                    **range_tags(shop.domain, Window(start, now), windows),
                    SHOP_TAG: shop.domain,
                    MODE_TAG: INCREMENTAL,
                },
            )
            for shop in shopify.shops()
        ]

    @dg.schedule(
        name=f"daily_{SNAPSHOT_JOB}",
        job_name=SNAPSHOT_JOB,
        cron_schedule="45 2 * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Every night, for each shop, the streams that are read whole.",
    )
    def whole(
        context: dg.ScheduleEvaluationContext, shopify: ShopifyResource
    ) -> list[dg.RunRequest]:
        now = context.scheduled_execution_time
        return [
            dg.RunRequest(
                run_key=f"{shop.domain}/{now:%Y-%m-%d}",
                partition_key=shop.domain,
                tags={SHOP_TAG: shop.domain},
            )
            for shop in shopify.shops()
        ]

    return [recent, whole]


def weekly() -> dg.ScheduleDefinition:
    """Make the schedule of proofs; it is on from the start."""
    return dg.ScheduleDefinition(
        name=f"weekly_{PROOF_JOB}",
        job_name=PROOF_JOB,
        cron_schedule="30 3 * * 0",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Every Sunday, each stream of every shop compared with the shop.",
    )
