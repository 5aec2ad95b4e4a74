"""Administration: who works in the shop, by which apps, and what they have running.

Charter: declarations of the streams about staff, apps and what this app has set up.
"""

from __future__ import annotations

from datetime import timedelta

from shopify_assets.catalog.names import snake
from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets.streams.fragments import METAFIELDS, MONEY_V2

STAFF_MEMBERS = Stream(
    name="staff_members",
    root="staffMembers",
    family="administration",
    description="Staff of the shop; read on Plus and Advanced shops alone.",
    selection="""
        id name firstName lastName initials email phone locale accountType
        active exists isShopOwner
        avatar { url }
        account: privateData { createdAt settingsUrl: accountSettingsUrl }
    """,
)

# Subscriptions of every status, so the active ones are not asked for once more. The
# usage records of a line cannot be read: a connection inside a list, whose elements are
# no Node.
APP_INSTALLATIONS = Stream(
    name="app_installations",
    root="currentAppInstallation",
    family="administration",
    description="This app's installation: granted scopes, and what it bills.",
    webhooks=(
        "app/scopes_update",
        "app_subscriptions/update",
        "app_subscriptions/approaching_capped_amount",
        "app_purchases_one_time/update",
    ),
    selection=f"""
        id launchUrl uninstallUrl
        app {{
            id title handle apiKey description developerName developerType embedded
            published shopifyDeveloped publicCategory webhookApiVersion
            appStoreAppUrl appStoreDeveloperUrl features installUrl privacyPolicyUrl
            isPostPurchaseAppInUse previouslyInstalled pricingDetails
            pricingDetailsSummary uninstallMessage
        }}
        accessScopes {{ handle description }}
        subscriptions: allSubscriptions {{ nodes {{
            id name status test trialDays createdAt currentPeriodEnd returnUrl
            lineItems {{
                id
                plan {{ pricing: pricingDetails {{
                    type: __typename
                    ... on AppRecurringPricing {{
                        recurringInterval: interval planHandle
                        price {MONEY_V2}
                        discount {{
                            durationLimitInIntervals remainingDurationInIntervals
                            priceAfterDiscount {MONEY_V2}
                            value {{
                                ... on AppSubscriptionDiscountAmount {{
                                    amountOff: amount {MONEY_V2}
                                }}
                                ... on AppSubscriptionDiscountPercentage {{
                                    percentage
                                }}
                            }}
                        }}
                    }}
                    ... on AppUsagePricing {{
                        usageInterval: interval terms
                        balanceUsed {MONEY_V2}
                        cappedAmount {MONEY_V2}
                    }}
                }} }}
            }}
        }} }}
        credits {{ nodes {{ id description test createdAt amount {MONEY_V2} }} }}
        oneTimePurchases {{ nodes {{
            id name status test createdAt price {MONEY_V2}
        }} }}
        revenueAttributionRecords {{ nodes {{
            id type idempotencyKey test createdAt capturedAt amount {MONEY_V2}
        }} }}
        {METAFIELDS}
    """,
)

# The tokens themselves are left out: they are credentials.
STOREFRONT_ACCESS_TOKENS = Stream(
    name="storefront_access_tokens",
    root="shop.storefrontAccessTokens",
    family="administration",
    description="Storefront API tokens of this app: what each may do, not the token.",
    selection="""
        id title createdAt updatedAt
        accessScopes { handle description }
    """,
)

# A snapshot, though it can be filtered by time: there are few, and Shopify deletes one
# that fails too often, which only a whole reading shows.
WEBHOOK_SUBSCRIPTIONS = Stream(
    name="webhook_subscriptions",
    root="webhookSubscriptions",
    family="administration",
    description="Webhook subscriptions that this app made through the API.",
    selection="""
        id topic name uri format filter includeFields metafieldNamespaces
        createdAt updatedAt
        apiVersion { handle supported }
        metafields { namespace key }
    """,
)

# Its creation is the moment it was asked for, and cannot be dated back; but it runs for
# ten days at most, and its result expires seven days later.
# Signed links to results are secrets for as long as they live, and dead afterwards.
BULK_OPERATIONS = Stream(
    name="bulk_operations",
    root="bulkOperations",
    family="administration",
    description="Bulk operations of this app, with what they counted.",
    incremental=Incremental(
        "created_at", KeyTime.OF_CHANGE, lookback=timedelta(days=17)
    ),
    webhooks=("bulk_operations/finish",),
    selection="""
        id type status errorCode createdAt completedAt
        objectCount rootObjectCount fileSize query
    """,
)

PUBLIC_API_VERSIONS = Stream(
    name="public_api_versions",
    root="publicApiVersions",
    family="administration",
    description="Versions of the Admin API, and whether they are supported.",
    selection="id: handle displayName supported",
)

APP_DISCOUNT_TYPES = Stream(
    name="app_discount_types",
    root="appDiscountTypesNodes",
    family="administration",
    description="Kinds of discount that apps offer by functions.",
    selection="""
        id: functionId title description appKey discountClasses
        app { id title }
        appBridge { createPath detailsPath }
    """,
)


def _saved_searches(root: str) -> Stream:
    name = snake(root)
    what = name.removesuffix("_saved_searches").replace("_", " ")
    return Stream(
        name=name,
        root=root,
        family="searches",
        description=f"Searches for {what}s that staff have saved.",
        selection="""
            id name query resourceType searchTerms
            filters { key value }
        """,
    )


# `customerSavedSearches` is deprecated: customers are searched for by segments.
SAVED_SEARCHES = tuple(
    _saved_searches(root)
    for root in (
        "productSavedSearches",
        "collectionSavedSearches",
        "fileSavedSearches",
        "urlRedirectSavedSearches",
        "discountRedeemCodeSavedSearches",
    )
)

STREAMS = (
    STAFF_MEMBERS,
    APP_INSTALLATIONS,
    STOREFRONT_ACCESS_TOKENS,
    WEBHOOK_SUBSCRIPTIONS,
    BULK_OPERATIONS,
    PUBLIC_API_VERSIONS,
    APP_DISCOUNT_TYPES,
    *SAVED_SEARCHES,
)
