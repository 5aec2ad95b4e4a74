"""Stock: what is held where, in which state; the places that hold it; what moves.

Charter: declarations of inventory's streams.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Stream
from shopify_assets.streams.fragments import METAFIELDS, MONEY_V2

_PLACE = """
    address1 address2 city province provinceCode country countryCode zip
"""
# A transfer keeps the name and address that a location had when it was drawn up.
_LOCATION_SNAPSHOT = f"""{{
    name snapshottedAt
    location {{ id }}
    address {{ {_PLACE} phone latitude longitude }}
}}"""

LOCATIONS = Stream(
    name="locations",
    root="locations",
    family="inventory",
    description="Locations, inactive and legacy ones too, with metafields.",
    arguments="includeInactive: true, includeLegacy: true",
    webhooks=(
        "locations/create",
        "locations/update",
        "locations/activate",
        "locations/deactivate",
        "locations/delete",
    ),
    selection=f"""
        id name isActive isFulfillmentService fulfillsOnlineOrders shipsInventory
        hasActiveInventory hasUnfulfilledOrders activatable deactivatable deletable
        createdAt updatedAt deactivatedAt addressVerified
        address {{ {_PLACE} phone latitude longitude }}
        suggestedAddresses {{ {_PLACE} }}
        fulfillmentService {{ id handle }}
        localPickup: localPickupSettingsV2 {{ instructions pickupTime }}
        {METAFIELDS}
    """,
)

# A snapshot: quantities change without moving InventoryItem.updatedAt.
INVENTORY_ITEMS = Stream(
    name="inventory_items",
    root="inventoryItems",
    family="inventory",
    description="Inventory items with levels by location and quantities by state.",
    webhooks=(
        "inventory_items/create",
        "inventory_items/update",
        "inventory_items/delete",
        "inventory_levels/connect",
        "inventory_levels/update",
        "inventory_levels/disconnect",
    ),
    selection=f"""
        id sku tracked requiresShipping createdAt updatedAt duplicateSkuCount
        countryCodeOfOrigin provinceCodeOfOrigin harmonizedSystemCode
        trackedEditable {{ locked reason }}
        unitCost {MONEY_V2}
        measurement {{ weight {{ value unit }} }}
        levels: inventoryLevels(includeInactive: true) {{ nodes {{
            id isActive createdAt updatedAt
            location {{ id }}
            quantities(names: [
                "available", "committed", "damaged", "incoming",
                "on_hand", "quality_control", "reserved", "safety_stock"
            ]) {{ name quantity updatedAt }}
        }} }}
        harmonizedSystemCodes: countryHarmonizedSystemCodes {{ nodes {{
            countryCode harmonizedSystemCode
        }} }}
    """,
)

INVENTORY_STATES = Stream(
    name="inventory_states",
    root="inventoryProperties.quantityNames",
    family="inventory",
    description="States a quantity can be in, and which of them add up to which.",
    selection="id: name displayName isInUse belongsTo comprises",
)

# A snapshot: a transfer tells no time of change, and its time of creation may be null,
# so that a filter by it would keep such a transfer back.
INVENTORY_TRANSFERS = Stream(
    name="inventory_transfers",
    root="inventoryTransfers",
    family="inventory",
    ordered=("inventory_transfer_line_items",),
    description="Transfers of stock between locations, with lines and shipments.",
    webhooks=(
        "inventory_transfers/add_items",
        "inventory_transfers/remove_items",
        "inventory_transfers/update_item_quantities",
        "inventory_transfers/ready_to_ship",
        "inventory_transfers/cancel",
        "inventory_transfers/complete",
        "inventory_transfers/updated",
    ),
    selection=f"""
        id name referenceName note status tags createdAt: dateCreated
        totalQuantity receivedQuantity hasTimelineComment
        origin {_LOCATION_SNAPSHOT}
        destination {_LOCATION_SNAPSHOT}
        lineItems {{ nodes {{
            id title totalQuantity shippedQuantity shippableQuantity
            processableQuantity pickedForShipmentQuantity
            inventoryItem {{ id }}
        }} }}
        shipments {{ nodes {{ id }} }}
        {METAFIELDS}
    """,
)

INVENTORY_SHIPMENTS = Stream(
    name="inventory_shipments",
    root="inventoryShipments",
    family="inventory",
    description="Shipments of transferred stock: tracking, and what arrived.",
    webhooks=(
        "inventory_shipments/create",
        "inventory_shipments/add_items",
        "inventory_shipments/remove_items",
        "inventory_shipments/update_item_quantities",
        "inventory_shipments/mark_in_transit",
        "inventory_shipments/receive_items",
        "inventory_shipments/update_tracking",
        "inventory_shipments/delete",
    ),
    selection="""
        id name barcode status
        createdAt: dateCreated shippedAt: dateShipped receivedAt: dateReceived
        lineItemTotalQuantity totalAcceptedQuantity totalReceivedQuantity
        totalRejectedQuantity
        tracking { company trackingNumber trackingUrl arrivesAt }
        lineItems { nodes {
            id quantity acceptedQuantity rejectedQuantity unreceivedQuantity
            inventoryItem { id }
        } }
    """,
)

STREAMS = (
    LOCATIONS,
    INVENTORY_ITEMS,
    INVENTORY_STATES,
    INVENTORY_TRANSFERS,
    INVENTORY_SHIPMENTS,
)
