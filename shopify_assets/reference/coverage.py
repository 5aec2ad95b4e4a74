"""What of Shopify's Admin API is extracted, resource by resource.

Charter: the list of the resources that a data team could ask for, each with the tables
that hold it or the reason why there are none. Written by hand, for only a person knows
what people ask for; that the tables exist is tested.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Resource:
    """A kind of data that Shopify holds.

    Attributes:
        name: what people call it.
        tables: the tables that hold it, the most telling first.
        left_out: why there are none.
    """

    name: str
    tables: tuple[str, ...] = ()
    left_out: str = ""


RESOURCES: dict[str, tuple[Resource, ...]] = {
    "Orders, payments, fulfilment": (
        Resource("orders", tables=("orders", "order_details")),
        Resource("order_line_items", tables=("order_line_items",)),
        Resource("order_shipping_lines", tables=("order_shipping_lines",)),
        Resource(
            "order_discount_applications", tables=("order_discount_applications",)
        ),
        Resource(
            "order_agreements", tables=("order_agreements", "order_agreement_sales")
        ),
        Resource(
            "order_transactions",
            tables=("order_transactions", "order_payment_details"),
        ),
        Resource("tender_transactions", tables=("tender_transactions",)),
        Resource("refunds", tables=("order_refunds", "order_refund_shipping_lines")),
        Resource("refund_line_items", tables=("order_refund_line_items",)),
        Resource("order_adjustments", tables=("order_refund_adjustments",)),
        Resource(
            "returns",
            tables=("returns", "return_line_items", "return_exchange_line_items"),
        ),
        Resource(
            "reverse_fulfillment_orders",
            tables=(
                "return_reverse_fulfillment_orders",
                "return_reverse_fulfillment_order_line_items",
                "return_reverse_fulfillment_order_reverse_deliveries",
            ),
        ),
        Resource("return_reason_definitions", tables=("return_reason_definitions",)),
        Resource(
            "fulfillments",
            tables=(
                "fulfillments",
                "order_fulfillments",
                "order_fulfillment_line_items",
            ),
        ),
        Resource("fulfillment_events", tables=("fulfillment_events",)),
        Resource(
            "fulfillment_orders",
            tables=("fulfillment_orders", "fulfillment_order_line_items"),
        ),
        Resource("draft_orders", tables=("draft_orders", "draft_order_line_items")),
        Resource(
            "abandoned_checkouts",
            tables=("abandoned_checkouts", "abandoned_checkout_line_items"),
        ),
        Resource(
            "abandonments",
            left_out="No list gives them: Shopify has one look-up for each abandoned "
            "checkout. What was left, by whom and when is in abandoned_checkouts.",
        ),
        Resource(
            "order_risk",
            tables=(
                "order_risks",
                "order_risk_assessments",
                "order_risk_assessment_facts",
            ),
        ),
        Resource("order_customer_journey", tables=("order_customer_journeys",)),
        Resource(
            "payment_terms",
            tables=(
                "order_payment_terms",
                "order_payment_term_schedules",
                "draft_order_payment_schedules",
            ),
        ),
        Resource(
            "order_attribution_definitions", tables=("order_attribution_definitions",)
        ),
        Resource("gift_cards", tables=("gift_cards", "gift_card_transactions")),
        Resource(
            "store_credit_accounts",
            tables=(
                "store_credit_accounts",
                "store_credit_account_transactions",
                "company_location_store_credit_accounts",
            ),
        ),
        Resource(
            "payments_account",
            tables=(
                "payments_accounts",
                "payments_account_balances",
                "payments_account_bank_accounts",
            ),
        ),
        Resource("payouts", tables=("payouts",)),
        Resource("balance_transactions", tables=("balance_transactions",)),
        Resource("disputes", tables=("disputes", "dispute_evidence_files")),
        Resource(
            "cash_tracking_sessions", tables=("cash_tracking_sessions", "cash_drawers")
        ),
        Resource(
            "pos_payment_sessions",
            tables=("pos_payment_sessions", "pos_payment_session_cash_activities"),
        ),
        Resource("shop_pay_receipts", tables=("shop_pay_receipts",)),
    ),
    "Catalogue, publishing, custom data": (
        Resource("products"),
        Resource("product_variants"),
        Resource("product_options"),
        Resource("product_media"),
        Resource("collections"),
        Resource("collection_products"),
        Resource("product_publications"),
        Resource("publications"),
        Resource("channels"),
        Resource("product_feeds"),
        Resource("selling_plan_groups"),
        Resource("selling_plans"),
        Resource("catalogs"),
        Resource("price_lists"),
        Resource("price_list_prices"),
        Resource("quantity_rules"),
        Resource("metafields"),
        Resource("metafield_definitions"),
        Resource("metaobject_definitions"),
        Resource("metaobjects"),
        Resource("translations"),
        Resource("market_localizations"),
        Resource("taxonomy"),
        Resource("bundle_components"),
    ),
    "Inventory, locations, shipping": (
        Resource("inventory_items"),
        Resource("inventory_levels"),
        Resource("inventory_quantities"),
        Resource("locations"),
        Resource("inventory_transfers"),
        Resource("inventory_shipments"),
        Resource("delivery_profiles"),
        Resource("carrier_services"),
        Resource("fulfillment_services"),
        Resource("fulfillment_constraint_rules"),
        Resource("delivery_customizations"),
        Resource("payment_customizations"),
        Resource("validations"),
        Resource("cart_transforms"),
    ),
    "Customers, B2B, subscriptions": (
        Resource("customers", tables=("customers", "customer_metafields")),
        Resource("customer_addresses", tables=("customer_addresses",)),
        Resource("customer_payment_methods", tables=("customer_payment_methods",)),
        Resource("segments", tables=("segments",)),
        Resource("segment_members", tables=("segment_members",)),
        Resource("customer_visits", tables=("order_customer_journey_moments",)),
        Resource("companies", tables=("companies", "company_contact_roles")),
        Resource(
            "company_contacts",
            tables=("company_contacts", "company_contact_role_assignments"),
        ),
        Resource("company_locations", tables=("company_locations",)),
        Resource(
            "subscription_contracts",
            tables=("subscription_contracts", "subscription_contract_lines"),
        ),
        Resource(
            "subscription_billing_attempts", tables=("subscription_billing_attempts",)
        ),
        Resource(
            "subscription_billing_cycles", tables=("subscription_billing_cycles",)
        ),
    ),
    "Discounts, marketing": (
        Resource(
            "discounts", tables=("discounts", "discount_targets", "discount_metafields")
        ),
        Resource("discount_redeem_codes", tables=("discount_redeem_codes",)),
        Resource("marketing_activities", tables=("marketing_activities",)),
        Resource("marketing_events", tables=("marketing_events",)),
    ),
    "Files, content, online store": (
        Resource("files"),
        Resource("articles"),
        Resource("blogs"),
        Resource("comments"),
        Resource("pages"),
        Resource("menus"),
        Resource("url_redirects"),
        Resource("script_tags"),
        Resource("themes"),
        Resource("theme_files"),
        Resource("shop_policies"),
    ),
    "Shop, administration, analytics": (
        Resource("shop"),
        Resource("shop_locales"),
        Resource("markets"),
        Resource("web_presences"),
        Resource("staff_members"),
        Resource("events"),
        Resource("deletion_events"),
        Resource("app_installation"),
        Resource("webhook_subscriptions"),
        Resource("bulk_operations"),
        Resource("business_entities"),
        Resource("consent_policy"),
        Resource("functions"),
        Resource("analytics"),
        Resource("analytics_targets"),
        Resource("web_pixel / server_pixel"),
    ),
}
