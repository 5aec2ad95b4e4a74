"""Goods that moved: fulfillments of an order, and its fulfillment order.

Charter: what was shipped, when and how it travelled, and what is still to be shipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.world import Ref

if TYPE_CHECKING:
    from shopify_assets.simulator.data.order_lines import Basket, Line
    from shopify_assets.simulator.data.order_shapes import Shape

Json = dict[str, Any]

DAY = 86_400
_JOURNEY = ("LABEL_PRINTED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED")
_STATUSES = {
    "FULFILLED": "CLOSED",
    "PARTIALLY_FULFILLED": "IN_PROGRESS",
    "ON_HOLD": "ON_HOLD",
    "UNFULFILLED": "OPEN",
}


def shipped(shape: Shape, basket: Basket) -> list[list[tuple[Line, int]]]:
    """Which quantities each fulfillment of an order holds."""
    kept = basket.kept()
    if shape.fulfillment == "PARTIALLY_FULFILLED":
        return [[(kept[0], 1)]]
    if shape.fulfillment != "FULFILLED" or not kept:
        return []
    if len(kept) > 1 and shape.place % 4 == 0:
        return [_whole(kept[:1]), _whole(kept[1:])]
    return [_whole(kept)]


def _whole(lines: list[Line]) -> list[tuple[Line, int]]:
    return [(line, line.quantity) for line in lines]


def shipped_quantity(parcels: list[list[tuple[Line, int]]], line: Line) -> int:
    """How much of `line` was shipped."""
    return sum(count for parcel in parcels for each, count in parcel if each is line)


def fulfillments(shape: Shape, parcels: list[list[tuple[Line, int]]]) -> list[Json]:
    """Fulfillments."""
    return [_fulfillment(shape, parcels, part) for part in range(len(parcels))]


def _fulfillment(
    shape: Shape, parcels: list[list[tuple[Line, int]]], part: int
) -> Json:
    at = min(shape.created + DAY, shape.updated)
    gid = ids.gid("Fulfillment", shape.place, part)
    before = sum(len(each) for each in parcels[:part])
    return {
        "__typename": "Fulfillment",
        "createdAt": stamp(at),
        "deliveredAt": stamp(shape.updated) if shape.place % 2 else None,
        "displayStatus": "DELIVERED" if shape.place % 2 else "IN_TRANSIT",
        "estimatedDeliveryAt": None,
        "events": [] if shape.digital else _events(shape, at, part),
        "fulfillmentLineItems": [
            _fulfillment_line(shape, line, count, part=before + number)
            for number, (line, count) in enumerate(parcels[part])
        ],
        "fulfillmentOrders": []
        if shape.digital
        else [Ref(ids.gid("FulfillmentOrder", shape.place))],
        "id": gid,
        "inTransitAt": stamp(at),
        "legacyResourceId": str(ids.number("Fulfillment", shape.place, part)),
        "location": Ref(ids.gid("Location", shape.place % 2)),
        "name": f"#{1001 + shape.place}-F{part + 1}",
        "order": Ref(ids.gid("Order", shape.place)),
        "originAddress": None,
        "requiresShipping": not shape.digital,
        "service": None,
        "status": "SUCCESS",
        "totalQuantity": sum(count for _, count in parcels[part]),
        "trackingInfo": [] if shape.digital else _tracking(shape, part),
        "updatedAt": stamp(shape.updated),
    }


def _fulfillment_line(shape: Shape, line: Line, count: int, *, part: int) -> Json:
    share = line.net.share(count, line.quantity)
    return {
        "__typename": "FulfillmentLineItem",
        "discountedTotalSet": shape.till.bag(share),
        "id": ids.gid("FulfillmentLineItem", shape.place, part),
        "lineItem": Ref(ids.gid("LineItem", shape.place, line.part)),
        "originalTotalSet": shape.till.bag(line.unit * count),
        "quantity": count,
    }


def _events(shape: Shape, at: int, part: int) -> list[Json]:
    steps = _JOURNEY[: 4 if shape.place % 2 else shape.place % 4]
    return [
        {
            "__typename": "FulfillmentEvent",
            "address1": None,
            "city": "Memphis" if step else None,
            "country": "US" if step else None,
            "createdAt": stamp(min(at + step * DAY // 2, shape.updated)),
            "estimatedDeliveryAt": None,
            "happenedAt": stamp(min(at + step * DAY // 2, shape.updated)),
            "id": ids.gid("FulfillmentEvent", shape.place, part * len(_JOURNEY) + step),
            "latitude": 35.149534 if step else None,
            "longitude": -90.04898 if step else None,
            "message": "Parcel left the hub" if step else None,
            "province": "TN" if step else None,
            "status": status,
            "zip": "38103" if step else None,
        }
        for step, status in enumerate(steps)
    ]


def _tracking(shape: Shape, part: int) -> list[Json]:
    if shape.place % 7 == 0:
        return [{"company": None, "number": None, "url": None}]
    number = f"1Z{shape.place:09d}{part}"
    company = texts.CARRIERS[shape.place % len(texts.CARRIERS)]
    url = f"https://track.example/{number}?lang=en&x=1"
    return [{"company": company, "number": number, "url": url}]


def order_status(shape: Shape) -> str:
    """The status of an order's fulfillment order."""
    return "CLOSED" if shape.cancelled else _STATUSES[shape.fulfillment]


