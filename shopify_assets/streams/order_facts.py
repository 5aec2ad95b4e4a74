"""What Shopify knows of orders besides what is on them.

Charter: declarations of the streams that read orders for one subject each: formalities,
the ledger, the risk, the way to the shop, how and when it is paid. Apart from `orders`,
which stays lean for its volume: each of these needs connections or scopes of its own,
and some change when the order does not.
"""

from __future__ import annotations

from datetime import timedelta

from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets.streams.fragments import (
    CUSTOM_ATTRIBUTES,
    MONEY_BAG,
    MONEY_BAG_WITH_CURRENCY,
    MONEY_V2,
    SAVED_SEARCH,
    TAX_LINES,
)

# Shopify assesses and attributes an order up to some days after it was placed, and does
# not promise to move the order then.
_SETTLES = timedelta(days=3)

# Without merchantBusinessEntity: never null, so that one refusal would take the order
# with it, and offered to some shops only.
ORDER_DETAILS = Stream(
    name="order_details",
    root="orders",
    family="orders",
    description="The less asked for of orders: fees, duties, tax ids, staff, disputes.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    webhooks=("orders/updated",),
    selection=f"""
        id updatedAt
        fullyPaid unpaid capturable fulfillable refundable restockable productNetwork
        hasTimelineComment billingAddressMatchesShippingAddress
        closed canMarkAsPaid canNotifyCustomer merchantEditable merchantEditableErrors
        discountCode statusPageUrl
        cancellation {{ staffNote }}
        staffMember {{ id }}
        publication {{ id }}
        merchantOfRecordApp {{ id name }}
        totalCapturableSet {MONEY_BAG_WITH_CURRENCY}
        refundDiscrepancySet {MONEY_BAG}
        cartDiscountAmountSet {MONEY_BAG}
        currentCartDiscountAmountSet {MONEY_BAG}
        originalTotalAdditionalFeesSet {MONEY_BAG}
        currentTaxLines {{
            title rate ratePercentage source channelLiable
            priceSet {MONEY_BAG_WITH_CURRENCY}
        }}
        additionalFees {{ id name price {MONEY_BAG_WITH_CURRENCY} {TAX_LINES} }}
        disputes {{ id initiatedAs status }}
        localizedFields {{ nodes {{ key value title purpose countryCode }} }}
        lineItems {{ nodes {{
            id
            weight {{ value unit }}
            staffMember {{ id }}
            contract {{ id }}
            discountedUnitPriceAfterAllDiscountsSet {MONEY_BAG_WITH_CURRENCY}
            priceAfterAllDiscountsBeforeTaxesSet {MONEY_BAG}
            unfulfilledDiscountedTotalSet {MONEY_BAG}
            unfulfilledOriginalTotalSet {MONEY_BAG}
            group: lineItemGroup {{
                id title quantity variantSku
                productGid: productId variantGid: variantId
                {CUSTOM_ATTRIBUTES}
            }}
            duties {{
                id harmonizedSystemCode countryCodeOfOrigin
                price {MONEY_BAG_WITH_CURRENCY}
                {TAX_LINES}
            }}
        }} }}
        refunds {{
            id
            return {{ id }}
            staffMember {{ id }}
            duties {{
                amountSet {MONEY_BAG_WITH_CURRENCY}
                originalDuty {{ id }}
            }}
        }}
    """,
)

ORDER_AGREEMENTS = Stream(
    name="order_agreements",
    root="orders",
    family="orders",
    description="The ledger of each order: what was agreed when, sale by sale.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    webhooks=("orders/create", "orders/edited", "refunds/create"),
    selection=f"""
        id updatedAt
        orderAgreements: agreements {{ nodes {{
            id type: __typename happenedAt reason
            app {{ id title }}
            user {{ id }}
            ... on RefundAgreement {{ refund {{ id }} }}
            ... on ReturnAgreement {{ return {{ id }} }}
            sales {{ nodes {{
                id type: __typename actionType lineType quantity
                totalAmount {MONEY_BAG_WITH_CURRENCY}
                totalTaxAmount {MONEY_BAG}
                totalDiscountAmountBeforeTaxes {MONEY_BAG}
                totalDiscountAmountAfterTaxes {MONEY_BAG}
                taxes {{
                    id amount {MONEY_BAG_WITH_CURRENCY}
                    taxLine {{
                        title rate ratePercentage source channelLiable
                        priceSet {MONEY_BAG}
                    }}
                }}
                ... on ProductSale {{ lineItem {{ id }} }}
                ... on GiftCardSale {{ lineItem {{ id }} }}
                ... on TipSale {{ lineItem {{ id }} }}
                ... on ShippingLineSale {{ shippingLine {{ id }} }}
                ... on DutySale {{
                    duty {{
                        id harmonizedSystemCode countryCodeOfOrigin
                        price {MONEY_BAG}
                    }}
                }}
                ... on AdditionalFeeSale {{
                    additionalFee {{ id name price {MONEY_BAG} }}
                }}
                ... on FeeSale {{ fee {{ id }} }}
            }} }}
        }} }}
    """,
)

