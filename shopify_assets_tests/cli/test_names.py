"""Names as people type them: lists, and what a misspelt one may have meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopify_assets.cli.names import nearest, refuse_unknown
from shopify_assets.errors import ConfigurationError
from shopify_assets.streams import STREAMS
from shopify_assets_tests.cli.conftest import entry
from shopify_assets_tests.stage import EMBER, LUMEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shopify_assets.simulator.http.server import Simulator
    from shopify_assets_tests.cli.conftest import Called

NAMES = [stream.name for stream in STREAMS]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("order", "orders"), ("costumers", "customers"), ("Products", "products")],
)
def test_the_nearest_name_comes_first(typed: str, meant: str) -> None:
    assert nearest(typed, NAMES)[0] == meant


def test_a_shop_may_be_meant_by_its_first_word() -> None:
    assert nearest("ember", [LUMEN, EMBER]) == [EMBER]
    assert nearest("zzz", NAMES) == []


def test_all_unknown_names_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        refuse_unknown(["ordrs", "locations", "prodcts"])
    assert "'ordrs' is unknown; did you mean orders" in str(caught.value)
    assert "'prodcts' is unknown; did you mean products" in str(caught.value)
    assert "shopify-assets streams" in str(caught.value)


def test_a_family_is_told_with_its_streams() -> None:
    with pytest.raises(ConfigurationError, match="is a family of streams") as caught:
        refuse_unknown(["payments"])
    family = [stream.name for stream in STREAMS if stream.family == "payments"]
    assert f"--select {','.join(family)}" in str(caught.value)


def test_names_may_be_separated_by_commas_or_repeated(
    call: Callable[..., Called],
) -> None:
    by_comma = call("streams", "--select", "orders, locations,orders", "--json")
    repeated = call("streams", "--select", "orders", "--select", "locations", "--json")
    assert by_comma.json == repeated.json
    assert {each["name"] for each in by_comma.json} == {"orders", "locations"}


def test_a_misspelt_shop_is_refused_with_the_one_that_was_meant(
    call: Callable[..., Called], place: Path, simulator: Simulator
) -> None:
    (place / "shops.toml").write_text(entry(simulator, EMBER), "utf-8")
    refused = call("backfill", "--shop", "embr.myshopify.com")
    assert refused.code == 2
    assert f"did you mean {EMBER}?" in refused.err
    assert simulator.requests(EMBER).graphql == 0
