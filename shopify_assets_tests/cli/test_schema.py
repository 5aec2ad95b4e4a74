"""`schema check` and `schema versions`: other versions, and where they differ."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from graphql import introspection_from_schema

from shopify_assets.catalog.fitting import unreadable
from shopify_assets.catalog.pin import facts, read_facts
from shopify_assets.catalog.schema import PINNED_VERSION, load_schema, pinned_versions
from shopify_assets.simulator.graphql.wire import executable
from shopify_assets.streams import STREAMS
from shopify_assets_tests.cli.conftest import entry
from shopify_assets_tests.stage import EMBER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shopify_assets.simulator.http.server import Simulator
    from shopify_assets_tests.cli.conftest import Called

MISTAKE, FAILURE = 2, 1
NAMES = [stream.name for stream in STREAMS]
EARLIER = max(each for each in pinned_versions() if each < PINNED_VERSION)


def test_versions_are_listed_with_their_end(
    call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = call("schema", "versions", "--json").json
    assert [each["version"] for each in listed] == pinned_versions()
    (in_use,) = (each for each in listed if each["in_use"])
    assert in_use["version"] == PINNED_VERSION
    assert listed[-1] == {
        "version": "unstable",
        "in_use": False,
        "released": None,
        "served_until": None,
    }
    monkeypatch.setenv("SHOPIFY_API_VERSION", pinned_versions()[0])
    for_people = call("schema", "versions").out.splitlines()
    assert for_people[0].endswith("in use")
    assert for_people[-1] == "unstable  always served"


def test_every_stream_is_compared_with_every_pinned_version(
    call: Callable[..., Called],
) -> None:
    """What an older version lacks fails nothing; the version in use is whole."""
    found = call("schema", "check", "--json")
    assert found.code == 0
    compared = [(each["stream"], each["version"]) for each in found.json]
    assert compared == [(name, each) for name in NAMES for each in pinned_versions()]
    in_use = [each for each in found.json if each["version"] == PINNED_VERSION]
    assert [each["seen"] for each in in_use] == [[]] * len(STREAMS)
    tokens = {
        each["version"]: [seen["thing"] for seen in each["seen"]]
        for each in found.json
        if each["stream"] == "orders" and each["version"] < "2026-07"
    }
    assert all("Order.cartToken" in things for things in tokens.values())


def test_people_see_a_table_and_each_difference(call: Callable[..., Called]) -> None:
    found = call("schema", "check")
    assert found.code == 0
    assert all(version in found.out for version in pinned_versions())
    assert found.out.splitlines()[-1].startswith(f"{len(STREAMS)} streams compared; ")


@pytest.fixture(scope="module")
def introspection() -> dict[str, Any]:
    """The version in use, as an API would tell it."""
    return {"data": introspection_from_schema(executable())}


def without(introspection: dict[str, Any], owner: str, field: str) -> dict[str, Any]:
    """The introspection of a version in which a field is gone."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(introspection))
    for each in found["data"]["__schema"]["types"]:
        if each["name"] == owner:
            each["fields"] = [one for one in each["fields"] if one["name"] != field]
    return found


def test_a_new_introspection_that_breaks_a_stream_is_told_and_fails(
    call: Callable[..., Called], place: Path, introspection: dict[str, Any]
) -> None:
    file = place / "admin_2031-01.json.gz"
    file.write_bytes(gzip.compress(msgspec.json.encode(introspection)))
    fine = call("schema", "check", "--file", str(file))
    assert (fine.code, fine.err) == (0, "")
    assert fine.out == (
        f"{len(STREAMS)} streams compared; {len(STREAMS)} meet nothing new\n"
    )
    changed = without(introspection, "TenderTransaction", "paymentMethod")
    file.write_bytes(gzip.compress(msgspec.json.encode(changed)))
    found = call("schema", "check", "--file", str(file))
    assert found.code == FAILURE
    told = "field is not there: TenderTransaction.paymentMethod at "
    assert f"2031-01 breaks     {told}tender_transactions.paymentMethod" in found.out
    assert "broken: tender_transactions on 2031-01; mend the declarations" in found.err


