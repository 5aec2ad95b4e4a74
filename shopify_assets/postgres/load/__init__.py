"""Loading: a batch of rows into its tables, in one transaction."""
