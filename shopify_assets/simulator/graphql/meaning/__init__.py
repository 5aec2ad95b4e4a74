"""What search filters and sort keys mean: how each reads a record, declared by type."""
