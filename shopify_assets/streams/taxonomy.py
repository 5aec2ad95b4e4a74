"""Shopify's taxonomy of products, the same in every shop.

Charter: declarations of the streams about the taxonomy.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Stream

_CATEGORY = "id name fullName level isRoot isLeaf isArchived"

# Without an argument Shopify lists the top level alone: what lies below each category
# of the top is asked for by its id.
TAXONOMY_CATEGORIES = Stream(
    name="taxonomy_categories",
    root="taxonomy.categories",
    family="products",
    description="Categories of Shopify's taxonomy, below those of the top level.",
    selection=f"""
        {_CATEGORY}
        taxonomy {{
            taxonomyCategories: categories(descendantsOf: $id) {{ nodes {{
                {_CATEGORY} parentId ancestorIds
            }} }}
        }}
    """,
)

STREAMS = (TAXONOMY_CATEGORIES,)
