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
    urgent=True,
    description="Products of every status with options, media and collections.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    ordered=("product_option_values", "product_media"),
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
        giftCard: giftCardSettings {{ issuanceCurrency crossCurrencyRedeemable }}
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
        media(sortKey: POSITION) {{ nodes {{
            id alt mediaContentType status
            preview {{ status image {{ url width height altText thumbhash }} }}
            ... on MediaImage {{
                createdAt updatedAt fileStatus mimeType
                image {{ url width height altText thumbhash }}
            }}
            ... on Model3d {{
                createdAt updatedAt fileStatus filename
                modelSource: originalSource {{
                    url format mimeType fileSize: filesize
                }}
            }}
            ... on Video {{
                createdAt updatedAt fileStatus filename duration
                videoSource: originalSource {{
                    url format mimeType fileSize width height
                }}
            }}
            ... on ExternalVideo {{
                createdAt updatedAt fileStatus embedUrl originUrl host
            }}
        }} }}
        collections {{ nodes {{ id handle title }} }}
        {METAFIELDS}
    """,
)

PRODUCT_VARIANTS = Stream(
    name="product_variants",
    root="productVariants",
    family="products",
    urgent=True,
    description="Variants: what is priced, stocked and sold.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    ordered=("product_variant_media",),
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

# A rule of each kind; one key has one type in GraphQL, so most have names of their own.
_RULES = f"""
    gid: id type: __typename
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
    ... on CollectionSourceInclusionConditionProductStatus {{
        matchType statusRelation: relation statuses: values
    }}
    ... on CollectionSourceInclusionConditionProductCategory {{
        matchType categoryRelation: relation
        categories: values {{ includeDescendants category {{ gid: id fullName }} }}
    }}
    ... on CollectionSourceInclusionConditionVariantTitle {{
        matchType variantTitleRelation: relation values
    }}
    ... on CollectionSourceInclusionConditionVariantPrice {{
        priceRelation: relation price: value {MONEY_V2}
    }}
    ... on CollectionSourceInclusionConditionVariantCompareAtPrice {{
        compareAtPriceRelation: relation compareAtPrice: value {MONEY_V2}
    }}
    ... on CollectionSourceInclusionConditionVariantWeight {{
        weightRelation: relation weight: value {{ value unit }}
    }}
    ... on CollectionSourceInclusionConditionVariantInventory {{
        inventoryRelation: relation inventory: value
    }}
    ... on CollectionSourceInclusionConditionMetafieldBoolean {{
        booleanRelation: relation boolean: value definition {{ id }}
    }}
    ... on CollectionSourceInclusionConditionMetafieldInteger {{
        integerRelation: relation integer: value definition {{ id }}
    }}
    ... on CollectionSourceInclusionConditionMetafieldDecimal {{
        decimalRelation: relation decimal: value definition {{ id }}
    }}
    ... on CollectionSourceInclusionConditionMetafieldString {{
        matchType stringRelation: relation values definition {{ id }}
    }}
    ... on CollectionSourceInclusionConditionMetafieldStringList {{
        matchType stringListRelation: relation values definition {{ id }}
    }}
    ... on CollectionSourceInclusionConditionMetafieldMetaobject {{
        metaobjectRelation: relation metaobject: value {{ id }} definition {{ id }}
    }}
    ... on CollectionSourceInclusionConditionMetafieldMetaobjectList {{
        matchType metaobjectListRelation: relation
        metaobjects: values {{ id }} definition {{ id }}
    }}
    ... on CollectionSourceInclusionConditionUnknown {{
        unknownMatchType: matchType unknownRelation: relation unknownValues: values
    }}
"""
_EXCLUDING_RULES = """
    gid: id type: __typename
    ... on CollectionSourceExclusionConditionProductTag {
        matchType tagRelation: relation values
    }
    ... on CollectionSourceExclusionConditionProductType {
        matchType productTypeRelation: relation values
    }
    ... on CollectionSourceExclusionConditionProductVendor {
        matchType vendorRelation: relation values
    }
    ... on CollectionSourceExclusionConditionProductCategory {
        matchType categoryRelation: relation
        categories: values { includeDescendants category { gid: id fullName } }
    }
    ... on CollectionSourceExclusionConditionCollection {
        matchType collections: values { id }
    }
    ... on CollectionSourceExclusionConditionUnknown {
        unknownMatchType: matchType unknownRelation: relation unknownValues: values
    }
"""

# A snapshot: the membership of a smart collection changes without moving updatedAt.
# Members are read in the order that merchants give them by hand: that of best sellers
# would change from day to day, all others follow from the products' own columns.
COLLECTIONS = Stream(
    name="collections",
    root="collections",
    family="products",
    description="Collections with their rules and members.",
    ordered=("collection_products",),
    webhooks=("collections/create", "collections/update", "collections/delete"),
    selection=f"""
        id title handle descriptionHtml sortOrder templateSuffix updatedAt
        image {{ url altText width height thumbhash }}
        seo {{ title description }}
        sources {{
            id title description type: __typename
            app {{ id title }}
            ... on CollectionConditionsSource {{
                shareable targetType
                inclusion {{
                    matchType
                    rules: conditions {{ {_RULES} }}
                }}
                exclusion {{
                    matchType
                    excludingRules: conditions {{ {_EXCLUDING_RULES} }}
                }}
            }}
            ... on CollectionSubCollectionsSource {{
                subcollections: collections {{ id }}
            }}
        }}
        products(sortKey: MANUAL) {{ nodes {{ id }} }}
        {METAFIELDS}
    """,
)

STREAMS = (PRODUCTS, PRODUCT_VARIANTS, COLLECTIONS)
