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
        tables: the tables that hold it, the most telling first; the child tables below
            them go without saying.
        left_out: why there are none.
    """

    name: str
    tables: tuple[str, ...] = ()
    left_out: str = ""


RESOURCES: dict[str, tuple[Resource, ...]] = {
    "Orders, payments, fulfilment": (
        Resource("orders"),
        Resource("order_line_items"),
        Resource("order_shipping_lines"),
        Resource("order_discount_applications"),
        Resource("order_agreements"),
        Resource("order_transactions"),
        Resource("tender_transactions"),
        Resource("refunds"),
        Resource("refund_line_items"),
        Resource("order_adjustments"),
        Resource("returns"),
        Resource("reverse_fulfillment_orders"),
        Resource("return_reason_definitions"),
        Resource("fulfillments"),
        Resource("fulfillment_events"),
        Resource("fulfillment_orders"),
        Resource("draft_orders"),
        Resource("abandoned_checkouts"),
        Resource("abandonments"),
        Resource("order_risk"),
        Resource("order_customer_journey"),
        Resource("payment_terms"),
        Resource("order_attribution_definitions"),
        Resource("gift_cards"),
        Resource("store_credit_accounts"),
        Resource("payments_account"),
        Resource("payouts"),
        Resource("balance_transactions"),
        Resource("disputes"),
        Resource("cash_tracking_sessions"),
        Resource("pos_payment_sessions"),
        Resource("shop_pay_receipts"),
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
        Resource("inventory_items", ("inventory_items",)),
        Resource("inventory_levels", ("inventory_item_levels",)),
        Resource("inventory_quantities", ("inventory_item_level_quantities",)),
        Resource("locations", ("locations",)),
        Resource("inventory_transfers", ("inventory_transfers",)),
        Resource("inventory_shipments", ("inventory_shipments",)),
        Resource("delivery_profiles", ("delivery_profiles",)),
        Resource(
            "delivery_location_group_locations",
            left_out=(
                "A connection inside a list whose elements have no id of their own; "
                "locations in no group are in `delivery_profile_unassigned_locations`."
            ),
        ),
        Resource(
            "delivery_profile_rates",
            left_out=(
                "The zones of a location group, with their rates, are a connection "
                "inside a list, below objects without an id: past its first page "
                "there is nothing to read on by, and no page is cut here."
            ),
        ),
        Resource("carrier_services", ("carrier_services",)),
        Resource("fulfillment_services", ("fulfillment_services",)),
        Resource("fulfillment_constraint_rules", ("fulfillment_constraint_rules",)),
        Resource("delivery_customizations", ("delivery_customizations",)),
        Resource(
            "delivery_promise_participants",
            left_out=(
                "They are asked for by the handle of a branded promise, "
                "which no list gives."
            ),
        ),
        Resource("payment_customizations", ("payment_customizations",)),
        Resource("validations", ("validations",)),
        Resource("cart_transforms", ("cart_transforms",)),
    ),
    "Customers, B2B, subscriptions": (
        Resource("customers"),
        Resource("customer_addresses"),
        Resource("customer_payment_methods"),
        Resource("segments"),
        Resource("segment_members"),
        Resource("customer_visits"),
        Resource("companies"),
        Resource("company_contacts"),
        Resource("company_locations"),
        Resource("subscription_contracts"),
        Resource("subscription_billing_attempts"),
        Resource("subscription_billing_cycles"),
    ),
    "Discounts, marketing": (
        Resource("discounts"),
        Resource("discount_redeem_codes"),
        Resource("marketing_activities"),
        Resource("marketing_events"),
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
        Resource("shop", ("shop",)),
        Resource("shop_locales", ("shop_locales",)),
        Resource("markets", ("markets",)),
        Resource(
            "market_shipping_rate_groups",
            left_out=(
                "They lie in connections below a shipping option, which is no Node: "
                "past the first page there is nothing to read on by."
            ),
        ),
        Resource("web_presences", ("web_presences",)),
        Resource("staff_members", ("staff_members",)),
        Resource("events", ("events",)),
        Resource(
            "deletion_events",
            left_out=(
                "Deprecated, and of products and collections alone; events of the "
                "action destroy, webhooks and whole readings tell of deletions."
            ),
        ),
        Resource("app_installation", ("app_installations",)),
        Resource(
            "app_usage_records",
            left_out=(
                "A connection inside a list of subscription lines, which are no Node: "
                "past the first page there is nothing to read on by."
            ),
        ),
        Resource("webhook_subscriptions", ("webhook_subscriptions",)),
        Resource("bulk_operations", ("bulk_operations",)),
        Resource("business_entities", ("business_entities",)),
        Resource("consent_policy", ("consent_policies",)),
        Resource("functions", ("shopify_functions",)),
        Resource(
            "analytics",
            left_out=(
                "ShopifyQL answers one question put as text: its columns and rows "
                "depend on the question and have no key. It needs read_reports and "
                "Level 2 of protected customer data."
            ),
        ),
        Resource("analytics_targets", ("analytics_targets",)),
        Resource("web_pixel / server_pixel", ("web_pixels", "server_pixels")),
    ),
}
