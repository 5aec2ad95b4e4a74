"""Every stream, declared once.

Charter: declarations only. `STREAMS` is the one list; a stream that is not in it does
not exist.
"""

from __future__ import annotations

from shopify_assets.streams import (
    administration,
    analytics,
    cash,
    checkout,
    companies,
    content,
    credit,
    customers,
    discounts,
    events,
    fulfillment,
    inventory,
    marketing,
    markets,
    order_facts,
    orders,
    payments,
    products,
    returns,
    shipping,
    shop,
    shopify_payments,
    subscriptions,
)

STREAMS = (
    *shop.STREAMS,
    *orders.STREAMS,
    *order_facts.STREAMS,
    *returns.STREAMS,
    *customers.STREAMS,
    *companies.STREAMS,
    *subscriptions.STREAMS,
    *products.STREAMS,
    *inventory.STREAMS,
    *fulfillment.STREAMS,
    *shipping.STREAMS,
    *payments.STREAMS,
    *shopify_payments.STREAMS,
    *credit.STREAMS,
    *cash.STREAMS,
    *discounts.STREAMS,
    *marketing.STREAMS,
    *content.STREAMS,
    *markets.STREAMS,
    *checkout.STREAMS,
    *analytics.STREAMS,
    *events.STREAMS,
    *administration.STREAMS,
)
