"""Schedules: every night what is new in each shop, every week whether all is there.

Charter: which runs are asked for when: a run a shop, so that none waits for another.
"""

from collections.abc import Iterator

import dagster as dg

from shopify_assets.defs.names import (
    SCHEDULE,
    SHOP_TAG,
    SYNC_JOB,
    TRIGGER_TAG,
    VERIFY_JOB,
)
from shopify_assets.defs.options import Options
from shopify_assets.defs.resources import ShopifyResource
from shopify_assets.timing import Timing


def schedules(options: Options) -> list[dg.ScheduleDefinition]:
    """Make the schedules: of what is new, and of proofs."""
    return [
        _of_each_shop(
            f"nightly_{SYNC_JOB}",
            SYNC_JOB,
            options.sync,
            description="For each shop, what is new since its streams' watermarks.",
        ),
        _of_each_shop(
            f"weekly_{VERIFY_JOB}",
            VERIFY_JOB,
            options.verify,
            description="For each shop, whether every row of it is in the warehouse.",
        ),
    ]


def _of_each_shop(
    name: str, job: str, timing: Timing, *, description: str
) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=name,
        job_name=job,
        cron_schedule=timing.cron,
        execution_timezone=timing.time_zone,
        default_status=(
            dg.DefaultScheduleStatus.RUNNING
            if timing.enabled
            else dg.DefaultScheduleStatus.STOPPED
        ),
        description=description,
    )
    def schedule(
        context: dg.ScheduleEvaluationContext,
        shopify: dg.ResourceParam[ShopifyResource],
    ) -> Iterator[dg.RunRequest]:
        at = context.scheduled_execution_time
        for shop in shopify.shops():
            yield dg.RunRequest(
                run_key=f"{shop.domain}/{at:%Y-%m-%dT%H:%M}",
                partition_key=shop.domain,
                tags={SHOP_TAG: shop.domain, TRIGGER_TAG: SCHEDULE},
            )

    return schedule
