"""The makers of the records that all else of a shop refers to.

Charter: holding them together, for the makers of the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shopify_assets.simulator.data.catalogue import Catalogue
    from shopify_assets.simulator.data.ground import Ground
    from shopify_assets.simulator.data.inventory import Inventory
    from shopify_assets.simulator.data.order_shapes import Shapes
    from shopify_assets.simulator.data.orders import Orders
    from shopify_assets.simulator.data.people import People
    from shopify_assets.simulator.data.promotion import Promotion
    from shopify_assets.simulator.data.selling import Selling


@dataclass(frozen=True)
class Subjects:
    """The makers of all modelled records of one shop."""

    ground: Ground
    shapes: Shapes
    people: People
    catalogue: Catalogue
    stock: Inventory
    orders: Orders
    selling: Selling
    promotion: Promotion
