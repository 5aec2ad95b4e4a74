"""Every stream, declared once.

Charter: declarations only. `STREAMS` is the one list; a stream that is not in it does
not exist.
"""

from __future__ import annotations

from shopify_assets.streams import (
    administration,
    analytics,
    checkout,
    content,
    customers,
    discounts,
    events,
    fulfillment,
    inventory,
    markets,
    orders,
    payments,
    products,
    shipping,
    shop,
)

STREAMS = (
    *shop.STREAMS,
    *orders.STREAMS,
    *customers.STREAMS,
    *products.STREAMS,
    *inventory.STREAMS,
    *fulfillment.STREAMS,
    *shipping.STREAMS,
    *payments.STREAMS,
    *discounts.STREAMS,
    *content.STREAMS,
    *markets.STREAMS,
    *checkout.STREAMS,
    *analytics.STREAMS,
    *events.STREAMS,
    *administration.STREAMS,
)
