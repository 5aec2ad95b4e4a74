"""What the online store shows besides products.

Charter: declarations of the streams about written content.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, Stream
from shopify_assets.streams.fragments import METAFIELDS

PAGES = Stream(
    name="pages",
    root="pages",
    family="content",
    description="Pages of the online store, hidden ones too, with their metafields.",
    incremental=Incremental("updated_at"),
    selection=f"""
        id handle title body isPublished templateSuffix
        createdAt updatedAt publishedAt
        {METAFIELDS}
    """,
)

STREAMS = (PAGES,)
