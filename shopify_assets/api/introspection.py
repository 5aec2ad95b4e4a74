"""The schema as a shop's API tells it, of the version that is asked.

Charter: one query. What is kept of the answer is decided in `catalog.pin`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import get_introspection_query

if TYPE_CHECKING:
    from shopify_assets.api.client import ShopifyClient

# Descriptions are asked for because they alone name the search fields of a connection.
_QUERY = get_introspection_query(descriptions=True)


def introspect(client: ShopifyClient) -> dict[str, Any]:
    """Ask a shop for its schema: `data.__schema`, some 10 MB; no scope is needed.

    Raises:
        ShopUnavailable, ApiError, Throttled, Unavailable: see `ShopifyClient.execute`.
    """
    return {"data": client.execute(_QUERY).data}
