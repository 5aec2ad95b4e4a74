"""Every stream, declared once.

Charter: declarations only. `STREAMS` is the one list; a stream that is not in it does
not exist.
"""

from __future__ import annotations

from shopify_assets.streams import (
    bundles,
    content,
    custom_data,
    customers,
    discounts,
    fulfillment,
    inventory,
    online_store,
    orders,
    payments,
    pricing,
    products,
    publishing,
    shop,
    taxonomy,
    translations,
)

STREAMS = (
    *shop.STREAMS,
    *orders.STREAMS,
    *customers.STREAMS,
    *products.STREAMS,
    *bundles.STREAMS,
    *taxonomy.STREAMS,
    *publishing.STREAMS,
    *pricing.STREAMS,
    *custom_data.STREAMS,
    *translations.STREAMS,
    *inventory.STREAMS,
    *fulfillment.STREAMS,
    *payments.STREAMS,
    *discounts.STREAMS,
    *content.STREAMS,
    *online_store.STREAMS,
)
