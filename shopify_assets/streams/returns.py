"""What customers send back.

Charter: declarations of the streams about returns and the reasons for them.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets.streams.fragments import (
    MONEY_BAG,
    MONEY_BAG_WITH_CURRENCY,
    MONEY_V2,
)

_DISPOSITIONS = "dispositions { id type quantity createdAt location { id } }"

# Carried: a return has no root and no update time of its own. Each of its steps shows
# in the order's returnStatus, so the order moves with it.
RETURNS = Stream(
    name="returns",
    root="orders",
    family="orders",
    description="Returns with the lines sent back, exchanged, received and refunded.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    webhooks=(
        "returns/request",
        "returns/approve",
        "returns/decline",
        "returns/update",
        "returns/process",
        "returns/cancel",
        "returns/close",
        "returns/reopen",
        "reverse_deliveries/attach_deliverable",
        "reverse_fulfillment_orders/dispose",
    ),
    selection=f"""
        id updatedAt
        returns {{ nodes {{
            id name status createdAt requestApprovedAt closedAt totalQuantity
            staffMember {{ id }}
            decline {{ reason note }}
            shippingFees: returnShippingFees {{
                id amountSet {MONEY_BAG_WITH_CURRENCY}
            }}
            lineItems: returnLineItems {{ nodes {{
                id type: __typename quantity processableQuantity processedQuantity
                unprocessedQuantity refundableQuantity refundedQuantity customerNote
                reason: returnReasonDefinition {{ id handle name }}
                reasonNote: returnReasonNote
                ... on ReturnLineItem {{
                    fulfillmentLineItem {{ id lineItem {{ id }} }}
                    totalPriceSet: withCodeDiscountedTotalPriceSet
                        {MONEY_BAG_WITH_CURRENCY}
                    restockingFee {{ id percentage amountSet {MONEY_BAG} }}
                    totalWeight {{ value unit }}
                }}
                ... on UnverifiedReturnLineItem {{ unitPrice {MONEY_V2} }}
            }} }}
            exchangeLineItems(includeRemovedItems: true) {{ nodes {{
                id title variantTitle variantSku quantity processableQuantity
                processedQuantity unprocessedQuantity
                productGid: productId variantGid: variantId
                lineItems {{ id }}
            }} }}
            reverseFulfillmentOrders {{ nodes {{
                id status thirdPartyConfirmation {{ status }}
                lineItems {{ nodes {{
                    id totalQuantity
                    fulfillmentLineItem {{ id }}
                    {_DISPOSITIONS}
                }} }}
                reverseDeliveries {{ nodes {{
                    id
                    deliverable {{ ... on ReverseDeliveryShippingDeliverable {{
                        tracking {{ carrierName number url }}
                        label {{ createdAt updatedAt publicFileUrl }}
                    }} }}
                }} }}
            }} }}
            refunds {{ nodes {{ id }} }}
            transactions {{ nodes {{
                id kind status createdAt processedAt
                amountSet {MONEY_BAG_WITH_CURRENCY}
            }} }}
        }} }}
    """,
)

RETURN_REASON_DEFINITIONS = Stream(
    name="return_reason_definitions",
    root="returnReasonDefinitions",
    family="orders",
    description="Reasons a return may have, deleted ones too.",
    selection="id handle name deleted",
)

STREAMS = (RETURNS, RETURN_REASON_DEFINITIONS)
