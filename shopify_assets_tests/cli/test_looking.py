"""`doctor` and `shops`: what is told, and what is wrong is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopify_assets_tests.cli.conftest import TOKEN, entry
from shopify_assets_tests.stage import EMBER, LUMEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shopify_assets.simulator.http.server import Simulator
    from shopify_assets_tests.cli.conftest import Called

MISTAKE, FAILURE = 2, 1


def test_doctor_finds_all_well(
    call: Callable[..., Called], place: Path, simulator: Simulator
) -> None:
    (place / "shops.toml").write_text(entry(simulator, EMBER), "utf-8")
    found = call("doctor", "--json")
    assert (found.code, found.err) == (0, "")
    assert [each["thing"] for each in found.json if each["well"]] == [
        "streams",
        "disk of the state folder",
        "disk of the lake",
        "disk of temporary files",
        "who may read the state folder",
        "lake",
        "warehouse",
        "set aside",
        "times",
        f"shop {EMBER}",
    ]


def test_doctor_tells_of_token_pairs(
    call: Callable[..., Called],
    place: Path,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before there is one, when there is, and when others can read or it is damaged."""
    named = ("client_id_env", "client_secret_env", "refresh_token_env")
    rotating = "\n".join(f'{key} = "{key.upper()}"' for key in named)
    fixed = 'access_token_env = "TOKEN"'
    written = entry(simulator, EMBER).replace(fixed, rotating)
    (place / "shops.toml").write_text(written, "utf-8")
    monkeypatch.setenv("CLIENT_ID_ENV", "simulated-app")
    monkeypatch.setenv("CLIENT_SECRET_ENV", "shpss_simulated")
    monkeypatch.setenv("REFRESH_TOKEN_ENV", "shprt_simulated")
    assert _seen(call, f"token pair of {EMBER}").startswith("none yet")
    assert _seen(call, f"token pair of {EMBER}").startswith("stored; expires at 20")
    folder = place / ".shopify_assets" / "tokens"
    assert _seen(call, "tokens") == f"{folder} is open to its owner alone"
    (file,) = folder.glob("*.json")
    file.chmod(0o644)
    file.write_text("{", "utf-8")
    found = call("doctor", "--json")
    assert found.code == FAILURE
    ill = {each["thing"]: each["seen"] for each in found.json if not each["well"]}
    assert ill["tokens"] == f"{file} is open to others (mode 644): chmod 600 {file}"
    assert "the pair before is traded again" in ill[f"token pair of {EMBER}"]
    # The access to the shop, looked at last, has traded it.
    assert _seen(call, f"token pair of {EMBER}").startswith("stored; expires at 20")
    for secret in ("shprt_", "shpat_", "shpss_"):
        assert secret not in found.out + found.err


def _seen(call: Callable[..., Called], thing: str) -> str:
    found = call("doctor", "--json")
    assert found.code == 0, found.out
    seen: str = {each["thing"]: each["seen"] for each in found.json}[thing]
    return seen


