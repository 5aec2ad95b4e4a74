"""Fields of the types that are read which no stream selects, and why.

Charter: reasons that only a person knows, written by hand, for a field or for fields of
a kind; that every readable field is selected or has one is tested. What the schema
itself tells (a deprecation, an argument without a default) is found in
`reference/unselected.py`.
"""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """Why a field is not selected; the text is for people."""

    DEPRECATED = "Deprecated by Shopify."
    LEAVING = "Gone in the version to come."
    ARGUMENT = "Answers one question: it takes an argument that no list supplies."
    COUNT = "Counts rows that are in the tables."
    PARENT = "The record that the row stands in, or one above it."
    READ = "Read by another stream, of the same record."
    RECORDS = "The records of another stream, which name this one."
    SAID = "Left out by hand, for the reason given."


# Deprecated, and selected all the same.
KEPT = {
    ("ShopifyPaymentsPayout", "gross"): (
        "Shopify points to `net`, which is selected too; reports that were built on "
        "the gross amount go on for as long as it is served."
    ),
}

# In the API's unstable version these are gone already.
LEAVING = frozenset(
    {
        ("Collection", "productsCount"),
        ("CustomerJourneySummary", "momentsCount"),
        ("FulfillmentService", "fulfillmentOrdersOptIn"),
        ("InventoryItem", "locationsCount"),
        ("Product", "mediaCount"),
        ("ShippingLine", "requestedFulfillmentService"),
    }
)

_BELOW_NO_NODE = (
    "A connection below an object that no id finds: past its first page there is "
    "nothing to read on by."
)
_ELSEWHERE_DRAWN = "A picture for screens; the record that it shows has it."
_IN_THE_RECORD = "The id finds it: {}."
_WRITING = "What may be done next, for those who write; no fact of the record."
_PLAIN = "The same as text, without its markup."
_JOINED_LINES = "Written out of the other columns of the address."
_LANGUAGE = "The name in the language of whoever asks."
_TIME = "Time alone changes it, which moves no record; the dates tell it."
_PUBLISHED = "Told per record by the streams of publications."
_LINK = "A link that acts, or shows data, for whoever holds it."
_SOLE_ID = "An id that nothing else refers to."
_FUNCTION = "The id of `shopifyFunction`, which is selected."

