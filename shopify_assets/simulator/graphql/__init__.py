"""GraphQL as Shopify answers it: validated, weighed, executed on the records."""
