"""What a run does to one shop: each stream to its end, whatever becomes of another."""
