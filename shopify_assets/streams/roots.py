"""Root fields that list something, and that no stream reads.

Charter: names of QueryRoot's connections and lists, each with the reason. That none is
missing, and that none of them is read after all, is tested.
"""

from __future__ import annotations

_ELSEWHERE = "The same records as `{}`, chosen by another condition."
_BY_ID = "The same records as `{}`, asked for by their ids."
_WORDS = "Words alone; each stands on the records that bear it, in `{}`."
_NO_ID = "Its records have no id, or none that is never null, to know them by."
_UNION = "A union: its members have ids, but it has none that they share."
_ASKED = "An answer to one question: it needs {}, which no list gives."

LEFT_OUT = {
    "appDiscountTypes": "The same records as `appDiscountTypesNodes`, without pages.",
    "appInstallations": (
        "This app on other shops, or other apps: `currentAppInstallation` tells of "
        "this app on this shop."
    ),
    "articleAuthors": _WORDS.format("articles"),
    "articleTags": _WORDS.format("articles"),
    "assignedFulfillmentOrders": _ELSEWHERE.format("fulfillmentOrders"),
    "availableBackupRegions": (
        "What could be chosen; what is chosen is in `backup_regions`."
    ),
    "availableCarrierServices": _NO_ID,
    "cashManagementReasonCodes": _UNION,
    "catalogOperations": "Progress of work in the background, gone when it is done.",
    "collectionConditionMetafieldDefinitions": (
        "The same records as `metafieldDefinitions`, as far as collections use them."
    ),
    "collectionConditionsSources": "The sources of collections are in `collections`.",
    "collectionConditionsSourcesByApp": (
        "The sources of collections are in `collections`."
    ),
    "consentPolicyRegions": _NO_ID,
    "deliveryPromiseParticipants": _ASKED.format("the handle of a branded promise"),
    "discountTags": _WORDS.format("discounts"),
    "locationsAvailableForDeliveryProfilesConnection": _ELSEWHERE.format("locations"),
    "manualHoldsFulfillmentOrders": _ELSEWHERE.format("fulfillmentOrders"),
    "marketLocalizableResourcesByIds": _BY_ID.format("marketLocalizableResources"),
    "metafieldDefinitionTypes": (
        "Shopify's documentation: the types a metafield can have, alike in all shops."
    ),
    "metaobjects": "Read below their definitions: it lists those of one type alone.",
    "mobilePlatformApplications": _UNION,
    "productTags": _WORDS.format("products"),
    "productTypes": _WORDS.format("products"),
    "productVendors": _WORDS.format("products"),
    "returnableFulfillments": (
        "What could still be returned, computed when asked, order by order."
    ),
    "segmentFilterSuggestions": _ASKED.format("words typed by a person"),
    "segmentFilters": (
        "Shopify's documentation: what segments can ask for, without ids."
    ),
    "segmentValueSuggestions": _ASKED.format("words typed by a person"),
    "subscriptionBillingCycleBulkResults": _ASKED.format("the id of a job"),
    "translatableResourcesByIds": _BY_ID.format("translatableResources"),
}
