"""What can be said in other languages: translations and market localizations.

Charter: translatable resources are real records; what is translated of them is told
alike by the resource and by the record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.dice import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.world.world import Record, World

Json = dict[str, Any]

_TABLES = {
    "ARTICLE": "Article", "BLOG": "Blog", "COLLECTION": "Collection", "MENU": "Menu",
    "METAOBJECT": "Metaobject", "ONLINE_STORE_THEME": "OnlineStoreTheme",
    "PAGE": "Page", "PRODUCT": "Product", "SELLING_PLAN_GROUP": "SellingPlanGroup",
    "SHOP": "Shop", "SHOP_POLICY": "ShopPolicy",
}  # fmt: skip
# Parts of records: the table, the field that holds them.
_PARTS = {
    "PRODUCT_OPTION": ("Product", "options"),
    "SELLING_PLAN": ("SellingPlanGroup", "sellingPlans"),
    "LINK": ("Menu", "items"),
    "MEDIA_IMAGE": ("Product", "media"),
}
# What has no record elsewhere.
_ALONE = {
    "DELIVERY_METHOD_DEFINITION": "DeliveryMethodDefinition",
    "EMAIL_TEMPLATE": "EmailTemplate", "FILTER": "OnlineStoreFilterSetting",
    "PACKING_SLIP_TEMPLATE": "PackingSlipTemplate", "PAYMENT_GATEWAY": "PaymentGateway",
    "ARTICLE_IMAGE": "ArticleImage", "COLLECTION_IMAGE": "CollectionImage",
    "ONLINE_STORE_THEME_APP_EMBED": "OnlineStoreThemeAppEmbed",
    "ONLINE_STORE_THEME_JSON_TEMPLATE": "OnlineStoreThemeJsonTemplate",
    "ONLINE_STORE_THEME_LOCALE_CONTENT": "OnlineStoreThemeLocaleContent",
    "ONLINE_STORE_THEME_SECTION_GROUP": "OnlineStoreThemeSectionGroup",
    "ONLINE_STORE_THEME_SETTINGS_CATEGORY": "OnlineStoreThemeSettingsCategory",
    "ONLINE_STORE_THEME_SETTINGS_DATA_SECTIONS": "OnlineStoreThemeSettingsDataSections",
}  # fmt: skip
_LOCALES = ("de", "ja")
_KEYS = ("title", "body_html")


class Words:
    """Makes the translatable resources of a shop."""

    def __init__(self, ground: Ground, world: World) -> None:
        self._ground = ground
        self._world = world

    def resources(self, arguments: Json) -> list[Json]:
        """The TranslatableResources of a type; what a type has is in no other."""
        return [self._resource(each) for each in self._ids(arguments["resourceType"])]

    def by_ids(self, arguments: Json) -> list[Json]:
        """The TranslatableResources with these ids."""
        return [self._resource(each) for each in arguments["resourceIds"]]

    def one(self, arguments: Json) -> Json:
        """The TranslatableResource with this id."""
        return self._resource(arguments["resourceId"])

    def _ids(self, kind: str) -> Iterator[str]:
        if kind in _TABLES:
            yield from (each["id"] for each in self._world.records(_TABLES[kind]))
        elif kind in _PARTS:
            table, name = _PARTS[kind]
            for record in self._world.records(table):
                # What is only linked to is a record of its own.
                parts = (each for each in record[name] if type(each) is dict)
                yield from (each["id"] for each in parts)
        elif kind == "METAFIELD":
            for record in self._world.records("Collection"):
                yield from (each["id"] for each in self._world.metafields(record))
        elif kind in _ALONE:
            for number in range(fingerprint(kind) % 4):
                yield f"gid://shopify/{_ALONE[kind]}/{number + 1}"

    def _resource(self, gid: str) -> Json:
        return {
            "__typename": "TranslatableResource",
            "resourceId": gid,
            "nestedTranslatableResources": [],
            "translatableContent": [
                {
                    "__typename": "TranslatableContent",
                    "digest": f"{fingerprint(gid, key):08x}",
                    "key": key,
                    "locale": "en",
                    "type": "SINGLE_LINE_TEXT_FIELD" if key == "title" else "HTML",
                    "value": None
                    if fingerprint(gid, key) % 5 == 0
                    else _text(gid, key),
                }
                for key in _KEYS
            ],
            "translations": self.translations({"id": gid}),
        }

    def translations(self, record: Record) -> list[Json]:
        """The Translations of a record, in all languages."""
        gid = record.get("id") or ""
        moment = stamp(self._ground.end - (1 + fingerprint(gid) % 30) * 86_400)
        return [
            {
                "__typename": "Translation",
                "key": key,
                "locale": locale,
                "market": None,
                "outdated": fingerprint(gid, locale) % 7 == 0,
                "updatedAt": moment,
                "value": f"{locale}: {_text(gid, key)}",
            }
            for locale in _LOCALES
            for key in _KEYS
            if fingerprint(gid, locale, key) % 2
        ]

    def localizable(self, arguments: Json) -> list[Json]:
        """The MarketLocalizableResources of a type."""
        kind = arguments["resourceType"]
        return [self._localized(each) for each in self._ids(kind)][:20]

    def localizable_by_ids(self, arguments: Json) -> list[Json]:
        """The MarketLocalizableResources with these ids."""
        return [self._localized(each) for each in arguments["resourceIds"]]

    def _localized(self, gid: str) -> Json:
        return {
            "__typename": "MarketLocalizableResource",
            "resourceId": gid,
            "marketLocalizableContent": [
                {
                    "__typename": "MarketLocalizableContent",
                    "digest": f"{fingerprint(gid):08x}",
                    "key": "value",
                    "value": _text(gid, "value"),
                }
            ],
            "marketLocalizations": [],
        }


def _text(gid: str, key: str) -> str:
    return f"{key} of {ids.tail(gid)}"
