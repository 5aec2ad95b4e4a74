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

    from shopify_assets.catalog.tables import Path

# One query may ask for this many points at most, on every plan.
MAX_COST = 1_000
# What our queries ask for at most: the rules here hold for some 94 of 100 recorded
# answers, so that a query at the limit would be refused in the other six.
BUDGET = 880


def cost_of(root: Selected, *, size: int, sizes: Mapping[Path, int]) -> int:
    """Points requested by the root field.

    Args:
        root: the root field, a connection unless `size` is 1.
        size: `first` of the root connection.
        sizes: `first` of each nested connection asked for, by its path from the record.
    """
    node = node_cost(root.children, sizes=sizes)
    if root.form is Form.CONNECTION:
        return connection_cost(node, size=size)
    return node


def node_cost(
    fields: tuple[Selected, ...], *, sizes: Mapping[Path, int], path: Path = ()
) -> int:
    """Points of one object with these fields: itself, and all below it.

    Args:
        fields: the object's fields.
        sizes: as for `cost_of`.
        path: keys from the record to the object.
    """
    shared = sum(_field_cost(each, sizes, path) for each in fields if each.on is None)
    by_type: dict[str, int] = {}
    for each in fields:
        if each.on is not None:
            points = _field_cost(each, sizes, path)
            by_type[each.on] = by_type.get(each.on, 0) + points
    return 1 + shared + max(by_type.values(), default=0)


def connection_cost(node: int, *, size: int) -> int:
    """Points of a connection of `size` nodes of `node` points each."""
    return 2 + math.floor(2 * math.log(max(2, size))) * node


# A tuple: a member of an enum is hashed by Python code.
_FREE = (Form.SCALAR, Form.SCALARS, Form.JOINED)


def _field_cost(each: Selected, sizes: Mapping[Path, int], path: Path) -> int:
    if each.form in _FREE or each.is_money:
        return 0
    inner = (*path, each.key)
    if each.form is not Form.CONNECTION:
        return node_cost(each.children, sizes=sizes, path=inner)
    if inner not in sizes:
        return 0
    node = node_cost(each.children, sizes=sizes, path=inner)
    return connection_cost(node, size=sizes[inner])
