"""Simulated shops for these tests, and the shortest way to ask them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from shopify_assets.simulator.http.server import SimulatedShop, Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

END = datetime(2026, 11, 1, tzinfo=UTC)
EMBER, YUKI, LUMEN = (f"{name}.myshopify.com" for name in ("ember", "yuki", "lumen"))
SHOPS = (
    SimulatedShop(EMBER, orders=400, seed=1, end=END, plan="enterprise"),
    SimulatedShop(
        YUKI, currency="JPY", orders=200, seed=2, end=END, taxes_included=True
    ),
    SimulatedShop(
        LUMEN,
        currency="EUR",
        presentment_currencies=("USD", "GBP", "KWD"),
        orders=300,
        seed=3,
        end=END,
        plan="enterprise",
    ),
)


@dataclass
class Clock:
    """A clock that tests move."""

    now: datetime = END + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Asker:
    """Asks one shop of a simulator."""

    simulator: Simulator
    domain: str
    session: requests.Session = field(default_factory=requests.Session)

    def send(self, query: str, token: str | None = None, **variables: Any) -> Any:
        spec = self.simulator.store(self.domain).spec
        return self.session.post(
            f"{self.simulator.base_url(self.domain)}/admin/api/2026-10/graphql.json",
            json={"query": query, "variables": variables},
            headers={"X-Shopify-Access-Token": token or spec.access_token},
            timeout=10,
        )

    def answer(self, query: str, **variables: Any) -> dict[str, Any]:
        reply = self.send(query, **variables)
        assert reply.status_code == 200, reply.text
        body: dict[str, Any] = reply.json()
        return body

    def data(self, query: str, **variables: Any) -> Any:
        body = self.answer(query, **variables)
        assert "errors" not in body, body["errors"]
        return body["data"]

    def submit(self, query: str, arguments: str = "") -> dict[str, Any]:
        text = """mutation($q: String!) {
            bulkOperationRunQuery(query: $q %s) {
                bulkOperation { id status } userErrors { code field message } } }"""
        made: dict[str, Any] = self.data(text % arguments, q=query)
        payload: dict[str, Any] = made["bulkOperationRunQuery"]
        return payload

    def operation(self, gid: str) -> dict[str, Any]:
        text = """query($id: ID!) { bulkOperation(id: $id) {
            id status errorCode objectCount rootObjectCount fileSize url
            partialDataUrl completedAt } }"""
        found: dict[str, Any] = self.data(text, id=gid)["bulkOperation"]
        return found

    def run(self, query: str, arguments: str = "") -> dict[str, Any]:
        """Submit a bulk query, and poll it to its end."""
        submitted = self.submit(query, arguments)
        assert submitted["userErrors"] == []
        gid = submitted["bulkOperation"]["id"]
        give_up = time.monotonic() + 20
        while (found := self.operation(gid))["status"] in {"CREATED", "RUNNING"}:
            assert time.monotonic() < give_up, found
            time.sleep(0.01)
        return found

    def lines(self, operation: dict[str, Any]) -> list[bytes]:
        """The lines of an operation's file."""
        reply = self.session.get(operation["url"], timeout=10)
        assert reply.status_code == 200
        return reply.content.splitlines()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def shared() -> Iterator[Simulator]:
    """Three shops that no test changes."""
    with Simulator(SHOPS, clock=Clock()) as simulator:
        yield simulator


@pytest.fixture
def ember(shared: Simulator) -> Asker:
    return Asker(shared, EMBER)


@pytest.fixture
def own(clock: Clock) -> Iterator[Asker]:
    """A small shop of this test's own, to change and to break."""
    shop = SimulatedShop(EMBER, orders=40, seed=1, end=END)
    with Simulator([shop], clock=clock) as simulator:
        yield Asker(simulator, EMBER)
