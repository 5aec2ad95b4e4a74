"""What documented filters and sort keys show of a record, as GraphQL answers it.

Charter: the independent side of `test_filters.py` and `test_sorting.py`: for each name
that is not called as the field it reads, the fields to ask for and how to read them.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from shopify_assets_tests.simulator.expected_goods import GOODS
from shopify_assets_tests.simulator.expected_seen import (
    Json,
    Seen,
    at,
    first,
    given,
    named,
)
from shopify_assets_tests.simulator.surface import dig


def _status(order: Json) -> list[str]:
    state = "closed" if order["closed"] else "open"
    state = "cancelled" if order["cancelledAt"] else state
    return [state] + (["not_closed"] if state != "closed" else [])


def _balance(card: Json) -> list[str]:
    left, worth = (float(card[key]["amount"]) for key in ("balance", "initialValue"))
    if left == 0:
        return ["empty"]
    return ["full_or_partial", "full" if left == worth else "partial"]


def _card(card: Json) -> list[str]:
    if card["expiresOn"] and card["expiresOn"] < "2026-11-01":
        return ["expired"]
    state = "enabled" if card["enabled"] else "disabled"
    return [state] + (["expiring"] if card["expiresOn"] else [])


_SHOWN = named("isPublished", {True: "published", False: "unpublished"})
_MEDIA = {"MediaImage": "IMAGE", "Video": "VIDEO", "ExternalVideo": "EXTERNAL_VIDEO",
          "Model3d": "MODEL_3D", "GenericFile": "GENERIC_FILE"}  # fmt: skip
_FULFILLED = {"PARTIALLY_FULFILLED": "partial"}
_METHODS = {"PICK_UP": "pick-up", "PICKUP_POINT": "pickup-point"}


def _files(node: Json) -> list[str]:
    urls = dig(node, "image.url") or dig(node, "url") or dig(node, "embedUrl")
    names = [urlsplit(each).path.rpartition("/")[2] for each in urls]
    return dig(node, "filename") or names


FILES: Seen = (("image.url", "url", "embedUrl", "filename"), _files)

FILTERS: dict[str, dict[str, Seen]] = GOODS | {
    "orders": {
        "channel": at("attribution.handle"),
        "channel_id": at("channelInformation.channelId"),
        "chargeback_status": named("disputes.status"),
        "credit_card_last4": given("transactions.paymentDetails.number")(
            lambda n: [e[-4:] for e in dig(n, "transactions.paymentDetails.number")]
        ),
        "delivery_method": named(
            "fulfillmentOrders.deliveryMethod.methodType", _METHODS
        ),
        "financial_status": named("displayFinancialStatus"),
        "fulfillment_location_id": at("fulfillments.location"),
        "fulfillment_status": named("displayFulfillmentStatus", _FULFILLED),
        "gateway": at("paymentGatewayNames"),
        "location_id": at("retailLocation"),
        "payment_id": at("transactions.paymentId"),
        "reference_location_id": at(
            "fulfillments.location", "refunds.refundLineItems.location",
            "retailLocation",
        ),
        # an unknown value of the enum is none the filter takes
        "return_status": given("returnStatus")(
            lambda node: [
                e.lower() for e in dig(node, "returnStatus") if "CARRIER" not in e
            ]
        ),
        "risk_level": named("risk.assessments.riskLevel"),
        "sales_channel": at("channelInformation.displayName"),
        "sku": at("lineItems.sku"),
        "status": (("closed", "cancelledAt"), _status),
        "tag": at("tags"),
    },
    "abandonedCheckouts": {
        "recovery_state": given("completedAt")(
            lambda node: ["recovered" if node["completedAt"] else "not_recovered"]
        ),
        "status": given("completedAt")(
            lambda node: ["closed" if node["completedAt"] else "open"]
        ),
    },
    "draftOrders": {"tag": at("tags"), "status": named("status")},
    "fulfillmentOrders": {"assigned_location_id": at("assignedLocation.location")},
    "giftCards": {
        "balance_status": (("balance.amount", "initialValue.amount"), _balance),
        "recipient_id": at("recipientAttributes.recipient"),
        "source": given("order.id")(
            lambda node: ["purchased" if node["order"] else "manual"]
        ),
        "status": (("expiresOn", "enabled"), _card),
    },
    "shopPayPaymentRequestReceipts": {"state": at("processingStatus.state")},
    "subscriptionContracts": {
        "product_id": at("lines.productId"),
        "product_variant_id": at("lines.variantId"),
    },
    "sellingPlanGroups": {
        "app_id": given("id")(lambda _: ["ALL", "CURRENT"]),
        "category": at("sellingPlans.category"),
        "percentage_off": at("sellingPlans.pricingPolicies.adjustmentValue.percentage"),
    },
    "customers": {
        "accepts_marketing": given("defaultEmailAddress.marketingState")(
            lambda node: [
                first(node, "defaultEmailAddress.marketingState") == "SUBSCRIBED"
            ]
        ),
        "country": at("addressesV2.country", "addressesV2.countryCodeV2"),
        "customer_date": at("createdAt"),
        "email": at("defaultEmailAddress.emailAddress"),
        "order_date": at("orders.createdAt"),
        "orders_count": at("numberOfOrders"),
        "phone": at("defaultPhoneNumber.phoneNumber"),
        "state": named("state"),
        "tag": at("tags"),
        "total_spent": at("amountSpent.amount"),
    },
    "companies": {
        "active_customers_count": at("contactsCount.count"),
        "since_date": at("customerSince"),
    },
    "companyLocations": {"ids": at("id")},
    "catalogs": {
        "app_id": at("apps"),
        "company_id": at("companyLocations.company"),
        "company_location_id": at("companyLocations"),
        "managed_country_id": at("markets.conditions.regionsCondition.regions"),
        "market_id": at("markets"),
    },
    "markets": {
        "market_condition_types": at("conditions.conditionTypes"),
        "market_type": at("type"),
        "status": named("status"),
    },
    "articles": {
        "author": at("author.name"),
        "blog_title": at("blog.title"),
        "published_status": _SHOWN,
        "tag": at("tags"),
    },
    "pages": {"published_status": _SHOWN},
    "comments": {"published_status": _SHOWN},
    "files": {
        "filename": FILES,
        "ids": at("id"),
        "media_type": given("__typename")(lambda node: [_MEDIA[node["__typename"]]]),
        "original_upload_size": at("originalFileSize", "originalSource.fileSize"),
        "status": at("fileStatus"),
    },
    "events": {
        "comments": given("__typename")(
            lambda n: [True] + ([False] if n["__typename"] == "BasicEvent" else [])
        ),
    },
    "cashTrackingSessions": {
        "status": given("closingTime")(
            lambda node: ["CLOSED" if node["closingTime"] else "OPEN"]
        ),
    },
    "pointOfSaleDevicePaymentSessions": {
        "closing_date": at("closingTime"),
        "is_open": given("closingTime")(lambda node: [node["closingTime"] is None]),
        "opening_date": at("openingTime"),
    },
    "marketingActivities": {
        "app_name": at("app.title"),
        "scheduled_to_end_at": at("marketingEvent.scheduledToEndAt"),
    },
    "metafieldDefinitions": {"type": at("type.name")},
    "staffMembers": {"account_type": named("accountType")},
}  # fmt: skip
# Answered by what no field of the node shows: each has a test of its own.
APART = {
    ("orders", "total_weight"), ("abandonedCheckouts", "email_state"),
    ("customers", "last_abandoned_order_date"), ("files", "product_id"),
    ("inventoryShipments", "destination_id"), ("orders", "tag_not"),
    ("metafieldDefinitions", "created_at"), ("metafieldDefinitions", "updated_at"),
    ("urlRedirects", "created_at"),
}  # fmt: skip
