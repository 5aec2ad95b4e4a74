"""The proof that every row is there, and the repair of what is not."""
