"""The job and the schedule that prune Dagster's own storage.

Charter: when `pruning` is done, and how it is told. It is on from the start: Dagster
itself keeps every run and event for ever.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from shopify_assets.defs.config import schema_of

if TYPE_CHECKING:
    from shopify_assets.defs.pruning import Pruned

PRUNE_JOB = "prune"


class PruneConfig(dg.Config):
    """What a run of the job `prune` is asked for."""

    days: int | None = Field(
        default=None,
        ge=1,
        description="Keep runs that ended at most so many days ago; none: the setting.",
    )
    dry_run: bool = Field(
        default=False, description="Only say what would be deleted; delete nothing."
    )


def prune_job(days: int) -> dg.JobDefinition:
    """Make the job; it keeps runs for `days`, unless a run is asked for other ones."""

    # An op needs another name than its job: Dagster lists them together.
    @dg.op(
        name="delete_old_runs",
        out=dg.Out(dg.Nothing),
        config_schema=schema_of(PruneConfig),
    )
    def forget(context: dg.OpExecutionContext) -> None:
        from shopify_assets.defs.pruning import prunable, prune  # noqa: PLC0415 -- slow

        config = PruneConfig(**context.op_config)
        ask = prunable if config.dry_run else prune
        kept = config.days or days
        pruned = ask(context.instance, days=kept, now=datetime.now(UTC))
        context.log.info(told(pruned, days=kept))

    @dg.job(
        name=PRUNE_JOB,
        executor_def=dg.in_process_executor,
        description=f"Deletes runs that ended more than {days} days ago, with their "
        "events and logs; what a state is read from stays.",
    )
    def job() -> None:
        forget()

    return job


def nightly(job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """Make the schedule; it is on from the start."""

    @dg.schedule(
        name=f"nightly_{PRUNE_JOB}",
        job=job,
        cron_schedule="45 5 * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Every night, what Dagster's storage can forget.",
    )
    def schedule(
        context: dg.ScheduleEvaluationContext,
    ) -> dg.RunRequest | dg.SkipReason:
        from shopify_assets.defs.pruning import can_prune  # noqa: PLC0415 -- slow

        if not can_prune(context.instance):
            return dg.SkipReason("Dagster's storage is not in PostgreSQL")
        return dg.RunRequest(run_key=f"{context.scheduled_execution_time:%Y-%m-%d}")

    return schedule


def told(pruned: "Pruned", *, days: int) -> str:
    """What was deleted, as a sentence."""
    return (
        f"older than {days} days: {pruned.runs:,} runs, {pruned.events:,} events, "
        f"{pruned.checks:,} results of checks, {pruned.backfills:,} backfills; "
        f"{pruned.thinned:,} runs stay, for states are read from them"
    )
