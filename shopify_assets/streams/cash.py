"""Cash in shops: drawers, and what went in and out of them.

Charter: declarations of the streams about cash at points of sale.
"""

from __future__ import annotations

from datetime import timedelta

from shopify_assets.catalog.stream import Incremental, KeyTime, Stream
from shopify_assets.streams.fragments import MONEY_BAG_WITH_CURRENCY, MONEY_V2

# A session changes until it is closed, but is found by the time of its opening, and a
# register that was offline tells of it later.
_CLOSED = timedelta(days=30)

CASH_TRACKING_SESSIONS = Stream(
    name="cash_tracking_sessions",
    root="cashTrackingSessions",
    family="payments",
    description="Sessions of cash registers: counted, expected, adjusted, missing.",
    arguments="sortKey: OPENING_TIME_ASC",
    incremental=Incremental("opening_time", KeyTime.IN_THE_WORLD, lookback=_CLOSED),
    selection=f"""
        id registerName cashTrackingEnabled
        openingTime openingNote closingTime closingNote
        location {{ id }}
        openingStaffMember {{ id }}
        closingStaffMember {{ id }}
        openingBalance {MONEY_V2} expectedOpeningBalance {MONEY_V2}
        closingBalance {MONEY_V2} expectedClosingBalance {MONEY_V2}
        expectedBalance {MONEY_V2}
        netCashSales {MONEY_V2} totalCashSales {MONEY_V2} totalCashRefunds {MONEY_V2}
        totalAdjustments {MONEY_V2} totalDiscrepancy {MONEY_V2}
        adjustments {{ nodes {{
            id time note cash {MONEY_V2}
            staffMember {{ id }}
        }} }}
        transactions: cashTransactions {{ nodes {{
            id kind status processedAt
            amountSet {MONEY_BAG_WITH_CURRENCY}
            order {{ id }}
        }} }}
    """,
)

CASH_DRAWERS = Stream(
    name="cash_drawers",
    root="cashDrawers",
    family="payments",
    description="Cash drawers with their balance and the devices that open them.",
    selection=f"""
        id name balance {MONEY_V2}
        location {{ id }}
        devices: pointOfSaleDevices {{ nodes {{ id }} }}
    """,
)

_REASON = """reason: reasonCode {
    ... on CashManagementCustomReasonCode { customCode: code }
    ... on CashManagementDefaultReasonCode { defaultCode: code }
    ... on CashManagementSystemReasonCode { systemCode: code }
}"""

POS_PAYMENT_SESSIONS = Stream(
    name="pos_payment_sessions",
    root="pointOfSaleDevicePaymentSessions",
    family="payments",
    description="Payment sessions of point-of-sale devices, with every cash activity.",
    incremental=Incremental("opening_time", KeyTime.IN_THE_WORLD, lookback=_CLOSED),
    selection=f"""
        id status currency totalsReady openingTime openingNote closingTime closingNote
        location {{ id }}
        cashDrawer {{ id }}
        device: pointOfSaleDevice {{ id }}
        openingStaffMember {{ id }}
        closingStaffMember {{ id }}
        cashCountedAtOpen {MONEY_V2} expectedCashAtOpen {MONEY_V2}
        cashCountedAtClose {MONEY_V2} expectedCashAtClose {MONEY_V2}
        closingBalance {MONEY_V2} closingAdjustment {MONEY_V2}
        netCashSales {MONEY_V2} totalCashSales {MONEY_V2} totalCashRefunds {MONEY_V2}
        netSales {MONEY_V2} totalSales {MONEY_V2} totalRefunds {MONEY_V2}
        totalAdjustments {MONEY_V2} totalDiscrepancy {MONEY_V2}
        cashActivities {{ nodes {{
            kind: __typename time cash {MONEY_V2}
            staffMember {{ id }}
            ... on CashAdjustmentActivity {{
                adjustmentType: type note giftCard {{ id }} {_REASON}
            }}
            ... on CashCountActivity {{
                countType: type note
                cashCounted {MONEY_V2} cashExpected {MONEY_V2}
                cashDiscrepancy {MONEY_V2} {_REASON}
            }}
            ... on CashTransactionActivity {{
                transactionType: type orderTransaction {{ id order {{ id }} }}
            }}
        }} }}
    """,
)

STREAMS = (CASH_TRACKING_SESSIONS, CASH_DRAWERS, POS_PAYMENT_SESSIONS)
