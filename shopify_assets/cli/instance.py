"""The Dagster instance of a machine without one, in the embedded server.

Charter: DAGSTER_HOME and its dagster.yaml, when the user has set none. What is in
`deploy/dagster.yaml` for production holds here too: storage with kept connections, one
run at a time of a shop, what is kept for how long.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shopify_assets.private import (
    locks,
    make_folder,
    open_private,
    state_folder,
    write_private,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import dagster as dg

    from shopify_assets.settings import Shop

DAGSTER_HOME = "DAGSTER_HOME"
DATABASE = "dagster"
SERVED = "served.lock"

# What a run plans is stored at once: it is three events a stream, and their checks.
_BATCH = ("DAGSTER_EVENT_BATCH_SIZE", "1000")

# The URL holds a password, and Dagster hands its configuration to its processes on
# their command lines, for all to see: so it is given the name of a variable.
_URL = "SHOPIFY_ASSETS_DAGSTER_URL"

_STORAGE = {
    "module": "shopify_assets.defs.storage",
    "class": "PooledPostgresStorage",
    "config": {"postgres_url": {"env": _URL}},
}
# The tag that every run of a partition has, and a partition is a shop.
_ONE_RUN_A_SHOP = {
    "key": "dagster/partition",
    "value": {"applyLimitPerUniqueValue": True},
    "limit": 1,
}
CONFIGURATION = {
    "storage": {"custom": _STORAGE},
    "concurrency": {
        "runs": {
            "max_concurrent_runs": 4,
            "tag_concurrency_limits": [_ONE_RUN_A_SHOP],
        }
    },
    # Runs of many shops are submitted and started side by side.
    "run_queue": {"dequeue_use_threads": True, "dequeue_num_workers": 4},
    "backfills": {"use_threads": True, "num_workers": 4, "num_submit_workers": 4},
    "schedules": {"use_threads": True, "num_workers": 4, "num_submit_workers": 4},
    # A run that does not start, or does not end when canceled, frees its shop.
    "run_monitoring": {"enabled": True, "start_timeout_seconds": 300},
    # Ticks; of runs and their events the schedule `prune` takes care.
    "retention": {
        "schedule": {"purge_after_days": 30},
        "sensor": {"purge_after_days": {"skipped": 7, "failure": 30, "success": 30}},
    },
    # The terminal is told what steps say, not each event of each partition.
    "python_logs": {"python_log_level": "INFO"},
    "telemetry": {"enabled": False},
    # No invitation to newsletters before the first page.
    "nux": {"enabled": False},
}


def prepare(home: Path) -> None:
    """Point this process and its children at a Dagster instance in the state folder.

    A DAGSTER_HOME that is set already is the user's choice and stays.
    """
    os.environ.setdefault(*_BATCH)
    if os.environ.get(DAGSTER_HOME):
        return
    folder = state_folder(home).resolve() / "dagster"
    make_folder(folder)
    # JSON is YAML.
    text = json.dumps(CONFIGURATION, indent=2) + "\n"
    write_private(folder / "dagster.yaml", text)
    os.environ[_URL] = _database(home)
    os.environ[DAGSTER_HOME] = str(folder)


@contextmanager
def opened() -> Iterator[dg.DagsterInstance]:
    """Open the Dagster instance that DAGSTER_HOME names.

    Its storage is migrated by whoever opens it first, and Dagster does not keep two
    processes from doing so at once: shops side by side take turns.
    """
    import dagster as dg  # noqa: PLC0415 -- seconds of import, paid where it is needed

    with _opened_lock(Path(os.environ[DAGSTER_HOME]) / "open.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        instance = dg.DagsterInstance.get()
    with instance:
        yield instance


def may_be_served() -> bool:
    """Whether a daemon may work on the instance, as far as can be told at once.

    On an instance of this machine alone it is `dev` that has one, and a lock with it.
    """
    if not os.environ.get(_URL):
        return True
    home = Path(os.environ[DAGSTER_HOME])
    with _opened_lock(home / SERVED) as lock:
        return not locks(lock)


@contextmanager
def served() -> Iterator[None]:
    """While the block runs, a daemon works on the instance."""
    with _opened_lock(Path(os.environ[DAGSTER_HOME]) / SERVED) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _opened_lock(file: Path) -> Iterator[int]:
    lock = open_private(file, os.O_RDWR | os.O_CREAT)
    try:
        yield lock
    finally:
        os.close(lock)


def tidy(shops: Sequence[Shop]) -> None:
    """Give every shop its partition, and end runs whose process is gone.

    For the daemon counts a run that was killed as one that runs, and would wait for it
    before it starts another for the same shop.
    """
    from shopify_assets.defs.leftovers import end_leftovers  # noqa: PLC0415 -- slow
    from shopify_assets.defs.partitions import SHOP  # noqa: PLC0415 -- the same

    with opened() as instance:
        instance.add_dynamic_partitions(SHOP, [each.domain for each in shops])
        if os.environ.get(_URL):
            end_leftovers(instance, alive=_alive)


def end_orphans(opened: dg.DagsterInstance) -> None:
    """End runs of commands that were killed, on an instance of this machine alone."""
    from shopify_assets.defs.leftovers import end_orphans as end  # noqa: PLC0415 -- slow

    if os.environ.get(_URL):
        end(opened, alive=_alive)


def cancel_runs(process: int) -> None:
    """Mark the runs of a process as canceled, which had no time to do so itself."""
    from shopify_assets.defs.leftovers import cancel_runs as cancel  # noqa: PLC0415 -- slow

    with opened() as instance:
        cancel(instance, process=process)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _database(home: Path) -> str:
    """Make sure that the embedded server runs and has Dagster's database."""
    import psycopg  # noqa: PLC0415 -- help and refusals come without it
    from psycopg import sql  # noqa: PLC0415 -- the same

    from shopify_assets.postgres.embedded import server  # noqa: PLC0415 -- the same

    url = server.start(home)
    if server.make_database(home, DATABASE):
        # An event lost by a power cut is a line of a log; a commit for each of them
        # that waits for the disk is minutes of a backfill.
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            relaxed = sql.SQL("ALTER DATABASE {} SET synchronous_commit TO off")
            connection.execute(relaxed.format(sql.Identifier(DATABASE)))
    place = url.removeprefix("postgresql://").rpartition("/")[0]
    # SQLAlchemy takes another driver for a bare postgresql://, which Dagster's storage
    # does not work with.
    return f"postgresql+psycopg2://{place}/{DATABASE}"
