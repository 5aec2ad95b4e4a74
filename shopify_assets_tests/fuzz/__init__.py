"""Queries by chance: whatever is asked, the simulated shops answer as Shopify would."""
