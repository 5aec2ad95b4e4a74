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
from shopify_assets.defs.resources import ShopifyResource


def schedules() -> list[dg.ScheduleDefinition]:
    """Make the schedules; they are on from the start."""
    return [
        _of_each_shop(
            f"nightly_{SYNC_JOB}",
            SYNC_JOB,
            cron="15 2 * * *",
            description="Every night, for each shop, what is new since its watermarks.",
        ),
        _of_each_shop(
            f"weekly_{VERIFY_JOB}",
            VERIFY_JOB,
            cron="30 3 * * 0",
            description="Every Sunday, each shop's streams compared with the shop.",
        ),
    ]


def _of_each_shop(
    name: str, job: str, *, cron: str, description: str
) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=name,
        job_name=job,
        cron_schedule=cron,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=description,
    )
    def schedule(
        context: dg.ScheduleEvaluationContext, shopify: ShopifyResource
    ) -> Iterator[dg.RunRequest]:
        at = context.scheduled_execution_time
        for shop in shopify.shops():
            yield dg.RunRequest(
                run_key=f"{shop.domain}/{at:%Y-%m-%dT%H:%M}",
                partition_key=shop.domain,
                tags={SHOP_TAG: shop.domain, TRIGGER_TAG: SCHEDULE},
            )

    return schedule
