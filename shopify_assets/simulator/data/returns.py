"""Returns: what customers send back of what was shipped to them.

Charter: returns of real orders and their fulfilled lines, with reverse fulfilment. An
order's place tells whether it has returns; its last change is theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.order_shapes import Shape, returns_at, returns_of
from shopify_assets.simulator.data.shelves import DAY, ref, refs
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.money import money
from shopify_assets.simulator.world.world import Ref, Table

if TYPE_CHECKING:
    from shopify_assets.simulator.data.order_lines import Line
    from shopify_assets.simulator.data.order_shapes import Shapes
    from shopify_assets.simulator.data.order_totals import Parts
    from shopify_assets.simulator.data.orders import Orders

Json = dict[str, Any]

MOST_LINES = 12
PER_ORDER = 2
_REASONS = ("unwanted", "too-small", "defective", "other", "colour", "unknown")


class Returns:
    """Makes the returns of a shop; a place is twice the order's, plus its number."""

    def __init__(self, shapes: Shapes, orders: Orders) -> None:
        self._shapes = shapes
        self._orders = orders

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        return [
            Table(
                "Return",
                self._places,
                self.record,
                {
                    "createdAt": lambda at: stamp(self._opened(at)),
                    "status": self._status,
                },
                moves=lambda at: ids.gid("Order", at // PER_ORDER),
            ),
            Table("ReturnReasonDefinition", lambda: range(len(_REASONS)), _reason),
        ]

    def _places(self) -> list[int]:
        shapes = (self._shapes[place] for place in range(len(self._shapes)))
        return [at for shape in shapes for at in returns_at(shape)]

    def _status(self, at: int) -> str:
        return returns_of(self._shapes[at // PER_ORDER])[at % PER_ORDER]

    def _opened(self, at: int) -> int:
        shape = self._shapes[at // PER_ORDER]
        return min(shape.created + (2 + at % PER_ORDER) * DAY, shape.updated)

    def record(self, at: int) -> Json:
        """The Return of a place."""
        parts = self._orders.parts(at // PER_ORDER)
        shape, status = parts.shape, self._status(at)
        lines = _lines(parts, status)
        done = status == "CLOSED"
        received = done or status == "OPEN"
        reverse = [_reverse(at, parts, lines, done=done)] if received else []
        return {
            "__typename": "Return",
            "id": ids.gid("Return", at),
            "name": f"#{1001 + shape.place}-R{1 + at % PER_ORDER}",
            "order": ref("Order", shape.place),
            "status": status,
            "createdAt": stamp(self._opened(at)),
            "requestApprovedAt": stamp(self._opened(at)) if received else None,
            "closedAt": stamp(shape.updated) if done else None,
            "decline": {
                "__typename": "ReturnDecline",
                "note": texts.NOTES[at % len(texts.NOTES)],
                "reason": "FINAL_SALE",
            }
            if status == "DECLINED"
            else None,
            "exchangeLineItems": [],
            "refunds": refs("Refund", [shape.place]) if done else [],
            "returnLineItems": [
                _line(at, number, line, parts=parts) for number, line in _each(lines)
            ],
            "returnShippingFees": [_fee(at, parts)] if at % 3 == 0 else [],
            "reverseFulfillmentOrders": reverse,
            "staffMember": None,
            "totalQuantity": sum(count for _, count in lines),
            "transactions": [ref("OrderTransaction", shape.place, len(parts.paid) - 1)]
            if done
            else [],
        }

    def returnable(self, order: Json) -> list[Json]:
        """What may still be returned of an order: what was shipped and kept."""
        return [
            {
                "__typename": "ReturnableFulfillment",
                "id": each["id"].replace("/Fulfillment/", "/ReturnableFulfillment/"),
                "fulfillment": Ref(each["id"]),
                "returnableFulfillmentLineItems": [
                    {
                        "__typename": "ReturnableFulfillmentLineItem",
                        "fulfillmentLineItem": Ref(line["id"]),
                        "quantity": line["quantity"],
                    }
                    for line in each["fulfillmentLineItems"]
                ],
            }
            for each in order["fulfillments"]
        ]


def _reason(place: int) -> Json:
    handle = _REASONS[place]
    return {
        "__typename": "ReturnReasonDefinition",
        "id": ids.gid("ReturnReasonDefinition", place),
        "deleted": place == len(_REASONS) - 1,
        "handle": handle,
        "name": handle.replace("-", " ").title(),
    }


def _each(lines: list[tuple[Line, int]]) -> list[tuple[int, tuple[Line, int]]]:
    return list(enumerate(lines))


def _lines(parts: Parts, status: str) -> list[tuple[Line, int]]:
    if status == "CLOSED" and parts.back is not None:
        return list(parts.back.lines)
    return [(line, 1) for line in parts.basket.kept()[:MOST_LINES]]


def _shipped(parts: Parts, line: Line) -> Ref:
    flat = [each for parcel in parts.parcels for each, _ in parcel]
    at = next(place for place, each in enumerate(flat) if each is line)
    return ref("FulfillmentLineItem", parts.shape.place, at)


def _line(at: int, number: int, held: tuple[Line, int], *, parts: Parts) -> Json:
    line, count = held
    done = count if returns_of(parts.shape)[at % PER_ORDER] == "CLOSED" else 0
    reason = (at + number) % len(_REASONS)
    common = {
        "customerNote": texts.NOTES[(at + number) % 9],
        "processableQuantity": count - done,
        "processedQuantity": done,
        "quantity": count,
        "refundableQuantity": count - done,
        "refundedQuantity": done,
        "returnReason": "OTHER",
        "returnReasonDefinition": ref("ReturnReasonDefinition", reason)
        if reason % 3
        else None,
        "returnReasonNote": "" if number % 2 else "Too bright",
        "unprocessedQuantity": count - done,
    }
    if at % 8 == 1:
        currency = parts.shape.till.presentment
        return {
            "__typename": "UnverifiedReturnLineItem",
            "id": ids.gid("UnverifiedReturnLineItem", at, number),
            "unitPrice": money(line.unit.presentment, currency),
            **common,
        }
    bag = parts.shape.till.bag
    return {
        "__typename": "ReturnLineItem",
        "id": ids.gid("ReturnLineItem", at, number),
        "fulfillmentLineItem": _shipped(parts, line),
        "restockingFee": None,
        "totalWeight": {"unit": "GRAMS", "value": 350.0 * count},
        "withCodeDiscountedTotalPriceSet": bag(line.net.share(count, line.quantity)),
        **common,
    }


def _fee(at: int, parts: Parts) -> Json:
    shape = parts.shape
    return {
        "__typename": "ReturnShippingFee",
        "id": ids.gid("ReturnShippingFee", at),
        "amountSet": shape.till.bag(parts.basket.shipping),
    }


def _reverse(
    at: int, parts: Parts, lines: list[tuple[Line, int]], *, done: bool
) -> Json:
    items = [
        {
            "__typename": "ReverseFulfillmentOrderLineItem",
            "id": ids.gid("ReverseFulfillmentOrderLineItem", at, number),
            "dispositions": [_disposition(at, number, count, parts.shape)]
            if done
            else [],
            "fulfillmentLineItem": _shipped(parts, line),
            "totalQuantity": count,
        }
        for number, (line, count) in enumerate(lines)
    ]
    gid = ids.gid("ReverseFulfillmentOrder", at)
    return {
        "__typename": "ReverseFulfillmentOrder",
        "id": gid,
        "lineItems": items,
        "order": ref("Order", parts.shape.place),
        "reverseDeliveries": [_delivery(at, lines, gid)] if at % 2 == 0 else [],
        "status": "CLOSED" if done else "OPEN",
        "thirdPartyConfirmation": None,
    }


def _disposition(at: int, number: int, count: int, shape: Shape) -> Json:
    return {
        "__typename": "ReverseFulfillmentOrderDisposition",
        "id": ids.gid("ReverseFulfillmentOrderDisposition", at, number),
        "createdAt": stamp(shape.updated),
        "location": ref("Location", shape.place % 2),
        "quantity": count,
        "type": "RESTOCKED" if number % 2 == 0 else "NOT_RESTOCKED",
    }


def _delivery(at: int, lines: list[tuple[Line, int]], order: str) -> Json:
    return {
        "__typename": "ReverseDelivery",
        "id": ids.gid("ReverseDelivery", at),
        "deliverable": None,
        "reverseDeliveryLineItems": [
            {
                "__typename": "ReverseDeliveryLineItem",
                "id": ids.gid("ReverseDeliveryLineItem", at, number),
                "dispositions": [],
                "quantity": count,
                "reverseFulfillmentOrderLineItem": ref(
                    "ReverseFulfillmentOrderLineItem", at, number
                ),
            }
            for number, (_, count) in enumerate(lines)
        ],
        "reverseFulfillmentOrder": Ref(order),
    }
