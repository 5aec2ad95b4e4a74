"""Disputes: buyers who call their payment back.

Charter: the dispute of an order, as the payments account and the order tell it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.order_shapes import disputed
from shopify_assets.simulator.data.payments import received
from shopify_assets.simulator.data.shelves import DAY, ref
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.money import money

if TYPE_CHECKING:
    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.data.order_shapes import Shape
    from shopify_assets.simulator.data.order_totals import Parts

Json = dict[str, Any]

_STATUSES = ("NEEDS_RESPONSE", "UNDER_REVIEW", "WON", "LOST", "ACCEPTED")


def initiated(shape: Shape, end: int) -> int:
    """When a dispute was begun."""
    return min(shape.created + 10 * DAY, end - 1)


def _status(shape: Shape) -> str:
    return _STATUSES[shape.place // 18 % len(_STATUSES)]


def _type(shape: Shape) -> str:
    return "INQUIRY" if shape.place // 18 % 3 == 1 else "CHARGEBACK"


def summaries(shape: Shape) -> list[Json]:
    """The OrderDisputeSummary of an order."""
    if not disputed(shape):
        return []
    return [
        {
            "__typename": "OrderDisputeSummary",
            "id": ids.gid("OrderDisputeSummary", shape.place),
            "initiatedAs": _type(shape),
            "status": _status(shape),
        }
    ]


def dispute(parts: Parts, ground: Ground) -> Json:
    """The ShopifyPaymentsDispute of an order."""
    shape, begun = parts.shape, initiated(parts.shape, ground.end)
    status = _status(shape)
    final = status in {"WON", "LOST", "ACCEPTED"}
    return {
        "__typename": "ShopifyPaymentsDispute",
        "id": ids.gid("ShopifyPaymentsDispute", shape.place),
        "legacyResourceId": str(ids.number("ShopifyPaymentsDispute", shape.place)),
        "amount": money(received(parts.paid).shop, shape.till.shop),
        "disputeEvidence": {
            "__typename": "ShopifyPaymentsDisputeEvidence",
            "id": ids.gid("ShopifyPaymentsDisputeEvidence", shape.place),
            "dispute": ref("ShopifyPaymentsDispute", shape.place),
        },
        "evidenceDueBy": stamp(begun + 7 * DAY),
        "evidenceSentOn": None if status == "NEEDS_RESPONSE" else stamp(begun + DAY),
        "finalizedOn": stamp(begun + 9 * DAY) if final else None,
        "initiatedAt": stamp(begun),
        "order": ref("Order", shape.place),
        "reasonDetails": {
            "__typename": "ShopifyPaymentsDisputeReasonDetails",
            "networkReasonCode": "4853" if shape.place % 3 else None,
            "reason": "FRAUDULENT",
        },
        "status": status,
        "type": _type(shape),
    }
