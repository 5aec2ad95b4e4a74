"""What products are made of.

Charter: declarations of the streams about bundles and components. Whether a component
moves its bundle's updatedAt is told nowhere: all are snapshots.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Stream

BUNDLE_COMPONENTS = Stream(
    name="bundle_components",
    root="products",
    family="products",
    description="Components of fixed bundles, with the options buyers may choose.",
    selection="""
        id handle
        bundleComponents { nodes {
            quantity
            component: componentProduct { id }
            quantityOption {
                name
                parentOption { id }
                quantities: values { name quantity }
            }
            optionSelections {
                componentOption { id name }
                parentOption { id name }
                values { value selectionStatus }
            }
        } }
    """,
)

PRODUCT_COMPONENTS = Stream(
    name="product_components",
    root="products",
    family="products",
    description="Products whose variants are components of a product's variants.",
    selection="""
        id handle
        productComponents { nodes {
            component: product { id }
            componentVariantsCount { count precision }
            nonComponentVariantsCount { count precision }
        } }
    """,
)

PRODUCT_VARIANT_COMPONENTS = Stream(
    name="product_variant_components",
    root="productVariants",
    family="products",
    description="Variants that a variant is made of, and how many of each.",
    selection="""
        id sku
        productVariantComponents { nodes {
            id quantity
            component: productVariant { id sku }
        } }
    """,
)

STREAMS = (BUNDLE_COMPONENTS, PRODUCT_COMPONENTS, PRODUCT_VARIANT_COMPONENTS)
