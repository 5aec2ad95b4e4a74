"""Putting the world of a shop together: every modelled subject, as tables.

Charter: which types are modelled, where their records are made, and which of their
fields can be told without making a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.data import inventory as stock
from shopify_assets.simulator.data import shipments
from shopify_assets.simulator.data.catalogue import (
    COLLECTIONS,
    VARIANTS_MOST,
    Catalogue,
)
from shopify_assets.simulator.data.further import Further
from shopify_assets.simulator.data.ground import Ground, stamp
from shopify_assets.simulator.data.order_shapes import Shape, Shapes
from shopify_assets.simulator.data.orders import Orders
from shopify_assets.simulator.data.people import People
from shopify_assets.simulator.data.promotion import DISCOUNTS, Promotion
from shopify_assets.simulator.data.selling import Selling
from shopify_assets.simulator.data.shop import shop
from shopify_assets.simulator.data.subjects import Subjects
from shopify_assets.simulator.world.spec import Scale, SimulatedShop
from shopify_assets.simulator.world.world import Table, World

if TYPE_CHECKING:
    from collections.abc import Callable


def build(spec: SimulatedShop, scale: Scale) -> tuple[World, Subjects]:
    """Make the world of a shop."""
    ground = Ground(spec, scale)
    shapes = Shapes(ground)
    people = People(ground, shapes)
    catalogue = Catalogue(ground)
    subjects = Subjects(
        ground=ground,
        shapes=shapes,
        people=people,
        catalogue=catalogue,
        stock=stock.Inventory(ground, catalogue),
        orders=Orders(ground, shapes, catalogue=catalogue, people=people),
        selling=Selling(ground, catalogue=catalogue, people=people),
        promotion=Promotion(ground),
    )
    world = World(spec, scale)
    world.add(*_sales(subjects), *_goods(subjects), *_others(subjects))
    Further(world, subjects).add()
    return world, subjects


def _times(
    created: Callable[[int], int], updated: Callable[[int], int]
) -> dict[str, Callable[[int], Any]]:
    return {
        "createdAt": lambda place: stamp(created(place)),
        "updatedAt": lambda place: stamp(updated(place)),
    }


def _sales(made: Subjects) -> list[Table]:
    shapes, orders, selling = made.shapes, made.orders, made.selling
    drafts, checkouts = selling.drafts, selling.checkouts
    return [
        Table(
            "Order", lambda: range(len(shapes)), orders.order, _order_columns(shapes)
        ),
        _fulfillment_orders(made),
        _tender_transactions(made),
        Table(
            "DraftOrder",
            lambda: range(drafts),
            selling.draft,
            _times(
                lambda place: selling.created("DraftOrder", place),
                lambda place: selling.updated("DraftOrder", place),
            ),
        ),
        Table(
            "AbandonedCheckout",
            lambda: range(checkouts),
            selling.checkout,
            _times(
                lambda place: selling.created("AbandonedCheckout", place),
                lambda place: selling.updated("AbandonedCheckout", place),
            ),
        ),
    ]


def _order_columns(shapes: Shapes) -> dict[str, Callable[[int], Any]]:
    def column(tell: Callable[[Shape], Any]) -> Callable[[int], Any]:
        return lambda place: tell(shapes[place])

    return {
        "createdAt": column(lambda shape: stamp(shape.created)),
        "updatedAt": column(lambda shape: stamp(shape.updated)),
        "processedAt": column(lambda shape: stamp(shape.processed)),
        "displayFinancialStatus": column(lambda shape: shape.financial),
        "displayFulfillmentStatus": column(lambda shape: shape.fulfillment),
        "test": column(lambda shape: shape.test),
        "number": column(lambda shape: 1 + shape.place),
        "name": column(lambda shape: f"#{1001 + shape.place}"),
    }


def _fulfillment_orders(made: Subjects) -> Table:
    shapes, end = made.shapes, made.ground.end
    return Table(
        "FulfillmentOrder",
        lambda: [place for place in range(len(shapes)) if not shapes[place].digital],
        made.orders.fulfillment_order,
        {
            "updatedAt": lambda at: stamp(shipments.order_updated(shapes[at], end)),
            "createdAt": lambda at: stamp(shapes[at].created),
            "status": lambda at: shipments.order_status(shapes[at]),
        },
    )


def _tender_transactions(made: Subjects) -> Table:
    shapes = made.shapes
    return Table(
        "TenderTransaction",
        lambda: [
            place * 2 + part
            for place in range(len(shapes))
            for part in range(shapes[place].tenders)
        ],
        made.orders.tender_transaction,
        {
            "processedAt": lambda at: stamp(
                shapes[at // 2].updated if at % 2 else shapes[at // 2].created
            ),
            "test": lambda at: shapes[at // 2].test,
        },
    )


def _goods(made: Subjects) -> list[Table]:
    goods, items = made.catalogue, made.stock
    return [
        Table(
            "Product",
            lambda: range(made.ground.scale.products),
            lambda place: with_stock(made, goods.product(place), place),
            _times(goods.created, goods.updated),
        ),
        Table(
            "ProductVariant",
            lambda: goods.variant_places,
            lambda place: {
                **goods.product_variant(place),
                "inventoryQuantity": items.sellable(place),
                "sellableOnlineQuantity": items.sellable(place),
            },
            _times(
                lambda place: goods.created(goods.product_of(place)),
                goods.variant_updated,
            ),
        ),
        Table(
            "InventoryItem",
            lambda: goods.variant_places,
            items.item,
            _times(
                lambda place: goods.created(goods.product_of(place)), items.item_updated
            ),
        ),
        Table(
            "InventoryLevel",
            items.level_places,
            items.level,
            {"updatedAt": lambda place: stamp(items.level_updated(place))},
            stock.level_place,
        ),
        Table("Location", lambda: range(stock.LOCATIONS), items.location),
    ]


def with_stock(made: Subjects, product: dict[str, Any], place: int) -> dict[str, Any]:
    """A product with the stock of its variants."""
    first = place * VARIANTS_MOST
    sums = [
        made.stock.sellable(first + position)
        for position in range(made.catalogue.count(place))
    ]
    counted = product["tracksInventory"]
    product["totalInventory"] = sum(sums) if counted else 0
    product["hasOutOfStockVariants"] = any(each <= 0 for each in sums)
    return product


def _others(made: Subjects) -> list[Table]:
    people, promotion = made.people, made.promotion
    return [
        Table(
            "Customer",
            lambda: range(made.ground.scale.customers),
            people.customer,
            _times(people.created, people.updated),
        ),
        Table(
            "Collection",
            lambda: range(COLLECTIONS),
            promotion.collection,
            {"updatedAt": lambda at: stamp(promotion.collection_updated(at))},
        ),
        Table(
            "DiscountNode",
            lambda: range(DISCOUNTS),
            promotion.discount_node,
            _times(promotion.created, promotion.updated),
        ),
        Table("Shop", lambda: range(1), lambda _: shop(made.ground)),
    ]
