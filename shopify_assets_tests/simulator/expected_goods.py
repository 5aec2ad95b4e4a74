"""What the filters of goods and discounts show of a record, as GraphQL answers it.

Charter: the goods' part of `expected_filters.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shopify_assets_tests.simulator.expected_seen import (
    Json,
    Seen,
    at,
    given,
    named,
    true,
)
from shopify_assets_tests.simulator.surface import dig


def _kind(discount: Json) -> list[str]:
    name = discount["__typename"]
    if name.endswith("App"):
        return ["app", "all_with_app"]
    both = ["all", "all_with_app"]
    if name.endswith("Basic"):
        amount = discount["customerGets"]["value"]["__typename"] == "DiscountAmount"
        return [*both, "fixed_amount" if amount else "percentage"]
    return [*both, *(["bxgy", "bogo"] if "Bxgy" in name else ["free_shipping"])]


def _combined(discount: Json) -> list[str]:
    held = discount["combinesWith"]
    names = ("order", "product", "shipping")
    return [f"{each}_discounts" for each in names if held[f"{each}Discounts"]]


def _discounts(path: str) -> dict[str, Seen]:
    def within(read: Callable[[Json], list[Any]]) -> Callable[[Json], list[Any]]:
        return lambda node: read(node[path] if path else node)

    on = f"{path}." if path else ""
    combined = tuple(
        f"{on}combinesWith.{each}Discounts" for each in ("order", "product", "shipping")
    )
    kinds = ((f"{on}__typename", f"{on}customerGets.value.__typename"), within(_kind))
    tags = f"{on}combinesWith.productDiscountsWithTagsOnSameCartLine"
    return {
        "combines_with": (combined, within(_combined)),
        "combines_with.product_discounts_with_tags_on_same_cart_line": at(tags),
        "created_at": at(f"{on}createdAt"),
        "discount_type": kinds,
        "ends_at": at(f"{on}endsAt"),
        "starts_at": at(f"{on}startsAt"),
        "status": named(f"{on}status"),
        "tag": at(f"{on}tags"),
        "times_used": at(f"{on}asyncUsageCount"),
        "title": at(f"{on}title"),
        "type": kinds,
        "updated_at": at(f"{on}updatedAt"),
    }


def _published(node: Json) -> list[str]:
    places = {
        each["publication"]["channels"][0]["handle"]: each["isPublished"]
        for each in node["resourcePublicationsV2"]
        if each["publication"]["channels"]
    }
    words = [] if any(places.values()) else ["unavailable"]
    words += ["published", "visible"] if places.get("online-store") else ["unpublished"]
    words += ["online_store_channel"] if "online-store" in places else []
    for handle in ("online-store", "point-of-sale"):
        shown = places.get(handle)
        names = ["published", "visible"] if shown else ["hidden"]
        names += ["intended"] if shown is False else []
        words += [f"{handle}-{each}" for each in names]
    return words


PUBLISHED: Seen = (
    (
        "resourcePublicationsV2.isPublished",
        "resourcePublicationsV2.publication.channels.handle",
    ),
    _published,
)
_STOCK = "variants.inventoryItem.inventoryLevels.quantities.quantity"
_CONTEXTS = {
    "DiscountBuyerSelectionAll": "all", "DiscountCustomers": "customer",
    "DiscountCustomerSegments": "segment", "DiscountMarkets": "market",
}  # fmt: skip


def _option(at: int) -> Seen:
    return ("selectedOptions.value",), lambda node: [
        each["value"] for each in node["selectedOptions"][at : at + 1]
    ]


def _flags(path: str) -> Seen:
    """A filter that leaves out when true, and lets everything through when false."""
    return (path,), lambda node: [False, *([] if any(dig(node, path)) else [True])]


GOODS: dict[str, dict[str, Seen]] = {
    "products": {
        "barcode": at("variants.barcode"),
        "bundles": given("bundleComponents.quantity")(
            lambda node: [bool(node["bundleComponents"])]
        ),
        "category_id": given("category.id")(
            lambda node: [e.rpartition("/")[2] for e in dig(node, "category.id")]
        ),
        "collection_id": at("collections"),
        "combined_listing_role": given("combinedListingRole")(
            lambda node: [(node["combinedListingRole"] or "no_role").lower()]
        ),
        "delivery_profile_id": at("variants.deliveryProfile"),
        "gift_card": at("isGiftCard"),
        "has_only_composites": given("variants.requiresComponents")(
            lambda node: [all(e["requiresComponents"] for e in node["variants"])]
        ),
        "has_variant_with_components": at("hasVariantsThatRequiresComponents"),
        "inventory_total": at("totalInventory"),
        "is_price_reduced": given("variants.price", "variants.compareAtPrice")(
            lambda node: [
                any(
                    float(e["compareAtPrice"] or 0) > float(e["price"])
                    for e in node["variants"]
                )
            ]
        ),
        "out_of_stock_somewhere": given(_STOCK)(
            lambda node: [min(dig(node, _STOCK), default=1) <= 0]
        ),
        "price": at("variants.price"),
        "publication_ids": at("resourcePublicationsV2.publication"),
        "published_status": PUBLISHED,
        "sku": at("variants.sku"),
        "status": named("status"),
        "tag": at("tags"),
        "variant_id": at("variants"),
        "variant_title": at("variants.title"),
    },
    "productVariants": {
        "collection": at("product.collections"),
        "exclude_composite": _flags("requiresComponents"),
        "exclude_variants_with_components": _flags("productVariantComponents.id"),
        "gift_card": at("product.isGiftCard"),
        "location_id": at("inventoryItem.inventoryLevels.location"),
        "managed": at("inventoryItem.tracked"),
        "managed_by": given("inventoryItem.tracked")(
            lambda node: ["shopify"] if node["inventoryItem"]["tracked"] else []
        ),
        **{f"option{number}": _option(number - 1) for number in (1, 2, 3)},
        "product_ids": at("product"),
        "product_status": at("product.status"),
        "product_type": at("product.productType"),
        "published_status": PUBLISHED,
        "tag": at("product.tags"),
        "vendor": at("product.vendor"),
    },
    "collections": {
        "collection_type": given("sources.__typename")(
            lambda node: [
                "smart"
                if "CollectionConditionsSource" in dig(node, "sources.__typename")
                else "custom"
            ]
        ),
        "product_id": at("products"),
        "published_at": (
            (*PUBLISHED[0], "resourcePublicationsV2.publishDate"),
            lambda node: [
                e["publishDate"]
                for e in node["resourcePublicationsV2"]
                if e["isPublished"]
                and dig(e, "publication.channels.handle") == ["online-store"]
            ],
        ),
        "published_status": PUBLISHED,
    },
    "inventoryShipments": {"tracking_number": at("tracking.trackingNumber")},
    "inventoryTransfers": {
        "created_at": at("dateCreated"),
        "destination_id": at("destination.location"),
        "origin_id": at("origin.location"),
        "product_id": at("lineItems.inventoryItem.variants.product"),
        "product_variant_id": at("lineItems.inventoryItem.variants"),
        "tag": at("tags"),
    },
    "locations": {
        "active": at("isActive"),
        "geolocated": true("address.latitude"),
        "legacy": at("isFulfillmentService"),
        "location_id": at("id"),
        "pickup_in_store": given("localPickupSettingsV2.pickupTime")(
            lambda node: ["enabled" if node["localPickupSettingsV2"] else "disabled"]
        ),
        **{e: at(f"address.{e}") for e in ("address1", "address2", "city", "zip")},
        "country": at("address.countryCode"),
        "province": at("address.province"),
    },
    "discountNodes": {
        **_discounts("discount"),
        "code": at("discount.codes.code"),
        "context": named("discount.context.__typename", _CONTEXTS),
        "customer_ids": at("discount.context.customers"),
        "discount_class": at("discount.discountClasses"),
        "market_ids": at("discount.context.markets"),
        "method": given("discount.__typename")(
            lambda node: [
                "code" if "Code" in node["discount"]["__typename"] else "automatic"
            ]
        ),
        "segment_ids": at("discount.context.segments"),
    },
    "codeDiscountNodes": _discounts("codeDiscount"),
    "automaticDiscountNodes": _discounts("automaticDiscount"),
    "automaticDiscounts": _discounts(""),
}  # fmt: skip
