"""What the shop owes its customers: gift cards and store credit.

Charter: declarations of the streams about credit that buyers hold. All are snapshots:
what is spent or granted moves no time that Shopify can filter by.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Stream
from shopify_assets.streams.fragments import MONEY_V2

GIFT_CARDS = Stream(
    name="gift_cards",
    root="giftCards",
    family="payments",
    description="Gift cards, spent and deactivated ones too, with each transaction.",
    selection=f"""
        id maskedCode lastCharacters note enabled isRedeemable templateSuffix
        createdAt updatedAt deactivatedAt expiresOn crossCurrencyRedemptionStrategy
        initialValue {MONEY_V2} balance {MONEY_V2}
        customer {{ id }}
        order {{ id }}
        lineItem {{ id }}
        recipient: recipientAttributes {{
            customer: recipient {{ id }} preferredName message sendNotificationAt
        }}
        transactions {{ nodes {{
            id type: __typename processedAt note amount {MONEY_V2}
        }} }}
    """,
)

# An expiration has no id: rows are told apart by their place.
_TRANSACTIONS = f"""transactions {{ nodes {{
    type: __typename event createdAt
    amount {MONEY_V2} balanceAfterTransaction {MONEY_V2}
    origin {{ ... on OrderTransaction {{ id order {{ id }} }} }}
    ... on StoreCreditAccountCreditTransaction {{
        id expiresAt remainingAmount {MONEY_V2}
    }}
    ... on StoreCreditAccountDebitTransaction {{ id }}
    ... on StoreCreditAccountDebitRevertTransaction {{
        id debitTransaction {{ id }}
    }}
    ... on StoreCreditAccountExpirationTransaction {{ creditTransaction {{ id }} }}
}} }}"""

STORE_CREDIT_ACCOUNTS = Stream(
    name="store_credit_accounts",
    root="customers",
    family="payments",
    description="Store credit of customers, by currency, with every transaction.",
    selection=f"""
        id
        storeCreditAccounts {{ nodes {{ id balance {MONEY_V2} {_TRANSACTIONS} }} }}
    """,
)

COMPANY_LOCATION_STORE_CREDIT_ACCOUNTS = Stream(
    name="company_location_store_credit_accounts",
    root="companyLocations",
    family="payments",
    description="Store credit of company locations, with every transaction.",
    selection=f"""
        id
        companyLocationStoreCreditAccounts: storeCreditAccounts {{ nodes {{
            id balance {MONEY_V2} {_TRANSACTIONS}
        }} }}
    """,
)

STREAMS = (
    GIFT_CARDS,
    STORE_CREDIT_ACCOUNTS,
    COMPANY_LOCATION_STORE_CREDIT_ACCOUNTS,
)
