"""Filters and sort keys of goods: products, variants, collections, stock, discounts.

Charter: declared meanings that do not follow from a field's name; those that do are
found in `meanings.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.graphql.meaning.kinds import tail
from shopify_assets.simulator.graphql.meaning.making import (
    choice,
    flag,
    gid,
    held,
    number,
    text,
    time,
    told,
    without,
    words,
)
from shopify_assets.simulator.graphql.meaning.meaning import Kind, Meaning

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.simulator.graphql.meaning.meaning import Reader

_UNSCORED = "the simulator scores no matches"
_ONLINE = "online-store"


def _published(record: Reader) -> list[Any]:
    """The states of a record on every channel, as `published_status` calls them."""
    shown: dict[str, bool] = {}
    for place in record.each("resourcePublicationsV2"):
        for handle in place.values("publication.channels.handle"):
            shown[handle] = bool(place.first("isPublished"))
    found = ["published", "visible"] if shown.get(_ONLINE) else ["unpublished"]
    found += ["online_store_channel"] if _ONLINE in shown else []
    found += [] if any(shown.values()) else ["unavailable"]
    for channel in record.all("Channel"):
        state = shown.get(channel.row["handle"])
        words_ = _CHANNEL_STATES[state]
        found += [f"{name}-{word}" for name in _names(channel) for word in words_]
    return found


_CHANNEL_STATES = {
    True: ("published", "visible"),
    False: ("intended", "hidden"),
    None: ("hidden",),
}


def _names(channel: Reader) -> list[Any]:
    """What a channel is called by in `published_status`."""
    numbers = [tail(channel.row["id"]), *map(tail, channel.values("app.id"))]
    return [*numbers, channel.row["handle"], *channel.values("app.handle")]


def _online_since(record: Reader) -> list[Any]:
    return [
        moment
        for place in record.each("resourcePublicationsV2")
        if place.first("isPublished")
        and _ONLINE in place.values("publication.channels.handle")
        for moment in place.values("publishDate")
    ]


def _reduced(product: Reader) -> list[Any]:
    return [
        any(
            float(variant.first("compareAtPrice") or 0) > float(variant.first("price"))
            for variant in product.each("variants")
        )
    ]


def _short_somewhere(product: Reader) -> list[Any]:
    levels = product.each("variants.inventoryItem.inventoryLevels")
    quantities = [each for level in levels for each in level.each("quantities")]
    return [
        any(
            each.first("name") == "available" and each.first("quantity") <= 0
            for each in quantities
        )
    ]


def _any(path: str) -> Callable[[Reader], list[Any]]:
    return lambda record: [bool(record.values(path))]


def _only_composites(product: Reader) -> list[Any]:
    return [all(product.values("variants.requiresComponents"))]


def _excludable(path: str) -> Callable[[Reader], list[Any]]:
    """For a filter that leaves out what has something, and lets all through if not."""
    return lambda record: [False] if any(record.values(path)) else [False, True]


def _option(at: int) -> Callable[[Reader], list[Any]]:
    return lambda variant: variant.values("selectedOptions.value")[at : at + 1]


def _role(product: Reader) -> list[Any]:
    return [(product.first("combinedListingRole") or "no_role").casefold()]


def _category(product: Reader) -> list[Any]:
    return [each.rpartition("/")[2] for each in product.values("category.id")]


def _manager(variant: Reader) -> list[Any]:
    return ["shopify"] if variant.first("inventoryItem.tracked") else []


def _made_by(collection: Reader) -> list[Any]:
    kinds = collection.values("sources.__typename")
    return ["smart" if "CollectionConditionsSource" in kinds else "custom"]


def _destination(shipment: Reader) -> list[Any]:
    transfers = shipment.linked("InventoryTransfer", "shipments")
    return [at for each in transfers for at in each.values("destination.location")]


def _pickup(location: Reader) -> list[Any]:
    found = location.first("localPickupSettingsV2") is not None
    return ["enabled" if found else "disabled"]


def _discount_types(path: str) -> Callable[[Reader], list[Any]]:
    def types(node: Reader) -> list[Any]:
        [discount] = node.each(path) if path else [node]
        kind = discount.row["__typename"].partition("Code")[2]
        kind = kind or discount.row["__typename"].partition("Automatic")[2]
        if kind == "App":
            return ["app", "all_with_app"]
        if kind == "Basic":
            value = discount.first("customerGets.value.__typename")
            amount = value == "DiscountAmount"
            return ["fixed_amount" if amount else "percentage", "all", "all_with_app"]
        named = {"Bxgy": ["bxgy", "bogo"], "FreeShipping": ["free_shipping"]}
        return [*named.get(kind, []), "all", "all_with_app"]

    return types


def _combinations(prefix: str) -> Callable[[Reader], list[Any]]:
    fields = {
        "order_discounts": "orderDiscounts",
        "product_discounts": "productDiscounts",
        "shipping_discounts": "shippingDiscounts",
    }
    return lambda node: [
        name
        for name, field in fields.items()
        if node.first(f"{prefix}combinesWith.{field}")
    ]


def _method(node: Reader) -> list[Any]:
    code = node.first("discount.__typename").startswith("DiscountCode")
    return ["code" if code else "automatic"]


_CONTEXTS = {
    "DiscountBuyerSelectionAll": "all",
    "DiscountCustomers": "customer",
    "DiscountCustomerSegments": "segment",
    "DiscountMarkets": "market",
}


def _context(node: Reader) -> list[Any]:
    return [_CONTEXTS[each] for each in node.values("discount.context.__typename")]


def _discounts(path: str) -> dict[str, Meaning]:
    """The filters of all lists of discounts; `path` leads to the discount."""
    at = f"{path}." if path else ""
    tags = f"{at}combinesWith.productDiscountsWithTagsOnSameCartLine"
    types = _discount_types(path)
    return {
        "combines_with": told(_combinations(at)),
        "combines_with.product_discounts_with_tags_on_same_cart_line": text(tags),
        "created_at": time(f"{at}createdAt"),
        "discount_type": told(types),
        "ends_at": time(f"{at}endsAt"),
        "starts_at": time(f"{at}startsAt"),
        "status": choice(f"{at}status", "active", "expired", "scheduled"),
        "tag": text(f"{at}tags"),
        "times_used": number(f"{at}asyncUsageCount"),
        "title": words(f"{at}title"),
        "type": told(types),
        "updated_at": time(f"{at}updatedAt"),
    }


def _discount_sorts(path: str) -> dict[str, Meaning]:
    at = f"{path}." if path else ""
    return {
        "CREATED_AT": time(f"{at}createdAt"),
        "ENDS_AT": time(f"{at}endsAt"),
        "STARTS_AT": time(f"{at}startsAt"),
        "TITLE": text(f"{at}title"),
        "UPDATED_AT": time(f"{at}updatedAt"),
        "RELEVANCE": held(_UNSCORED),
    }


FILTERS: dict[str, dict[str, Meaning]] = {
    "Product": {
        "barcode": text("variants.barcode"),
        "bundles": told(_any("bundleComponents"), Kind.FLAG),
        "category_id": told(_category),
        "collection_id": gid("collections"),
        "combined_listing_role": told(_role),
        "delivery_profile_id": gid("variants.deliveryProfile"),
        "gift_card": flag("isGiftCard"),
        "has_only_composites": told(_only_composites, Kind.FLAG),
        "has_variant_with_components": flag("hasVariantsThatRequiresComponents"),
        "inventory_total": number("totalInventory"),
        "is_price_reduced": told(_reduced, Kind.FLAG),
        "out_of_stock_somewhere": told(_short_somewhere, Kind.FLAG),
        "price": number("variants.price"),
        "publication_ids": gid("resourcePublicationsV2.publication"),
        "published_status": told(_published),
        "sku": text("variants.sku"),
        "status": choice("status", "active", "archived", "draft", "unlisted"),
        "variant_id": gid("variants"),
        "variant_title": words("variants.title"),
    },
    "ProductVariant": {
        "collection": gid("product.collections"),
        "exclude_composite": told(_excludable("requiresComponents"), Kind.FLAG),
        "exclude_variants_with_components": told(
            _excludable("productVariantComponents.id"), Kind.FLAG
        ),
        "gift_card": flag("product.isGiftCard"),
        "location_id": gid("inventoryItem.inventoryLevels.location"),
        "managed": flag("inventoryItem.tracked"),
        "managed_by": told(_manager),
        "option1": told(_option(0)),
        "option2": told(_option(1)),
        "option3": told(_option(2)),
        "product_ids": gid("product"),
        "product_status": text("product.status"),
        "product_type": text("product.productType"),
        "published_status": told(_published),
        "tag": text("product.tags"),
        "tag_not": without("product.tags"),
        "vendor": text("product.vendor"),
    },
    "Collection": {
        "collection_type": told(_made_by),
        "product_id": gid("products"),
        "published_at": told(_online_since, Kind.TIME),
        "published_status": told(_published),
    },
    "InventoryShipment": {
        "destination_id": told(_destination, Kind.ID),
        "tracking_number": text("tracking.trackingNumber"),
    },
    "InventoryTransfer": {
        "destination_id": gid("destination.location"),
        "origin_id": gid("origin.location"),
        "product_id": gid("lineItems.inventoryItem.variants.product"),
        "product_variant_id": gid("lineItems.inventoryItem.variants"),
    },
    "InventoryLevel": {
        "inventory_group_id": gid("location"),
        "inventory_item_id": gid("item"),
    },
    "Location": {
        "active": flag("isActive"),
        "geolocated": told(_any("address.latitude"), Kind.FLAG),
        "legacy": flag("isFulfillmentService"),
        "location_id": gid("id"),
        "pickup_in_store": told(_pickup),
        "address1": words("address.address1"),
        "address2": words("address.address2"),
        "city": words("address.city"),
        "country": text("address.country", "address.countryCode"),
        "province": text("address.province", "address.provinceCode"),
        "zip": text("address.zip"),
    },
    "DiscountNode": {
        **_discounts("discount"),
        # the node repeats the times of its discount, and moves when it changes
        "created_at": time("createdAt"),
        "updated_at": time("updatedAt"),
        "code": text("discount.codes.code"),
        "context": told(_context),
        "customer_ids": gid("discount.context.customers"),
        "discount_class": text("discount.discountClasses"),
        "market_ids": gid("discount.context.markets"),
        "method": told(_method),
        "segment_ids": gid("discount.context.segments"),
    },
    "DiscountCodeNode": _discounts("codeDiscount"),
    "DiscountAutomaticNode": _discounts("automaticDiscount"),
    "DiscountAutomatic": _discounts(""),
    "DiscountRedeemCode": {"times_used": number("asyncUsageCount")},
}

SORTS: dict[str, dict[str, Meaning]] = {
    "Product": {"INVENTORY_TOTAL": number("totalInventory"),
                "RELEVANCE": held(_UNSCORED)},
    "ProductVariant": {
        "FULL_TITLE": text("displayName"),
        "INVENTORY_LEVELS_AVAILABLE": number("inventoryQuantity"),
        "INVENTORY_MANAGEMENT": flag("inventoryItem.tracked"),
        "NAME": text("displayName"),
        "POPULAR": held("what sells most is not counted"),
        "RELEVANCE": held(_UNSCORED),
    },
    "Collection": {"RELEVANCE": held(_UNSCORED)},
    "InventoryTransfer": {
        "DESTINATION_NAME": text("destination.name"),
        "EXPECTED_SHIPMENT_ARRIVAL": time("shipments.tracking.arrivesAt"),
        "ORIGIN_NAME": text("origin.name"),
        "SOURCE_NAME": held("a transfer tells no source beside its origin"),
    },
    "Location": {"RELEVANCE": held(_UNSCORED)},
    "DiscountNode": {
        **_discount_sorts("discount"),
        "CREATED_AT": time("createdAt"),
        "UPDATED_AT": time("updatedAt"),
    },
    "DiscountCodeNode": _discount_sorts("codeDiscount"),
    "DiscountAutomaticNode": _discount_sorts("automaticDiscount"),
    "DiscountAutomatic": {**_discount_sorts(""), "ID": held("they have no id")},
}  # fmt: skip

# What a word without a field is looked for in.
DEFAULTS: dict[str, Meaning] = {
    "Product": words("title", "vendor", "productType", "tags", "handle",
                     "variants.title", "variants.sku"),
    "ProductVariant": words("displayName", "sku", "barcode"),
    "Location": words("name", "address.city", "address.address1"),
    "DiscountNode": words("discount.title", "discount.codes.code"),
    "DiscountCodeNode": words("codeDiscount.title", "codeDiscount.codes.code"),
    "DiscountAutomaticNode": words("automaticDiscount.title"),
}  # fmt: skip
