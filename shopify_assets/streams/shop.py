"""The shop itself.

Charter: declarations of the streams about the shop's own settings.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Stream

SHOP = Stream(
    name="shop",
    root="shop",
    family="shop",
    description="The shop: name, plan, currencies, time zone, address.",
    webhooks=("shop/update",),
    selection="""
        id name email contactEmail description myshopifyDomain url
        currencyCode enabledPresentmentCurrencies ianaTimezone timezoneOffsetMinutes
        unitSystem weightUnit taxesIncluded taxShipping setupRequired
        createdAt updatedAt shipsToCountries
        orderNumberFormatPrefix orderNumberFormatSuffix shopOwnerName
        plan { publicDisplayName shopifyPlus partnerDevelopment }
        primaryDomain { host url sslEnabled }
        shopAddress {
            address1 address2 city company province provinceCode country countryCodeV2
            zip phone latitude longitude
        }
    """,
)

STREAMS = (SHOP,)
