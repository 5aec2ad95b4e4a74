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
        Resource("products", tables=("products",)),
        Resource("product_variants", tables=("product_variants",)),
        Resource(
            "product_options",
            tables=(
                "product_options",
                "product_option_values",
                "product_variant_selected_options",
            ),
        ),
        Resource("product_media", tables=("product_media", "product_variant_media")),
        Resource("collections", tables=("collections", "collection_sources")),
        Resource("collection_products", tables=("collection_products",)),
        Resource(
            "product_publications",
            tables=(
                "product_publications",
                "product_market_publications",
                "product_company_publications",
                "variant_publications",
                "variant_market_publications",
                "variant_company_publications",
                "collection_publications",
            ),
        ),
        Resource("publications", tables=("publications", "publication_channels")),
        Resource("channels", tables=("channels",)),
        Resource("product_feeds", tables=("product_feeds",)),
        Resource(
            "selling_plan_groups",
            tables=(
                "selling_plan_groups",
                "selling_plan_group_products",
                "selling_plan_group_variants",
            ),
        ),
        Resource(
            "selling_plans", tables=("selling_plans", "selling_plan_pricing_policies")
        ),
        Resource(
            "catalogs",
            tables=(
                "catalogs",
                "catalog_apps",
                "catalog_channels",
                "catalog_company_locations",
                "catalog_markets",
            ),
        ),
        Resource("price_lists", tables=("price_lists",)),
        Resource("price_list_prices", tables=("price_list_prices",)),
        Resource(
            "price_list_prices: relative ones",
            left_out="every variant of the shop again; they follow from its price and "
            "price_lists.parent_adjustment_value",
        ),
        Resource(
            "quantity_price_breaks",
            left_out="Shopify lists them below a price, which has no id, so that those "
            "beyond the first page could not be asked for",
        ),
        Resource("quantity_rules", tables=("quantity_rules",)),
        Resource(
            "metafields",
            tables=(
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
            left_out="deprecated by Shopify, with their owner type MEDIA_IMAGE",
        ),
        Resource("metafield_definitions", tables=("metafield_definitions",)),
        Resource(
            "standard_metafield_definition_templates",
            tables=("standard_metafield_definition_templates",),
        ),
        Resource(
            "metaobject_definitions",
            tables=("metaobject_definitions", "metaobject_definition_fields"),
        ),
        Resource("metaobjects", tables=("metaobjects", "metaobject_fields")),
        Resource(
            "translations",
            tables=(
                "translated_resource_translations",
                "translated_resources",
                "translatable_resources",
                "translatable_resource_content",
            ),
        ),
        Resource(
            "translations for one market",
            left_out="asked by resource, locale and market at once; no list tells "
            "which of them exist",
        ),
        Resource(
            "market_localizations",
            tables=(
                "market_localized_resource_localizations",
                "market_localized_resources",
                "market_localizable_resources",
                "market_localizable_resource_content",
            ),
        ),
        Resource(
            "taxonomy",
            tables=("taxonomy_categories", "taxonomy_categories_by_category"),
        ),
        Resource(
            "taxonomy: attributes and their values",
            left_out="the same in every shop, by the hundred thousand, and published "
            "by Shopify as files",
        ),
        Resource(
            "bundle_components",
            tables=(
                "bundle_components",
                "bundle_component_option_selections",
                "bundle_component_quantities",
                "product_components",
                "product_variant_components",
            ),
        ),
        Resource(
            "product tags, types and vendors",
            left_out="texts without an id: the distinct values of products.tags, "
            "products.product_type and products.vendor",
        ),
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
        Resource("files", tables=("files", "file_video_sources", "file_model_sources")),
        Resource("articles", tables=("articles",)),
        Resource("blogs", tables=("blogs",)),
        Resource("comments", tables=("comments",)),
        Resource("pages", tables=("pages",)),
        Resource(
            "menus",
            tables=(
                "menus",
                "menu_items",
                "menu_item_subitems",
                "menu_item_subitem_subitems",
            ),
        ),
        Resource("url_redirects", tables=("url_redirects",)),
        Resource("script_tags", tables=("script_tags",)),
        Resource("themes", tables=("themes",)),
        Resource("theme_files", tables=("theme_files",)),
        Resource(
            "bodies of theme files",
            left_out="code and images by the megabyte; theme_files.checksum_md5 tells "
            "which changed",
        ),
        Resource("shop_policies", tables=("shop_policies",)),
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
