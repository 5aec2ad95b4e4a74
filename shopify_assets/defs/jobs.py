"""Jobs: their names, and how their runs are tagged.

Charter: what runs are called by schedules, sensors, the CLI and people. The jobs
themselves are assembled in `build`.
"""

INCREMENTAL_JOB = "incremental_streams"
SNAPSHOT_JOB = "snapshot_streams"
PROOF_JOB = "proof"

# On every run this project asks for; dagster.yaml lets one run at a time have a shop.
SHOP_TAG = "shopify_assets/shop"

# Set to extract from the watermark on instead of the partitions' whole windows.
MODE_TAG = "shopify_assets/mode"
INCREMENTAL = "incremental"

# Set (to anything) to compare all rows of the run's records in full when they are
# loaded: stored rows are not believed to be what was loaded.
DISTRUST_TAG = "shopify_assets/distrust"

# The process of a run started from the command line: whether it lives tells whether the
# run does.
PROCESS_TAG = "shopify_assets/process"
