"""Dagster's UI and daemon as people start them: `shopify-assets dev`, and a browser."""
