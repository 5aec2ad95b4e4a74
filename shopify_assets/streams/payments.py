"""Money that moved.

Charter: declarations of the streams about payments.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, Stream
from shopify_assets.streams.fragments import MONEY_V2

TENDER_TRANSACTIONS = Stream(
    name="tender_transactions",
    root="tenderTransactions",
    family="payments",
    description="Tender transactions: each movement of money, once and for all.",
    incremental=Incremental("processed_at"),
    webhooks=("tender_transactions/create",),
    selection=f"""
        id processedAt test remoteReference paymentMethod
        amount {MONEY_V2}
        order {{ id }}
        user {{ id }}
        details: transactionDetails {{
            ... on TenderTransactionCreditCardDetails {{
                creditCardCompany creditCardNumber
            }}
        }}
    """,
)

STREAMS = (TENDER_TRANSACTIONS,)
