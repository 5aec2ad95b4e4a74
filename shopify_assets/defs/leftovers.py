"""Runs whose process is gone: they are ended, for nobody else will.

Charter: which runs of an instance are dead, and telling the instance so. Only for an
instance on one machine, whose daemon does not run yet.
"""

from collections.abc import Callable

import dagster as dg

from shopify_assets.defs.names import PROCESS_TAG

_RUNNING = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
# A run of ours is written down a while before it starts.
_UNFINISHED = [*_RUNNING, dg.DagsterRunStatus.NOT_STARTED]
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
    served = [
        run
        for run in instance.get_runs(dg.RunsFilter(statuses=_RUNNING))
        if PROCESS_TAG not in run.tags and _SERVED in run.tags
    ]
    for run in served:
        instance.report_run_failed(run, _ENDED)
    return [run.run_id for run in served] + end_orphans(instance, alive=alive)


def end_orphans(
    instance: dg.DagsterInstance, *, alive: Callable[[int], bool]
) -> list[str]:
    """Mark those runs of the command line as failed whose process is gone.

    Unlike the runs of a code server, these may be judged at any time.
    """
    dead = [
        run
        for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED))
        if PROCESS_TAG in run.tags and not alive(int(run.tags[PROCESS_TAG]))
    ]
    for run in dead:
        instance.report_run_failed(run, _ENDED)
    return [run.run_id for run in dead]


def cancel_runs(instance: dg.DagsterInstance, *, process: int) -> list[str]:
    """Mark the runs of a process that is leaving, or was ended, as canceled."""
    tags = {PROCESS_TAG: str(process)}
    mine = instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED, tags=tags))
    for run in mine:
        instance.report_run_canceled(run, "Ended by a signal; run it again to go on.")
    return [run.run_id for run in mine]


_ENDED = "The process of this run was ended."