def order_updated(shape: Shape, end: int) -> int:
    """When a fulfillment order changed last: a hold moves it, but not the order."""
    held = DAY if shape.fulfillment == "ON_HOLD" else 0
    return max(shape.created, min(shape.updated + held, end - 1))


def fulfillment_order(shape: Shape, basket: Basket, *, end: int) -> Json:
    """The FulfillmentOrder of an order."""
    parcels = shipped(shape, basket)
    status = order_status(shape)
    return {
        "__typename": "FulfillmentOrder",
        "assignedLocation": _assigned(shape.place % 2),
        "createdAt": stamp(shape.created),
        "fulfillAt": stamp(shape.created - shape.created % 3600),
        "fulfillBy": None,
        "fulfillmentHolds": _holds(shape) if status == "ON_HOLD" else [],
        "fulfillments": [
            Ref(ids.gid("Fulfillment", shape.place, part))
            for part in range(len(parcels))
        ],
        "id": ids.gid("FulfillmentOrder", shape.place),
        "internationalDuties": None,
        "lineItems": [
            _order_line(shape, line, shipped_quantity(parcels, line))
            for line in basket.kept()
        ],
        "merchantRequests": [],
        "order": Ref(ids.gid("Order", shape.place)),
        "orderId": ids.gid("Order", shape.place),
        "orderName": f"#{1001 + shape.place}",
        "orderProcessedAt": stamp(shape.processed),
        "requestStatus": "UNSUBMITTED",
        "status": status,
        "supportedActions": [],
        "updatedAt": stamp(order_updated(shape, end)),
    }


def _assigned(location: int) -> Json:
    return {
        "address1": f"{location + 1} Warehouse Way",
        "address2": None,
        "city": "Springfield",
        "countryCode": "US",
        "location": Ref(ids.gid("Location", location)),
        "name": ("Main warehouse", "Lager Süd")[location],
        "phone": "",
        "province": "Illinois",
        "zip": "62701",
    }


def _holds(shape: Shape) -> list[Json]:
    return [
        {
            "__typename": "FulfillmentHold",
            "displayReason": "Incorrect address",
            "handle": "address" if shape.place % 2 else None,
            "heldByApp": None,
            "heldByRequestingApp": False,
            "id": ids.gid("FulfillmentHold", shape.place),
            "reason": "INCORRECT_ADDRESS",
            "reasonNotes": texts.NOTES[shape.place % len(texts.NOTES)],
        }
    ]


def _order_line(shape: Shape, line: Line, done: int) -> Json:
    return {
        "__typename": "FulfillmentOrderLineItem",
        "financialSummaries": [],
        "id": ids.gid("FulfillmentOrderLineItem", shape.place, line.part),
        "inventoryItemId": None
        if line.variant is None
        else ids.gid("InventoryItem", line.variant),
        "lineItem": Ref(ids.gid("LineItem", shape.place, line.part)),
        "productTitle": line.title,
        "remainingQuantity": line.quantity - done,
        "requiresShipping": True,
        "sku": line.sku,
        "totalQuantity": line.quantity,
        "variant": None
        if line.variant is None
        else Ref(ids.gid("ProductVariant", line.variant)),
        "warnings": [],
    }
