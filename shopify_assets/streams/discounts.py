"""Discounts of every kind, what they apply to, and the codes that redeem them.

Charter: declarations of the streams about discounts.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets.streams.fragments import (
    FUNCTION_ERRORS,
    METAFIELD,
    MONEY_V2,
    SAVED_SEARCH,
)

_EVERY_KIND = """
    title status startsAt endsAt createdAt updatedAt discountClasses tags
    asyncUsageCount
    combinesWith {
        orderDiscounts productDiscounts shippingDiscounts
        productDiscountsWithTags: productDiscountsWithTagsOnSameCartLine
    }
    context { type: __typename ... on DiscountMarkets { marketsCount } }
"""
_MINIMUM = f"""minimumRequirement {{
    ... on DiscountMinimumQuantity {{ quantity: greaterThanOrEqualToQuantity }}
    ... on DiscountMinimumSubtotal {{
        subtotal: greaterThanOrEqualToSubtotal {MONEY_V2}
    }}
}}"""
_AMOUNT_OR_PERCENTAGE = f"""
    ... on DiscountAmount {{ amount {MONEY_V2} appliesOnEachItem }}
    ... on DiscountPercentage {{ percentage }}
"""
_ITEMS = "items { type: __typename ... on AllDiscountItems { all: allItems } }"
_GETS = f"""customerGets {{
    appliesOnOneTimePurchase appliesOnSubscription
    {_ITEMS}
    value {{
        type: __typename {_AMOUNT_OR_PERCENTAGE}
        ... on DiscountOnQuantity {{
            quantity {{ quantity }}
            effect {{ {_AMOUNT_OR_PERCENTAGE} }}
        }}
    }}
}}"""
_BUYS = f"""
    usesPerOrderLimit
    customerBuys {{
        isOneTimePurchase isSubscription
        {_ITEMS}
        value {{
            ... on DiscountPurchaseAmount {{ amount }}
            ... on DiscountQuantity {{ quantity }}
        }}
    }}
"""
_PURCHASES = "appliesOnOneTimePurchase appliesOnSubscription"
_SHIPPING = f"""
    {_PURCHASES}
    maximumShippingPrice {MONEY_V2}
    destination: destinationSelection {{
        ... on DiscountCountryAll {{ allCountries }}
        ... on DiscountCountries {{ countries includeRestOfWorld }}
    }}
"""
_APP = f"""
    {_PURCHASES}
    appType: appDiscountType {{ title description functionId appKey app {{ id }} }}
    {FUNCTION_ERRORS}
"""
# Never null for automatic discounts, so not one field with that of codes.
_AUTOMATIC_CYCLES = "automaticRecurringCycleLimit: recurringCycleLimit"
_CODES = f"""
    appliesOncePerCustomer usageLimit totalSales {MONEY_V2} hasTimelineComment
    shareableUrls {{ url title targetType }}
    redeemCodes: codes {{ nodes {{ id code asyncUsageCount createdBy {{ id }} }} }}
