"""Markets, their web presences and languages, catalogs and price lists.

Charter: where the shop sells, in which languages and at which prices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.shelves import counted, ref, refs
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.money import Till, money
from shopify_assets.simulator.world.world import Record, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.data.catalogue import Catalogue
    from shopify_assets.simulator.data.ground import Ground

Json = dict[str, Any]

MARKETS = 4
_NAMES = ("United States", "Europe", "日本", "Wholesale")
# Catalogs of markets, of the app, of company locations.
CATALOGS = ("MarketCatalog", "MarketCatalog", "MarketCatalog", "AppCatalog",
            "CompanyLocationCatalog", "CompanyLocationCatalog")  # fmt: skip
_CATALOG_TYPES = {
    "MarketCatalog": "MARKET",
    "AppCatalog": "APP",
    "CompanyLocationCatalog": "COMPANY_LOCATION",
}
# The catalog of each price list, and the publication of each catalog.
_LIST_OF = {0: 0, 1: 1, 4: 2}
PUBLICATION_OF = {3: 0, 0: 2, 1: 3, 4: 4}
_FIXED_PRICES = 300
# The market of each country.
_REGIONS = ((0, "US", "United States"), (1, "DE", "Germany"), (1, "FR", "France"),
            (1, "GB", "United Kingdom"), (2, "JP", "Japan"))  # fmt: skip
_LOCALES = (("en", "English", True), ("de", "German", True), ("ja", "日本語", False))


def shop_locale(place: int) -> Json:
    """The ShopLocale of a place; the third is not published yet."""
    code, name, published = _LOCALES[place]
    return {
        "__typename": "ShopLocale",
        "__seed": ("locale", code),
        "locale": code,
        "name": name,
        "primary": place == 0,
        "published": published,
        "marketWebPresences": refs("MarketWebPresence", [place] if place < 2 else []),
    }


def shop_locales(arguments: Json) -> list[Json]:
    """All languages, or the published ones."""
    made = [shop_locale(place) for place in range(len(_LOCALES))]
    return [each for each in made if each["published"] or not arguments["published"]]


def _region(place: int) -> Json:
    _, code, name = _REGIONS[place]
    return {
        "__typename": "MarketRegionCountry",
        "id": ids.gid("MarketRegionCountry", place),
        "code": code,
        "name": name,
    }


def _conditions(regions: list[int]) -> Json:
    """What makes a buyer one of the market: their country, or else their company."""
    held = refs("MarketRegionCountry", regions)
    places = {
        "__typename": "RegionsCondition",
        "applicationLevel": "SPECIFIED",
        "regions": held,
    }
    companies = {
        "__typename": "CompanyLocationsCondition",
        "applicationLevel": "ALL",
        "companyLocations": [],
    }
    return {
        "__typename": "MarketConditions",
        "channelsCondition": None,
        "companyLocationsCondition": None if held else companies,
        "conditionTypes": ["REGION" if held else "COMPANY_LOCATION"],
        "locationsCondition": None,
        "regionsCondition": places if held else None,
    }


class Markets:
    """Makes the markets, catalogs and price lists of a shop."""

    def __init__(self, ground: Ground, catalogue: Catalogue, places: list[int]) -> None:
        self._ground = ground
        self._catalogue = catalogue
        self._locations = places

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        return [
            Table("Market", lambda: range(MARKETS), self.market),
            Table("MarketRegionCountry", lambda: range(len(_REGIONS)), _region),
            Table("MarketWebPresence", lambda: range(2), self.presence),
            Table(
                "Catalog",
                lambda: range(len(CATALOGS)),
                self.catalog,
                {"type": lambda place: _CATALOG_TYPES[CATALOGS[place]]},
                types=("MarketCatalog", "AppCatalog", "CompanyLocationCatalog"),
            ),
            Table(
                "PriceList",
                lambda: range(4),
                self.price_list,
                later={"prices": self._prices, "quantityRules": self._rules},
            ),
        ]

    def chosen(self, arguments: Json) -> Callable[[int], bool] | None:
        """Which catalogs the argument `type` chooses."""
        wanted = arguments.get("type")
        if wanted is None:
            return None
        return lambda place: _CATALOG_TYPES[CATALOGS[place]] == wanted

    def market(self, place: int) -> Json:
        """The Market of a place."""
        regional = place < MARKETS - 1
        catalogs = [place] if regional else []
        regions = [at for at, made in enumerate(_REGIONS) if made[0] == place]
        return {
            "__typename": "Market",
            "conditions": _conditions(regions),
            "id": ids.gid("Market", place),
            "name": _NAMES[place],
            "handle": f"market-{place}",
            "status": "DRAFT" if place == 2 else "ACTIVE",
            "type": "REGION" if regional else "COMPANY_LOCATION",
            "catalogs": [ref("MarketCatalog", each) for each in catalogs],
            "catalogsCount": counted(len(catalogs)),
            "webPresences": refs("MarketWebPresence", [place] if place < 2 else []),
            "primary": place == 0,
        }

    def presence(self, place: int) -> Json:
        """The MarketWebPresence of a place."""
        domain = self._ground.spec.domain
        suffix = "de" if place else None
        locales = (0, 1) if place == 0 else (1, 0)
        return {
            "__typename": "MarketWebPresence",
            "id": ids.gid("MarketWebPresence", place),
            "alternateLocales": [shop_locale(locales[1])],
            "defaultLocale": shop_locale(locales[0]),
            "domain": None,
            "markets": refs("Market", [place]),
            "rootUrls": [
                {
                    "__typename": "MarketWebPresenceRootUrl",
                    "locale": _LOCALES[each][0],
                    "url": f"https://{domain}/{suffix or ''}",
                }
                for each in locales
            ],
            "subfolderSuffix": suffix,
        }

    def catalog(self, place: int) -> Json:
        """The Catalog of a place."""
        kind, listed = CATALOGS[place], _LIST_OF.get(place)
        published = PUBLICATION_OF.get(place)
        made: Json = {
            "__typename": kind,
            "id": ids.gid(kind, place),
            "title": f"Catalog {place}",
            "status": "DRAFT" if place == 5 else "ACTIVE",
            "operations": [],
            "priceList": None if listed is None else ref("PriceList", listed),
            "publication": None if published is None else ref("Publication", published),
        }
        if kind == "MarketCatalog":
            made["markets"] = refs("Market", [place])
            made["marketsCount"] = counted(1)
        elif kind == "CompanyLocationCatalog":
            held = self._locations[place % 2 :: 2]
            made["companyLocations"] = refs("CompanyLocation", held)
            made["companyLocationsCount"] = counted(len(held))
        return made

    def catalogs_of(self, record: Record) -> list[Any]:
        """The catalogs a company's location orders from."""
        place = ids.place("CompanyLocation", ids.tail(record["id"]))[0]
        at = self._locations.index(place)
        return [ref("CompanyLocationCatalog", 4 + at % 2)]

    def _currency(self, place: int) -> str:
        return self._ground.spec.currency if place != 1 else "GBP"

    def price_list(self, place: int) -> Json:
        """The PriceList of a place; the last one belongs to no catalog."""
        catalog = next((at for at, made in _LIST_OF.items() if made == place), None)
        adjustment = {"type": "PERCENTAGE_DECREASE", "value": 10.0}
        return {
            "__typename": "PriceList",
            "id": ids.gid("PriceList", place),
            "catalog": None if catalog is None else ref(CATALOGS[catalog], catalog),
            "currency": self._currency(place),
            "fixedPricesCount": len(self._fixed(place)),
            "name": f"Prices {place}",
            "parent": {
                "__typename": "PriceListParent",
                "adjustment": {"__typename": "PriceListAdjustment", **adjustment},
                "settings": {"compareAtMode": "ADJUSTED"},
            }
            if place % 2 == 0
            else None,
        }

    def _fixed(self, place: int) -> list[int]:
        count = (_FIXED_PRICES, 12, 3, 0)[place]
        return self._catalogue.variant_places[:count]

    def _prices(self, record: Record) -> list[Json]:
        place = ids.place("PriceList", ids.tail(record["id"]))[0]
        fixed, currency = set(self._fixed(place)), self._currency(place)
        till = Till(self._ground.spec.currency, currency)
        return [
            self._price(variant, till, fixed=variant in fixed)
            for variant in self._catalogue.variant_places
        ]

    def _price(self, variant: int, till: Till, *, fixed: bool) -> Json:
        cents = till.amount(self._catalogue.variant(variant).price).presentment
        lower = cents * 8 // 10 if fixed else cents * 9 // 10
        return {
            "__typename": "PriceListPrice",
            "compareAtPrice": money(cents, till.presentment) if variant % 3 else None,
            "originType": "FIXED" if fixed else "RELATIVE",
            "price": money(lower, till.presentment),
            "quantityPriceBreaks": [],
            "variant": ref("ProductVariant", variant),
        }

    def _rules(self, record: Record) -> list[Json]:
        place = ids.place("PriceList", ids.tail(record["id"]))[0]
        return [
            {
                "__typename": "QuantityRule",
                "increment": 6,
                "isDefault": False,
                "maximum": None if at % 2 else 60,
                "minimum": 6,
                "originType": "FIXED",
                "productVariant": ref("ProductVariant", variant),
            }
            for at, variant in enumerate(self._fixed(place)[:7])
        ]
