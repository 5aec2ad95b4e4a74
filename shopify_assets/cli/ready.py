"""Whether shops can be read at all: found out before anything is started.

Charter: one quick question to each shop, all at once. A shop that cannot be read is
told with what to do, and is left out; what may pass by itself (a server's bad moment)
is left to the run, which has more patience.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from typing import TYPE_CHECKING

from shopify_assets.api.client import connect
from shopify_assets.api.retry import RetryConfig
from shopify_assets.api.wire import Timeouts
from shopify_assets.errors import (
    ShopifyAssetsError,
    Throttled,
    Unavailable,
    Unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shopify_assets.settings import Settings, Shop

# The second question is for a connection that was refused for a moment.
QUICK = RetryConfig(attempts=2, first_wait=0.5, jitter=0.0, deadline=8.0)
TIMEOUTS = Timeouts(connect=4.0, read=8.0, total=30.0)
_AT_ONCE = 32
_PATIENCE = 15.0  # seconds for all of them


def unreadable(shops: Sequence[Shop], settings: Settings) -> dict[str, str]:
    """Ask every shop at once; say, by domain, why some cannot be read."""
    pool = ThreadPoolExecutor(min(_AT_ONCE, max(1, len(shops))))
    try:
        asked = {pool.submit(refusal, shop, settings): shop for shop in shops}
        # Who has not answered by then is left to the run.
        answers = wait(asked, timeout=_PATIENCE).done
        reasons = {
            asked[each].domain: each.result() for each in asked if each in answers
        }
    finally:
        # Nobody waits for the others, least of all a command that is told to end.
        pool.shutdown(wait=False, cancel_futures=True)
    return {domain: reason for domain, reason in reasons.items() if reason}


def refusal(shop: Shop, settings: Settings) -> str | None:
    """Ask a shop for its scopes; why it cannot be read, or None."""
    try:
        client = connect(shop, settings=settings, retry=QUICK, timeouts=TIMEOUTS)
        with closing(client):
            client.granted_scopes()
    except Unreachable as error:
        return _of_shop(shop, error)
    except (Throttled, Unavailable):
        return None
    except ShopifyAssetsError as error:
        return _of_shop(shop, error)
    return None


def _of_shop(shop: Shop, error: ShopifyAssetsError) -> str:
    reason = str(error).removeprefix(f"shop {shop.domain!r}").removeprefix(":").strip()
    return f"shop {shop.domain!r}: {reason}"
