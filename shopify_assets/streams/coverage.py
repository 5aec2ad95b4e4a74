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
        Resource("orders", ("orders", "order_details")),
        Resource("order_line_items", ("order_line_items",)),
        Resource("order_shipping_lines", ("order_shipping_lines",)),
        Resource("order_discount_applications", ("order_discount_applications",)),
        Resource("order_agreements", ("order_agreements",)),
        Resource("order_transactions", ("order_transactions", "order_payment_details")),
        Resource("tender_transactions", ("tender_transactions",)),
        Resource("refunds", ("order_refunds",)),
        Resource("refund_line_items", ("order_refund_line_items",)),
        Resource("order_adjustments", ("order_refund_adjustments",)),
        Resource("returns", ("returns",)),
        Resource("reverse_fulfillment_orders", ("return_reverse_fulfillment_orders",)),
        Resource("return_reason_definitions", ("return_reason_definitions",)),
        Resource("fulfillments", ("fulfillments", "order_fulfillments")),
        Resource("fulfillment_events", ("fulfillment_events",)),
        Resource("fulfillment_orders", ("fulfillment_orders",)),
        Resource("draft_orders", ("draft_orders",)),
        Resource("abandoned_checkouts", ("abandoned_checkouts",)),
        Resource(
            "abandonments",
            left_out=(
                "No list gives them: Shopify has one look-up for each abandoned "
                "checkout. What was left, by whom and when is in "
                "abandoned_checkouts."
            ),
        ),
        Resource("order_risk", ("order_risks",)),
        Resource("order_customer_journey", ("order_customer_journeys",)),
        Resource(
            "payment_terms", ("order_payment_terms", "draft_order_payment_schedules")
        ),
        Resource("order_attribution_definitions", ("order_attribution_definitions",)),
        Resource("gift_cards", ("gift_cards",)),
        Resource(
            "store_credit_accounts",
            ("store_credit_accounts", "company_location_store_credit_accounts"),
        ),
        Resource("payments_account", ("payments_accounts",)),
        Resource("payouts", ("payouts",)),
        Resource("balance_transactions", ("balance_transactions",)),
        Resource("disputes", ("disputes",)),
        Resource("cash_tracking_sessions", ("cash_tracking_sessions", "cash_drawers")),
        Resource("pos_payment_sessions", ("pos_payment_sessions",)),
        Resource("shop_pay_receipts", ("shop_pay_receipts",)),
    ),
    "Catalogue, publishing, custom data": (
        Resource("products", ("products",)),
        Resource("product_variants", ("product_variants",)),
        Resource(
            "product_options", ("product_options", "product_variant_selected_options")
        ),
        Resource("product_media", ("product_media", "product_variant_media")),
        Resource("collections", ("collections",)),
        Resource("collection_products", ("collection_products",)),
        Resource(
            "product_publications",
            (
                "product_publications",
                "product_market_publications",
                "product_company_publications",
                "variant_publications",
                "variant_market_publications",
                "variant_company_publications",
                "collection_publications",
            ),
        ),
        Resource("publications", ("publications",)),
        Resource("channels", ("channels",)),
        Resource("product_feeds", ("product_feeds",)),
        Resource("selling_plan_groups", ("selling_plan_groups",)),
        Resource("selling_plans", ("selling_plans",)),
        Resource("catalogs", ("catalogs",)),
        Resource("price_lists", ("price_lists",)),
        Resource("price_list_prices", ("price_list_prices",)),
        Resource(
            "price_list_prices: relative ones",
            left_out=(
                "Every variant of the shop again; they follow from its price and "
                "price_lists.parent_adjustment_value."
            ),
        ),
        Resource(
            "quantity_price_breaks",
            left_out=(
                "Shopify lists them below a price, which has no id, so that those "
                "beyond the first page could not be asked for."
            ),
        ),
        Resource("quantity_rules", ("quantity_rules",)),
        Resource(
            "metafields",
            (
                "order_metafields",
                "customer_metafields",
                "product_metafields",
                "product_variant_metafields",
                "collection_metafields",
                "selling_plan_metafields",
                "article_metafields",
                "blog_metafields",
                "page_metafields",
            ),
        ),
        Resource(
            "metafields of images",
            left_out="Deprecated by Shopify, with their owner type MEDIA_IMAGE.",
        ),
        Resource("metafield_definitions", ("metafield_definitions",)),
        Resource(
            "standard_metafield_definition_templates",
            ("standard_metafield_definition_templates",),
        ),
        Resource("metaobject_definitions", ("metaobject_definitions",)),
        Resource("metaobjects", ("metaobjects",)),
        Resource("translations", ("translated_resources", "translatable_resources")),
        Resource(
            "translations for one market",
            left_out=(
                "Asked by resource, locale and market at once; no list tells which "
                "of them exist."
            ),
        ),
        Resource(
            "market_localizations",
            ("market_localized_resources", "market_localizable_resources"),
        ),
        Resource(
            "taxonomy", ("taxonomy_categories", "taxonomy_categories_by_category")
        ),
        Resource(
            "taxonomy: attributes and their values",
            left_out=(
                "The same in every shop, by the hundred thousand, and published by "
                "Shopify as files."
            ),
        ),
        Resource(
            "bundle_components",
            ("bundle_components", "product_components", "product_variant_components"),
        ),
        Resource(
            "product tags, types and vendors",
            left_out=(
                "Texts without an id: the distinct values of products.tags, "
                "products.product_type and products.vendor."
            ),
        ),
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
                "locations in no group are in "
                "`delivery_profile_unassigned_locations`."
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
                "They are asked for by the handle of a branded promise, which no "
                "list gives."
            ),
        ),
        Resource("payment_customizations", ("payment_customizations",)),
        Resource("validations", ("validations",)),
        Resource("cart_transforms", ("cart_transforms",)),
    ),
    "Customers, B2B, subscriptions": (
        Resource("customers", ("customers",)),
        Resource("customer_addresses", ("customer_addresses",)),
        Resource("customer_payment_methods", ("customer_payment_methods",)),
        Resource("segments", ("segments",)),
        Resource("segment_members", ("segment_members",)),
        Resource("customer_visits", ("order_customer_journey_moments",)),
        Resource("companies", ("companies",)),
        Resource("company_contacts", ("company_contacts",)),
        Resource("company_locations", ("company_locations",)),
        Resource("subscription_contracts", ("subscription_contracts",)),
        Resource("subscription_billing_attempts", ("subscription_billing_attempts",)),
        Resource("subscription_billing_cycles", ("subscription_billing_cycles",)),
    ),
    "Discounts, marketing": (
        Resource("discounts", ("discounts", "discount_targets", "discount_metafields")),
        Resource("discount_redeem_codes", ("discount_redeem_codes",)),
        Resource("marketing_activities", ("marketing_activities",)),
        Resource("marketing_events", ("marketing_events",)),
    ),
    "Files, content, online store": (
        Resource("files", ("files",)),
        Resource("articles", ("articles",)),
        Resource("blogs", ("blogs",)),
        Resource("comments", ("comments",)),
        Resource("pages", ("pages",)),
        Resource("menus", ("menus",)),
        Resource("url_redirects", ("url_redirects",)),
        Resource("script_tags", ("script_tags",)),
        Resource("themes", ("themes",)),
        Resource("theme_files", ("theme_files",)),
        Resource(
            "bodies of theme files",
            left_out=(
                "Code and images by the megabyte; theme_files.checksum_md5 tells "
                "which changed."
            ),
        ),
        Resource("shop_policies", ("shop_policies",)),
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
                "A connection inside a list of subscription lines, which are no "
                "Node: past the first page there is nothing to read on by."
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
