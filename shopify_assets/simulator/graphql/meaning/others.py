"""Filters and sort keys of people, markets, content, money, and of what is about them.

Charter: declared meanings that do not follow from a field's name; those that do are
found in `meanings.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shopify_assets.simulator.graphql.meaning.making import (
    choice,
    down,
    flag,
    gid,
    held,
    number,
    states,
    text,
    time,
    told,
    words,
)
from shopify_assets.simulator.graphql.meaning.meaning import Kind, Meaning

if TYPE_CHECKING:
    from shopify_assets.simulator.graphql.meaning.meaning import Reader

_UNSCORED = "the simulator scores no matches"
_MEDIA = {
    "MediaImage": "IMAGE",
    "Video": "VIDEO",
    "ExternalVideo": "EXTERNAL_VIDEO",
    "Model3d": "MODEL_3D",
    "GenericFile": "GENERIC_FILE",
}


def _subscribed(customer: Reader) -> list[Any]:
    return [customer.first("defaultEmailAddress.marketingState") == "SUBSCRIBED"]


def _abandoned(customer: Reader) -> list[Any]:
    checkouts = customer.linked("AbandonedCheckout", "customer")
    moments = [each.first("createdAt") for each in checkouts]
    return [max(moments)] if moments else []


def _filename(file: Reader) -> list[Any]:
    urls = file.values("image.url") or file.values("url") or file.values("embedUrl")
    named = [urlsplit(each).path.rpartition("/")[2] for each in urls]
    return named or (file.values("filename") if _shows_name(file) else [])


def _shows_name(file: Reader) -> bool:
    return file.row["__typename"] in {"Video", "Model3d"}


def _products(file: Reader) -> list[Any]:
    return [each.row["id"] for each in file.linked("Product", "media")]


def _openness(session: Reader) -> list[Any]:
    return ["OPEN" if session.first("closingTime") is None else "CLOSED"]


def _is_open(session: Reader) -> list[Any]:
    return [session.first("closingTime") is None]


def _shown(record: Reader) -> list[Any]:
    return ["published" if record.first("isPublished") else "unpublished"]


_PUBLISHED = states(_shown, "published", "unpublished", ignored="any")


def _companies_first(location: Reader) -> list[Any]:
    return [f"{location.first('company.name')} {location.first('name')}"]


def _comments(event: Reader) -> list[Any]:
    """`comments:false` leaves comments out; any other value leaves them in."""
    comment = event.row["__typename"] == "CommentEvent"
    return [True] if comment else [True, False]


FILTERS: dict[str, dict[str, Meaning]] = {
    "Customer": {
        "accepts_marketing": told(_subscribed, Kind.FLAG),
        "country": text("addressesV2.country", "addressesV2.countryCodeV2"),
        "customer_date": time("createdAt"),
        "email": words("defaultEmailAddress.emailAddress"),
        "last_abandoned_order_date": told(_abandoned, Kind.TIME),
        "order_date": time("orders.createdAt"),
        "orders_count": number("numberOfOrders"),
        "phone": text("defaultPhoneNumber.phoneNumber"),
        "state": choice("state", "enabled", "invited", "disabled", "declined"),
        "total_spent": number("amountSpent.amount"),
    },
    # `sinceDate` is a column: what the record shows as `customerSince`
    "Company": {
        "active_customers_count": number("contactsCount.count"),
        "external_id": text("externalId"),
        "since_date": time("sinceDate"),
    },
    "CompanyLocation": {"external_id": text("externalId")},
    "Catalog": {
        "app_id": gid("apps"),
        "company_id": gid("companyLocations.company"),
        "company_location_id": gid("companyLocations"),
        "managed_country_id": gid("markets.conditions.regionsCondition.regions"),
        "market_id": gid("markets"),
    },
    "Market": {
        "market_condition_types": text("conditions.conditionTypes"),
        "market_type": text("type"),
        "status": choice("status", "active", "draft"),
    },
    "Article": {
        "author": words("author.name"),
        "blog_title": words("blog.title"),
        "published_status": _PUBLISHED,
    },
    "Page": {"published_status": _PUBLISHED},
    "Comment": {"published_status": _PUBLISHED},
    "File": {
        "filename": told(_filename),
        "media_type": told(lambda file: [_MEDIA[file.row["__typename"]]]),
        "original_upload_size": Meaning(
            Kind.BYTES, ("originalFileSize", "originalSource.fileSize")
        ),
        "product_id": told(_products, Kind.ID),
        "status": text("fileStatus"),
    },
    "Event": {"comments": told(_comments, Kind.FLAG)},
    "BulkOperation": {
        "operation_type": choice("type", "query", "mutation"),
        "status": choice(
            "status", "canceled", "canceling", "completed", "created", "failed",
            "running",
        ),
    },
    "CashTrackingSession": {"status": told(_openness)},
    "PointOfSaleDevicePaymentSession": {
        "closing_date": time("closingTime"),
        "is_open": told(_is_open, Kind.FLAG),
        "opening_date": time("openingTime"),
    },
    "MarketingActivity": {
        "app_name": text("app.title"),
        "scheduled_to_end_at": time("marketingEvent.scheduledToEndAt"),
    },
    "MetafieldDefinition": {"type": text("type.name")},
    "DeliveryCarrierService": {"active": flag("active")},
    "StaffMember": {
        "account_type": choice(
            "accountType", "collaborator", "collaborator_team_member", "invited",
            "regular", "requested", "restricted", "saml",
        ),
    },
    "SubscriptionBillingAttempt": {
        "error_code": text("errorCode"),
        "error_message": words("errorMessage"),
    },
    "WebhookSubscription": {"endpoint": text("uri")},
    "String": {"title": words("")},
    "ShopifyPaymentsBalanceTransaction": {
        "payout_date": time("associatedPayout.date"),
        "payout_status": text("associatedPayout.status"),
        "payments_transfer_id": gid("associatedPayout.id"),
        "transaction_type": text("type"),
        "currency": text("amount.currencyCode"),
    },
    "ShopifyPaymentsPayout": {
        "amount": number("net.amount"),
        "bank_account": text("externalTraceId"),
        "currency": text("net.currencyCode"),
        "ledger_type": text("transactionType"),
    },
}  # fmt: skip

_AT = Kind.TIME

SORTS: dict[str, dict[str, Meaning]] = {
    "Customer": {
        "LOCATION": text("defaultAddress.city"),
        "NAME": text("displayName"),
        "RELEVANCE": held(_UNSCORED),
    },
    "Company": {
        "ORDER_COUNT": number("ordersCount.count"),
        "SINCE_DATE": time("sinceDate"),
    },
    "CompanyLocation": {
        "COMPANY_AND_LOCATION_NAME": told(_companies_first),
        "COMPANY_ID": gid("company"),
        "RELEVANCE": held(_UNSCORED),
    },
    "AppInstallation": {
        "APP_TITLE": text("app.title"),
        "INSTALLED_AT": held("an installation tells no time"),
    },
    "Article": {"AUTHOR": text("author.name"), "BLOG_TITLE": text("blog.title")},
    "DeliveryCarrierService": {
        "CREATED_AT": held("carrier services tell no time"),
        "UPDATED_AT": held("carrier services tell no time"),
    },
    "CashTrackingSession": {
        "CLOSING_TIME_ASC": time("closingTime"),
        "CLOSING_TIME_DESC": down(kind=_AT, path="closingTime"),
        "OPENING_TIME_ASC": time("openingTime"),
        "OPENING_TIME_DESC": down(kind=_AT, path="openingTime"),
        "TOTAL_DISCREPANCY_ASC": number("totalDiscrepancy.amount"),
        "TOTAL_DISCREPANCY_DESC": down(
            kind=Kind.NUMBER, path="totalDiscrepancy.amount"
        ),
    },
    "Catalog": {"RELEVANCE": held(_UNSCORED), "TYPE": text("__typename")},
    "SavedSearch": {
        "CODE": held("a saved search has no code"),
        "CREATED_AT": held("a saved search tells no time"),
        "RELEVANCE": held(_UNSCORED),
    },
    "DeletionEvent": {
        "CREATED_AT": time("occurredAt"), "ID": held("deletion events have no id"),
    },
    "String": {"ID": held("texts have no id"), "TITLE": text("")},
    "File": {
        "FILENAME": told(_filename),
        "ORIGINAL_UPLOAD_SIZE": Meaning(
            Kind.BYTES, ("originalFileSize", "originalSource.fileSize")
        ),
        "RELEVANCE": held(_UNSCORED),
    },
    "Market": {
        "CREATED_AT": held("markets tell no time"),
        "MARKET_CONDITION_TYPES": text("conditions.conditionTypes"),
        "MARKET_TYPE": text("type"),
        "UPDATED_AT": held("markets tell no time"),
    },
    "Menu": {"UPDATED_AT": time("updatedAt")},
    "MetafieldDefinition": {
        "PINNED_POSITION": number("pinnedPosition"), "RELEVANCE": held(_UNSCORED),
    },
    "Segment": {"RELEVANCE": held(_UNSCORED)},
    "SellingPlanGroup": {"UPDATED_AT": held("groups tell no time of change")},
    "UrlRedirect": {"RELEVANCE": held(_UNSCORED)},
    "ShopifyPaymentsBalanceTransaction": {
        "FEE": number("fee.amount"), "NET": number("net.amount"),
        "AMOUNT": number("amount.amount"),
        "ORDER_NAME": text("associatedOrder.name"),
        "PAYMENT_METHOD_NAME": held("balance transactions tell no method"),
        "PAYOUT_DATE": time("associatedPayout.date"),
        "PAYOUT_STATUS": text("associatedPayout.status"),
        "TRANSACTION_TYPE": text("type"),
    },
}  # fmt: skip

# What a word without a field is looked for in.
DEFAULTS: dict[str, Meaning] = {
    "Customer": words(
        "displayName", "defaultEmailAddress.emailAddress", "tags",
        "defaultAddress.city", "defaultAddress.country",
    ),
    "Company": words("name", "externalId"),
    "CompanyLocation": words("name", "company.name", "externalId"),
    "Article": words("title", "author.name", "tags", "handle"),
    "UrlRedirect": words("path", "target"),
    "StaffMember": words("name", "email"),
    "File": words("alt"),
    "String": words(""),
}  # fmt: skip
