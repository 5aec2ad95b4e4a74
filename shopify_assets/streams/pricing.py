"""What is charged, where and how often: catalogs, price lists, selling plans.

Charter: declarations of the streams about prices other than a variant's own. None of
them tells when it changed: all are snapshots.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Stream
from shopify_assets.streams.fragments import METAFIELDS, MONEY_V2

_ANCHORS = "anchors { type day month cutoffDay }"
_ADJUSTMENT = f"""
    adjustmentType createdAt
    adjustment: adjustmentValue {{
        ... on MoneyV2 {MONEY_V2}
        ... on SellingPlanPricingPolicyPercentageValue {{ percentage }}
    }}
"""

CATALOGS = Stream(
    name="catalogs",
    root="catalogs",
    family="pricing",
    description="Catalogs of apps, company locations and markets, and whom they serve.",
    selection="""
        id type: __typename title status
        priceList { id }
        publication { id }
        operations {
            id type: __typename status processedRowCount rowCount { count exceedsMax }
        }
        ... on AppCatalog {
            apps { nodes { id handle title } }
            channels { nodes { id handle name } }
        }
        ... on CompanyLocationCatalog { companyLocations { nodes { id name } } }
        ... on MarketCatalog { markets { nodes { id handle name } } }
    """,
)

PRICE_LISTS = Stream(
    name="price_lists",
    root="priceLists",
    family="pricing",
    description="Price lists, and by how much each moves the prices it stands on.",
    selection="""
        id name currency fixedPricesCount
        catalog { id title status }
        parent {
            adjustment { type value }
            settings { compareAtMode }
        }
    """,
)

# Fixed ones alone: the relative ones are every variant of the shop, and follow from
# price_lists.parent_adjustment_value.
PRICE_LIST_PRICES = Stream(
    name="price_list_prices",
    root="priceLists",
    family="pricing",
    description="Prices that a price list fixes for single variants.",
    selection=f"""
        id name currency
        priceListPrices: prices(originType: FIXED) {{ nodes {{
            originType
            variant {{ id }}
            price {MONEY_V2}
            compareAtPrice {MONEY_V2}
        }} }}
    """,
)

QUANTITY_RULES = Stream(
    name="quantity_rules",
    root="priceLists",
    family="pricing",
    description="How many of a variant may be ordered, where a price list says it.",
    selection="""
        id name
        quantityRules(originType: FIXED) { nodes {
            originType minimum maximum increment isDefault
            productVariant { id }
        } }
    """,
)

SELLING_PLAN_GROUPS = Stream(
    name="selling_plan_groups",
    root="sellingPlanGroups",
    family="pricing",
    description="Selling plan groups, with the products and variants they apply to.",
    webhooks=(
        "selling_plan_groups/create",
        "selling_plan_groups/update",
        "selling_plan_groups/delete",
    ),
    selection="""
        id name merchantCode appId description summary options position createdAt
        products { nodes { id } }
        variants: productVariants { nodes { id } }
    """,
)

SELLING_PLANS = Stream(
    name="selling_plans",
    root="sellingPlanGroups",
    family="pricing",
    description="Selling plans: how they bill, deliver, price and reserve stock.",
    webhooks=(
        "selling_plan_groups/create",
        "selling_plan_groups/update",
        "selling_plan_groups/delete",
    ),
    selection=f"""
        id name
        sellingPlans {{ nodes {{
            id name description category options position createdAt
            inventoryPolicy {{ reserve }}
            billing: billingPolicy {{
                type: __typename
                ... on SellingPlanFixedBillingPolicy {{
                    checkoutCharge {{
                        type
                        value {{
                            ... on MoneyV2 {MONEY_V2}
                            ... on SellingPlanCheckoutChargePercentageValue {{
                                percentage
                            }}
                        }}
                    }}
                    remainingBalanceChargeTrigger
                    remainingBalanceChargeExactTime
                    remainingBalanceChargeTimeAfterCheckout
                }}
                ... on SellingPlanRecurringBillingPolicy {{
                    interval intervalCount minCycles maxCycles createdAt
                    billingAnchors: {_ANCHORS}
                }}
            }}
            delivery: deliveryPolicy {{
                type: __typename
                ... on SellingPlanFixedDeliveryPolicy {{
                    fulfillmentTrigger fulfillmentExactTime cutoff
                    fixedIntent: intent
                    fixedPreAnchorBehavior: preAnchorBehavior
                    deliveryAnchors: {_ANCHORS}
                }}
                ... on SellingPlanRecurringDeliveryPolicy {{
                    interval intervalCount cutoff createdAt
                    recurringIntent: intent
                    recurringPreAnchorBehavior: preAnchorBehavior
                    deliveryAnchors: {_ANCHORS}
                }}
            }}
            pricingPolicies {{
                type: __typename
                ... on SellingPlanFixedPricingPolicy {{ {_ADJUSTMENT} }}
                ... on SellingPlanRecurringPricingPolicy {{ {_ADJUSTMENT} afterCycle }}
            }}
            {METAFIELDS}
        }} }}
    """,
)

STREAMS = (
    CATALOGS,
    PRICE_LISTS,
    PRICE_LIST_PRICES,
    QUANTITY_RULES,
    SELLING_PLAN_GROUPS,
    SELLING_PLANS,
)
