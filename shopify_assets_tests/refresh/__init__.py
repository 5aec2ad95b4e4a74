"""What is due at a refresh: books, probes, looks."""
