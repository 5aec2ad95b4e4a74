"""Fulfilment: what is to be shipped, from where, and what holds it up.

Charter: declarations of fulfilment's streams.
"""

from __future__ import annotations

from datetime import timedelta

from shopify_assets.catalog.stream import Incremental, KeyTime, OldOrders, Stream
from shopify_assets.streams.fragments import MONEY_BAG, MONEY_BAG_WITH_CURRENCY

# A stream of its own: a hold moves the fulfilment order, not the order.
FULFILLMENT_ORDERS = Stream(
    name="fulfillment_orders",
    root="fulfillmentOrders",
    family="fulfillment",
    description="Fulfilment orders, closed ones too, with lines and holds.",
    arguments="includeClosed: true",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    old_orders=OldOrders.RECORDS,
    webhooks=(
        "fulfillment_orders/cancelled",
        "fulfillment_orders/moved",
        "fulfillment_orders/split",
        "fulfillment_orders/merged",
        "fulfillment_orders/rescheduled",
        "fulfillment_orders/placed_on_hold",
        "fulfillment_orders/hold_released",
        "fulfillment_orders/order_routing_complete",
        "fulfillment_orders/progress_reported",
        "fulfillment_orders/fulfillment_request_submitted",
        "fulfillment_orders/fulfillment_request_accepted",
        "fulfillment_orders/fulfillment_request_rejected",
        "fulfillment_orders/cancellation_request_submitted",
        "fulfillment_orders/scheduled_fulfillment_order_ready",
        "fulfillment_holds/added",
        "fulfillment_holds/released",
    ),
    selection=f"""
        id status requestStatus createdAt updatedAt fulfillAt fulfillBy
        orderName orderProcessedAt
        order {{ id }}
        assignedLocation {{
            name address1 address2 city province zip countryCode phone
            location {{ id }}
        }}
        deliveryMethod {{
            methodType presentedName serviceCode sourceReference
            minDeliveryDateTime maxDeliveryDateTime
            id
            additional: additionalInformation {{ instructions phone }}
            brandedPromise {{ handle name }}
        }}
        destination {{
            id
            location {{ id }}
            firstName lastName company address1 address2 city province zip countryCode
            email phone
        }}
        holds: fulfillmentHolds {{
            id handle reason reasonNotes displayReason heldByRequestingApp
            heldByApp {{ id title }}
        }}
        internationalDuties {{ incoterm }}
        remainingLineItemsWeight {{ value unit }}
        supportedActions {{ action externalUrl }}
        lineItems {{ nodes {{
            id totalQuantity remainingQuantity requiresShipping productTitle
            variantTitle sku vendor inventoryItemGid: inventoryItemId
            weight {{ value unit }}
            lineItem {{ id }}
            variant {{ id }}
            shippingLine {{ id }}
            financialSummaries {{
                quantity
                originalUnitPriceSet {MONEY_BAG_WITH_CURRENCY}
                approximateDiscountedUnitPriceSet {MONEY_BAG}
            }}
        }} }}
        fulfillments {{ nodes {{ id status }} }}
        merchantRequests {{ nodes {{
            id kind message sentAt requestOptions responseData
        }} }}
    """,
)

# Carriers go on reporting for days, which does not move the order for certain.
_DELIVERED = timedelta(days=14)

FULFILLMENTS = Stream(
    name="fulfillments",
    root="orders",
    family="fulfillment",
    description="Parcels on their way: origin, tracking, and each event till delivery.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE, lookback=_DELIVERED),
    webhooks=(
        "fulfillments/create",
        "fulfillments/update",
        "fulfillment_events/create",
        "fulfillment_events/delete",
    ),
    selection="""
        id updatedAt
        fulfillments {
            id name status displayStatus requiresShipping totalQuantity
            createdAt updatedAt inTransitAt estimatedDeliveryAt deliveredAt
            location { id }
            service { handle name: serviceName type }
            originAddress { address1 address2 city provinceCode zip countryCode }
            trackingInfo { company number url }
            events { nodes {
                id status happenedAt createdAt estimatedDeliveryAt message
                address1 city province zip country latitude longitude
            } }
            fulfillmentOrders { nodes { id } }
        }
    """,
)

STREAMS = (FULFILLMENT_ORDERS, FULFILLMENTS)
