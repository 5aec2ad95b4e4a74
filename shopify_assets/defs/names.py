"""What jobs, runs and their tags are called.

Charter: the names that schedules, sensors, commands and people use. Nothing here
imports Dagster, which takes seconds.
"""

CODE_LOCATION = "shopify_assets"

BACKFILL_JOB = "backfill"
SYNC_JOB = "sync"
VERIFY_JOB = "verify"

# Dagster's own tag of a run for one partition: ours are shops. dagster.yaml lets one
# run at a time have a value of it, wherever the run comes from.
PARTITION_TAG = "dagster/partition"

# Set on every run that this project asks for.
SHOP_TAG = "shopify_assets/shop"

# What asked for a run: `command`, `schedule`; a run started in the UI has none.
TRIGGER_TAG = "shopify_assets/trigger"
COMMAND, SCHEDULE = "command", "schedule"

# The process of a run that a command executes: whether it lives tells whether the run
# does.
PROCESS_TAG = "shopify_assets/process"


def op_of(job: str) -> str:
    """The name of a job's one op, which configuration is given to: `sync_shop`."""
    return f"{job}_shop"
