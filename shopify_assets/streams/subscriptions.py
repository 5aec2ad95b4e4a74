"""Subscriptions: what was agreed, when it is billed, and whether that worked.

Charter: declarations of the streams about subscription contracts. Shopify shows an app
the contracts it made itself, and no others.
"""

from __future__ import annotations

from datetime import timedelta

from shopify_assets.catalog.stream import Incremental, KeyTime, OldOrders, Stream
from shopify_assets.streams.fragments import ADDRESS, CUSTOM_ATTRIBUTES, MONEY_V2

_OPTION = "title presentmentTitle code description"
_DELIVERY_METHOD = f"""deliveryMethod {{
    type: __typename
    ... on SubscriptionDeliveryMethodShipping {{
        address {ADDRESS}
        shippingOption {{ {_OPTION} }}
    }}
    ... on SubscriptionDeliveryMethodLocalDelivery {{
        address {ADDRESS}
        localOption: localDeliveryOption {{ {_OPTION} instructions phone }}
    }}
    ... on SubscriptionDeliveryMethodPickup {{
        pickupOption {{ {_OPTION} location {{ id }} }}
    }}
}}"""
_LINES = f"""lines {{ nodes {{
    id title variantTitle sku quantity requiresShipping taxable sellingPlanName
    productGid: productId variantGid: variantId sellingPlanGid: sellingPlanId
    currentPrice {MONEY_V2}
    lineDiscountedPrice {MONEY_V2}
    concatenatedOriginContract {{ id }}
    pricingPolicy {{
        basePrice {MONEY_V2}
        cycleDiscounts {{
            afterCycle adjustmentType computedPrice {MONEY_V2}
            adjustment: adjustmentValue {{
                ... on MoneyV2 {MONEY_V2}
                ... on SellingPlanPricingPolicyPercentageValue {{ percentage }}
            }}
        }}
    }}
    discountAllocations {{
        amount {MONEY_V2}
        discount {{
            type: __typename
            ... on SubscriptionManualDiscount {{ id title }}
            ... on SubscriptionAppliedCodeDiscount {{ id redeemCode rejectionReason }}
        }}
    }}
    {CUSTOM_ATTRIBUTES}
}} }}"""
_DISCOUNTS = f"""discounts {{ nodes {{
    id title type targetType usageCount recurringCycleLimit rejectionReason
    entitledLines {{ all lines {{ nodes {{ id }} }} }}
    value {{
        ... on SubscriptionDiscountFixedAmountValue {{
            amount {MONEY_V2} appliesOnEachItem
        }}
        ... on SubscriptionDiscountPercentageValue {{ percentage }}
    }}
}} }}"""
_ANCHORS = "{ type day month cutoffDay }"

SUBSCRIPTION_CONTRACTS = Stream(
    name="subscription_contracts",
    root="subscriptionContracts",
    family="subscriptions",
    description="Subscription contracts with lines, discounts, delivery and orders.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    old_orders=OldOrders.LISTS,
    ordered=("subscription_contract_lines",),
    webhooks=(
        "subscription_contracts/create",
        "subscription_contracts/update",
        "subscription_contracts/activate",
        "subscription_contracts/cancel",
        "subscription_contracts/pause",
        "subscription_contracts/expire",
        "subscription_contracts/fail",
    ),
    selection=f"""
        id status note currencyCode createdAt updatedAt nextBillingDate revisionId
        lastPaymentStatus lastBillingAttemptErrorType appAdminUrl
        app {{ id title }}
        customer {{ id }}
        originOrder {{ id }}
        paymentMethod: customerPaymentMethod(showRevoked: true) {{ gid: id revokedAt }}
        deliveryPrice {MONEY_V2}
        billingPolicy {{
            interval intervalCount minCycles maxCycles
            billingAnchors: anchors {_ANCHORS}
        }}
        deliveryPolicy {{
            interval intervalCount deliveryAnchors: anchors {_ANCHORS}
        }}
        {_DELIVERY_METHOD}
        {CUSTOM_ATTRIBUTES}
        {_LINES}
        {_DISCOUNTS}
        orders {{ nodes {{ id }} }}
    """,
)

# An attempt is stamped as it is made (what it is dated back to is its `originTime`),
# and stays pending while a payment is processed or challenged.
SUBSCRIPTION_BILLING_ATTEMPTS = Stream(
    name="subscription_billing_attempts",
    root="subscriptionBillingAttempts",
    family="subscriptions",
    description="Attempts to bill a subscription, with outcome, error and order.",
    incremental=Incremental(
        "created_at", KeyTime.OF_CHANGE, lookback=timedelta(days=45)
    ),
    webhooks=(
        "subscription_billing_attempts/success",
        "subscription_billing_attempts/failure",
        "subscription_billing_attempts/challenged",
    ),
    selection="""
        id createdAt completedAt originTime idempotencyKey respectInventoryPolicy
        paymentGroupId paymentSessionId
        subscriptionContract { id }
        state {
            type: __typename
            ... on SubscriptionBillingAttemptSuccessState { order { id } }
            ... on SubscriptionBillingAttemptPendingState { processing }
            ... on SubscriptionBillingAttemptActionRequiredState { action {
                ... on SubscriptionBillingAttemptPaymentChallenge {
                    status nextActionUrl
                }
            } }
            ... on SubscriptionBillingAttemptFailedState { error {
                type: __typename
                ... on SubscriptionBillingAttemptGeneralError { generalCode: code }
                ... on SubscriptionBillingAttemptInventoryError { inventoryCode: code }
                ... on SubscriptionBillingAttemptPaymentError { paymentCode: code }
                ... on SubscriptionBillingAttemptUnexpectedError { message }
            } }
        }
        transactions { nodes { id } }
    """,
)

# A snapshot: cycles become due and are skipped or edited without moving the contract.
SUBSCRIPTION_BILLING_CYCLES = Stream(
    name="subscription_billing_cycles",
    root="subscriptionContracts",
    family="subscriptions",
    description="Billing cycles of each subscription contract: due, billed or skipped.",
    webhooks=(
        "subscription_billing_cycles/skip",
        "subscription_billing_cycles/unskip",
        "subscription_billing_cycle_edits/create",
        "subscription_billing_cycle_edits/update",
        "subscription_billing_cycle_edits/delete",
    ),
    selection=f"""
        id
        subscriptionBillingCycles(contractId: $id) {{ nodes {{
            id: cycleIndex cycleStartAt cycleEndAt billingAttemptExpectedDate
            status skipped edited
            editedContract {{
                createdAt updatedAt note appAdminUrl currencyCode
                deliveryPrice {MONEY_V2}
                {CUSTOM_ATTRIBUTES}
            }}
        }} }}
    """,
)

STREAMS = (
    SUBSCRIPTION_CONTRACTS,
    SUBSCRIPTION_BILLING_ATTEMPTS,
    SUBSCRIPTION_BILLING_CYCLES,
)
