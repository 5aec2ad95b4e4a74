"""Page sizes learnt from queries that cost too much, kept from run to run.

Charter: bringing what the client learnt of a stream's queries into the lake and back.
After a week it is forgotten, so that a full page is tried again: a query that is
refused for its cost costs nothing.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from shopify_assets.api.portions import Limit
from shopify_assets.clocks import is_to_come
from shopify_assets.errors import ConfigurationError, DataError
from shopify_assets.storage.layout import page_sizes_key
from shopify_assets.storage.manifests import LearntSize, PageSizes, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets.storage.layout import Extent
    from shopify_assets.storage.store import Store

KEPT = timedelta(days=7)


@contextmanager
def remembered(client: ShopifyClient, store: Store, extent: Extent) -> Iterator[None]:
    """Begin with the sizes learnt for a stream of a shop; keep what is learnt now."""
    key = page_sizes_key(extent.stream, extent.shop)
    kept = _fresh(_read(store, key, tell=client.waiter.tell), client.server_time())
    client.limits.recall({name: _limit(size) for name, size in kept.items()})
    before = client.limits.known()
    try:
        yield
    finally:
        learnt = {
            name: LearntSize(
                size=limit.size, nested=limit.nested, learnt_at=client.server_time()
            )
            for name, limit in client.limits.known().items()
            if before.get(name) != limit
        }
        if learnt:
            store.write(key, encode(PageSizes(queries={**kept, **learnt})))


def _read(
    store: Store, key: str, *, tell: Callable[[str], None]
) -> dict[str, LearntSize]:
    data = store.read(key)
    if data is None:
        return {}
    location = store.location(key)
    try:
        return decode(data, PageSizes, location=location).queries
    except (DataError, ConfigurationError):
        # What is lost is soon learnt again; no stream has to stop for it.
        tell(f"{location} cannot be read; page sizes are learnt anew")
        return {}


def _fresh(sizes: dict[str, LearntSize], now: datetime) -> dict[str, LearntSize]:
    """Those of the last week; one of a time to come would never be forgotten."""
    return {
        name: size
        for name, size in sizes.items()
        if now - size.learnt_at < KEPT and not is_to_come(size.learnt_at, now)
    }


def _limit(size: LearntSize) -> Limit:
    return Limit(size.size, size.nested)
