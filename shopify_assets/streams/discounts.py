"""Discounts of every kind, and the codes that redeem them.

Charter: declarations of the streams about discounts.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, Stream
from shopify_assets.streams.fragments import MONEY_V2

_EVERY_KIND = """
    title status startsAt endsAt createdAt updatedAt discountClasses tags
    asyncUsageCount
    combinesWith { orderDiscounts productDiscounts shippingDiscounts }
"""
_MINIMUM = f"""minimumRequirement {{
    ... on DiscountMinimumQuantity {{ quantity: greaterThanOrEqualToQuantity }}
    ... on DiscountMinimumSubtotal {{
        subtotal: greaterThanOrEqualToSubtotal {MONEY_V2}
    }}
}}"""
_CODES = f"""
    appliesOncePerCustomer usageLimit totalSales {MONEY_V2}
    redeemCodes: codes {{ nodes {{ id code asyncUsageCount createdBy {{ id }} }} }}
"""

DISCOUNTS = Stream(
    name="discounts",
    root="discountNodes",
    family="discounts",
    description="Discounts, automatic and by code, with every redeem code.",
    incremental=Incremental("updated_at"),
    webhooks=(
        "discounts/create",
        "discounts/update",
        "discounts/delete",
        "discounts/redeemcode_added",
        "discounts/redeemcode_removed",
    ),
    selection=f"""
        id
        discount {{
            type: __typename
            ... on DiscountAutomaticApp {{ {_EVERY_KIND} }}
            ... on DiscountAutomaticBasic {{ {_EVERY_KIND} summary {_MINIMUM} }}
            ... on DiscountAutomaticBxgy {{ {_EVERY_KIND} summary }}
            ... on DiscountAutomaticFreeShipping {{ {_EVERY_KIND} summary {_MINIMUM} }}
            ... on DiscountCodeApp {{ {_EVERY_KIND} {_CODES} }}
            ... on DiscountCodeBasic {{ {_EVERY_KIND} summary {_MINIMUM} {_CODES} }}
            ... on DiscountCodeBxgy {{ {_EVERY_KIND} summary {_CODES} }}
            ... on DiscountCodeFreeShipping {{
                {_EVERY_KIND} summary {_MINIMUM} {_CODES}
            }}
        }}
    """,
)

STREAMS = (DISCOUNTS,)
