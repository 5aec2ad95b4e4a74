"""The shop itself.

Charter: declarations of the streams about the shop's own settings. A setting that has
no id is known by the name of its type, for a shop has one of each.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Stream
from shopify_assets.streams.fragments import METAFIELDS, MONEY_V2

# `accountOwner` is left out: not null and read with `read_users` alone, which few apps
# have; `staff_members` tells the owner. Tags are on the records that bear them.
SHOP = Stream(
    name="shop",
    root="shop",
    family="shop",
    description="The shop: name, plan, features, limits, currencies, address.",
    webhooks=(
        "shop/update",
        "domains/create",
        "domains/update",
        "domains/destroy",
        "customer_account_settings/update",
    ),
    selection=f"""
        id name email contactEmail description myshopifyDomain url
        currencyCode enabledPresentmentCurrencies
        ianaTimezone timezoneAbbreviation timezoneOffset timezoneOffsetMinutes
        unitSystem weightUnit taxesIncluded taxShipping setupRequired
        createdAt updatedAt shipsToCountries
        orderNumberFormatPrefix orderNumberFormatSuffix shopOwnerName
        checkoutApiSupported customerAccounts marketingSmsConsentEnabledAtCheckout
        transactionalSmsDisabled
        plan {{ publicDisplayName shopifyPlus partnerDevelopment }}
        primaryDomain {{
            id host url sslEnabled
            localization {{ country defaultLocale alternateLocales }}
        }}
        shopAddress {{
            id address1 address2 city company province provinceCode country
            countryCodeV2 zip phone latitude longitude coordinatesValidated
            formattedArea
        }}
        currencyFormats {{
            moneyFormat moneyInEmailsFormat moneyWithCurrencyFormat
            moneyWithCurrencyInEmailsFormat
        }}
        accounts: customerAccountsV2 {{
            customerAccountsVersion loginLinksVisibleOnStorefrontAndCheckout
            loginRequiredAtCheckout url
        }}
        shippingZones: countriesInShippingZones {{ countryCodes includeRestOfWorld }}
        payments: paymentSettings {{ supportedDigitalWallets }}
        resourceLimits {{
            locationLimit maxProductOptions maxProductVariants redirectLimitReached
        }}
        entitlements {{
            b2b {{ enabled }}
            markets {{
                b2b {{ enabled catalogs {{ enabled limit }} }}
                regions {{ enabled catalogs {{ enabled limit }} }}
                retail {{ enabled catalogs {{ enabled limit }} }}
                themes {{ enabled }}
            }}
        }}
        approval: merchantApprovalSignals {{
            identityVerified verifiedByShopify verifiedByShopifyTier
        }}
        features {{
            avalaraAvatax branding buyerExperienceDepositEnabled captcha
            directConnectionCatalogAssignmentEnabled dynamicRemarketing
            eligibleForSubscriptionMigration eligibleForSubscriptions giftCards
            harmonizedSystemCode legacySubscriptionGatewayEnabled liveView
            marketDrivenShipping paypalExpressSubscriptionGatewayStatus reports
            sellsSubscriptions showMetrics storefront subCountryMarketsEnabled
            unifiedMarkets usingShopifyBalance
            bundles {{ eligibleForBundles ineligibilityReason sellsBundles }}
            cartTransform {{ eligibleOperations {{
                expandOperation mergeOperation updateOperation
            }} }}
        }}
        alerts {{ description action {{ title url }} }}
        currencies: currencySettings {{ nodes {{
            currencyCode currencyName enabled manualRate rateUpdatedAt
        }} }}
        {METAFIELDS}
    """,
)

GIFT_CARD_CONFIGURATIONS = Stream(
    name="gift_card_configurations",
    root="giftCardConfiguration",
    family="shop",
    description="Limits and expiry of gift cards: one row a shop.",
    selection=f"""
        id: __typename
        issueLimit {MONEY_V2}
        purchaseLimit {MONEY_V2}
        expiration: expirationConfiguration {{
            unit: expirationUnit value: expirationValue
        }}
    """,
)

STORE_CREDIT_CONFIGURATIONS = Stream(
    name="store_credit_configurations",
    root="storeCreditConfiguration",
    family="shop",
    description="Whether store credit can be paid with: one row a shop.",
    selection="id: __typename storeCreditEnabled",
)

BILLING_PREFERENCES = Stream(
    name="billing_preferences",
    root="shopBillingPreferences",
    family="shop",
    description="The currency the shop pays for apps and services in: one row a shop.",
    selection="id: __typename currency",
)

PRIVACY_SETTINGS = Stream(
    name="privacy_settings",
    root="privacySettings",
    family="shop",
    description="Cookie banner, opt-out page and privacy policy: one row a shop.",
    selection="""
        id: __typename
        banner { enabled autoManaged }
        dataSaleOptOutPage { autoManaged }
        privacyPolicy { autoManaged supportedLocales }
    """,
)

CONSENT_POLICIES = Stream(
    name="consent_policies",
    root="consentPolicy",
    family="shop",
    description="Consent policies by country and region.",
    selection="""
        id shopId countryCode regionCode consentRequired dataSaleOptOutRequired
    """,
)

ONLINE_STORES = Stream(
    name="online_stores",
    root="onlineStore",
    family="shop",
    description="Whether the online store is behind a password: one row a shop.",
    selection="id: __typename passwordProtection { enabled }",
)

BUSINESS_ENTITIES = Stream(
    name="business_entities",
    root="businessEntities",
    family="shop",
    description="Legal entities behind the shop.",
    selection="""
        id displayName companyName legalEntityId isPrimary: primary archived
        address { address1 address2 city province countryCode zip }
        shopifyPaymentsAccount { id }
    """,
)

STREAMS = (
    SHOP,
    GIFT_CARD_CONFIGURATIONS,
    STORE_CREDIT_CONFIGURATIONS,
    BILLING_PREFERENCES,
    PRIVACY_SETTINGS,
    CONSENT_POLICIES,
    ONLINE_STORES,
    BUSINESS_ENTITIES,
)
