"""A secret is sent by https, or to this machine, and where it is sent is plain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopify_assets.addresses import fault_of
from shopify_assets.errors import ConfigurationError
from shopify_assets.settings import load_settings
from shopify_assets.shops_file import read_shops

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = [
    "https://ember.myshopify.com",
    "https://ember.myshopify.com:8443/shops/x",
    "HTTPS://Ember.myshopify.com/",
    "http://127.0.0.1:1/shops/ember",
    "http://127.9.9.9",
    "http://[::1]:80/x",
    "http://localhost:3000",
    "https://hooks.example/T0/B1/sesame?thread=1&to=@me",
]


@pytest.mark.parametrize("address", PLAIN)
def test_plain_addresses_are_taken(address: str) -> None:
    assert fault_of(address) is None


HTTP = "must begin with https://"
LOGIN = "must hold no user and no password"
ODD = "must look like https://host"
HOST = "names no valid host"
UNSAFE = [
    # Read by anyone on the way.
    ("http://sesame.example", HTTP),
    ("http://127.0.0.1.sesame.example", HTTP),
    ("http://localhost.sesame.example", HTTP),
    ("http://127.1/sesame", HTTP),
    ("http://2130706433/sesame", HTTP),
    ("http://0.0.0.0/sesame", HTTP),
    ("http://[::ffff:127.0.0.1]/sesame", HTTP),
    ("http://10.0.0.1/sesame", HTTP),
    # A login, or what some take for one.
    ("https://user:sesame@host", LOGIN),
    ("https://sesame@host", LOGIN),
    ("https://ember.myshopify.com@sesame.example", LOGIN),
    ("https://ember.myshopify.com\\@sesame.example", LOGIN),
    ("https://ember.myshopify.com?@sesame.example", LOGIN),
    ("https://ember.myshopify.com#@sesame.example", LOGIN),
    # Read in two ways by two programs.
    ("https://ember.myshopify.com\\.sesame.example", ODD),
    ("https://sesame%2eexample", ODD),
    ("https://ｓesame.example", ODD),
    ("https://se\tsame.example", ODD),
    ("https://sesame.example/\n", ODD),
    (" https://sesame.example", ODD),
    ("https:sesame.example", ODD),
    ("https:/sesame.example", ODD),
    ("https:///sesame.example", ODD),
    ("//sesame.example", ODD),
    ("ftp://sesame.example", ODD),
    ("file:///sesame", ODD),
    ("https://sesame.example/\u202e", ODD),
    ("https://-sesame.example", ODD),
    ("https://[sesame]", ODD),
    ("https://[::1::1]/sesame", HOST),
    ("https://sesame..example", HOST),
    ("https://sesame.example:99999", HOST),
    ("", ODD),
]


@pytest.mark.parametrize(("address", "fault"), UNSAFE)
def test_others_are_refused_without_being_quoted(address: str, fault: str) -> None:
    told = fault_of(address)
    assert told is not None
    assert told.startswith(fault)
    assert "sesame" not in told


@pytest.mark.parametrize(
    ("address", "fault"), [UNSAFE[0], UNSAFE[8], UNSAFE[11], UNSAFE[15]]
)
def test_a_shop_with_such_an_address_is_left_out_alone(
    tmp_path: Path, address: str, fault: str
) -> None:
    entry = "[[shops]]\ndomain = '{}.myshopify.com'\naccess_token_env = 'T'\n"
    file = tmp_path / "shops.toml"
    one, other = entry.format("ember"), entry.format("yuki")
    file.write_text(f"{one}base_url = '{address}'\n{other}", "utf-8")
    found = read_shops(file)
    assert [shop.domain for shop in found.shops] == ["yuki.myshopify.com"]
    (told,) = found.faults
    assert f"base_url {fault}" in told.message
    assert "sesame" not in told.message


def test_a_base_url_has_no_query(tmp_path: Path) -> None:
    file = tmp_path / "shops.toml"
    file.write_text(
        "[[shops]]\ndomain = 'ember.myshopify.com'\naccess_token_env = 'T'\n"
        "base_url = 'https://host/?key=sesame'",
        "utf-8",
    )
    (told,) = read_shops(file).faults
    assert "base_url must hold no query" in told.message
    assert "sesame" not in told.message


@pytest.mark.parametrize(("address", "fault"), UNSAFE[:-1])
def test_no_alert_goes_to_such_an_address(
    tmp_path: Path, address: str, fault: str
) -> None:
    del fault
    with pytest.raises(ConfigurationError, match="SHOPIFY_ASSETS_ALERT_URL") as no:
        load_settings({"SHOPIFY_ASSETS_ALERT_URL": address + "x"}, folder=tmp_path)
    assert "sesame" not in str(no.value)