def test_doctor_tells_what_is_wrong_with_each_thing(
    call: Callable[..., Called],
    place: Path,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One shop lacks a scope, another refuses the token, the warehouse is away."""
    wanted = entry(simulator, EMBER, 'streams = ["orders", "products"]')
    shops = wanted + entry(simulator, LUMEN).replace("TOKEN", "OTHER")
    (place / "shops.toml").write_text(shops, "utf-8")
    monkeypatch.setenv("OTHER", "shpat_another")
    monkeypatch.setenv("WAREHOUSE_URL", "postgresql://me:sesame@127.0.0.1:9/data")
    simulator.grant(EMBER, "read_products")
    found = call("doctor", "--json")
    assert found.code == FAILURE
    seen = {each["thing"]: each["seen"] for each in found.json if not each["well"]}
    assert "127.0.0.1:9/data" in seen["warehouse"]
    assert "read_orders" in seen[f"shop {EMBER}"]
    assert "refuses the access token" in seen[f"shop {LUMEN}"]
    assert "checks failed" in found.err
    for secret in ("sesame", "shpat_another", TOKEN):
        assert secret not in found.out + found.err


def test_doctor_is_content_with_the_streams_that_a_shop_lets_us_read(
    call: Callable[..., Called], place: Path, simulator: Simulator
) -> None:
    """Nobody asked for the others by name; it says what to grant to have them."""
    (place / "shops.toml").write_text(entry(simulator, EMBER), "utf-8")
    simulator.grant(EMBER, "read_products", "read_orders")
    found = call("doctor", "--json")
    assert found.code == 0
    seen = {each["thing"]: each["seen"] for each in found.json}[f"shop {EMBER}"]
    assert "more grant read_" in seen
    assert "read_customers" in seen
    assert "only the last 60 days: read_all_orders is not granted" in seen


def test_doctor_without_shops_says_how_to_add_one(call: Callable[..., Called]) -> None:
    found = call("doctor")
    assert found.code == FAILURE
    assert "shops.toml lists none; add one: shopify-assets shops add" in found.out


def test_a_shop_that_does_not_answer_is_named(
    call: Callable[..., Called],
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    simulator: Simulator,
) -> None:
    """A host without such a shop, and one whose secret is not set."""
    gone = entry(simulator, EMBER).replace("/shops/ember", "/shops/gone")
    (place / "shops.toml").write_text(gone, "utf-8")
    found = call("shops", "check")
    assert found.code == FAILURE
    assert f"FAIL {EMBER}: shop '{EMBER}' does not exist or is closed" in found.out
    monkeypatch.delenv("TOKEN")
    found = call("shops", "check")
    assert "environment variable TOKEN is not set" in found.out


def test_a_misspelt_stream_of_a_shop_is_told(
    call: Callable[..., Called], place: Path, simulator: Simulator
) -> None:
    misspelt = entry(simulator, EMBER, 'streams = ["orders", "ordrs"]')
    (place / "shops.toml").write_text(misspelt, "utf-8")
    found = call("doctor")
    assert found.code == FAILURE
    told = f"FAIL shop {EMBER}: stream 'ordrs' is unknown; did you mean orders"
    assert told in found.out


def test_shops_are_added_listed_and_checked(
    call: Callable[..., Called], simulator: Simulator
) -> None:
    url = simulator.base_url(EMBER)
    added = call(
        *("shops", "add", EMBER, "--access-token-env", "TOKEN"),
        *("--base-url", url, "--start-date", "2026-02-01"),
    )
    assert added.code == 0
    assert f"{EMBER} added to" in added.out
    [listed] = call("shops", "list", "--json").json
    assert listed["domain"] == EMBER
    assert listed["start_date"] == "2026-02-01"
    assert listed["authentication"] == {"access_token_env": "TOKEN"}
    checked = call("shops", "check", "--shop", EMBER)
    assert (checked.code, checked.out[:4]) == (0, "ok  ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((EMBER,), "give access_token_env, or client_id_env"),
        (("ember.example.com", "--access-token-env", "X"), "must look like my-store"),
        (
            (EMBER, "--access-token-env", "X", "--start-date", "yesterday"),
            "start_date must look like 2024-01-31, not 'yesterday'",
        ),
        (
            (EMBER, "--access-token-env", "X", "--base-url", "ember"),
            "base_url must look like https://host or https://host:port/path",
        ),
        (
            (EMBER, "--access-token-env", "shpat_0123abcd"),
            "access_token_env must name an environment variable, but a secret stands",
        ),
    ],
)
def test_a_shop_that_is_described_wrongly_is_not_added(
    call: Callable[..., Called], place: Path, arguments: tuple[str, ...], told: str
) -> None:
    refused = call("shops", "add", *arguments)
    assert refused.code == MISTAKE
    assert told in refused.err
    assert "0123abcd" not in refused.out + refused.err
    assert list(place.glob("shops*")) == []


def test_a_shop_is_not_added_twice(
    call: Callable[..., Called], place: Path, simulator: Simulator
) -> None:
    file = place / "shops.toml"
    before = "# mine\n" + entry(simulator, EMBER)
    file.write_text(before, "utf-8")
    refused = call("shops", "add", EMBER, "--access-token-env", "TOKEN")
    assert refused.code == MISTAKE
    assert f"{file}: shop '{EMBER}' is listed more than once" in refused.err
    assert file.read_text("utf-8") == before


def test_a_shop_is_added_beside_an_entry_that_is_wrong(
    call: Callable[..., Called], place: Path, simulator: Simulator
) -> None:
    """That one is told, and stops neither the adding nor the looking at others."""
    file = place / "shops.toml"
    file.write_text(f'[[shops]]\ndomain = "{LUMEN}"\n', "utf-8")
    url = ("--base-url", simulator.base_url(EMBER))
    assert call("shops", "add", EMBER, "--access-token-env", "TOKEN", *url).code == 0
    listed = call("shops", "list")
    assert listed.code == FAILURE
    assert EMBER in listed.out
    assert f"left out: {file}: entry 1, shop '{LUMEN}': give access_tok" in listed.err
    checked = call("shops", "check")
    assert checked.code == FAILURE
    assert f"ok   {EMBER}: " in checked.out
    assert f"FAIL {file}: entry 1, shop '{LUMEN}'" in checked.out


def test_shops_that_are_out_of_reach_are_told_by_reason(
    call: Callable[..., Called], place: Path, simulator: Simulator
) -> None:
    """A port that nobody listens on, and a name that nobody has."""
    port, name = ("http://127.0.0.1:9", "https://nowhere.invalid")
    here = simulator.base_url(EMBER)
    refused = entry(simulator, EMBER).replace(here, port)
    unknown = entry(simulator, LUMEN).replace(simulator.base_url(LUMEN), name)
    (place / "shops.toml").write_text(refused + unknown, "utf-8")
    found = call("shops", "check")
    assert f"FAIL {EMBER}: no connection to 127.0.0.1:9: connection ref" in found.out
    assert f"FAIL {LUMEN}: no connection to nowhere.invalid: its name is" in found.out


@pytest.mark.parametrize(
    "arguments",
    [("backfill", "--shop", LUMEN), ("sync", "--shop", LUMEN),
     ("shops", "check", "--shop", LUMEN)],
)  # fmt: skip
def test_an_unknown_shop_is_named_with_those_known(
    call: Callable[..., Called],
    place: Path,
    simulator: Simulator,
    arguments: tuple[str, ...],
) -> None:
    (place / "shops.toml").write_text(entry(simulator, EMBER), "utf-8")
    refused = call(*arguments)
    assert refused.code == MISTAKE
    assert f"shop '{LUMEN}' is not in " in refused.err
    assert f"(listed: {EMBER})" in refused.err


@pytest.mark.parametrize(
    ("streams", "arguments", "told"),
    [
        (
            "",
            ("--select", "order"),
            "stream 'order' is unknown; did you mean orders",
        ),
        (
            "",
            ("--start-date", "2026-03-02", "--end-date", "2026-03-01"),
            "--start-date 2026-03-02 is after --end-date 2026-03-01",
        ),
        ("", ("--start-date", "02.03.2026"), "does not match the format '%Y-%m-%d'"),
        (
            'streams = ["orders", "ordrs"]',
            (),
            f"shop '{EMBER}': stream 'ordrs' is unknown; did you mean orders",
        ),
        (
            'streams = ["orders"]',
            ("--select", "locations"),
            f"none of the streams asked for is extracted for shop '{EMBER}'",
        ),
    ],
    ids=["no stream", "dates reversed", "no date", "misspelt in the file", "left out"],
)
def test_a_wrong_request_is_refused_before_anything_runs(  # noqa: PLR0913, PLR0917 -- fixtures
    call: Callable[..., Called],
    place: Path,
    simulator: Simulator,
    streams: str,
    arguments: tuple[str, ...],
    told: str,
) -> None:
    (place / "shops.toml").write_text(entry(simulator, EMBER, streams), "utf-8")
    refused = call("backfill", *arguments)
    assert refused.code == MISTAKE
    assert told in refused.err
    assert simulator.requests(EMBER).graphql == 0


def test_an_empty_shops_file_says_how_to_add_a_shop(
    call: Callable[..., Called],
) -> None:
    refused = call("sync")
    assert refused.code == MISTAKE
    assert "no shop is in" in refused.err
    assert "shopify-assets shops add" in refused.err


def test_a_token_that_cannot_be_sent_stops_its_shop_alone_and_at_once(
    call: Callable[..., Called],
    place: Path,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is sent to that shop; what the variable holds is not shown."""
    shops = entry(simulator, EMBER) + entry(simulator, LUMEN).replace("TOKEN", "OTHER")
    (place / "shops.toml").write_text(shops, "utf-8")
    monkeypatch.setenv("OTHER", "shpat_another\r\nX-Evil: sesame")
    seen = call("shops", "check")
    assert seen.code == FAILURE
    lines = {line.split(":")[0]: line for line in seen.out.splitlines()}
    assert lines[f"ok   {EMBER}"]
    told = lines[f"FAIL {LUMEN}"]
    assert "environment variable OTHER holds a line break" in told
    assert simulator.store(LUMEN).requests.graphql == 0
    for secret in ("shpat_another", "sesame", TOKEN):
        assert secret not in seen.out + seen.err
