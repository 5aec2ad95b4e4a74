"""Products, their options, media and variants.

Charter: what is for sale. A variant's place is its product's place × 512 and its
position within it; the inventory item has the same place.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from shopify_assets.simulator.data.files import besides_images
from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.money import local, money, padded
from shopify_assets.simulator.world.world import Ref

if TYPE_CHECKING:
    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.world.dice import Dice

Json = dict[str, Any]

VARIANTS_MOST = 512
LARGE_PRODUCT = 7
_OPTIONS = (
    ("Colour", texts.COLOURS),
    ("Size", texts.SIZES),
    ("Finish", texts.FINISHES),
)


class VariantFacts(NamedTuple):
    """What an order's line needs to know of a variant."""

    product: str
    title: str
    sku: str | None
    price: int
    taxable: bool


class Catalogue:
    """Makes the products and variants of a shop."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._facts: dict[int, VariantFacts] = {}

    @cached_property
    def sizes(self) -> list[tuple[int, ...]]:
        """How many values each option of each product has."""
        return [self._size(place) for place in range(self._ground.scale.products)]

    def _size(self, place: int) -> tuple[int, ...]:
        if place == LARGE_PRODUCT:
            return (10, 10, 3)
        dice = self._ground.dice("size", place)
        return dice.weighted(
            (
                ((), 300),
                ((2,), 200),
                ((4,), 200),
                ((3, 2), 150),
                ((4, 3), 100),
                ((2, 2, 2), 50),
            )
        )

    def count(self, place: int) -> int:
        """How many variants a product has."""
        made = 1
        for size in self.sizes[place]:
            made *= size
        return made

    @cached_property
    def variant_places(self) -> list[int]:
        """The places of all variants."""
        return [
            product * VARIANTS_MOST + position
            for product in range(len(self.sizes))
            for position in range(self.count(product))
        ]

    def any_variant(self, dice: Dice) -> int:
        """One variant of the shop."""
        return dice.pick(self.variant_places)

    @staticmethod
    def product_of(place: int) -> int:
        """The product a variant belongs to."""
        return place // VARIANTS_MOST

    def created(self, place: int) -> int:
        """When a product came to be."""
        dice = self._ground.dice("product", place)
        return self._ground.spread(place, self._ground.scale.products, dice)

    def updated(self, place: int) -> int:
        """When a product changed last; every third one in the same second."""
        if place % 3 == 0:
            return max(self.created(place), self._ground.end - 3 * 86_400)
        dice = self._ground.dice("product change", place)
        return self._ground.later(self.created(place), dice, 200)

    def variant_updated(self, place: int) -> int:
        """When a variant changed last: not always with its product."""
        product = self.product_of(place)
        if place % 5 == 0:
            return max(self.created(product), self.updated(product) - 3600)
        return self.updated(product)

    def variant(self, place: int) -> VariantFacts:
        """The facts of a variant."""
        found = self._facts.get(place)
        if found is None:
            found = self._facts[place] = self._make_facts(place)
        return found

    def _make_facts(self, place: int) -> VariantFacts:
        product = self.product_of(place)
        dice = self._ground.dice("price", product)
        price = local(dice.pick((499, 999, 1250, 2000, 4995, 12_000)), self._currency)
        extra = local(50, self._currency) * (place % VARIANTS_MOST % 4)
        sku = (
            None
            if (place + 8) % 11 == 0
            else f"SKU-{product:05d}-{place % VARIANTS_MOST:03d}"
        )
        return VariantFacts(
            product=self.title(product),
            title=" / ".join(self._values(place)) or "Default Title",
            sku=sku,
            price=price + extra,
            taxable=product % 10 != 1,
        )

    @property
    def _currency(self) -> str:
        return self._ground.spec.currency

    def title(self, place: int) -> str:
        """A product's title."""
        dice = self._ground.dice("title", place)
        name = f"{dice.pick(texts.MATERIALS)} {dice.pick(texts.THINGS)} No. {place}"
        if place == LARGE_PRODUCT:
            return f"{name} 🪔 with every size"
        return f'{name} "limited"' if dice.chance(5) else name

    def _values(self, place: int) -> list[str]:
        product, position = divmod(place, VARIANTS_MOST)
        values: list[str] = []
        for (_, names), size in reversed(
            list(zip(_OPTIONS, self.sizes[product], strict=False))
        ):
            position, at = divmod(position, size)
            values.insert(0, names[at])
        return values

    def product(self, place: int) -> Json:
        """The Product of a place."""
        dice = self._ground.dice("goods", place)
        first = place * VARIANTS_MOST
        variants = [first + position for position in range(self.count(place))]
        prices = [self.variant(each).price for each in variants]
        images = [self._media(place, part) for part in range(_images(dice))]
        # What is no image stands between them: not in the order of the ids.
        media: list[Any] = [*images[:1], *besides_images(place), *images[1:]]
        return {
            **self._described(place, dice),
            "media": media,
            "mediaCount": {"count": len(media), "precision": "EXACT"},
            "featuredMedia": media[0] if media else None,
            "options": self._options(place),
            "variants": [Ref(ids.gid("ProductVariant", each)) for each in variants],
            "variantsCount": {"count": len(variants), "precision": "EXACT"},
            "hasOnlyDefaultVariant": not self.sizes[place],
            "priceRangeV2": {
                "minVariantPrice": money(min(prices), self._currency),
                "maxVariantPrice": money(max(prices), self._currency),
            },
            "collections": [
                Ref(ids.gid("Collection", each)) for each in collections_of(place)
            ],
        }

    def images(self, place: int) -> int:
        """How many images a product has."""
        return _images(self._ground.dice("goods", place))

    def _described(self, place: int, dice: Dice) -> Json:
        status = dice.weighted(
            (("ACTIVE", 750), ("DRAFT", 120), ("ARCHIVED", 100), ("UNLISTED", 30))
        )
        html = f"<p>{dice.pick(texts.NOTES) or ''}</p>"
        created = self.created(place)
        handle = f"product-{place}"
        return {
            "__typename": "Product",
            "id": ids.gid("Product", place),
            "legacyResourceId": str(ids.number("Product", place)),
            "title": self.title(place),
            "handle": handle,
            "description": html[3:-4],
            "descriptionHtml": html,
            "productType": dice.pick(texts.PRODUCT_TYPES),
            "vendor": dice.pick(texts.VENDORS),
            "status": status,
            "tags": sorted({dice.pick(texts.TAGS) for _ in range(dice.below(4))}),
            "templateSuffix": None,
            "giftCardTemplateSuffix": None,
            "isGiftCard": False,
            "createdAt": stamp(created),
            "updatedAt": stamp(self.updated(place)),
            "publishedAt": stamp(created) if status == "ACTIVE" else None,
            "onlineStoreUrl": f"https://{self._ground.spec.domain}/products/{handle}"
            if status == "ACTIVE"
            else None,
            "category": None,
            "combinedListingRole": None,
            "seo": {"title": None, "description": None},
            "tracksInventory": (place + 7) % 9 != 0,
            "requiresSellingPlan": False,
        }

    def _options(self, place: int) -> list[Json]:
        named = list(zip(_OPTIONS, self.sizes[place], strict=False))
        if not named:
            return [_option(place, 0, ("Title", ("Default Title",)))]
        return [
            _option(place, at, (name, names[:size]))
            for at, ((name, names), size) in enumerate(named)
        ]

    def _media(self, place: int, part: int) -> Json:
        url = f"https://cdn.shopify.com/s/files/1/0001/files/p{place}_{part}.jpg?v=1"
        image = {
            "__typename": "Image",
            "id": f"gid://shopify/ImageSource/{place * 10 + part + 1}",
            "altText": "A lamp, lit" if part else None,
            "height": 1200,
            "url": url,
            "width": 800,
        }
        return {
            "__typename": "MediaImage",
            "id": ids.gid("MediaImage", place, part),
            "alt": image["altText"] or "",
            "createdAt": stamp(self.created(place)),
            "fileStatus": "READY",
            "fileErrors": [],
            "image": image,
            "mediaContentType": "IMAGE",
            "mediaErrors": [],
            "mediaWarnings": [],
            "mimeType": "image/jpeg",
            "preview": {"image": image, "status": "READY"},
            "status": "READY",
            "updatedAt": stamp(self.updated(place)),
        }

    def product_variant(self, place: int) -> Json:
        """The ProductVariant of a place."""
        facts, product = self.variant(place), self.product_of(place)
        position = place % VARIANTS_MOST
        currency = self._currency
        item = Ref(ids.gid("InventoryItem", place))
        return {
            "__typename": "ProductVariant",
            "id": ids.gid("ProductVariant", place),
            "legacyResourceId": str(ids.number("ProductVariant", place)),
            "title": facts.title,
            "displayName": f"{facts.product} - {facts.title}",
            "sku": facts.sku,
            "barcode": f"{4_006_381_000_000 + place}" if place % 4 else None,
            "price": padded(facts.price, currency),
            "compareAtPrice": padded(facts.price * 2, currency)
            if position % 3
            else None,
            "position": position + 1,
            "createdAt": stamp(self.created(product)),
            "updatedAt": stamp(self.variant_updated(place)),
            "product": Ref(ids.gid("Product", product)),
            "inventoryItem": item,
            "inventoryPolicy": "CONTINUE" if product % 6 == 0 else "DENY",
            "taxable": facts.taxable,
            "selectedOptions": self._selected(place),
            "media": self._pictured(place),
            "requiresComponents": False,
            "unitPrice": None,
            "unitPriceMeasurement": None,
        }

    def _pictured(self, place: int) -> list[Ref]:
        """Images of the product that show this variant, the last of them first."""
        product = self.product_of(place)
        parts = range(self.images(product)) if place % 4 == 1 else ()
        return [Ref(ids.gid("MediaImage", product, part)) for part in reversed(parts)]

    def _selected(self, place: int) -> list[Json]:
        product = self.product_of(place)
        values = self._values(place) or ["Default Title"]
        options = self._options(product)
        return [
            {
                "name": option["name"],
                "value": value,
                "optionValue": next(
                    each for each in option["optionValues"] if each["name"] == value
                ),
            }
            for option, value in zip(options, values, strict=True)
        ]


def _images(dice: Dice) -> int:
    """The first that is drawn for a product."""
    return dice.below(4)


def _option(place: int, at: int, named: tuple[str, tuple[str, ...]]) -> Json:
    name, values = named
    return {
        "__typename": "ProductOption",
        "id": ids.gid("ProductOption", place, at),
        "linkedMetafield": None,
        "name": name,
        "optionValues": [
            {
                "__typename": "ProductOptionValue",
                "id": ids.gid("ProductOptionValue", place, at * 16 + number),
                "hasVariants": True,
                "linkedMetafieldValue": None,
                "name": value,
                "swatch": None,
            }
            for number, value in enumerate(values)
        ],
        "position": at + 1,
        "values": list(values),
    }


COLLECTIONS = 12


def collections_of(place: int) -> list[int]:
    """The collections a product is in: every product is in the first."""
    return sorted({0, 1 + place % (COLLECTIONS - 2), 1 + place % 3})


def products_in(collection: int, products: int) -> list[int]:
    """The products a collection holds; the last collection is empty."""
    return [place for place in range(products) if collection in collections_of(place)]
