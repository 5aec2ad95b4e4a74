"""Customers: who they are, how they pay, and the segments they are in.

Charter: declarations of the streams about people who buy.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, KeyTime, Precision, Stream
from shopify_assets.streams.fragments import METAFIELDS, MONEY_V2

CUSTOMERS = Stream(
    name="customers",
    root="customers",
    family="customers",
    urgent=True,
    description="Customers with addresses, tags and marketing consents.",
    incremental=Incremental("updated_at", KeyTime.OF_CHANGE, precision=Precision.DAY),
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
        multipassIdentifier productSubscriberStatus lifetimeDuration canDelete
        numberOfOrders amountSpent {MONEY_V2}
        lastOrder {{ id }}
        defaultAddress {{ id }}
        email: defaultEmailAddress {{
            address: emailAddress validFormat
            marketingState marketingOptInLevel marketingUpdatedAt openTrackingLevel
            sourceLocation {{ id }}
        }}
        phone: defaultPhoneNumber {{
            number: phoneNumber
            sms: smsMarketingConsent {{
                state optInLevel updatedAt collectedFrom sourceLocation {{ id }}
            }}
            whatsApp: whatsAppMarketingConsent {{
                state optInLevel updatedAt collectedFrom sourceLocation {{ id }}
            }}
        }}
        statistics {{ predictedSpendTier rfmGroup }}
        taxSettings {{ taxId }}
        companyContacts: companyContactProfiles {{ id }}
        identities: identityProviderSubjects {{
            id providerName subject createdAt updatedAt
        }}
        addresses: addressesV2 {{ nodes {{
            id name firstName lastName company address1 address2 city province
            provinceCode country countryCodeV2 zip phone latitude longitude timeZone
            coordinatesValidated validationResultSummary
        }} }}
        {METAFIELDS}
    """,
)

_PLACE = "address1 city province provinceCode country countryCode zip"
_CARD_ADDRESS = f"billingAddress {{ firstName lastName {_PLACE} }}"
_BILLING_ADDRESS = f"billingAddress {{ name {_PLACE} }}"
_CARD = f"""
    name maskedNumber lastDigits expiryMonth expiryYear expiresSoon isRevocable
    {_CARD_ADDRESS}
"""

# A snapshot: a new or revoked payment method does not move the customer for certain.
CUSTOMER_PAYMENT_METHODS = Stream(
    name="customer_payment_methods",
    root="customers",
    family="customers",
    description="Payment methods on file, revoked ones too, with their mandates.",
    webhooks=(
        "customer_payment_methods/create",
        "customer_payment_methods/update",
        "customer_payment_methods/revoke",
    ),
    selection=f"""
        id
        customerPaymentMethods: paymentMethods(showRevoked: true) {{ nodes {{
            id revokedAt revokedReason
            instrument {{
                type: __typename
                ... on CustomerCreditCard {{
                    {_CARD} brand firstDigits virtualLastDigits source
                }}
                ... on CustomerShopPayAgreement {{ {_CARD} inactive }}
                ... on CustomerPaypalBillingAgreement {{
                    paypalAccountEmail inactive isRevocable {_BILLING_ADDRESS}
                }}
                ... on BankAccount {{
                    bankName accountType accountHolderType lastDigits {_BILLING_ADDRESS}
                }}
            }}
            mandates {{ nodes {{ id resourceType resourceGid: resourceId }} }}
            subscriptionContracts {{ nodes {{ id }} }}
        }} }}
    """,
)

SEGMENTS = Stream(
    name="segments",
    root="segments",
    family="customers",
    description="Customer segments: the query, and the customers it finds now.",
    webhooks=(
        "segments/create",
        "segments/update",
        "segments/delete",
        "customer.joined_segment",
        "customer.left_segment",
    ),
    selection=f"""
        id name query createdAt: creationDate updatedAt: lastEditDate
        members: customerSegmentMembers(segmentId: $id) {{ nodes {{
            id numberOfOrders amountSpent {MONEY_V2} lastOrderGid: lastOrderId
        }} }}
    """,
)

STREAMS = (CUSTOMERS, CUSTOMER_PAYMENT_METHODS, SEGMENTS)
