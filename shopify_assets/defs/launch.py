"""Runs that a command starts: written down as the UI's are, then executed here.

Charter: from what is asked of a shop to a run of a job of the code location. With its
origin written down, a run is shown on the timeline and under its job, and can be run
again from there; the functions of Dagster that do so without a web server are not
public, which is why they are met here alone, and pinned by tests.
"""

import sys
from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run_iterator
from dagster._core.origin import (
    DEFAULT_DAGSTER_ENTRY_POINT,
    JobPythonOrigin,
    RepositoryPythonOrigin,
)
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)

from shopify_assets.defs.names import (
    CODE_LOCATION,
    PARTITION_TAG,
    SHOP_TAG,
    op_of,
)
from shopify_assets.defs.partitions import SHOP

_REPOSITORY = "__repository__"


def create(
    job: dg.JobDefinition,
    shop: str,
    config: Mapping[str, Any],
    *,
    instance: dg.DagsterInstance,
    tags: Mapping[str, str],
) -> dg.DagsterRun:
    """Write down a run of a job for a shop; nothing runs yet.

    Args:
        job: a job of the code location, which has one op.
        shop: the shop's domain.
        config: the configuration of its op.
        instance: where the run is kept.
        tags: of the run, beside the shop's.
    """
    instance.add_dynamic_partitions(SHOP, [shop])
    return instance.create_run_for_job(
        job,
        run_config={
            "ops": {op_of(job.name): {"config": dict(config)}},
            # Events go to the instance; people at the terminal see the progress.
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
        tags={PARTITION_TAG: shop, SHOP_TAG: shop, **tags},
        remote_job_origin=RemoteJobOrigin(
            RemoteRepositoryOrigin(
                RegisteredCodeLocationOrigin(CODE_LOCATION), _REPOSITORY
            ),
            job.name,
        ),
        job_code_origin=JobPythonOrigin(
            job.name,
            RepositoryPythonOrigin(
                executable_path=sys.executable,
                code_pointer=ModuleCodePointer(
                    "shopify_assets.definitions", "defs", working_directory=None
                ),
                entry_point=DEFAULT_DAGSTER_ENTRY_POINT,
            ),
        ),
    )


def execute(
    job: dg.JobDefinition, run: dg.DagsterRun, *, instance: dg.DagsterInstance
) -> list[dg.DagsterEvent]:
    """Execute a run in this process, to its end; a failure is in its events."""
    return list(execute_run_iterator(InMemoryJob(job), run, instance))


def submit(run: dg.DagsterRun, *, instance: dg.DagsterInstance) -> None:
    """Queue a run for the daemon, which starts it when shop and place are free."""
    # The coordinators of Dagster's open source do not look at the workspace.
    instance.submit_run(run.run_id, workspace=None)  # type: ignore[arg-type]


def failure_of(events: list[dg.DagsterEvent]) -> str | None:
    """Why a run failed, as it says itself; None if it did not."""
    for event in events:
        if event.is_step_failure:
            told = event.step_failure_data.user_failure_data
            if told is not None and told.description:
                return told.description
            error = event.step_failure_data.error
            cause = error.cause if error and error.cause else error
            return cause.message.strip() if cause else "failed without a reason"
        if event.event_type is dg.DagsterEventType.RUN_FAILURE:
            failed = event.job_failure_data.error
            if failed is not None:
                return failed.message.strip()
    return None
