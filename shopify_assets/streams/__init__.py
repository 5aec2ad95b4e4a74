"""Every stream, declared once.

Charter: declarations only. `STREAMS` is the one list; a stream that is not in it does
not exist.
"""

from __future__ import annotations

from shopify_assets.streams import (
    content,
    customers,
    discounts,
    fulfillment,
    inventory,
    orders,
    payments,
    products,
    shop,
)

STREAMS = (
    *shop.STREAMS,
    *orders.STREAMS,
    *customers.STREAMS,
    *products.STREAMS,
    *inventory.STREAMS,
    *fulfillment.STREAMS,
    *payments.STREAMS,
    *discounts.STREAMS,
    *content.STREAMS,
)
