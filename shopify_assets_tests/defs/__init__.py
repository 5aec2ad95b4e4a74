"""What Dagster is told, and runs of it in this process."""
