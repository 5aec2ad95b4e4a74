"""The guard around Dagster's pages, attacked by plain HTTP and by a browser."""
