"""What Shopify knows of orders besides what is on them.

Charter: declarations of the streams that read orders for one subject each: the ledger,
the risk, the way to the shop, the terms of payment. Apart from `orders`, for each needs
connections or scopes of its own, and some change when the order does not.
"""

from __future__ import annotations

from datetime import timedelta

from shopify_assets.catalog.stream import Incremental, Stream
from shopify_assets.streams.fragments import (
    MONEY_BAG,
    MONEY_BAG_WITH_CURRENCY,
    MONEY_V2,
    SAVED_SEARCH,
)

# Shopify assesses and attributes an order up to some days after it was placed, and does
# not promise to move the order then.
_SETTLES = timedelta(days=3)

ORDER_AGREEMENTS = Stream(
    name="order_agreements",
    root="orders",
    family="orders",
    description="The ledger of each order: what was agreed when, sale by sale.",
    incremental=Incremental("updated_at"),
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
                    taxLine {{ title rate source channelLiable }}
                }}
                ... on ProductSale {{ lineItem {{ id }} }}
                ... on GiftCardSale {{ lineItem {{ id }} }}
                ... on TipSale {{ lineItem {{ id }} }}
                ... on ShippingLineSale {{ shippingLine {{ id }} }}
                ... on DutySale {{
                    duty {{ id harmonizedSystemCode countryCodeOfOrigin }}
                }}
                ... on AdditionalFeeSale {{ additionalFee {{ id name }} }}
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
    incremental=Incremental("updated_at", lookback=_SETTLES),
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
    incremental=Incremental("updated_at", lookback=_SETTLES),
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
    incremental=Incremental("updated_at"),
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
    ORDER_AGREEMENTS,
    ORDER_RISKS,
    ORDER_CUSTOMER_JOURNEYS,
    ORDER_PAYMENT_TERMS,
    PAYMENT_TERMS_TEMPLATES,
    ORDER_ATTRIBUTION_DEFINITIONS,
    ORDER_SAVED_SEARCHES,
    DRAFT_ORDER_SAVED_SEARCHES,
)
