"""Orders, all that is placed, paid, shipped and given back; drafts and checkouts.

Charter: declarations of the streams around an order.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets.streams.fragments import (
    ADDRESS,
    CUSTOM_ATTRIBUTES,
    DISCOUNT_ALLOCATIONS,
    METAFIELDS,
    MONEY_BAG,
    MONEY_BAG_WITH_CURRENCY,
    MONEY_V2,
    PURCHASING_COMPANY,
    TAX_LINES,
)

ORDERS = Stream(
    name="orders",
    root="orders",
    family="orders",
    urgent=True,
    description="Orders with all that is on them; cancelled and test ones too.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    ordered=("order_line_items",),
    webhooks=(
        "orders/create",
        "orders/updated",
        "orders/edited",
        "orders/cancelled",
        "orders/delete",
        "refunds/create",
        "order_transactions/create",
        "fulfillments/create",
        "fulfillments/update",
    ),
    selection=f"""
        id name number confirmationNumber email phone note tags
        createdAt processedAt updatedAt closedAt cancelledAt cancelReason
        test confirmed edited taxesIncluded taxExempt dutiesIncluded estimatedTaxes
        requiresShipping customerAcceptsMarketing customerLocale clientIp
        displayFinancialStatus displayFulfillmentStatus returnStatus
        currencyCode presentmentCurrencyCode
        sourceName sourceIdentifier poNumber registeredSourceUrl
        cartToken checkoutToken discountCodes paymentGatewayNames
        app {{ id name }}
        customer {{ id }}
        {PURCHASING_COMPANY}
        retailLocation {{ id }}
        attribution {{ handle }}
        subtotalLineItemsQuantity currentSubtotalLineItemsQuantity
        totalWeight currentTotalWeight
        originalTotalPriceSet {MONEY_BAG}
        totalPriceSet {MONEY_BAG}
        currentTotalPriceSet {MONEY_BAG}
        subtotalPriceSet {MONEY_BAG}
        currentSubtotalPriceSet {MONEY_BAG}
        totalDiscountsSet {MONEY_BAG}
        currentTotalDiscountsSet {MONEY_BAG}
        totalTaxSet {MONEY_BAG}
        currentTotalTaxSet {MONEY_BAG}
        totalShippingPriceSet {MONEY_BAG}
        currentShippingPriceSet {MONEY_BAG}
        originalTotalDutiesSet {MONEY_BAG}
        currentTotalDutiesSet {MONEY_BAG}
        currentTotalAdditionalFeesSet {MONEY_BAG}
        totalTipReceivedSet {MONEY_BAG}
        totalReceivedSet {MONEY_BAG}
        totalRefundedSet {MONEY_BAG}
        totalRefundedShippingSet {MONEY_BAG}
        totalOutstandingSet {MONEY_BAG}
        netPaymentSet {MONEY_BAG}
        totalCashRoundingAdjustment {{
            paymentSet {MONEY_BAG} refundSet {MONEY_BAG}
        }}
        billingAddress {ADDRESS}
        shippingAddress {ADDRESS}
        {CUSTOM_ATTRIBUTES}
        {TAX_LINES}
        transactions {{
            id kind status test gateway formattedGateway accountNumber errorCode
            paymentId createdAt processedAt authorizationExpiresAt
            settlementCurrency settlementCurrencyRate
            manualPaymentGateway multiCapturable
            amountSet {MONEY_BAG_WITH_CURRENCY}
            totalUnsettledSet {MONEY_BAG}
            parentTransaction {{ id }}
            fees {{
                id type rate rateName flatFeeName
                amount {MONEY_V2} flatFee {MONEY_V2} taxAmount {MONEY_V2}
            }}
        }}
        fulfillments {{
            id name status displayStatus requiresShipping totalQuantity
            createdAt updatedAt inTransitAt estimatedDeliveryAt deliveredAt
            location {{ id }}
            trackingInfo {{ company number url }}
            lineItems: fulfillmentLineItems {{ nodes {{
                id quantity lineItem {{ id }}
                originalTotalSet {MONEY_BAG_WITH_CURRENCY}
                discountedTotalSet {MONEY_BAG}
            }} }}
        }}
        refunds {{
            id note createdAt processedAt updatedAt
            totalRefundedSet {MONEY_BAG_WITH_CURRENCY}
            lineItems: refundLineItems {{ nodes {{
                id quantity restockType restocked
                lineItem {{ id }}
                location {{ id }}
                priceSet {MONEY_BAG_WITH_CURRENCY}
                subtotalSet {MONEY_BAG}
                totalTaxSet {MONEY_BAG}
            }} }}
            adjustments: orderAdjustments {{ nodes {{
                id reason
                amountSet {MONEY_BAG_WITH_CURRENCY}
                taxAmountSet {MONEY_BAG}
            }} }}
            shippingLines: refundShippingLines {{ nodes {{
                id shippingLine {{ id }}
                subtotalAmountSet {MONEY_BAG_WITH_CURRENCY}
                taxAmountSet {MONEY_BAG}
            }} }}
            transactions {{ nodes {{ id }} }}
        }}
        lineItems {{ nodes {{
            id name title variantTitle sku vendor
            quantity currentQuantity refundableQuantity unfulfilledQuantity
            nonFulfillableQuantity requiresShipping taxable isGiftCard restockable
            merchantEditable
            product {{ id }}
            variant {{ id }}
            sellingPlan {{ name gid: sellingPlanId }}
            originalUnitPriceSet {MONEY_BAG_WITH_CURRENCY}
            originalTotalSet {MONEY_BAG}
            discountedUnitPriceSet {MONEY_BAG}
            discountedTotalSet {MONEY_BAG}
            totalDiscountSet {MONEY_BAG}
            {CUSTOM_ATTRIBUTES}
            {TAX_LINES}
            {DISCOUNT_ALLOCATIONS}
        }} }}
        shippingLines(includeRemovals: true) {{ nodes {{
            id title code source custom isRemoved carrierIdentifier deliveryCategory
            shippingRateHandle phone
            originalPriceSet {MONEY_BAG_WITH_CURRENCY}
            discountedPriceSet {MONEY_BAG}
            currentDiscountedPriceSet {MONEY_BAG}
            {TAX_LINES}
            {DISCOUNT_ALLOCATIONS}
        }} }}
        discountApplications {{ nodes {{
            index type: __typename allocationMethod targetSelection targetType
            value {{
                ... on MoneyV2 {MONEY_V2}
                ... on PricingPercentageValue {{ percentage }}
            }}
            ... on AutomaticDiscountApplication {{ title }}
            ... on DiscountCodeApplication {{ code }}
            ... on ManualDiscountApplication {{ title description }}
            ... on ScriptDiscountApplication {{ title }}
        }} }}
        {METAFIELDS}
    """,
)

DRAFT_ORDERS = Stream(
    name="draft_orders",
    root="draftOrders",
    family="orders",
    description="Draft orders: open, invoiced and completed ones.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    ordered=("draft_order_line_items",),
    webhooks=("draft_orders/create", "draft_orders/update", "draft_orders/delete"),
    selection=f"""
        id name status email phone tags note: note2 poNumber
        createdAt updatedAt completedAt invoiceSentAt invoiceUrl reserveInventoryUntil
        taxExempt taxesIncluded ready visibleToCustomer discountCodes
        currencyCode presentmentCurrencyCode totalQuantityOfLineItems totalWeight
        acceptAutomaticDiscounts allowDiscountCodesInCheckout
        allVariantPricesOverridden anyVariantPricesOverridden
        billingAddressMatchesShippingAddress invoiceEmailTemplateSubject
        hasTimelineComment
        customer {{ id }}
        {PURCHASING_COMPANY}
        order {{ id }}
        subtotalPriceSet {MONEY_BAG}
        totalDiscountsSet {MONEY_BAG}
        totalLineItemsPriceSet {MONEY_BAG}
        totalPriceSet {MONEY_BAG}
        totalShippingPriceSet {MONEY_BAG}
        totalTaxSet {MONEY_BAG}
        lineItemsSubtotalPriceSet: lineItemsSubtotalPrice {MONEY_BAG}
        amountDueNowSet {MONEY_BAG}
        amountDueLaterSet {MONEY_BAG}
        appliedDiscount {{ title description value valueType amountSet {MONEY_BAG} }}
        shippingLine {{
            title code source custom carrierIdentifier deliveryCategory phone
            shippingRateHandle
            originalPriceSet {MONEY_BAG}
            discountedPriceSet {MONEY_BAG}
        }}
        warnings {{
            type: __typename errorCode field message
            ... on DraftOrderDiscountNotAppliedWarning {{ discountCode discountTitle }}
        }}
        deposit {{ ... on DepositPercentage {{ percentage }} }}
        terms: paymentTerms {{
            id name: paymentTermsName type: paymentTermsType dueInDays
            paymentSchedules {{ nodes {{
                id issuedAt dueAt completedAt
                balanceDue {MONEY_V2}
                totalBalance {MONEY_V2}
            }} }}
        }}
        platformDiscounts {{
            gid: id title code summary shortSummary presentationLevel
            automaticDiscount bxgyDiscount discountClasses
            totalAmount {MONEY_V2}
            totalAmountPriceSet {MONEY_BAG}
            discountNode {{ id }}
        }}
        localizedFields {{ nodes {{ key value title purpose countryCode }} }}
        {METAFIELDS}
        billingAddress {ADDRESS}
        shippingAddress {ADDRESS}
        {CUSTOM_ATTRIBUTES}
        {TAX_LINES}
        lineItems {{ nodes {{
            id uuid name title variantTitle sku vendor quantity custom
            requiresShipping taxable isGiftCard
            product {{ id }}
            variant {{ id }}
            originalUnitPriceSet {MONEY_BAG_WITH_CURRENCY}
            originalTotalSet {MONEY_BAG}
            discountedTotalSet {MONEY_BAG}
            totalDiscountSet {MONEY_BAG}
            approximateDiscountedUnitPriceSet {MONEY_BAG}
            priceOverride {MONEY_V2}
            appliedDiscount {{
                title description value valueType amountSet {MONEY_BAG}
            }}
            weight {{ value unit }}
            components {{ uuid gid: id title variantTitle sku quantity }}
            {CUSTOM_ATTRIBUTES}
            {TAX_LINES}
        }} }}
    """,
)

ABANDONED_CHECKOUTS = Stream(
    name="abandoned_checkouts",
    root="abandonedCheckouts",
    family="orders",
    description="Checkouts not finished, and those recovered later.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    ordered=("abandoned_checkout_line_items",),
    webhooks=("checkouts/create", "checkouts/update", "checkouts/delete"),
    selection=f"""
        id name note createdAt updatedAt completedAt abandonedCheckoutUrl
        taxesIncluded discountCodes
        customer {{ id }}
        totalPriceSet {MONEY_BAG_WITH_CURRENCY}
        subtotalPriceSet {MONEY_BAG}
        totalDiscountSet {MONEY_BAG}
        totalDutiesSet {MONEY_BAG}
        totalLineItemsPriceSet {MONEY_BAG}
        totalTaxSet {MONEY_BAG}
        billingAddress {ADDRESS}
        shippingAddress {ADDRESS}
        {CUSTOM_ATTRIBUTES}
        {TAX_LINES}
        lineItems {{ nodes {{
            id title variantTitle sku quantity
            product {{ id }}
            variant {{ id }}
            originalUnitPriceSet {MONEY_BAG_WITH_CURRENCY}
            originalTotalPriceSet {MONEY_BAG}
            discountedUnitPriceSet {MONEY_BAG}
            discountedTotalPriceSet {MONEY_BAG}
            discountedUnitPriceWithCodeDiscount {MONEY_BAG}
            discountedTotalPriceWithCodeDiscount {MONEY_BAG}
            components {{ id title variantTitle quantity }}
            parent: parentRelationship {{ lineItem: parent {{ id }} }}
            {CUSTOM_ATTRIBUTES}
        }} }}
    """,
)

STREAMS = (ORDERS, DRAFT_ORDERS, ABANDONED_CHECKOUTS)
