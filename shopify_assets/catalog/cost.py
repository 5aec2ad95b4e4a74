"""The requested cost of a query, by Shopify's published and measured rules.

Charter: arithmetic on a checked selection. Scalars cost 0, an object 1, a connection
2 + floor(2·ln(size)) · its node; a plain list costs as one object; abstract types cost
their dearest concrete type. Money costs nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from shopify_assets.catalog.selection import Form, Selected

if TYPE_CHECKING:
    from collections.abc import Mapping

# One query may ask for this many points at most, on every plan.
MAX_COST = 1_000


def cost_of(root: Selected, *, size: int, sizes: Mapping[str, int]) -> int:
    """Points requested by the root field.

    Args:
        root: the root field, a connection unless `size` is 1.
        size: `first` of the root connection.
        sizes: `first` of each nested connection, by its key.
    """
    node = node_cost(root.children, sizes=sizes)
    if root.form is Form.CONNECTION:
        return connection_cost(node, size=size)
    return node


def node_cost(fields: tuple[Selected, ...], *, sizes: Mapping[str, int]) -> int:
    """Points of one object with these fields: itself, and all below it."""
    shared = sum(_field_cost(each, sizes) for each in fields if each.on is None)
    by_type: dict[str, int] = {}
    for each in fields:
        if each.on is not None:
            by_type[each.on] = by_type.get(each.on, 0) + _field_cost(each, sizes)
    return 1 + shared + max(by_type.values(), default=0)


def connection_cost(node: int, *, size: int) -> int:
    """Points of a connection of `size` nodes of `node` points each."""
    return 2 + math.floor(2 * math.log(max(2, size))) * node


def _field_cost(each: Selected, sizes: Mapping[str, int]) -> int:
    if each.form in {Form.SCALAR, Form.SCALARS} or each.is_money:
        return 0
    node = node_cost(each.children, sizes=sizes)
    if each.form is Form.CONNECTION:
        return connection_cost(node, size=sizes[each.key]) if each.key in sizes else 0
    return node
