"""Selections that several streams share.

Charter: GraphQL text used by two streams or more, as constants.
"""

from __future__ import annotations

# One amount with its currency; used where a row has no other place that tells it.
MONEY_V2 = "{ amount currencyCode }"

# Shop and presentment amounts. All bags of one order (draft, checkout) share its two
# currencies, so a row states them once (`MONEY_BAG_WITH_CURRENCY`, or the root's
# currencyCode and presentmentCurrencyCode) and not per amount, which would double an
# order's bytes.
MONEY_BAG = "{ shopMoney { amount } presentmentMoney { amount } }"
MONEY_BAG_WITH_CURRENCY = f"{{ shopMoney {MONEY_V2} presentmentMoney {MONEY_V2} }}"

ADDRESS = """{
    firstName lastName company address1 address2 city province provinceCode
    country countryCodeV2 zip phone latitude longitude
    name timeZone coordinatesValidated validationResultSummary
}"""

# Shopify's Function behind a rule or customization; its id is no GID.
FUNCTION = "{ id title handle apiType apiVersion app { id title } }"

FUNCTION_ERRORS = """errorHistory {
    firstOccurredAt errorsFirstOccurredAt hasSharedRecentErrors
    hasBeenSharedSinceLastError
}"""

TAX_LINES = f"""taxLines {{
    title rate ratePercentage source channelLiable
    priceSet {MONEY_BAG_WITH_CURRENCY}
}}"""

DISCOUNT_ALLOCATIONS = f"""discountAllocations {{
    allocatedAmountSet {MONEY_BAG_WITH_CURRENCY}
    discountApplication {{ index }}
}}"""

CUSTOM_ATTRIBUTES = "customAttributes { key value }"

METAFIELD = "{ id namespace key type value ownerType createdAt updatedAt }"
METAFIELDS = f"metafields {{ nodes {METAFIELD} }}"

PURCHASING_COMPANY = """purchasingEntity { ... on PurchasingCompany {
    company { id } location { id } contact { id }
} }"""

SAVED_SEARCH = "id name query resourceType searchTerms filters { key value }"
