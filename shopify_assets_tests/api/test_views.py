"""Several works on one shop, side by side: what they share, and what is their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from shopify_assets.errors import ShopUnavailable
from shopify_assets_tests.api.server import Scripted, cost, graphql

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets_tests.api.conftest import Time
    from shopify_assets_tests.api.server import Server

SHOP = {"shop": {"id": "gid://shopify/Shop/1"}}
QUERY = "{ shop { id } }"
FINE = graphql(SHOP)


def scopes(*handles: str) -> Scripted:
    listed = [{"handle": handle} for handle in handles]
    return graphql({"currentAppInstallation": {"accessScopes": listed}})


def test_scopes_are_asked_for_once_a_minute(
    client: ShopifyClient, server: Server, time: Time
) -> None:
    """However many works on the shop want to know; what is granted later is seen."""
    server.will_answer(scopes("read_orders"), scopes("read_orders", "read_themes"))
    assert client.granted_scopes() == {"read_orders"}
    time.sleep(59)
    assert client.view().granted_scopes() == {"read_orders"}
    assert len(server.requests) == 1
    time.sleep(1)
    assert client.view().granted_scopes() == {"read_orders", "read_themes"}
    assert client.granted_scopes() == {"read_orders", "read_themes"}
    assert len(server.requests) == 2


def test_scopes_that_many_want_at_once_are_asked_for_once(
    client: ShopifyClient, server: Server
) -> None:
    server.will_answer(scopes("read_orders"))
    with ThreadPoolExecutor(8) as pool:
        held = list(pool.map(lambda _: client.view().granted_scopes(), range(8)))
    assert held == [{"read_orders"}] * 8
    assert len(server.requests) == 1


def test_figures_of_a_view_are_its_own_and_count_in_the_whole(
    client: ShopifyClient, server: Server
) -> None:
    def used(points: float, reason: str = "") -> Scripted:
        headers = {"X-Shopify-API-Deprecated-Reason": reason}
        return graphql(SHOP, extensions=cost(points, points), headers=headers)

    server.will_answer(used(3, "Shop.a"), used(4, "Shop.b"), used(5))
    first, second = client.view(), client.view()
    first.execute(QUERY)
    second.execute(QUERY)
    client.execute(QUERY)
    assert (first.points_spent, first.requests_sent) == (3, 1)
    assert (second.points_spent, second.requests_sent) == (4, 1)
    assert (client.points_spent, client.requests_sent) == (12, 3)
    assert (first.deprecations, second.deprecations) == ({"Shop.a": 1}, {"Shop.b": 1})
    assert client.deprecations == {"Shop.a": 1, "Shop.b": 1}


def test_each_view_tells_whom_it_was_told_to_tell(
    make_client: Callable[..., ShopifyClient], server: Server
) -> None:
    client = make_client()
    first, second = client.view(), client.view()
    lines: dict[str, list[str]] = {"a": [], "b": []}
    server.will_answer(Scripted(status=503), FINE, Scripted(status=503), FINE)
    with (
        first.waiter.told_to(lines["a"].append, work="stream a"),
        second.waiter.told_to(lines["b"].append, work="stream b"),
    ):
        first.execute(QUERY)
        second.execute(QUERY)
    for name, told in lines.items():
        assert told
        assert all(line.startswith(f"stream {name}: ") for line in told)


def test_a_shop_that_one_view_gives_up_is_given_up_by_all(
    client: ShopifyClient, server: Server
) -> None:
    first, second = client.view(), client.view()
    first.give_up("the shop is frozen")
    for each in (client, first, second, client.view()):
        with pytest.raises(ShopUnavailable, match="the shop is frozen"):
            each.execute(QUERY)
    assert server.requests == []


def test_views_share_the_bucket(
    make_client: Callable[..., ShopifyClient], server: Server, time: Time
) -> None:
    """What one has spent, another waits for."""
    client = make_client()
    empty = cost(50, 50, available=10, rate=50)
    server.will_answer(graphql(SHOP, extensions=empty), FINE)
    client.view().execute(QUERY, cost=50)
    assert time.sleeps == []
    client.view().execute(QUERY, cost=60)
    assert sum(time.sleeps) >= 0.7
