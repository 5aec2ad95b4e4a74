"""Fulfilment: what is to be shipped, from where, and what holds it up.

Charter: declarations of fulfilment's streams.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, Stream

# A stream of its own: a hold moves the fulfilment order, not the order.
FULFILLMENT_ORDERS = Stream(
    name="fulfillment_orders",
    root="fulfillmentOrders",
    family="fulfillment",
    description="Fulfilment orders, closed ones too, with lines and holds.",
    arguments="includeClosed: true",
    incremental=Incremental("updated_at"),
    webhooks=(
        "fulfillment_orders/cancelled",
        "fulfillment_orders/moved",
        "fulfillment_orders/split",
        "fulfillment_orders/merged",
        "fulfillment_orders/rescheduled",
        "fulfillment_orders/placed_on_hold",
        "fulfillment_orders/hold_released",
        "fulfillment_orders/order_routing_complete",
    ),
    selection="""
        id status requestStatus createdAt updatedAt fulfillAt fulfillBy
        orderName orderProcessedAt
        order { id }
        assignedLocation {
            name address1 address2 city province zip countryCode phone
            location { id }
        }
        deliveryMethod {
            methodType presentedName serviceCode sourceReference
            minDeliveryDateTime maxDeliveryDateTime
        }
        destination {
            firstName lastName company address1 address2 city province zip countryCode
            email phone
        }
        holds: fulfillmentHolds {
            id handle reason reasonNotes displayReason heldByRequestingApp
        }
        lineItems { nodes {
            id totalQuantity remainingQuantity requiresShipping productTitle
            variantTitle sku vendor
            lineItem { id }
            variant { id }
        } }
        fulfillments { nodes { id status } }
    """,
)

STREAMS = (FULFILLMENT_ORDERS,)
