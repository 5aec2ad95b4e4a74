"""Every stream, declared once.

Charter: declarations only. `STREAMS` is the one list; a stream that is not in it does
not exist.
"""

from __future__ import annotations

from shopify_assets.streams import (
    bundles,
    cash,
    companies,
    content,
    credit,
    custom_data,
    customers,
    discounts,
    fulfillment,
    inventory,
    marketing,
    online_store,
    order_facts,
    orders,
    payments,
    pricing,
    products,
    publishing,
    returns,
    shop,
    shopify_payments,
    subscriptions,
    taxonomy,
    translations,
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
    *bundles.STREAMS,
    *taxonomy.STREAMS,
    *publishing.STREAMS,
    *pricing.STREAMS,
    *custom_data.STREAMS,
    *translations.STREAMS,
    *inventory.STREAMS,
    *fulfillment.STREAMS,
    *payments.STREAMS,
    *shopify_payments.STREAMS,
    *credit.STREAMS,
    *cash.STREAMS,
    *discounts.STREAMS,
    *marketing.STREAMS,
    *content.STREAMS,
    *online_store.STREAMS,
)
