"""The simulator as a server in a thread.

Charter: starting, stopping, and handing out the oracle and the counters of each shop.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

import uvicorn

from shopify_assets.errors import ConfigurationError
from shopify_assets.simulator.http.app import Door
from shopify_assets.simulator.http.certificates import Certificate
from shopify_assets.simulator.shop.store import Store
from shopify_assets.simulator.shop.truth import Truth
from shopify_assets.simulator.world.spec import SimulatedShop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from shopify_assets.simulator.faults import Fault
    from shopify_assets.simulator.shop.counters import Requests

__all__ = ["SimulatedShop", "Simulator"]

_START_SECONDS = 20


def wall_clock() -> datetime:
    """The real time."""
    return datetime.now(UTC)


class _Server(uvicorn.Server):
    """A server that ends its connections, even those whose client says no goodbye."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


class Simulator:
    """Simulated shops behind one port of this machine.

    Args:
        shops: what to simulate.
        port: the port to listen on; 0 takes a free one.
        clock: tells the time, for headers, tokens, buckets and new records.
        tls: answer `https` only, by a certificate made for the shops' domains.

    Attributes:
        authority: the file a client must trust, while TLS is served.
    """

    def __init__(
        self,
        shops: Sequence[SimulatedShop],
        *,
        port: int = 0,
        clock: Callable[[], datetime] = wall_clock,
        tls: bool = False,
    ) -> None:
        self._stores = {shop.domain: Store(shop, clock=clock) for shop in shops}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._port = port
        self._tls = tls
        self.authority: Path | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it listens, such as `http://127.0.0.1:8080`."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def domains(self) -> list[str]:
        """The shops' domains."""
        return list(self._stores)

    def base_url(self, domain: str) -> str:
        """What stands in for `https://<domain>`."""
        return f"{self.url}/shops/{self.store(domain).spec.domain}"

    def store(self, domain: str) -> Store:
        """The running shop."""
        try:
            return self._stores[domain]
        except KeyError:
            known = ", ".join(self._stores)
            message = f"shop {domain!r} is not simulated; simulated are {known}"
            raise ConfigurationError(message) from None

    def truth(self, domain: str) -> Truth:
        """The oracle of a shop."""
        return Truth(self.store(domain))

    def requests(self, domain: str) -> Requests:
        """The counters of a shop."""
        return self.store(domain).requests

    def arm(self, domain: str, *faults: Fault) -> None:
        """Let something go wrong at a shop."""
        for fault in faults:
            self.store(domain).faults.arm(fault)

    def grant(self, domain: str, *scopes: str) -> None:
        """Let the app hold these scopes of a shop only."""
        self.store(domain).grant(*scopes)

    def approve(self, domain: str, *kinds: str) -> None:
        """Let the app be approved for these kinds of customer data only."""
        self.store(domain).approve(*kinds)

    def start(self) -> Self:
        """Listen, and return once requests are answered."""
        listening = socket.create_server(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        self._folder = tempfile.TemporaryDirectory(prefix="simulator-")
        folder = Path(self._folder.name)
        for store in self._stores.values():
            store.bulk.serve(folder, self.url)
        proof = Certificate.made(folder, self._stores) if self._tls else None
        self.authority = proof.authority if proof else None
        config = uvicorn.Config(
            Door(self._stores).app(),
            log_level="error",
            access_log=False,
            lifespan="off",
            ws="none",
            date_header=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            ssl_certfile=proof.chain if proof else None,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [listening]},
            name="simulator",
            daemon=True,
        )
        self._thread.start()
        self._await_start()
        return self

    def _await_start(self) -> None:
        give_up = time.monotonic() + _START_SECONDS
        while self._server is not None and not self._server.started:
            if time.monotonic() > give_up or not (
                self._thread and self._thread.is_alive()
            ):
                raise ConfigurationError(f"the simulator did not start on {self.url}")
            time.sleep(0.005)

    def stop(self) -> None:
        """Stop listening, and remove all files."""
        for store in self._stores.values():
            store.stop()
        if self._server is not None and self._thread is not None:
            # Requests that our own end cuts short are no error to tell of.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            self._server.should_exit = True
            self._thread.join(timeout=_START_SECONDS)
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
