"""Texts in other languages and for other markets.

Charter: declarations of the streams about translations. Shopify tells them by type of
resource, locale and market, and not when one changes: all are snapshots.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Each, Stream

_BY_TYPE = Each("resourceType")
_LOCALES = ("locales/create", "locales/update", "locales/destroy")

TRANSLATABLE_RESOURCES = Stream(
    name="translatable_resources",
    root="translatableResources",
    family="translations",
    description="What can be translated, of every type, with its texts as written.",
    each=_BY_TYPE,
    selection="""
        id: resourceId
        content: translatableContent { key locale type value digest }
    """,
)

TRANSLATED_RESOURCES = Stream(
    name="translated_resources",
    root="shopLocales",
    family="translations",
    description="What can be translated, in each of the shop's locales.",
    each=_BY_TYPE,
    webhooks=_LOCALES,
    selection="""
        id: locale name primary published
        translatedResources: translatableResources(resourceType: $resourceType) {
            nodes {
                id: resourceId
                translations(locale: $id) { key locale value outdated updatedAt }
            }
        }
    """,
)

MARKET_LOCALIZABLE_RESOURCES = Stream(
    name="market_localizable_resources",
    root="marketLocalizableResources",
    family="translations",
    description="What can be said otherwise by market, with its texts as written.",
    each=_BY_TYPE,
    selection="""
        id: resourceId
        content: marketLocalizableContent { key value digest }
    """,
)

MARKET_LOCALIZED_RESOURCES = Stream(
    name="market_localized_resources",
    root="markets",
    family="translations",
    description="What can be said otherwise by market, in each market.",
    each=_BY_TYPE,
    selection="""
        id handle name
        marketLocalizedResources: marketLocalizableResources(
            resourceType: $resourceType
        ) {
            nodes {
                id: resourceId
                localizations: marketLocalizations(marketId: $id) {
                    key value outdated updatedAt
                }
            }
        }
    """,
)

STREAMS = (
    TRANSLATABLE_RESOURCES,
    TRANSLATED_RESOURCES,
    MARKET_LOCALIZABLE_RESOURCES,
    MARKET_LOCALIZED_RESOURCES,
)
