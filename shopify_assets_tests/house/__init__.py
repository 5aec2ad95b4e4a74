"""Invariants of the house: what no module, page or file may break."""
