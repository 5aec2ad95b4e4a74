"""The simulator as a program: its pages, its demo, its command line."""

from __future__ import annotations

import sys
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING

import pytest
import requests

from shopify_assets.settings import ClientCredentials, RefreshToken, StoredToken
from shopify_assets.shops_file import load_shops
from shopify_assets.simulator.demo import (
    DEMO_SHOPS,
    demo_shops,
    environment,
    shops_toml,
)

if TYPE_CHECKING:
    from pathlib import Path

    from shopify_assets_tests.simulator.conftest import Asker


def test_the_front_page_tells_how_to_reach_the_shops(ember: Asker) -> None:
    page = requests.get(f"{ember.simulator.url}/", timeout=10).json()
    shop = page["shops"][ember.domain]
    assert shop["records"]["Order"] == 400
    reply = requests.post(
        shop["graphql"],
        json={"query": "{ shop { name } }"},
        headers={"X-Shopify-Access-Token": shop["access_token"]},
        timeout=10,
    )
    assert reply.json()["data"] == {"shop": {"name": "Ember"}}
    health = requests.get(f"{ember.simulator.url}/health", timeout=10)
    assert health.json() == {"status": "ok", "shops": 3}


def test_the_demos_entries_are_a_valid_shops_file(tmp_path: Path) -> None:
    file = tmp_path / "shops.toml"
    file.write_text(shops_toml("http://127.0.0.1:8080"), "utf-8")
    shops = load_shops(file)
    assert [shop.domain for shop in shops] == [shop.domain for shop in DEMO_SHOPS]
    kinds = [StoredToken, ClientCredentials, RefreshToken]
    assert [type(shop.authentication) for shop in shops] == kinds
    named = {name for shop in shops for name in vars(shop.authentication).values()}
    assert named == set(environment())
    assert shops[0].base_url == "http://127.0.0.1:8080/shops/ember.myshopify.com"


@pytest.mark.parametrize("count", [1, 3, 5])
def test_as_many_shops_as_asked_for_are_made(count: int) -> None:
    shops = demo_shops(count, 10)
    assert len({shop.domain for shop in shops}) == count
    assert {shop.orders for shop in shops} == {10}


def test_the_program_serves_until_it_is_interrupted() -> None:
    command = [
        sys.executable,
        "-m",
        "shopify_assets.simulator",
        "--port",
        "0",
        "--orders",
        "20",
    ]
    with Popen(command, stdout=PIPE, text=True) as program:  # noqa: S603 -- our own
        assert program.stdout is not None
        line = program.stdout.readline()
        url = line.split()[-1]
        assert requests.get(f"{url}/health", timeout=10).ok
        program.terminate()
