"""Nodes passed through: those that were listed, and no others."""

from __future__ import annotations

import pytest

from shopify_assets.errors import DataError
from shopify_assets.extract.passage import known

OF = "table order_agreements of gid://shopify/Order/1, shop 'ember.myshopify.com'"
FIRST, SECOND, THIRD = ({"id": f"gid://shopify/OrderAgreement/{at}"} for at in "123")


def test_a_node_that_came_since_is_left_to_the_next_window() -> None:
    """Its parent's row is not there yet; the order it belongs to has moved."""
    steps = [(FIRST, None), (SECOND, "a"), (THIRD, "b")]
    found = known(steps, [FIRST["id"], THIRD["id"]], of=OF)
    assert list(found) == [(FIRST, None), (THIRD, "b")]


def test_a_node_that_is_gone_is_no_small_matter() -> None:
    found = known([(FIRST, None)], [FIRST["id"], SECOND["id"]], of=OF)
    assert next(found) == (FIRST, None)
    with pytest.raises(DataError, match="OrderAgreement/2 was just listed") as error:
        next(found)
    assert OF in str(error.value)
