"""Several shops in one run: each gets its turn."""

from __future__ import annotations

import pytest

from shopify_assets.defs.assets import each_shop
from shopify_assets.defs.partitions import Slice
from shopify_assets.errors import AccessDenied, ApiError, ShopifyAssetsError

EMBER, LUMEN, YUKI = (
    Slice(f"{name}.myshopify.com", None) for name in ("ember", "lumen", "yuki")
)
DENIED = AccessDenied("ember lacks read_orders")
ALSO_DENIED = AccessDenied("yuki lacks read_orders")
REFUSED = ApiError("yuki: no such field")


@pytest.mark.parametrize(
    ("failures", "kind", "message"),
    [
        ({EMBER: DENIED}, AccessDenied, "ember lacks read_orders"),
        (
            {EMBER: DENIED, YUKI: ALSO_DENIED},
            AccessDenied,
            "ember lacks read_orders; yuki lacks read_orders",
        ),
        (
            {EMBER: DENIED, YUKI: REFUSED},
            ShopifyAssetsError,
            "ember lacks read_orders; yuki: no such field",
        ),
    ],
)
def test_a_shop_that_fails_stops_no_other(
    failures: dict[Slice, ShopifyAssetsError],
    kind: type[ShopifyAssetsError],
    message: str,
) -> None:
    """All are tried; what is raised names every failure, and is of their kind."""
    tried = []

    def step(each: Slice) -> None:
        tried.append(each)
        if each in failures:
            raise failures[each]

    with pytest.raises(kind) as raised:
        each_shop((EMBER, LUMEN, YUKI), step)
    assert type(raised.value) is kind
    assert str(raised.value) == message
    assert tried == [EMBER, LUMEN, YUKI]


def test_a_bug_is_not_taken_for_a_failure_of_a_shop() -> None:
    def step(each: Slice) -> None:
        raise KeyError(each.shop)

    with pytest.raises(KeyError):
        each_shop((EMBER, YUKI), step)