# By `Type.field`, `Type.*` (the rest of a type), `*.field` (of every type) or
# `: Type` (whatever gives such an object); the first of them that is there counts.
LEFT_OUT: dict[str, str] = {
    # ── of every type ────────────────────────────────────────────────────────────────
    "*.legacyResourceId": "The number that `id` holds.",
    "*.defaultCursor": "A place in a page, no property of the record.",
    "*.events": "In the stream `events`, by the id of their subject.",
    "*.formatted": _JOINED_LINES,
    "*.formattedAddress": _JOINED_LINES,
    "*.formattedArea": _JOINED_LINES,
    "*.translatedName": _LANGUAGE,
    "*.resourcePublications": "What `resourcePublicationsV2` tells, without staged.",
    ": Image": _ELSEWHERE_DRAWN,
    ": ShopPayPaymentRequestImage": _ELSEWHERE_DRAWN,
    ": ResourceFeedback": "What apps tell the merchant's screen about the record.",
    ": CustomerMergeable": _WRITING,
    # ── orders, returns, fulfilment ──────────────────────────────────────────────────
    "AbandonedCheckoutLineItem.discountAllocations": (
        "A connection below each line, read line by line; the discounted totals tell "
        "their sum."
    ),
    "DraftOrder.transformerFingerprint": (
        "A token of the cart that is passed back when the draft is reckoned anew."
    ),
    "DraftOrderLineItem.*": (
        "The same as other columns: attributes once more with their types, the price "
        "with its currency, the service that the variant's locations tell."
    ),
    "DraftOrderPlatformDiscount.allocations": (
        "Spread over the lines, each of which tells its total_discount."
    ),
    "Fulfillment.order": "fulfillment_orders.order_id, of the order it stands in.",
    "FulfillmentOrder.locationsForMove": _WRITING,
    "FulfillmentOrder.fulfillmentOrdersForMerge": _WRITING,
    "FulfillmentOrder.orderId": "The id of `order`, which is selected.",
    "FulfillmentOrderLineItem.warnings": "Sentences for the merchant's screen.",
    "FulfillmentOrderLineItemFinancialSummary.discountAllocations": (
        "The discounts of the order's line: order_line_item_discount_allocations."
    ),
    "LineItem.suggestedReturnReasonDefinitions": _WRITING,
    "Order.alerts": "Sentences for the merchant's screen.",
    "Order.displayAddress": "The shipping address, or else the billing address.",
    "Order.merchantBusinessEntity": (
        "Never null and shown to some shops alone: a refusal would take the order."
    ),
    "Order.nonFulfillableLineItems": "order_line_items.non_fulfillable_quantity.",
    "Order.paymentCollectionDetails": _LINK,
    "Order.shippingLine": "The first of order_shipping_lines.",
    "Order.suggestedRefund": _WRITING,
    "OrderAttribution.icon": _ELSEWHERE_DRAWN,
    "CustomerVisit.landingPageHtml": "landing_page, as a link for screens.",
    "CustomerVisit.referralInfoHtml": "The referral's columns, as a sentence.",
    "PaymentSchedule.due": _TIME,
    "PaymentTerms.due": _TIME,
    "PaymentTerms.overdue": _TIME,
    "PaymentTerms.order": "The order that the draft became: draft_orders.order_id.",
    "PaymentTerms.draftOrder": "draft_orders.order_id tells what a draft became.",
    "ReverseDelivery.reverseDeliveryLineItems": (
        "A fourth connection deep; the lines of the reverse fulfilment order are read."
    ),
    "SaleAdditionalFee.taxLines": "order_detail_additional_fee_tax_lines, by its id.",
    "ShippingLine.*": "A reference or a draft's line; order_shipping_lines are whole.",
    "Duty.*": "order_detail_line_item_duties, by its id.",
    # ── products, collections, custom data ───────────────────────────────────────────
    "Product.description": _PLAIN,
    "Collection.description": _PLAIN,
    "Page.bodySummary": "The beginning of the body.",
    "Collection.activeOperations": "Jobs under way, gone in minutes.",
    "Collection.subCollectionEligibility": _WRITING,
    "CollectionConditionsSource.products": "Among collection_products.",
    "CollectionSourceInclusion.selections": (
        "Products picked by hand, all of them among collection_products."
    ),
    "CollectionSourceExclusion.selections": (
        "A connection inside a list, read source by source; what was excluded is not "
        "among collection_products."
    ),
    "CombinedListing.combinedListingChildren": (
        "Each child names its parent: products.combined_listing_parent_product_id."
    ),
    "Product.bundleConsolidatedOptions": "Told option by option in bundle_components.",
    "ProductOption.values": "The names of product_option_values.",
    "ProductBundleComponent.componentVariants": _BELOW_NO_NODE,
    "ProductComponentType.componentVariants": _BELOW_NO_NODE,
    "ProductComponentType.nonComponentVariants": _BELOW_NO_NODE,
    "ProductOptionValue.*": _IN_THE_RECORD.format("product_option_values"),
    "Media.*": _IN_THE_RECORD.format("product_media and files"),
    "MediaImage.originalSource": "A link for minutes; `files` has the size.",
    "Image.id": _SOLE_ID,
    "Image.metafields": "Deprecated with their owner type MEDIA_IMAGE.",
    "Image.*": "Of icons and avatars the address alone is kept.",
    "Metafield.compareDigest": "A token for those who write.",
    "Metafield.definition": "Found by owner type, namespace and key.",
    "Metafield.jsonValue": "The value once more, parsed.",
    "Metafield.reference": "The value is the id of what it refers to.",
    "Metafield.references": "The value holds the ids of what it refers to.",
    "Metafield.sizeInBytes": "The length of the value.",
    "MetafieldDefinition.metafields": "Tables of each owner, such as order_metafields.",
    "MetafieldDefinitionType.supportedValidations": (
        "The same for every definition of the type."
    ),
    "Metaobject.definition": "Found by the metaobject's type.",
    "Metaobject.createdBy": "created_by_app_id, and never null: so it may be refused.",
    "Metaobject.referencedBy": "Values of metafields name what they refer to.",
    "Metaobject.values": "metaobject_fields, as one JSON object.",
    "MetaobjectField.definition": "Found by the metaobject's type and the key.",
    "MetaobjectField.jsonValue": "The value once more, parsed.",
    "MetaobjectField.reference": "The value is the id of what it refers to.",
    "MetaobjectField.references": "The value holds the ids of what it refers to.",
    "MetaobjectField.thumbnail": "The picture that the value refers to, for screens.",
    "StandardMetaobjectDefinitionTemplate.*": "Shopify's own, the same in every shop.",
    "TaxonomyCategory.attributes": (
        "The same in every shop, by the hundred thousand, and published as files."
    ),
    "TaxonomyCategory.childrenIds": "Each category names its parent.",
    "Translation.market": "Not asked by market: see the left-out resources.",
    "TranslatableResource.nestedTranslatableResources": "Listed by their own types.",
    "Channel.collectionPublicationsV3": _PUBLISHED,
    "Channel.productPublicationsV3": _PUBLISHED,
    "Publication.collectionPublicationsV3": _PUBLISHED,
    "Publication.productPublicationsV3": _PUBLISHED,
    "PriceListPrice.quantityPriceBreaks": _BELOW_NO_NODE,
    # ── discounts, customers, companies, subscriptions ───────────────────────────────
    "*.discountId": "The id of the discount it stands in.",
    "DiscountBuyerSelectionAll.all": "Its type says it.",
    "CustomerEmailAddress.marketingUnsubscribeUrl": _LINK,
    "CustomerEmailAddress.openTrackingUrl": _LINK,
    "CustomerPaymentMethod.customer": "The contract's own customer.",
    "CustomerSegmentMember.*": "The customer's own: `customers`, by the same number.",
    "MailingAddress.id": "A copy made for its owner: nothing else refers to it.",
    "CompanyContact.company": "Of the purchasing entity, or in company_contacts.",
    "CompanyLocation.roleAssignments": "company_contact_role_assignments.",
    "GiftCardTransaction.metafields": (
        "A connection below each transaction, read one by one; owners of the type "
        "GIFT_CARD_TRANSACTION are rare."
    ),
    "GiftCardCashOutTransaction.metafields": "As of GiftCardTransaction.",
    "GiftCardCreditTransaction.metafields": "As of GiftCardTransaction.",
    "GiftCardDebitTransaction.metafields": "As of GiftCardTransaction.",
    "SubscriptionBillingCycle.billingAttempts": (
        "An attempt names its contract and the time it is for."
    ),
    "SubscriptionBillingCycleEditedContract.*": (
        "What is the contract's own, or hangs in connections below an edit, which no "
        "id finds."
    ),
    "SubscriptionBillingAttemptInventoryError.insufficientStockProductVariants": (
        _BELOW_NO_NODE
    ),
    # ── inventory, delivery, markets ─────────────────────────────────────────────────
    "InventoryItem.inventoryHistoryUrl": "A page of the admin.",
    "InventoryItemMeasurement.id": _SOLE_ID,
    "InventoryLevel.canDeactivate": _WRITING,
    "InventoryLevel.deactivationAlert": _WRITING,
    "InventoryQuantity.id": "Made of the level and the name.",
    "Location.inventoryLevels": "inventory_item_levels, from the item's side.",
    "DeliveryLocationGroup.locations": (
        "A connection inside a list whose elements no id finds."
    ),
    "DeliveryProfileLocationGroup.locationGroupZones": _BELOW_NO_NODE,
    "DeliveryCustomization.functionId": _FUNCTION,
    "PaymentCustomization.functionId": _FUNCTION,
    "*.rateGroups": _BELOW_NO_NODE,
    "*.includedCollections": _BELOW_NO_NODE,
    "*.includedLocations": _BELOW_NO_NODE,
    "Domain.marketWebPresence": "web_presences.domain_id, from the other side.",
    # ── payments, cash ───────────────────────────────────────────────────────────────
    "CashDrawer.cashActivities": "pos_payment_session_cash_activities.",
    "CashManagementCustomReasonCode.id": "Its code names it.",
    "CashManagementDefaultReasonCode.id": "Its code names it.",
    "CashManagementSystemReasonCode.id": "Its code names it.",
    "PointOfSaleDevice.*": "pos_payment_sessions and cash_drawer_devices name it.",
    "ShopifyPaymentsBankAccount.payouts": (
        "Every payout again below each account; Shopify is about to name the account "
        "in the payout."
    ),
    ": ShopifyPaymentsDisputeFileUpload": "In dispute_evidence_files, by its type.",
    "ShopifyPaymentsPayout.businessEntity": (
        "Never null and shown to some shops alone: a refusal would take the payout."
    ),
    # ── shop, online store, administration ───────────────────────────────────────────
    "Shop.accountOwner": (
        "Never null and read by few apps; staff_members.is_shop_owner tells it."
    ),
    "Shop.availableChannelApps": "Apps that could be installed.",
    "Shop.navigationSettings": "Links of the admin's screens.",
    "Shop.richTextEditorUrl": "A page of the admin.",
    "Shop.searchFilters": "What the admin's search offers.",
    "CheckoutAndAccountsConfiguration.branding": "Colours and fonts of the checkout.",
    "CheckoutAndAccountsConfigurationOverride.branding": "Colours and fonts of it.",
    "OnlineStoreThemeFile.body": (
        "Code and images by the megabyte; theme_files.checksum_md5 tells of changes."
    ),
    "CurrencySetting.currencyName": _IN_THE_RECORD.format("shop_currencies, by code"),
    "App.*": (
        "What an app is, its store tells; of others than this one the name is kept."
    ),
    "AppFeedback.*": "The channel's app.",
    "AppInstallation.activeSubscriptions": "app_installation_subscriptions.status.",
    "AppSubscriptionLineItem.usageRecords": _BELOW_NO_NODE,
    "BasicEvent.subject": "events.subject_gid and subject_type.",
    "CommentEvent.embed": "The record that a comment shows, for screens.",
    "CommentEventSubject.hasTimelineComment": "A column of the record itself.",
    "BulkOperation.url": _LINK,
    "BulkOperation.partialDataUrl": _LINK,
    "StorefrontAccessToken.accessToken": "A credential.",
}