def test_a_live_shop_is_asked_for_its_schema(
    call: Callable[..., Called], place: Path, simulator: Simulator
) -> None:
    """It answers the version asked for; what it told can be kept, and pinned later."""
    (place / "shops.toml").write_text(entry(simulator, EMBER), "utf-8")
    kept = place / f"admin_{PINNED_VERSION}.json.gz"
    asked = ("schema", "check", "--introspect", "--shop", EMBER)
    found = call(*asked, "--save", str(kept), "--json")
    assert (found.code, found.err) == (0, "")
    assert [(each["stream"], each["version"], each["seen"]) for each in found.json] == [
        (name, PINNED_VERSION, []) for name in NAMES
    ]
    pinned = load_schema().types
    assert facts(msgspec.json.decode(gzip.decompress(kept.read_bytes()))).keys() == (
        pinned.keys()
    )
    read = read_facts(kept, pinned)
    assert read["Order"] == pinned["Order"]
    assert read["QueryRoot"] == pinned["QueryRoot"]


def test_a_shop_that_answers_another_version_is_an_error(
    call: Callable[..., Called], place: Path, simulator: Simulator
) -> None:
    (place / "shops.toml").write_text(entry(simulator, EMBER), "utf-8")
    asked = ("schema", "check", "--introspect", "--shop", EMBER)
    found = call(*asked, "--api-version", "2020-01")
    assert found.code == FAILURE
    assert f"shop '{EMBER}' answered by API version " in found.err
    assert "not 2020-01 as asked" in found.err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no JSON", "is not JSON"),
        (b'{"data": {}}', "is no introspection: it has no data.__schema"),
    ],
)
def test_a_file_that_is_no_introspection_is_refused(
    call: Callable[..., Called], place: Path, content: bytes, told: str
) -> None:
    file = place / "admin_2031-01.json"
    file.write_bytes(content)
    refused = call("schema", "check", "--file", str(file))
    assert refused.code == MISTAKE
    assert told in refused.err


@pytest.mark.parametrize(
    "arguments",
    [("--introspect",), ("--shop", EMBER), ("--file", "f", "--introspect")],
    ids=["no shop", "shop without introspection", "two sources"],
)
def test_it_is_either_a_file_or_a_shop(
    call: Callable[..., Called], place: Path, arguments: tuple[str, ...]
) -> None:
    (place / "f").write_text("{}", "utf-8")
    refused = call("schema", "check", *arguments)
    assert refused.code == MISTAKE
    assert "ask a shop by --introspect --shop, or compare with a --file" in refused.err


def test_an_earlier_version_may_be_used(
    call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The streams are there without what it lacks, and the doctor says so."""
    earlier = pinned_versions()[0]
    monkeypatch.setenv("SHOPIFY_API_VERSION", earlier)
    listed = {each["name"]: each for each in call("streams", "--json").json}
    assert "cart_token" not in listed["orders"]["tables"]["orders"]
    seen = {each["thing"]: each["seen"] for each in call("doctor", "--json").json}
    assert f"API version {earlier} lacks: " in seen["streams"]
    assert "orders without Order.cartToken, Order.checkoutToken" in seen["streams"]
    assert call("schema", "check").code == 0


def test_a_live_shop_is_held_against_the_earlier_version_that_is_used(
    call: Callable[..., Called], place: Path, simulator: Simulator
) -> None:
    """The simulator tells the newest schema whatever is asked: more than was asked."""
    (place / "shops.toml").write_text(entry(simulator, EMBER), "utf-8")
    asked = ("schema", "check", "--introspect", "--shop", EMBER, "--json")
    found = call(*asked, "--api-version", EARLIER)
    assert (found.code, found.err) == (0, "")
    read = {each.name for each in STREAMS} - unreadable(STREAMS, EARLIER).keys()
    assert {(each["stream"], each["version"]) for each in found.json} == {
        (name, EARLIER) for name in read
    }
    assert {each["effect"] for each in found.json} <= {None, "changes", "deprecated"}
