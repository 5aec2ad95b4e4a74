"""`views`: made from what the warehouse holds, and listed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shopify_assets.postgres.connect import connect
from shopify_assets_tests.postgres.metafields import hold
from shopify_assets_tests.postgres.orders import SHOP

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets_tests.cli.conftest import Called


def test_views_are_made_and_told(
    call: Callable[..., Called], database_url: str
) -> None:
    with connect(database_url) as connection:
        hold(connection, (1, "custom", "boxes", "number_integer", "3"))
    assert call("views", "--json").json == [
        {
            "view": "order_metafields_wide",
            "table": "order_metafields",
            "state": "created",
            "left_out": 0,
            "retyped": {},
            "columns": {
                "custom_boxes": {
                    "namespace": "custom",
                    "key": "boxes",
                    "metafield_types": ["number_integer"],
                    "part": None,
                    "type": "bigint",
                }
            },
        }
    ]
    again = call("views")
    assert (again.code, again.err) == (0, "")
    assert again.out == "shopify.order_metafields_wide: unchanged, 1 columns\n"
    with connect(database_url) as connection:
        rows = connection.execute("SELECT * FROM shopify.order_metafields_wide")
        assert rows.fetchall() == [(SHOP, 1, 3)]


def test_a_column_that_is_made_anew_is_told(
    call: Callable[..., Called], database_url: str
) -> None:
    with connect(database_url) as connection:
        hold(connection, (1, "custom", "boxes", "number_integer", "3"))
        hold(connection, (1, "custom", "size", "area", '{"value":3,"unit":"ha"}'))
    assert call("views").code == 0
    with connect(database_url) as connection:
        connection.execute("UPDATE shopify.order_metafields SET type = 'url'")
    again = call("views")
    assert again.out.splitlines() == [
        "shopify.order_metafields_wide: changed, 2 columns",
        "    custom_boxes: bigint → text",
        "    custom_size: jsonb → text",
        "    custom_size_unit: now gone",
        "    custom_size_value: now gone",
    ]


def test_an_empty_warehouse_has_none_and_says_what_to_do(
    call: Callable[..., Called],
) -> None:
    found = call("views")
    assert (found.code, found.out) == (0, "")
    assert re.search("load a stream that has them first", found.err)
