"""Money that moved.

Charter: declarations of the streams about payments.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Incremental, KeyTime, OldOrders, Stream
from shopify_assets.streams.fragments import MONEY_V2

# Imported orders, and payments taken offline or noted by hand, bring movements of money
# that were processed long before they appear.
TENDER_TRANSACTIONS = Stream(
    name="tender_transactions",
    root="tenderTransactions",
    family="payments",
    description="Tender transactions: each movement of money, once and for all.",
    incremental=Incremental("processed_at", KeyTime.IN_THE_WORLD),
    old_orders=OldOrders.RECORDS,
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
