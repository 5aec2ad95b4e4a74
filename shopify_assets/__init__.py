"""Shopify's data in a warehouse, as Dagster assets, with proof that every row is there."""
