"""Customers.

Charter: declarations of the streams about people who buy.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, Precision, Stream
from shopify_assets.streams.fragments import METAFIELDS, MONEY_V2

CUSTOMERS = Stream(
    name="customers",
    root="customers",
    family="customers",
    description="Customers with addresses, tags and marketing consents.",
    incremental=Incremental("updated_at", precision=Precision.DAY),
    webhooks=(
        "customers/create",
        "customers/update",
        "customers/delete",
        "customers/merge",
        "customer.tags_added",
        "customer.tags_removed",
        "customers_email_marketing_consent/update",
        "customers_marketing_consent/update",
    ),
    selection=f"""
        id firstName lastName displayName state locale note tags
        createdAt updatedAt verifiedEmail taxExempt taxExemptions dataSaleOptOut
        multipassIdentifier productSubscriberStatus lifetimeDuration
        numberOfOrders amountSpent {MONEY_V2}
        lastOrder {{ id }}
        defaultAddress {{ id }}
        email: defaultEmailAddress {{
            address: emailAddress validFormat
            marketingState marketingOptInLevel marketingUpdatedAt openTrackingLevel
        }}
        phone: defaultPhoneNumber {{
            number: phoneNumber
            sms: smsMarketingConsent {{ state optInLevel updatedAt collectedFrom }}
            whatsApp: whatsAppMarketingConsent {{ state optInLevel updatedAt }}
        }}
        statistics {{ predictedSpendTier rfmGroup }}
        addresses: addressesV2 {{ nodes {{
            id name firstName lastName company address1 address2 city province
            provinceCode country countryCodeV2 zip phone latitude longitude timeZone
        }} }}
        {METAFIELDS}
    """,
)

STREAMS = (CUSTOMERS,)
