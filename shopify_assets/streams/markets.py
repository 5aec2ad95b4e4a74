"""Markets: where and to whom the shop sells, in which currency and language.

Charter: declarations of the streams about markets, web presences and locales.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Stream
from shopify_assets.streams.fragments import METAFIELDS, MONEY_V2

_REGION = """
    id name type: __typename
    ... on MarketRegionCountry {
        countryCode: code
        currency { code: currencyCode enabled manualRate rateUpdatedAt }
    }
    ... on MarketRegionSubdivision {
        subdivisionCode: code
        subdivisionCountry: country { code name }
    }
"""

# A snapshot: markets tell no times. Shipping options are told without their rate
# groups, which are connections below objects that are no Node.
MARKETS = Stream(
    name="markets",
    root="markets",
    family="markets",
    description="Markets of every kind with conditions, currency, prices and shipping.",
    webhooks=("markets/create", "markets/update", "markets/delete"),
    selection=f"""
        id name handle status type
        currencySettings {{
            localCurrencies roundingEnabled
            baseCurrency {{
                currencyCode currencyName enabled manualRate rateUpdatedAt
            }}
        }}
        priceInclusions {{
            adaptivePricingEnabled inclusiveDutiesPricingStrategy
            inclusiveTaxPricingStrategy
        }}
        conditions {{
            types: conditionTypes
            region: regionsCondition {{
                applicationLevel regions {{ nodes {{ {_REGION} }} }}
            }}
            location: locationsCondition {{
                applicationLevel locations {{ nodes {{ id }} }}
            }}
            companyLocation: companyLocationsCondition {{
                applicationLevel companyLocations {{ nodes {{ id }} }}
            }}
            channel: channelsCondition {{
                applicationLevel channels {{ nodes {{ id }} }}
            }}
        }}
        catalogs {{ nodes {{
            id title status
            priceList {{ id }}
            publication {{ id }}
        }} }}
        webPresences {{ nodes {{ id }} }}
        discounts {{ nodes {{ id }} }}
        delivery {{ shipping {{
            isEnabled
            shippingOptions: optionDefinitions {{ nodes {{
                id type: __typename isActive description currency
                freeDeliveryMinimumValue {MONEY_V2}
                ... on DeliveryFlatRateOptionDefinition {{ name }}
                ... on DeliveryValueBasedOptionDefinition {{ name }}
                ... on DeliveryWeightBasedOptionDefinition {{ name }}
            }} }}
        }} }}
        {METAFIELDS}
    """,
)

WEB_PRESENCES = Stream(
    name="web_presences",
    root="webPresences",
    family="markets",
    description="Web presences: domains or subfolders with their locales.",
    webhooks=("domains/create", "domains/update", "domains/destroy"),
    selection="""
        id subfolderSuffix
        domain {
            id host url sslEnabled
            localization { country defaultLocale alternateLocales }
        }
        defaultLocale { locale name isPrimary: primary isPublished: published }
        alternateLocales { locale name isPrimary: primary isPublished: published }
        rootUrls { locale url }
        markets { nodes { id } }
    """,
)

SHOP_LOCALES = Stream(
    name="shop_locales",
    root="shopLocales",
    family="markets",
    description="Languages of the shop, published or not.",
    webhooks=("locales/create", "locales/update", "locales/destroy"),
    selection="""
        id: locale name isPrimary: primary isPublished: published
        marketWebPresences { id }
    """,
)

AVAILABLE_LOCALES = Stream(
    name="available_locales",
    root="availableLocales",
    family="markets",
    description="Languages that a shop can have, with their names.",
    selection="id: isoCode name",
)

BACKUP_REGIONS = Stream(
    name="backup_regions",
    root="backupRegion",
    family="markets",
    description="The region of those buyers whose own is unknown: one row a shop.",
    webhooks=("markets_backup_region/update",),
    selection=_REGION,
)

STREAMS = (
    MARKETS,
    WEB_PRESENCES,
    SHOP_LOCALES,
    AVAILABLE_LOCALES,
    BACKUP_REGIONS,
)
