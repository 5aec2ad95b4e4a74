"""The Dagster side: all that knows of Dagster, and nothing that does the work."""
