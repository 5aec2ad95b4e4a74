"""The online store itself: how it leads, looks and what it promises.

Charter: declarations of the streams about navigation, themes and policies. None can be
searched by when it changed: all are snapshots.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Stream

_ITEM = "id title type url resourceId tags"

# Shopify lets menus nest three deep.
MENUS = Stream(
    name="menus",
    root="menus",
    family="content",
    ordered=("menu_items", "menu_item_subitems", "menu_item_subitem_subitems"),
    description="Menus of the online store, with their items on all three levels.",
    selection=f"""
        id handle title isDefault
        items {{
            {_ITEM}
            subitems: items {{
                {_ITEM}
                subitems: items {{ {_ITEM} }}
            }}
        }}
    """,
)

URL_REDIRECTS = Stream(
    name="url_redirects",
    root="urlRedirects",
    family="content",
    description="Redirects from one path of the online store to another.",
    selection="id path target",
)

# Few, and a snapshot tells of deletions, which nothing else does.
SCRIPT_TAGS = Stream(
    name="script_tags",
    root="scriptTags",
    family="content",
    description="Scripts that this app puts into the online store.",
    selection="id src displayScope cache createdAt updatedAt",
)

THEMES = Stream(
    name="themes",
    root="themes",
    family="content",
    description="Themes of the online store, published or not.",
    webhooks=("themes/create", "themes/publish", "themes/update", "themes/delete"),
    selection="""
        id name role prefix themeStoreId processing processingFailed
        createdAt updatedAt
    """,
)

# Without bodies, which are code and images by the megabyte; checksums tell of changes.
THEME_FILES = Stream(
    name="theme_files",
    root="themes",
    family="content",
    description="Files of themes, by name: size, type and checksum.",
    webhooks=("themes/create", "themes/publish", "themes/update", "themes/delete"),
    selection="""
        id name role
        themeFiles: files { nodes {
            id: filename contentType size checksumMd5 createdAt updatedAt
        } }
    """,
)

SHOP_POLICIES = Stream(
    name="shop_policies",
    root="shop.shopPolicies",
    family="content",
    description="Policies of the shop: refunds, shipping, privacy, terms.",
    selection="id type title body url createdAt updatedAt",
)

STREAMS = (MENUS, URL_REDIRECTS, SCRIPT_TAGS, THEMES, THEME_FILES, SHOP_POLICIES)
