"""Products, their variants and the collections they are in.

Charter: declarations of the catalogue's streams.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets.streams.fragments import METAFIELDS, MONEY_V2

PRODUCTS = Stream(
    name="products",
    root="products",
    family="products",
    description="Products of every status with options, media and collections.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    webhooks=("products/create", "products/update", "products/delete"),
    selection=f"""
        id title handle status vendor productType tags descriptionHtml templateSuffix
        createdAt updatedAt publishedAt onlineStoreUrl onlineStorePreviewUrl
        isGiftCard giftCardTemplateSuffix hasOnlyDefaultVariant hasOutOfStockVariants
        hasVariantsThatRequiresComponents tracksInventory totalInventory
        requiresSellingPlan combinedListingRole
        combinedListing {{ parentProduct {{ id }} }}
        category {{ gid: id fullName }}
        featuredMedia {{ id }}
        seo {{ title description }}
        priceRangeV2 {{
            minVariantPrice {MONEY_V2} maxVariantPrice {MONEY_V2}
        }}
        compareAtPriceRange {{
            minVariantCompareAtPrice {MONEY_V2} maxVariantCompareAtPrice {MONEY_V2}
        }}
        options {{
            id name position
            linkedMetafield {{ namespace key }}
            values: optionValues {{
                id name hasVariants linkedMetafieldValue
                swatch {{ color image {{ id }} }}
            }}
        }}
        media {{ nodes {{
            id alt mediaContentType status
            preview {{ image {{ url width height altText }} }}
            ... on MediaImage {{ mimeType }}
            ... on Model3d {{ filename }}
            ... on Video {{ duration filename }}
            ... on ExternalVideo {{ embedUrl host }}
        }} }}
        collections {{ nodes {{ id handle title }} }}
        {METAFIELDS}
    """,
)

PRODUCT_VARIANTS = Stream(
    name="product_variants",
    root="productVariants",
    family="products",
    description="Variants: what is priced, stocked and sold.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    webhooks=("products/create", "products/update"),
    selection=f"""
        id title displayName sku barcode position price compareAtPrice taxable
        createdAt updatedAt availableForSale inventoryPolicy inventoryQuantity
        sellableOnlineQuantity requiresComponents showUnitPrice
        unitPrice {MONEY_V2}
        unitPriceMeasurement {{
            measuredType quantityUnit quantityValue referenceUnit referenceValue
        }}
        product {{ id }}
        inventoryItem {{ id }}
        deliveryProfile {{ id }}
        selectedOptions {{ name value optionValue {{ id }} }}
        media {{ nodes {{ id }} }}
        {METAFIELDS}
    """,
)

# A snapshot: the membership of a smart collection changes without moving updatedAt.
COLLECTIONS = Stream(
    name="collections",
    root="collections",
    family="products",
    description="Collections with their rules and members.",
    webhooks=("collections/create", "collections/update", "collections/delete"),
    selection=f"""
        id title handle descriptionHtml sortOrder templateSuffix updatedAt
        image {{ url altText width height }}
        seo {{ title description }}
        sources {{
            id title description type: __typename
            ... on CollectionConditionsSource {{
                shareable targetType
                inclusion {{
                    matchType
                    rules: conditions {{
                        type: __typename
                        ... on CollectionSourceInclusionConditionProductTag {{
                            matchType tagRelation: relation values
                        }}
                        ... on CollectionSourceInclusionConditionProductTitle {{
                            matchType titleRelation: relation values
                        }}
                        ... on CollectionSourceInclusionConditionProductType {{
                            matchType productTypeRelation: relation values
                        }}
                        ... on CollectionSourceInclusionConditionProductVendor {{
                            matchType vendorRelation: relation values
                        }}
                        ... on CollectionSourceInclusionConditionVariantTitle {{
                            matchType variantTitleRelation: relation values
                        }}
                        ... on CollectionSourceInclusionConditionVariantPrice {{
                            priceRelation: relation price: value {MONEY_V2}
                        }}
                        ... on CollectionSourceInclusionConditionVariantInventory {{
                            inventoryRelation: relation inventory: value
                        }}
                    }}
                }}
            }}
        }}
        products {{ nodes {{ id }} }}
        {METAFIELDS}
    """,
)

STREAMS = (PRODUCTS, PRODUCT_VARIANTS, COLLECTIONS)
