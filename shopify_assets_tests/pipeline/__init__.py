"""The three steps of a slice together, from a shop to the warehouse."""
