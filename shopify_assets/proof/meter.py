"""What a proof costs.

Charter: the meter of a client's points and requests, and of the time that passes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shopify_assets.api.client import ShopifyClient


class Meter:
    """What a client spends from now on."""

    def __init__(self, client: ShopifyClient) -> None:
        self._client = client
        self._started = time.monotonic()
        self._points = client.points_spent
        self._requests = client.requests_sent

    def read(self) -> dict[str, Any]:
        """Points, requests and seconds so far."""
        return {
            "points": round(self._client.points_spent - self._points),
            "requests": self._client.requests_sent - self._requests,
            "seconds": round(time.monotonic() - self._started, 3),
        }
