"""The lake: where raw and normalised files lie, and proof of what each holds.

Charter: `layout` knows every path, `store` and the two stores behind it move bytes,
`records` writes and reads raw files, `manifests` says what an extraction holds and when
it is complete. Nothing here knows of Shopify's API, of GraphQL or of tables; amounts of
data that do not fit memory pass through as blocks of whole lines.
"""
