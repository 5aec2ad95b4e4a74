"""Inventory transfers between locations, and the shipments that carry them.

Charter: goods on their way between locations: real items, and quantities that add up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data.ground import stamp
from shopify_assets.simulator.data.shelves import DAY, counted, ref, refs
from shopify_assets.simulator.world import ids, texts
from shopify_assets.simulator.world.world import Table

if TYPE_CHECKING:
    from shopify_assets.simulator.data.catalogue import Catalogue
    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.data.inventory import Inventory

Json = dict[str, Any]

TRANSFERS = 8
PER_TRANSFER = 2
_STATUSES = ("DRAFT", "READY_TO_SHIP", "IN_PROGRESS", "TRANSFERRED", "CANCELED")
_ORDERED = 10


class Transfers:
    """Makes the transfers of a shop, and their shipments."""

    def __init__(self, ground: Ground, catalogue: Catalogue, stock: Inventory) -> None:
        self._ground = ground
        self._catalogue = catalogue
        self._stock = stock

    def tables(self) -> list[Table]:
        """The tables of this subject."""
        return [
            Table(
                "InventoryTransfer",
                lambda: range(TRANSFERS),
                self.transfer,
                {"createdAt": lambda place: stamp(self._created(place))},
            ),
            Table(
                "InventoryShipment",
                lambda: [
                    place * PER_TRANSFER + at
                    for place in range(TRANSFERS)
                    for at in range(_shipments(place))
                ],
                self.shipment,
            ),
        ]

    def _created(self, place: int) -> int:
        dice = self._ground.dice("transfer", place)
        return self._ground.spread(place, TRANSFERS, dice)

    def _items(self, place: int) -> list[int]:
        places = self._catalogue.variant_places
        count = min((1, 3, 12, 0)[place % 4], len(places))
        return [places[(place * 9 + at) % len(places)] for at in range(count)]

    def transfer(self, place: int) -> Json:
        """The InventoryTransfer of a place."""
        items, shipments = self._items(place), _shipments(place)
        created = stamp(self._created(place))
        received = sum(_received(place * PER_TRANSFER + at) for at in range(shipments))
        return {
            "__typename": "InventoryTransfer",
            "id": ids.gid("InventoryTransfer", place),
            "dateCreated": None if place % 5 == 0 else created,
            "createdAt": created,
            "origin": self._snapshot(place % 2, created),
            "destination": self._snapshot(1 - place % 2, created),
            "hasTimelineComment": False,
            "lineItems": [
                self._line(place, part, item) for part, item in enumerate(items)
            ],
            "lineItemsCount": counted(len(items)),
            "name": f"#T{1 + place:04d}",
            "note": texts.NOTES[place],
            "receivedQuantity": received * len(items),
            "referenceName": f"PO-{place}" if place % 2 else None,
            "shipments": refs(
                "InventoryShipment",
                [place * PER_TRANSFER + at for at in range(shipments)],
            ),
            "status": _STATUSES[place % len(_STATUSES)],
            "tags": ["urgent"] if place % 3 == 0 else [],
            "totalQuantity": _ORDERED * len(items),
        }

    def _snapshot(self, location: int, moment: str) -> Json:
        made = self._stock.location(location)
        return {
            "__typename": "LocationSnapshot",
            "address": made["address"],
            "location": ref("Location", location),
            "name": made["name"],
            "snapshottedAt": moment,
        }

    def _line(self, place: int, part: int, item: int) -> Json:
        shipped = sum(
            _sent(place * PER_TRANSFER + at) for at in range(_shipments(place))
        )
        return {
            "__typename": "InventoryTransferLineItem",
            "id": ids.gid("InventoryTransferLineItem", place, part),
            "inventoryItem": ref("InventoryItem", item),
            "pickedForShipmentQuantity": 0,
            "processableQuantity": _ORDERED - shipped,
            "shippableQuantity": _ORDERED - shipped,
            "shippedQuantity": shipped,
            "title": self._catalogue.variant(item).product,
            "totalQuantity": _ORDERED,
        }

    def shipment(self, at: int) -> Json:
        """The InventoryShipment of twice a transfer's place."""
        place = at // PER_TRANSFER
        items, created = self._items(place), self._created(place) + DAY
        sent, received = _sent(at), _received(at)
        return {
            "__typename": "InventoryShipment",
            "id": ids.gid("InventoryShipment", at),
            "barcode": None if at % 2 else f"4006381{at:06d}",
            "dateCreated": stamp(created),
            "dateReceived": stamp(created + 3 * DAY) if received else None,
            "dateShipped": stamp(created),
            "lineItemTotalQuantity": sent * len(items),
            "lineItems": [
                {
                    "__typename": "InventoryShipmentLineItem",
                    "id": ids.gid("InventoryShipmentLineItem", at, part),
                    "acceptedQuantity": received,
                    "inventoryItem": ref("InventoryItem", item),
                    "quantity": sent,
                    "rejectedQuantity": 0,
                    "unreceivedQuantity": sent - received,
                }
                for part, item in enumerate(items)
            ],
            "lineItemsCount": counted(len(items)),
            "name": f"#T{1 + place:04d}-{1 + at % PER_TRANSFER}",
            "status": "RECEIVED" if received == sent else "IN_TRANSIT",
            "totalAcceptedQuantity": received * len(items),
            "totalReceivedQuantity": received * len(items),
            "totalRejectedQuantity": 0,
        }


def _shipments(place: int) -> int:
    return {"IN_PROGRESS": 1, "TRANSFERRED": 2}.get(_STATUSES[place % 5], 0)


def _sent(at: int) -> int:
    return 6 if at % PER_TRANSFER == 0 else 4


def _received(at: int) -> int:
    done = _STATUSES[at // PER_TRANSFER % len(_STATUSES)] == "TRANSFERRED"
    return _sent(at) if done else 0
