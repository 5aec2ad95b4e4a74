"""Shopify's data in a warehouse, as Dagster assets, with proof that it is whole."""
