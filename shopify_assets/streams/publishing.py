"""Where products are shown: publications, the channels behind them, feeds.

Charter: declarations of the streams about publishing. Whether a record is published is
told per record and publication, and moves no record's updatedAt: all are snapshots.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Stream

# Shopify shows only what is public by now, and only the catalogs of apps, unless asked.
_STAGED_TOO = "onlyPublished: false"
_OF_MARKETS = f"catalogType: MARKET, {_STAGED_TOO}"
_OF_COMPANIES = f"catalogType: COMPANY_LOCATION, {_STAGED_TOO}"

_PUBLICATION = "{ nodes { isPublished publishDate publication { id } } }"

_OPERATION = "id status processedRowCount rowCount { count exceedsMax }"

PUBLICATIONS = Stream(
    name="publications",
    root="publications",
    family="publishing",
    description="Publications: the sets of products and collections shown somewhere.",
    webhooks=("channels/delete",),
    selection=f"""
        id autoPublish supportsFuturePublishing
        catalog {{ id title status }}
        operation {{
            type: __typename
            ... on AddAllProductsOperation {{ {_OPERATION} }}
            ... on CatalogCsvOperation {{ {_OPERATION} }}
            ... on PublicationResourceOperation {{ {_OPERATION} }}
        }}
        channels {{ nodes {{ id handle name }} }}
    """,
)

CHANNELS = Stream(
    name="channels",
    root="channels",
    family="publishing",
    description="Sales channels: the shop's accounts on the platforms it sells on.",
    webhooks=("channels/delete",),
    selection="""
        id handle name accountId accountName specificationHandle activeRegions
        supportsFuturePublishing
        app { id handle title developerName }
        feedback: resourceFeedback {
            state feedbackGeneratedAt
            feedbackMessages: messages { message field }
            link { label url }
        }
        markets { nodes { id handle name } }
    """,
)

PRODUCT_FEEDS = Stream(
    name="product_feeds",
    root="productFeeds",
    family="publishing",
    description="Product feeds: the countries and languages products are sent out in.",
    webhooks=(
        "product_feeds/create",
        "product_feeds/update",
        "product_feeds/full_sync",
        "product_feeds/full_sync_finish",
        "product_feeds/incremental_sync",
    ),
    selection="id channelId country language status",
)

PRODUCT_PUBLICATIONS = Stream(
    name="product_publications",
    root="products",
    family="publishing",
    description="Products in the publications of apps, published or staged.",
    webhooks=(
        "product_publications/create",
        "product_publications/update",
        "product_publications/delete",
        "product_listings/add",
        "product_listings/remove",
        "product_listings/update",
    ),
    selection=f"""
        id handle status publishedAt
        productPublications: resourcePublicationsV2({_STAGED_TOO}) {_PUBLICATION}
    """,
)

PRODUCT_MARKET_PUBLICATIONS = Stream(
    name="product_market_publications",
    root="products",
    family="publishing",
    description="Products in the publications of markets' catalogs.",
    selection=f"""
        id productMarketPublications: resourcePublicationsV2({_OF_MARKETS})
        {_PUBLICATION}
    """,
)

PRODUCT_COMPANY_PUBLICATIONS = Stream(
    name="product_company_publications",
    root="products",
    family="publishing",
    description="Products in the publications of companies' catalogs.",
    selection=f"""
        id productCompanyPublications: resourcePublicationsV2({_OF_COMPANIES})
        {_PUBLICATION}
    """,
)

VARIANT_PUBLICATIONS = Stream(
    name="variant_publications",
    root="productVariants",
    family="publishing",
    description="Variants in the publications of apps, published or staged.",
    selection=f"""
        id variantPublications: resourcePublicationsV2({_STAGED_TOO}) {_PUBLICATION}
    """,
)

VARIANT_MARKET_PUBLICATIONS = Stream(
    name="variant_market_publications",
    root="productVariants",
    family="publishing",
    description="Variants in the publications of markets' catalogs.",
    selection=f"""
        id variantMarketPublications: resourcePublicationsV2({_OF_MARKETS})
        {_PUBLICATION}
    """,
)

VARIANT_COMPANY_PUBLICATIONS = Stream(
    name="variant_company_publications",
    root="productVariants",
    family="publishing",
    description="Variants in the publications of companies' catalogs.",
    selection=f"""
        id variantCompanyPublications: resourcePublicationsV2({_OF_COMPANIES})
        {_PUBLICATION}
    """,
)

COLLECTION_PUBLICATIONS = Stream(
    name="collection_publications",
    root="collections",
    family="publishing",
    description="Collections in publications, published or staged.",
    webhooks=(
        "collection_publications/create",
        "collection_publications/update",
        "collection_publications/delete",
        "collection_listings/add",
        "collection_listings/remove",
        "collection_listings/update",
    ),
    selection=f"""
        id handle
        collectionPublications: resourcePublicationsV2({_STAGED_TOO}) {_PUBLICATION}
    """,
)

STREAMS = (
    PUBLICATIONS,
    CHANNELS,
    PRODUCT_FEEDS,
    PRODUCT_PUBLICATIONS,
    PRODUCT_MARKET_PUBLICATIONS,
    PRODUCT_COMPANY_PUBLICATIONS,
    VARIANT_PUBLICATIONS,
    VARIANT_MARKET_PUBLICATIONS,
    VARIANT_COMPANY_PUBLICATIONS,
    COLLECTION_PUBLICATIONS,
)
