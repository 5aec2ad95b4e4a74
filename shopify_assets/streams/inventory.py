"""Stock: what is held where, in which state; and the places that hold it.

Charter: declarations of inventory's streams.
"""

from __future__ import annotations

from shopify_assets.catalog.stream import Stream
from shopify_assets.streams.fragments import MONEY_V2

LOCATIONS = Stream(
    name="locations",
    root="locations",
    family="inventory",
    description="Locations, inactive and legacy ones too.",
    arguments="includeInactive: true, includeLegacy: true",
    webhooks=(
        "locations/create",
        "locations/update",
        "locations/activate",
        "locations/deactivate",
        "locations/delete",
    ),
    selection="""
        id name isActive isFulfillmentService fulfillsOnlineOrders shipsInventory
        hasActiveInventory createdAt updatedAt deactivatedAt
        address {
            address1 address2 city province provinceCode country countryCode zip phone
            latitude longitude
        }
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
        id sku tracked requiresShipping createdAt updatedAt
        countryCodeOfOrigin provinceCodeOfOrigin harmonizedSystemCode
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
    """,
)

STREAMS = (LOCATIONS, INVENTORY_ITEMS)
