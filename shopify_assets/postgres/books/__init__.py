"""What the warehouse remembers of loads, doubts, proofs and records set aside."""
