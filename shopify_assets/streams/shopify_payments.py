"""Shopify Payments: what was earned, withheld, disputed and paid out.

Charter: declarations of the streams below the shop's Shopify Payments account. A shop
without one has no such rows.
"""

from __future__ import annotations

from datetime import timedelta

from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets.streams.fragments import ADDRESS, MONEY_V2

# A payout's status, and the payout a transaction went into, change without any update
# time; within this long both are settled.
_SETTLES = timedelta(days=45)
# Banks decide disputes within four months, and may be asked again.
_DECIDED = timedelta(days=180)

PAYMENTS_ACCOUNTS = Stream(
    name="payments_accounts",
    root="shopifyPaymentsAccount",
    family="payments",
    description="The Shopify Payments account: balances, payout schedule, banks.",
    selection="""
        id activated onboardable country defaultCurrency accountOpenerName
        payoutStatementDescriptor
        payoutSchedule { interval monthlyAnchor weeklyAnchor }
        chargeStatementDescriptors { default prefix }
        balances: balance { amount currencyCode }
        bankAccounts { nodes {
            id bankName accountNumberLastDigits country currency status createdAt
        } }
    """,
)

# Without businessEntity: never null, and offered to some shops only.
PAYOUTS = Stream(
    name="payouts",
    root="shopifyPaymentsAccount.payouts",
    family="payments",
    description="Payouts of Shopify Payments to the bank, with sums and fees by kind.",
    incremental=Incremental("issued_at", KeyTime.IN_THE_WORLD, lookback=_SETTLES),
    selection=f"""
        id issuedAt status transactionType externalTraceId
        gross {MONEY_V2}
        net {MONEY_V2}
        summary {{
            adjustmentsFee {MONEY_V2} adjustmentsGross {MONEY_V2}
            advanceFees {MONEY_V2} advanceGross {MONEY_V2}
            chargesFee {MONEY_V2} chargesGross {MONEY_V2}
            refundsFee {MONEY_V2} refundsFeeGross {MONEY_V2}
            reservedFundsFee {MONEY_V2} reservedFundsGross {MONEY_V2}
            retriedPayoutsFee {MONEY_V2} retriedPayoutsGross {MONEY_V2}
            usdcRebateCreditAmount {MONEY_V2}
        }}
    """,
)

BALANCE_TRANSACTIONS = Stream(
    name="balance_transactions",
    root="shopifyPaymentsAccount.balanceTransactions",
    family="payments",
    description="Every movement of the Shopify Payments balance, with fee and payout.",
    incremental=Incremental("processed_at", KeyTime.IN_THE_WORLD, lookback=_SETTLES),
    selection=f"""
        id type test processedAt: transactionDate adjustmentReason
        sourceType sourceId sourceOrderTransactionId
        amount {MONEY_V2} fee {MONEY_V2} net {MONEY_V2}
        order: associatedOrder {{ id name }}
        payout: associatedPayout {{ id status }}
        adjustedOrders: adjustmentsOrders {{
            name link orderTransactionId
            amount {MONEY_V2} fees {MONEY_V2} net {MONEY_V2}
        }}
    """,
)

DISPUTES = Stream(
    name="disputes",
    root="disputes",
    family="payments",
    description="Chargebacks and inquiries, with reason, deadline and evidence.",
    incremental=Incremental("initiated_at", KeyTime.IN_THE_WORLD, lookback=_DECIDED),
    webhooks=("disputes/create", "disputes/update"),
    selection=f"""
        id type status initiatedAt evidenceDueBy evidenceSentOn finalizedOn
        amount {MONEY_V2}
        order {{ id }}
        reason: reasonDetails {{ code: reason networkCode: networkReasonCode }}
        evidence: disputeEvidence {{
            id submitted accessActivityLog cancellationPolicyDisclosure
            cancellationRebuttal productDescription refundPolicyDisclosure
            refundRefusalExplanation uncategorizedText
            customerEmailAddress customerFirstName customerLastName customerPurchaseIp
            billingAddress {ADDRESS}
            shippingAddress {ADDRESS}
            evidenceFiles: disputeFileUploads {{
                id type: disputeEvidenceType fileType fileSize originalFileName url
            }}
            evidenceFulfillments: fulfillments {{
                id shippingCarrier shippingDate shippingTrackingNumber
            }}
        }}
    """,
)

_DISCOUNTED = f"{{ label amount {MONEY_V2} }}"

# Only shops that sell by the Shop Pay component have any. Shopify stamps a receipt as
# it makes it, and goes on processing for days.
SHOP_PAY_RECEIPTS = Stream(
    name="shop_pay_receipts",
    root="shopPayPaymentRequestReceipts",
    family="payments",
    description="Receipts of payments asked for by the Shop Pay component.",
    incremental=Incremental(
        "created_at", KeyTime.OF_CHANGE, lookback=timedelta(days=7)
    ),
    selection=f"""
        id: token createdAt sourceIdentifier
        order {{ id }}
        processing: processingStatus {{ state errorCode message }}
        request: paymentRequest {{
            presentmentCurrency deliveryMethodType: selectedDeliveryMethodType
            subtotal {MONEY_V2} total {MONEY_V2} totalTax {MONEY_V2}
            totalShipping: totalShippingPrice {{
                finalTotal {MONEY_V2} originalTotal {MONEY_V2}
                shippingDiscounts: discounts {_DISCOUNTED}
            }}
            shippingAddress {{
                firstName lastName companyName address1 address2 city provinceCode
                postalCode countryCode email phone
            }}
            discounts {_DISCOUNTED}
            shippingLines {{ code label amount {MONEY_V2} }}
            lineItems {{
                label sku quantity requiresShipping
                originalItemPrice {MONEY_V2} finalItemPrice {MONEY_V2}
                originalLinePrice {MONEY_V2} finalLinePrice {MONEY_V2}
                itemDiscounts {_DISCOUNTED}
                lineDiscounts {_DISCOUNTED}
            }}
        }}
    """,
)

STREAMS = (
    PAYMENTS_ACCOUNTS,
    PAYOUTS,
    BALANCE_TRANSACTIONS,
    DISPUTES,
    SHOP_PAY_RECEIPTS,
)
