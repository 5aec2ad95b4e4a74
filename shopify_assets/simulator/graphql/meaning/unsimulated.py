"""The documented filters that no record of the simulator can answer, and why.

Charter: a short list. Such a filter matches everything, and a warning says so, as for
a field Shopify does not know: a client that heeds warnings is not led astray.
"""

from __future__ import annotations

_APPROVALS = "approvals of channels are in no field of the schema"
_NO_ID = "records of this type have no id"
_NO_DEVICE = "no field of the schema links the record to a device"

UNSIMULATED: dict[str, dict[str, str]] = {
    "Order": {
        "fraud_protection_level": "no field tells the documented levels",
        "payment_provider_id": "no field tells the provider's id",
    },
    "DraftOrder": {"source": "no field tells where a draft comes from"},
    "Product": {
        "error_feedback": "the values are undocumented",
        "product_configuration_owner": "no field tells the configuring app",
        "product_publication_status": _APPROVALS,
        "publishable_status": _APPROVALS,
    },
    "ProductVariant": {
        "product_publication_status": _APPROVALS,
        "publishable_status": _APPROVALS,
    },
    "Collection": {
        "product_publication_status": _APPROVALS,
        "publishable_status": _APPROVALS,
    },
    "InventoryTransfer": {"source_id": "a transfer tells no source beside its origin"},
    "Company": {"ordering_status": "no field tells it"},
    "Market": {"wildcard_company_location_with_country_code": "undocumented"},
    "MarketingActivity": {
        "marketing_campaign_id": "activities tell no campaign",
        "scheduled_to_start_at": "activities tell no planned start",
    },
    "File": {"used_in": "the values are undocumented"},
    "CashTrackingSession": {"point_of_sale_device_ids": _NO_DEVICE},
    "TenderTransaction": {"point_of_sale_device_id": _NO_DEVICE},
    "CheckoutAndAccountsConfiguration": {
        "one_page_checkout_enabled": "no field tells it",
        "typ_osp_pages_enabled": "no field tells it",
    },
    "SellingPlanGroup": {"delivery_frequency": "the values are undocumented"},
    "SavedSearch": {"times_used": "saved searches tell no use"},
    "DeletionEvent": {"id": _NO_ID},
    "DiscountAutomatic": {"id": _NO_ID},
    "ShopPayPaymentRequestReceipt": {"id": _NO_ID},
    "String": {"id": _NO_ID},
}
