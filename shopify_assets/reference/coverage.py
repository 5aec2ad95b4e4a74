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