ORDER_RISKS = Stream(
    name="order_risks",
    root="orders",
    family="orders",
    description="The risk of each order: who assessed it, how, and on what facts.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE, lookback=_SETTLES),
    webhooks=("orders/risk_assessment_changed",),
    selection="""
        id updatedAt
        risk {
            recommendation
            assessments {
                riskLevel
                provider { id title }
                facts { description sentiment }
            }
        }
        shopifyProtect { status eligibility { status } }
    """,
)

# Carried: transactions are known to `orders`; here is how each was paid.
ORDER_PAYMENT_DETAILS = Stream(
    name="order_payment_details",
    root="orders",
    family="payments",
    description="How each transaction was paid: card, wallet, device, place, receipt.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    webhooks=("order_transactions/create",),
    selection=f"""
        id updatedAt
        orderPaymentDetails: transactions {{
            id createdAt paymentId manuallyCapturable receiptJson
            amountRoundingSet {MONEY_BAG_WITH_CURRENCY}
            maximumRefundable: maximumRefundableV2 {MONEY_V2}
            exchange: currencyExchangeAdjustment {{
                id adjustment {MONEY_V2}
                originalAmountSet {MONEY_V2} finalAmountSet {MONEY_V2}
            }}
            device {{ id }}
            location {{ id }}
            user {{ id }}
            method: paymentDetails {{
                type: __typename
                ... on CardPaymentDetails {{
                    paymentMethodName company bin number name wallet
                    expirationMonth expirationYear avsResultCode cvvResultCode
                }}
                ... on LocalPaymentMethodsPaymentDetails {{
                    paymentMethodName paymentDescriptor
                }}
                ... on PaypalWalletPaymentDetails {{ paymentMethodName }}
                ... on ShopPayInstallmentsPaymentDetails {{ paymentMethodName }}
            }}
            shopifyPayments: shopifyPaymentsSet {{
                authorization: extendedAuthorizationSet {{
                    standardExpiresAt: standardAuthorizationExpiresAt
                    extendedExpiresAt: extendedAuthorizationExpiresAt
                }}
                refund: refundSet {{ acquirerReferenceNumber }}
            }}
        }}
    """,
)

_VISIT = """
    landingPage referralCode referrerUrl source sourceDescription sourceType
    utm: utmParameters { campaign content medium source term }
    marketingEvent { id }
"""

ORDER_CUSTOMER_JOURNEYS = Stream(
    name="order_customer_journeys",
    root="orders",
    family="orders",
    description="How the customer of each order came: visits with source and campaign.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE, lookback=_SETTLES),
    webhooks=("orders/create",),
    selection=f"""
        id updatedAt
        customer {{ id }}
        journey: customerJourneySummary {{
            ready customerOrderIndex daysToConversion
            firstVisit {{ id occurredAt {_VISIT} }}
            lastVisit {{ id occurredAt {_VISIT} }}
            moments {{ nodes {{
                type: __typename occurredAt
                ... on CustomerVisit {{ id {_VISIT} }}
            }} }}
        }}
        attribution {{ handle displayName }}
    """,
)

# Without `due` and `overdue`: time alone changes them, which moves no order. When a
# payment falls due, and whether it was made, is told by each schedule.
ORDER_PAYMENT_TERMS = Stream(
    name="order_payment_terms",
    root="orders",
    family="orders",
    description="When each order is to be paid, instalment by instalment.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    webhooks=(
        "payment_terms/create",
        "payment_terms/update",
        "payment_terms/delete",
        "payment_schedules/due",
    ),
    selection=f"""
        id updatedAt
        terms: paymentTerms {{
            id name: paymentTermsName type: paymentTermsType dueInDays
            schedules: paymentSchedules {{ nodes {{
                id issuedAt dueAt completedAt
                balanceDue {MONEY_V2}
                totalBalance {MONEY_V2}
            }} }}
        }}
    """,
)

PAYMENT_TERMS_TEMPLATES = Stream(
    name="payment_terms_templates",
    root="paymentTermsTemplates",
    family="orders",
    description="The terms of payment that an order may be given.",
    selection="id name description type: paymentTermsType dueInDays translatedName",
)

ORDER_ATTRIBUTION_DEFINITIONS = Stream(
    name="order_attribution_definitions",
    root="orderAttributionDefinitions",
    family="orders",
    description="The channels that an order may be attributed to.",
    selection="id handle displayName icon",
)

ORDER_SAVED_SEARCHES = Stream(
    name="order_saved_searches",
    root="orderSavedSearches",
    family="orders",
    description="Views of the order list that the shop's staff saved.",
    selection=SAVED_SEARCH,
)

DRAFT_ORDER_SAVED_SEARCHES = Stream(
    name="draft_order_saved_searches",
    root="draftOrderSavedSearches",
    family="orders",
    description="Views of the list of draft orders that the shop's staff saved.",
    selection=SAVED_SEARCH,
)

STREAMS = (
    ORDER_DETAILS,
    ORDER_AGREEMENTS,
    ORDER_RISKS,
    ORDER_PAYMENT_DETAILS,
    ORDER_CUSTOMER_JOURNEYS,
    ORDER_PAYMENT_TERMS,
    PAYMENT_TERMS_TEMPLATES,
    ORDER_ATTRIBUTION_DEFINITIONS,
    ORDER_SAVED_SEARCHES,
    DRAFT_ORDER_SAVED_SEARCHES,
)