"""

_TOPICS = ("discounts/create", "discounts/update", "discounts/delete")

# Its connections are the codes alone: with more it could not be read in bulk, and a
# shop may have millions of codes.
DISCOUNTS = Stream(
    name="discounts",
    root="discountNodes",
    family="discounts",
    description="Discounts, automatic and by code, with every redeem code.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    webhooks=(
        *_TOPICS,
        "discounts/redeemcode_added",
        "discounts/redeemcode_removed",
    ),
    selection=f"""
        id
        discount {{
            type: __typename
            ... on DiscountAutomaticApp {{ {_EVERY_KIND} {_APP} {_AUTOMATIC_CYCLES} }}
            ... on DiscountAutomaticBasic {{
                {_EVERY_KIND} summary shortSummary {_MINIMUM} {_GETS}
                {_AUTOMATIC_CYCLES}
            }}
            ... on DiscountAutomaticBxgy {{ {_EVERY_KIND} summary {_GETS} {_BUYS} }}
            ... on DiscountAutomaticFreeShipping {{
                {_EVERY_KIND} summary shortSummary {_MINIMUM} {_SHIPPING}
                totalSales {MONEY_V2} hasTimelineComment {_AUTOMATIC_CYCLES}
            }}
            ... on DiscountCodeApp {{
                {_EVERY_KIND} {_APP} recurringCycleLimit {_CODES}
            }}
            ... on DiscountCodeBasic {{
                {_EVERY_KIND} summary shortSummary {_MINIMUM} {_GETS}
                recurringCycleLimit {_CODES}
            }}
            ... on DiscountCodeBxgy {{ {_EVERY_KIND} summary {_GETS} {_BUYS} {_CODES} }}
            ... on DiscountCodeFreeShipping {{
                {_EVERY_KIND} summary shortSummary {_MINIMUM} {_SHIPPING}
                recurringCycleLimit {_CODES}
            }}
        }}
    """,
)

_CONTEXT = """context {
    ... on DiscountCustomers { customers { id } }
    ... on DiscountCustomerSegments { segments { id name } }
    ... on DiscountMarkets { markets { nodes { id name } } }
}"""
_GETS_ITEMS = """customerGets { items {
    ... on DiscountProducts {
        products { nodes { id } }
        variants: productVariants { nodes { id } }
    }
    ... on DiscountCollections { collections { nodes { id } } }
} }"""
_BUYS_ITEMS = """customerBuys { items {
    ... on DiscountProducts {
        boughtProducts: products { nodes { id } }
        boughtVariants: productVariants { nodes { id } }
    }
    ... on DiscountCollections { boughtCollections: collections { nodes { id } } }
} }"""
_WHOM = f"type: __typename title updatedAt {_CONTEXT}"

DISCOUNT_TARGETS = Stream(
    name="discount_targets",
    root="discountNodes",
    family="discounts",
    description="What each discount is for: products, collections, customers, markets.",
    incremental=Incremental(
        "discount_updated_at", KeyTime.OF_CHANGE, filter="updated_at"
    ),
    webhooks=_TOPICS,
    selection=f"""
        id
        discount {{
            ... on DiscountAutomaticApp {{ {_WHOM} }}
            ... on DiscountAutomaticBasic {{ {_WHOM} {_GETS_ITEMS} }}
            ... on DiscountAutomaticBxgy {{ {_WHOM} {_GETS_ITEMS} {_BUYS_ITEMS} }}
            ... on DiscountAutomaticFreeShipping {{ {_WHOM} }}
            ... on DiscountCodeApp {{ {_WHOM} }}
            ... on DiscountCodeBasic {{ {_WHOM} {_GETS_ITEMS} }}
            ... on DiscountCodeBxgy {{ {_WHOM} {_GETS_ITEMS} {_BUYS_ITEMS} }}
            ... on DiscountCodeFreeShipping {{ {_WHOM} }}
        }}
    """,
)

# A snapshot: a metafield does not move its discount for certain.
DISCOUNT_METAFIELDS = Stream(
    name="discount_metafields",
    root="discountNodes",
    family="discounts",
    description="Metafields of discounts.",
    selection=f"id discountMetafields: metafields {{ nodes {METAFIELD} }}",
)

CODE_DISCOUNT_SAVED_SEARCHES = Stream(
    name="code_discount_saved_searches",
    root="codeDiscountSavedSearches",
    family="discounts",
    description="Views of the list of code discounts that the shop's staff saved.",
    selection=SAVED_SEARCH,
)

AUTOMATIC_DISCOUNT_SAVED_SEARCHES = Stream(
    name="automatic_discount_saved_searches",
    root="automaticDiscountSavedSearches",
    family="discounts",
    description="Views of the list of automatic discounts that the shop's staff saved.",
    selection=SAVED_SEARCH,
)

STREAMS = (
    DISCOUNTS,
    DISCOUNT_TARGETS,
    DISCOUNT_METAFIELDS,
    CODE_DISCOUNT_SAVED_SEARCHES,
    AUTOMATIC_DISCOUNT_SAVED_SEARCHES,
)
