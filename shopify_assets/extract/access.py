"""Whether a token may read a stream at all.

Charter: scopes that are granted against scopes that are needed. What a stream needs
follows from its selection, in the catalog; who grants it is told in the message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.errors import AccessDenied

if TYPE_CHECKING:
    from shopify_assets.api.client import ShopifyClient
    from shopify_assets.catalog.compiler import CompiledStream


def require_scopes(compiled: CompiledStream, client: ShopifyClient) -> None:
    """Refuse a stream that the token may not read, before anything is asked.

    Raises:
        AccessDenied: naming the shop, the stream and the scopes to grant.
    """
    for needed in missing_scopes(compiled, client.granted_scopes()):
        names = " or ".join(sorted(needed))
        message = (
            f"shop {client.domain!r} lacks scope {names}, needed by stream "
            f"{compiled.name}; grant it and authorize the app again"
        )
        raise AccessDenied(message)


def missing_scopes(
    compiled: CompiledStream, granted: frozenset[str]
) -> list[frozenset[str]]:
    """Sets of scopes the stream needs, of each of which not one is granted."""
    return [needed for needed in compiled.scopes if not needed & granted]
