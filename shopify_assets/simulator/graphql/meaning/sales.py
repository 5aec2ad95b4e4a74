"""Filters and sort keys of what is sold: orders, drafts, checkouts, cards, contracts.

Charter: declared meanings that do not follow from a field's name; those that do are
found in `meanings.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.graphql.meaning.making import (
    choice,
    gid,
    held,
    number,
    states,
    text,
    told,
    words,
)
from shopify_assets.simulator.graphql.meaning.meaning import Kind, Meaning

if TYPE_CHECKING:
    from shopify_assets.simulator.graphql.meaning.meaning import Reader

_UNSCORED = "the simulator scores no matches"


def _order_states(order: Reader) -> list[Any]:
    if order.first("cancelledAt"):
        return ["cancelled", "not_closed"]
    return ["closed"] if order.first("closed") else ["open", "not_closed"]


def _card_ends(order: Reader) -> list[Any]:
    return [each[-4:] for each in order.values("transactions.paymentDetails.number")]


def _digits(order: Reader) -> list[Any]:
    digits = "".join(each for each in str(order.first("name")) if each.isdigit())
    return [digits] if digits else []


def _checkout_state(checkout: Reader) -> list[Any]:
    return ["closed" if checkout.first("completedAt") else "open"]


def _recovery(checkout: Reader) -> list[Any]:
    return ["recovered" if checkout.first("completedAt") else "not_recovered"]


def _email_state(checkout: Reader) -> list[Any]:
    abandonment = checkout.root(
        "abandonmentByAbandonedCheckoutId", abandonedCheckoutId=checkout.row["id"]
    )
    state = abandonment.first("emailState") if abandonment else None
    return [] if state is None else [state.casefold()]


def _balance_states(card: Reader) -> list[Any]:
    balance = float(card.first("balance.amount"))
    worth = float(card.first("initialValue.amount"))
    if balance <= 0:
        return ["empty"]
    return ["full" if balance >= worth else "partial", "full_or_partial"]


def _card_states(card: Reader) -> list[Any]:
    expires = card.first("expiresOn")
    if expires is not None and expires < card.now[:10]:
        return ["expired"]
    state = "enabled" if card.first("enabled") else "disabled"
    return [state] if expires is None else [state, "expiring"]


def _card_source(card: Reader) -> list[Any]:
    return ["purchased" if card.first("order") is not None else "manual"]


def _spent(card: Reader) -> list[Any]:
    worth = float(card.first("initialValue.amount"))
    return [worth - float(card.first("balance.amount"))]


FILTERS: dict[str, dict[str, Meaning]] = {
    "Order": {
        "channel": text("attribution.handle"),
        "channel_id": gid("channelInformation.channelId"),
        "chargeback_status": choice(
            "disputes.status", "accepted", "charge_refunded", "lost", "needs_response",
            "under_review", "won",
        ),
        "credit_card_last4": told(_card_ends),
        "current_total_price": number("currentTotalPriceSet.shopMoney.amount"),
        "delivery_method": choice(
            "fulfillmentOrders.deliveryMethod.methodType", "shipping", "retail",
            "local", "none", **{"pick-up": "PICK_UP", "pickup-point": "PICKUP_POINT"},
        ),
        "financial_status": choice(
            "displayFinancialStatus", "paid", "pending", "authorized", "partially_paid",
            "partially_refunded", "refunded", "voided", "expired",
        ),
        "fulfillment_location_id": gid("fulfillments.location"),
        "fulfillment_status": choice(
            "displayFulfillmentStatus", "fulfilled", "scheduled", "on_hold",
            "unfulfilled", "request_declined", unshipped="unfulfilled",
            shipped="fulfilled", partial="partially_fulfilled",
        ),
        "gateway": text("paymentGatewayNames"),
        "location_id": gid("retailLocation"),
        "name": Meaning(Kind.NAME, ("name",)),
        "payment_id": text("transactions.paymentId"),
        "reference_location_id": gid(
            "fulfillments.location", "refunds.refundLineItems.location",
            "retailLocation",
        ),
        "return_status": choice(
            "returnStatus", "return_requested", "in_progress", "inspection_complete",
            "returned", "return_failed", "no_return",
        ),
        "risk_level": choice(
            "risk.assessments.riskLevel", "high", "medium", "low", "none", "pending"
        ),
        "sales_channel": text("channelInformation.displayName"),
        "sku": text("lineItems.sku"),
        # `any` is none of the documented values, and means what it says
        "status": states(
            _order_states, "open", "closed", "cancelled", "not_closed", ignored="any"
        ),
        "total_weight": Meaning(Kind.GRAMS, ("totalWeight",)),
    },
    "AbandonedCheckout": {
        "email_state": states(
            _email_state, "sent", "not_sent", "scheduled", "suppressed"
        ),
        "recovery_state": states(_recovery, "recovered", "not_recovered"),
        "status": states(_checkout_state, "open", "closed"),
    },
    "FulfillmentOrder": {"assigned_location_id": gid("assignedLocation.location")},
    "GiftCard": {
        "balance_status": states(
            _balance_states, "full", "partial", "empty", "full_or_partial"
        ),
        "recipient_id": gid("recipientAttributes.recipient"),
        "source": states(_card_source, "manual", "purchased", "api_client"),
        "status": states(_card_states, "disabled", "enabled", "expired", "expiring"),
    },
    "ShopPayPaymentRequestReceipt": {"state": text("processingStatus.state")},
    "SubscriptionContract": {
        "product_id": gid("lines.productId"),
        "product_variant_id": gid("lines.variantId"),
    },
    "SellingPlanGroup": {
        # CURRENT is the default; groups of other apps are not simulated
        "app_id": told(lambda group: ["CURRENT", "ALL", *group.values("appId")]),
        "category": text("sellingPlans.category"),
        "percentage_off": number(
            "sellingPlans.pricingPolicies.adjustmentValue.percentage"
        ),
    },
}  # fmt: skip

SORTS: dict[str, dict[str, Meaning]] = {
    "Order": {
        "CUSTOMER_NAME": text("customer.displayName"),
        "DESTINATION": text("shippingAddress.city"),
        "ORDER_NUMBER": number("number"),
        "TOTAL_ITEMS_QUANTITY": number("subtotalLineItemsQuantity"),
        "RELEVANCE": held(_UNSCORED),
    },
    "AbandonedCheckout": {
        "CHECKOUT_ID": gid("id"),
        "CUSTOMER_NAME": text("customer.displayName"),
        "RELEVANCE": held(_UNSCORED),
    },
    "DraftOrder": {
        "CUSTOMER_NAME": text("customer.displayName"),
        "NUMBER": told(_digits, Kind.NUMBER),
        "RELEVANCE": held(_UNSCORED),
    },
    "GiftCard": {
        "AMOUNT_SPENT": told(_spent, Kind.NUMBER),
        "CODE": text("lastCharacters"),
        "CUSTOMER_NAME": text("customer.displayName"),
        "DISABLED_AT": text("deactivatedAt"),
    },
    "ShopPayPaymentRequestReceipt": {"ID": held("receipts have no id")},
    "SubscriptionBillingCycle": {"ID": held("billing cycles have no id")},
}

# What a word without a field is looked for in.
DEFAULTS: dict[str, Meaning] = {
    "Order": words(
        "name", "email", "poNumber", "customer.displayName", "lineItems.title",
        "confirmationNumber", "tags", "note",
    ),
    "DraftOrder": words("name", "email", "customer.displayName", "tags"),
    "AbandonedCheckout": words("name", "customer.displayName"),
    "GiftCard": words("lastCharacters", "customer.displayName"),
    "FulfillmentOrder": words("orderName"),
}  # fmt: skip
