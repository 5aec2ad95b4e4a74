"""Runs whose process is gone: they are ended, for nobody else will.

Charter: which runs of an instance are dead, and telling the instance so. Only for an
instance on one machine, whose daemon does not run yet.
"""

from collections.abc import Callable

import dagster as dg

from shopify_assets.defs.jobs import PROCESS_TAG

_RUNNING = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
# Dagster's own tag on runs that a code server runs; that server ended with its daemon.
_SERVED = ".dagster/grpc_info"


def end_leftovers(
    instance: dg.DagsterInstance, *, alive: Callable[[int], bool]
) -> list[str]:
    """Mark runs as failed whose process is gone; return their ids.

    Args:
        instance: the instance; none of its code servers may be running.
        alive: whether the process of that number lives.
    """
    running = instance.get_runs(dg.RunsFilter(statuses=_RUNNING))
    dead = [each for each in running if _is_dead(each, alive)]
    for each in dead:
        instance.report_run_failed(each, "The process of this run was ended.")
    return [each.run_id for each in dead]


def _is_dead(run: dg.DagsterRun, alive: Callable[[int], bool]) -> bool:
    process = run.tags.get(PROCESS_TAG)
    if process is not None:
        return not alive(int(process))
    return _SERVED in run.tags
