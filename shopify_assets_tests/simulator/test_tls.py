"""Simulated shops behind TLS, named by their own domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
import urllib3

from shopify_assets.api.client import connect
from shopify_assets.settings import Shop, StoredToken, load_settings
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.http.server import SimulatedShop, Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EMBER, LUMEN = "ember.myshopify.com", "lumen.myshopify.com"
_PATH = "/admin/api/2026-10/graphql.json"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    shops = [
        SimulatedShop(EMBER, orders=40, access_token="shpat_ember"),
        SimulatedShop(LUMEN, orders=20, access_token="shpat_lumen"),
    ]
    with Simulator(shops, tls=True) as running:
        yield running


def _asked(simulator: Simulator, domain: str, **more: str) -> urllib3.BaseHTTPResponse:
    """Ask a shop by its domain, as if that led here."""
    pool = urllib3.HTTPSConnectionPool(
        "127.0.0.1",
        simulator.port,
        server_hostname=domain,
        assert_hostname=domain,
        ca_certs=str(simulator.authority),
        retries=False,
    )
    token = simulator.store(domain).spec.access_token
    headers = {"Host": domain, "X-Shopify-Access-Token": token, **more}
    query = {"query": "{ shop { myshopifyDomain } }"}
    with pool:
        return pool.request("POST", _PATH, json=query, headers=headers)


@pytest.mark.parametrize("domain", [EMBER, LUMEN])
def test_the_domain_asked_for_chooses_the_shop(
    simulator: Simulator, domain: str
) -> None:
    for host in (domain, f"{domain}:{simulator.port}"):
        reply = _asked(simulator, domain, Host=host)
        assert reply.json()["data"] == {"shop": {"myshopifyDomain": domain}}


def test_a_token_opens_no_other_shop_and_no_other_domain_is_answered(
    simulator: Simulator,
) -> None:
    assert _asked(simulator, EMBER, Host=LUMEN).status == 401
    assert _asked(simulator, EMBER, Host="other.myshopify.com").status == 404


def test_nobody_trusts_it_who_is_not_told_to(simulator: Simulator) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{simulator.url}/health", timeout=10)


def test_the_client_reads_over_tls(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPIFY_ASSETS_HOME", str(tmp_path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(simulator.authority))
    monkeypatch.setenv("EMBER_TOKEN", simulator.store(EMBER).spec.access_token)
    shop = Shop(
        domain=EMBER,
        base_url=simulator.base_url(EMBER),
        authentication=StoredToken(access_token_env="EMBER_TOKEN"),
    )
    simulator.arm(EMBER, Fault(kind=Kind.RESET))  # the first connection is cut
    client = connect(shop, settings=load_settings())
    try:
        answer = client.execute("{ ordersCount { count } }", {}, cost=10)
    finally:
        client.close()
    assert answer.data == {"ordersCount": {"count": 40}}


def test_it_stops_though_a_client_stays_connected() -> None:
    with (
        Simulator([SimulatedShop(EMBER, orders=10)], tls=True) as running,
        requests.Session() as session,
    ):
        health = f"{running.url}/health"
        reply = session.get(health, verify=str(running.authority), timeout=10)
        running.stop()
    assert reply.ok
    assert running.authority is not None
    assert not running.authority.exists()
