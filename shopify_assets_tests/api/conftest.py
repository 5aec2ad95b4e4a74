"""A server, a clock that only moves when told, and clients that use both."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.api.auth import FixedToken
from shopify_assets.api.client import ShopifyClient
from shopify_assets.api.retry import RetryConfig
from shopify_assets.api.wire import Timeouts
from shopify_assets.settings import Secret, Shop, StoredToken
from shopify_assets_tests.api.server import VERSION, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOMAIN = "my-store.myshopify.com"
# Of no known look: what hides it must know it.
TOKEN = "token-0123456789abcdef"

# Waits without jitter, so that tests can name them.
PLAIN = RetryConfig(jitter=0.0)

# When the clock of these tests begins, which is also when the server answers.
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Time:
    """A clock that moves by sleeping only, for any number of threads."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.ahead = timedelta()
        self.sleeps: list[float] = []
        self._lock = threading.Lock()

    def clock(self) -> float:
        return self.now

    def wall(self) -> datetime:
        """The time of day, which may be wrong by `ahead`."""
        return NOON + self.ahead

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.sleeps.append(round(seconds, 3))
            self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of this test's own, stopped with it."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()


def shop_at(server: Server, **more: Any) -> Shop:
    """The shop whose Admin API the server plays."""
    authentication = more.pop("authentication", StoredToken("TOKEN"))
    return Shop(DOMAIN, authentication=authentication, base_url=server.url, **more)


@pytest.fixture
def make_client(server: Server, time: Time) -> Iterator[Callable[..., ShopifyClient]]:
    """Makes clients of the server's shop and closes them."""
    made = []

    def make(**more: Any) -> ShopifyClient:
        settings = {
            "api_version": VERSION,
            "token": FixedToken(Secret(TOKEN)),
            "retry": PLAIN,
            "clock": time.clock,
            "sleep": time.sleep,
            "now": time.wall,
            "timeouts": Timeouts(connect=1.0, read=5.0),
        }
        shop = more.pop("shop", shop_at(server))
        made.append(ShopifyClient(shop, **{**settings, **more}))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., ShopifyClient]) -> ShopifyClient:
    """A client of the server's shop."""
    return make_client()
