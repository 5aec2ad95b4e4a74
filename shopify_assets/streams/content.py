"""What is written, drawn and filmed: files, blogs, pages.

Charter: declarations of the streams about content.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets.streams.fragments import METAFIELDS

_IMAGE = "{ url altText width height thumbhash }"
_MEDIA = """
    mediaContentType status
    mediaErrors { code message details }
    mediaWarnings { code message }
"""

PAGES = Stream(
    name="pages",
    root="pages",
    family="content",
    description="Pages of the online store, hidden ones too, with their metafields.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    selection=f"""
        id handle title body isPublished templateSuffix
        createdAt updatedAt publishedAt
        {METAFIELDS}
    """,
)

# Snapshots: updatedAt may be null in blogs, articles and comments, and what has none no
# window finds.
BLOGS = Stream(
    name="blogs",
    root="blogs",
    family="content",
    description="Blogs of the online store, with their metafields.",
    selection=f"""
        id handle title commentPolicy tags templateSuffix createdAt updatedAt
        feed {{ location path }}
        {METAFIELDS}
    """,
)

ARTICLES = Stream(
    name="articles",
    root="articles",
    family="content",
    description="Articles of blogs, hidden ones too, with their metafields.",
    selection=f"""
        id handle title body summary isPublished tags templateSuffix
        createdAt updatedAt publishedAt
        blog {{ id handle title }}
        author {{ name }}
        image {_IMAGE}
        {METAFIELDS}
    """,
)

COMMENTS = Stream(
    name="comments",
    root="comments",
    family="content",
    description="Comments on articles in every state: published, pending, spam.",
    selection="""
        id status isPublished body bodyHtml ip userAgent
        createdAt updatedAt publishedAt
        article { id }
        author { name email }
    """,
)

FILES = Stream(
    name="files",
    root="files",
    family="content",
    description="Files of every type: images, videos, models and others.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE),
    selection=f"""
        id type: __typename alt fileStatus createdAt updatedAt
        preview {{ status image {{ url width height }} }}
        errors: fileErrors {{ code message details }}
        ... on MediaImage {{
            {_MEDIA}
            mimeType
            image {_IMAGE}
            imageSource: originalSource {{ url fileSize }}
        }}
        ... on GenericFile {{ mimeType originalFileSize url }}
        ... on Video {{
            {_MEDIA}
            filename duration
            videoSource: originalSource {{
                url format mimeType fileSize width height
            }}
            videoSources: sources {{ url format mimeType fileSize width height }}
        }}
        ... on ExternalVideo {{ {_MEDIA} host embedUrl originUrl }}
        ... on Model3d {{
            {_MEDIA}
            filename
            boundingBox {{ size {{ x y z }} }}
            modelSource: originalSource {{ url format mimeType fileSize: filesize }}
            modelSources: sources {{ url format mimeType fileSize: filesize }}
        }}
    """,
)

STREAMS = (PAGES, BLOGS, ARTICLES, COMMENTS, FILES)
