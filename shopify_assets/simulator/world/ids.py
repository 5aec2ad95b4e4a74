"""Global ids: which number belongs to which record, and back.

Charter: the arithmetic of ids. A record of a table has the number base + place × 1024;
a record owned by it takes the numbers after that, so an id alone tells where to look.
Many bases lie above 2^53, where a double would merge neighbours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SPREAD = 1024
_BEYOND_DOUBLES = 2**53 + 1
_SPACING = 2**36

_GID = re.compile(r"gid://shopify/([A-Za-z0-9]+)/([0-9]+)(\?.*)?")

# The taxonomy's ids are words that tell the way down: branch, and leaf.
_WORDS = re.compile(r"gid://shopify/(TaxonomyCategory)/([a-z]{2})(?:-([1-9]))?")
LEAVES = 9

# Owned types, by the table whose record holds them.
OWNERS = {
    "LineItem": "Order",
    "ShippingLine": "Order",
    "OrderTransaction": "Order",
    "Fulfillment": "Order",
    "FulfillmentLineItem": "Order",
    "FulfillmentEvent": "Order",
    "Refund": "Order",
    "RefundLineItem": "Order",
    "OrderAdjustment": "Order",
    "RefundShippingLine": "Order",
    "FulfillmentOrderLineItem": "FulfillmentOrder",
    "FulfillmentHold": "FulfillmentOrder",
    "DraftOrderLineItem": "DraftOrder",
    "AbandonedCheckoutLineItem": "AbandonedCheckout",
    "DiscountRedeemCode": "DiscountNode",
    "ProductOption": "Product",
    "ProductOptionValue": "Product",
    "MediaImage": "Product",
    "CollectionConditionsSource": "Collection",
    "ReturnLineItem": "Return",
    "UnverifiedReturnLineItem": "Return",
    "ExchangeLineItem": "Return",
    "ReverseFulfillmentOrder": "Return",
    "ReverseFulfillmentOrderLineItem": "Return",
    "ReverseFulfillmentOrderDisposition": "Return",
    "ReverseDelivery": "Return",
    "ReverseDeliveryLineItem": "Return",
    "ReturnShippingFee": "Return",
    "ReturnableFulfillment": "Order",
    "OrderAgreement": "Order",
    "OrderEditAgreement": "Order",
    "RefundAgreement": "Order",
    "ReturnAgreement": "Order",
    "ProductSale": "Order",
    "ShippingLineSale": "Order",
    "AdjustmentSale": "Order",
    "SaleTax": "Order",
    "OrderDisputeSummary": "Order",
    "GiftCardCreditTransaction": "GiftCard",
    "GiftCardDebitTransaction": "GiftCard",
    "StoreCreditAccountCreditTransaction": "StoreCreditAccount",
    "StoreCreditAccountDebitTransaction": "StoreCreditAccount",
    "StoreCreditAccountExpirationTransaction": "StoreCreditAccount",
    "ShopifyPaymentsBankAccount": "ShopifyPaymentsAccount",
    "ShopifyPaymentsDisputeEvidence": "ShopifyPaymentsDispute",
    "CompanyContactRole": "Company",
    "CompanyContactRoleAssignment": "CompanyContact",
    "CompanyAddress": "CompanyLocation",
    "SubscriptionLine": "SubscriptionContract",
    "SellingPlan": "SellingPlanGroup",
    "InventoryTransferLineItem": "InventoryTransfer",
    "InventoryShipmentLineItem": "InventoryShipment",
    "DeliveryLocationGroup": "DeliveryProfile",
    "DeliveryZone": "DeliveryProfile",
    "DeliveryCountry": "DeliveryProfile",
    "DeliveryProfileItem": "DeliveryProfile",
    "DeliveryMethodDefinition": "DeliveryProfile",
    "MenuItem": "Menu",
}
# From this place on, records stand alone that elsewhere belong to another one.
APART = 1 << 22
# Ids that carry their owner in a query string.
ADDRESS_OWNERS = {
    "Address": "Order",
    "CustomerAddress": "Customer",
    "DraftOrderAddress": "DraftOrder",
    "CheckoutAddress": "AbandonedCheckout",
}
_TABLES = (
    "Order", "FulfillmentOrder", "TenderTransaction", "DraftOrder", "AbandonedCheckout",
    "DiscountNode",
)  # fmt: skip
_MORE_TABLES = (
    "Return", "ReturnReasonDefinition", "GiftCard", "StoreCreditAccount",
    "ShopifyPaymentsAccount", "ShopifyPaymentsPayout",
    "ShopifyPaymentsBalanceTransaction", "ShopifyPaymentsDispute", "Company",
    "CompanyContact", "CompanyLocation", "SubscriptionContract",
    "SubscriptionBillingAttempt", "CustomerPaymentMethod", "SellingPlanGroup",
    "AppCatalog", "CompanyLocationCatalog", "MarketCatalog", "PriceList",
    "Publication", "Channel", "Market", "MarketRegionCountry", "MarketWebPresence",
    "MetaobjectDefinition", "Metaobject", "MetafieldDefinition",
    "InventoryTransfer", "InventoryShipment", "DeliveryProfile", "Menu", "Blog",
    "Article", "Comment", "Page", "UrlRedirect", "ShopPolicy", "GenericFile",
    "Video", "Model3d", "ExternalVideo", "OnlineStoreTheme", "Segment",
    "StaffMember", "Abandonment", "FulfillmentService", "TaxonomyCategory",
    "BasicEvent", "CommentEvent", "ConsentPolicy",
)  # fmt: skip
_LARGE = {
    name: _BEYOND_DOUBLES + place * _SPACING
    for place, name in enumerate((*_TABLES, *OWNERS, *_MORE_TABLES))
}
_SMALL = {
    "MailingAddress": 8_100_000_000_001,
    "Customer": 7_000_000_000_001,
    "CustomerSegmentMember": 7_000_000_000_001,
    "Product": 6_000_000_000_001,
    "ProductVariant": 6_400_000_000_001,
    "InventoryItem": 6_800_000_000_001,
    "Location": 61_000_000_001,
    "InventoryLevel": 71_000_000_001,
    "Collection": 290_000_000_001,
    "Shop": 50_000_000_001,
}
# Events have more places than others: one and more for each record of many types.
_EVENTS = dict.fromkeys(("BasicEvent", "CommentEvent"), 1 << 59)
_BASES = _LARGE | _SMALL | _EVENTS


@dataclass(frozen=True, slots=True)
class Gid:
    """A parsed global id."""

    type: str
    number: int
    suffix: str = ""


def parse(gid: str) -> Gid | None:
    """Read a global id; None when the text is none."""
    found = _GID.fullmatch(gid)
    if found is None:
        return _parse_word(gid)
    return Gid(found[1], int(found[2]), found[3] or "")


def _parse_word(gid: str) -> Gid | None:
    found = _WORDS.fullmatch(gid)
    if found is None:
        return None
    kind, branch, leaf = found.groups()
    at = (ord(branch[0]) - ord("a")) * (LEAVES + 1) + int(leaf or 0)
    return Gid(kind, number(kind, at)) if branch[0] == branch[1] else None


def word(kind: str, place: int) -> str:
    """The global id of a record whose type is told apart by words."""
    branch, leaf = divmod(place, LEAVES + 1)
    letters = chr(ord("a") + branch) * 2
    return f"gid://shopify/{kind}/{letters}" + (f"-{leaf}" if leaf else "")


def in_query(gid: Gid) -> Gid:
    """The level a quantity belongs to, told by its query string; else `gid` itself."""
    if gid.type != "InventoryQuantity":
        return gid
    return Gid("InventoryLevel", gid.number, gid.suffix.partition("&")[0])


def owner(gid: Gid) -> str | None:
    """The table whose record holds this one; None when it stands for itself."""
    if gid.type == "MailingAddress":
        return ADDRESS_OWNERS.get(gid.suffix.removeprefix("?model_name="))
    found = OWNERS.get(gid.type)
    if found is None or place(gid.type, gid.number)[0] >= APART:
        return None
    return found


def number(kind: str, place: int, part: int = 0) -> int:
    """The number of a record, by its place in the table and its part of that record."""
    return _BASES[kind] + place * SPREAD + part


def numbered(kind: str) -> bool:
    """Whether the numbers of a type follow from its places."""
    return kind in _BASES


def gid(kind: str, place: int, part: int = 0, suffix: str = "") -> str:
    """The global id of a record, by its place and part."""
    return f"gid://shopify/{kind}/{_BASES[kind] + place * SPREAD + part}{suffix}"


def place(kind: str, value: int) -> tuple[int, int]:
    """The place and part a number stands for; a negative place stands for none."""
    return divmod(value - _BASES[kind], SPREAD)


def tail(value: str) -> int:
    """The number within a global id; 0 when it has none."""
    found = _GID.fullmatch(value)
    return int(found[2]) if found else 0
