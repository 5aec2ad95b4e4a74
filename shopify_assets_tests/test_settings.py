"""Settings: every value has a default, and every wrong one a remedy."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.errors import ConfigurationError
from shopify_assets.limits import USUAL, InputLimits
from shopify_assets.settings import (
    ClientCredentials,
    RefreshToken,
    Secret,
    Settings,
    Shop,
    StoredToken,
    load_settings,
)
from shopify_assets.shops_file import load_shops, read_shops
from shopify_assets.timing import WEEKLY, Timing

if TYPE_CHECKING:
    from pathlib import Path

EMBER = "ember.myshopify.com"


def test_without_an_environment_all_is_embedded(tmp_path: Path) -> None:
    home = tmp_path / ".shopify_assets"
    assert load_settings({}, folder=tmp_path) == Settings(
        home=home,
        warehouse_url=None,
        lake_url=str(home / "lake"),
        shops_file=tmp_path / "shops.toml",
        api_version=PINNED_VERSION,
    )


def test_the_environment_says_otherwise(tmp_path: Path) -> None:
    environment = {
        "SHOPIFY_ASSETS_HOME": "/state",
        "WAREHOUSE_URL": "postgresql://someone:sesame@host/data",
        "LAKE_URL": "s3://lake/prefix",
        "SHOPS_FILE": "mine.toml",
        "SHOPIFY_API_VERSION": "2026-07",
        "SHOPIFY_ASSETS_MAX_SET_ASIDE": "2.5",
        "SHOPIFY_ASSETS_SNAPSHOT_HOURS": "0.5",
        "SHOPIFY_ASSETS_KEEP_RUNS_DAYS": "7",
    }
    found = load_settings(environment, folder=tmp_path)
    assert str(found.home) == "/state"
    assert found.warehouse_url is not None
    assert found.warehouse_url.reveal() == environment["WAREHOUSE_URL"]
    assert found.lake_url == "s3://lake/prefix"
    assert found.shops_file == tmp_path / "mine.toml"
    assert found.api_version == "2026-07"
    assert found.max_set_aside == 0.025
    assert found.snapshot_hours == 0.5
    assert found.keep_runs_days == 7


def test_an_empty_variable_is_an_unset_one(tmp_path: Path) -> None:
    names = ("WAREHOUSE_URL", "LAKE_URL", "SHOPS_FILE")
    empty = dict.fromkeys(names, "")
    default = load_settings({}, folder=tmp_path)
    found = load_settings(empty, folder=tmp_path)
    assert (found.warehouse_url, found.lake_url) == (None, default.lake_url)
    assert found.shops_file == default.shops_file


@pytest.mark.parametrize("value", ["-1", "101", "one", "nan"])
def test_a_share_is_a_number_of_per_cent(tmp_path: Path, value: str) -> None:
    told = f"SHOPIFY_ASSETS_MAX_SET_ASIDE is '{value}'; it is a number of per cent"
    with pytest.raises(ConfigurationError, match=told):
        load_settings({"SHOPIFY_ASSETS_MAX_SET_ASIDE": value}, folder=tmp_path)


@pytest.mark.parametrize("value", ["-1", "nan", "daily", "9000"])
def test_the_time_between_snapshots_is_a_number_of_hours(
    tmp_path: Path, value: str
) -> None:
    told = f"SHOPIFY_ASSETS_SNAPSHOT_HOURS is '{value}'; it is a number of hours"
    with pytest.raises(ConfigurationError, match=told):
        load_settings({"SHOPIFY_ASSETS_SNAPSHOT_HOURS": value}, folder=tmp_path)


@pytest.mark.parametrize("value", ["0", "-3", "1.5", "a week"])
def test_runs_are_kept_for_whole_days(tmp_path: Path, value: str) -> None:
    told = f"SHOPIFY_ASSETS_KEEP_RUNS_DAYS is '{value}'; it is a number of days"
    with pytest.raises(ConfigurationError, match=told):
        load_settings({"SHOPIFY_ASSETS_KEEP_RUNS_DAYS": value}, folder=tmp_path)


def test_secrets_do_not_show(tmp_path: Path) -> None:
    environment = {"TOKEN": "sesame", "WAREHOUSE_URL": "postgresql://me:sesame@host/"}
    found = load_settings(environment, folder=tmp_path)
    assert (
        "sesame" not in f"{found!r} {found} {Secret('sesame')} {found.secret('TOKEN')}"
    )
    assert found.secret("TOKEN").reveal() == "sesame"


@pytest.mark.parametrize("environment", [{}, {"TOKEN": ""}])
def test_a_secret_that_is_not_set_is_named(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    found = load_settings(environment, folder=tmp_path)
    with pytest.raises(ConfigurationError, match="variable TOKEN is not set"):
        found.secret("TOKEN")


def shops_file(folder: Path, text: str) -> Path:
    file = folder / "shops.toml"
    file.write_text(text, "utf-8")
    return file


def test_a_missing_file_lists_no_shops(tmp_path: Path) -> None:
    assert load_shops(tmp_path / "none.toml") == ()


def test_each_way_to_authenticate_is_read(tmp_path: Path) -> None:
    text = """
        [[shops]]
        domain = "ember.myshopify.com"
        access_token_env = "T"
        base_url = "http://127.0.0.1:1/shops/ember/"
        start_date = 2024-01-31
        streams = ["orders"]

        [[shops]]
        domain = "yuki.myshopify.com"
        client_id_env = "I"
        client_secret_env = "S"
        start_date = "2025-02-28"

        [[shops]]
        domain = "lumen.myshopify.com"
        client_id_env = "I"
        client_secret_env = "S"
        refresh_token_env = "R"
    """
    ember, yuki, lumen = load_shops(shops_file(tmp_path, text))
    assert ember == Shop(
        EMBER,
        StoredToken("T"),
        "http://127.0.0.1:1/shops/ember",
        date(2024, 1, 31),
        ("orders",),
    )
    assert (ember.has("orders"), ember.has("customers")) == (True, False)
    assert yuki == Shop(
        "yuki.myshopify.com",
        ClientCredentials("I", "S"),
        "https://yuki.myshopify.com",
        date(2025, 2, 28),
    )
    assert yuki.has("anything")
    assert lumen.authentication == RefreshToken("I", "S", "R")


def shop(*lines: str, domain: str = f'"{EMBER}"') -> str:
    return "\n".join(("[[shops]]", f"domain = {domain}", *lines))


TOKEN = 'access_token_env = "T"'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[shops]", "not valid TOML"),
        ("\udcff", "not valid TOML"),
        ("shops = 3", r"must be \[\[shops\]\] entries"),
        ('shops = ["ember"]', r"must be \[\[shops\]\] entries"),
        ("[shops]\ndomain = 'x'", r"must be \[\[shops\]\] entries"),
        (shop(TOKEN) + "\n[stores]", r"only \[\[shops\]\] entries .* \['stores'\]"),
        ("[[shops]]\n" + TOKEN, "shop None: domain must look like my-store"),
        (shop(TOKEN, domain="7"), "shop 7: domain must look like"),
        (shop(TOKEN, domain='"ember.example.com"'), "domain must look like"),
        (shop(TOKEN, domain='"https://ember.myshopify.com"'), "domain must look like"),
        (shop(), r"give access_token_env, or .*; found \[\]"),
        (shop('client_id_env = "I"'), r"found \['client_id_env'\]"),
        (shop(TOKEN, 'client_id_env = "I"'), "give access_token_env, or"),
        (shop("access_token_env = 3"), "must name an environment variable"),
        (shop('access_token_env = ""'), "must name an environment variable"),
        (shop(TOKEN, "token = 'x'"), "unknown key 'token'; known are"),
        (shop(TOKEN, "base_url = 'ember'"), "base_url must look like https://host"),
        (shop(TOKEN, "base_url = 3"), "base_url must look like https://host, not 3"),
        (shop(TOKEN, "start_date = '1.2.24'"), "start_date must look like 2024-01-31"),
        (shop(TOKEN, "start_date = 2024"), "start_date must look like 2024-01-31"),
        (shop(TOKEN, "streams = 'orders'"), "streams must be a list of names"),
        (shop(TOKEN, "streams = [1]"), "streams must be a list of names"),
        (shop(TOKEN) + "\n" + shop(TOKEN), f"shop '{EMBER}' is listed more than once"),
    ],
)
def test_what_is_wrong_with_the_shops_file_is_named(
    tmp_path: Path, text: str, told: str
) -> None:
    """The message names the file, the shop, the key, its value and the remedy."""
    file = tmp_path / "shops.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigurationError, match=f"{file}.*{told}"):
        load_shops(file)


YUKI = "yuki.myshopify.com"
LUMEN = "lumen.myshopify.com"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (f'domain = "{YUKI}"', f"entry 2, shop '{YUKI}': give access_token_env"),
        (f'domain = "{YUKI}"\n{TOKEN}\nstart_date = 2024-13-45', "entry 2"),
        (f"domain = {YUKI}\n{TOKEN}", f"entry 2, shop '{YUKI}': not valid TOML"),
        (f'domain = "{YUKI}"\n{TOKEN}\n{TOKEN}', "not valid TOML"),
        (f'domain = "{YUKI}"\naccess_token_env = "a b"', "environment variable, such"),
        ('domain = "yuki"', "entry 2, shop 'yuki': domain must look like"),
    ],
)
def test_an_entry_that_is_wrong_stops_only_itself(
    tmp_path: Path, wrong: str, told: str
) -> None:
    """The others are read, and the fault names file, entry and what to do."""
    file = tmp_path / "shops.toml"
    around = [shop(TOKEN), shop(TOKEN, domain=f'"{LUMEN}"')]
    file.write_text("\n".join([around[0], f"[[shops]]\n{wrong}", around[1]]), "utf-8")
    found = read_shops(file)
    assert [each.domain for each in found.shops] == [EMBER, LUMEN]
    (fault,) = found.faults
    assert str(file) in fault.message
    assert told in fault.message


def test_the_line_of_a_malformed_entry_is_that_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "shops.toml"
    file.write_text(f"{shop(TOKEN)}\n[[shops]]\ndomain = oops\n", "utf-8")
    (fault,) = read_shops(file).faults
    lines = file.read_text("utf-8").splitlines()
    assert f"(line {lines.index('domain = oops') + 1}, column" in fault.message


def test_a_shop_that_is_listed_twice_stops_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "shops.toml"
    other = shop(TOKEN, domain=f'"{LUMEN}"')
    file.write_text("\n".join([shop(TOKEN), other, shop(TOKEN)]), "utf-8")
    found = read_shops(file)
    assert [each.domain for each in found.shops] == [LUMEN]
    (fault,) = found.faults
    assert fault.domain == EMBER
    assert "more than once (entries 1 and 3); delete all but the one" in fault.message


@pytest.mark.parametrize(
    "secret",
    ["shpat_0123456789abcdef", "shpca_x", "shpss_x", "shprt_x", "abcdef01" * 4],
)
def test_a_secret_in_place_of_a_variables_name_is_refused_and_not_shown(
    tmp_path: Path, secret: str
) -> None:
    file = tmp_path / "shops.toml"
    file.write_text(shop(f'access_token_env = "{secret}"'), "utf-8")
    (fault,) = read_shops(file).faults
    assert "access_token_env must name an environment variable" in fault.message
    assert "a secret stands there" in fault.message
    assert secret not in fault.message


def test_schedules_have_times_zones_and_can_be_off(tmp_path: Path) -> None:
    found = load_settings(
        {
            "SHOPIFY_ASSETS_SYNC_CRON": "'0 */6 * * *'",
            "SHOPIFY_ASSETS_VERIFY_CRON": "Off",
            "SHOPIFY_ASSETS_TIME_ZONE": "Europe/Berlin",
        },
        folder=tmp_path,
    )
    assert found.sync == Timing("0 */6 * * *", "Europe/Berlin")
    assert found.verify == Timing(WEEKLY.cron, "Europe/Berlin", enabled=False)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "Europe"])
def test_a_time_zone_that_is_none_is_refused(tmp_path: Path, zone: str) -> None:
    with pytest.raises(ConfigurationError, match="there is no time zone"):
        load_settings({"SHOPIFY_ASSETS_TIME_ZONE": zone}, folder=tmp_path)


def test_owners_are_listed_and_who_is_alerted_is_a_secret(tmp_path: Path) -> None:
    url = "https://hooks.example/T0/B1/sesame"
    found = load_settings(
        {
            "SHOPIFY_ASSETS_OWNERS": "team:crm, me@example.com",
            "SHOPIFY_ASSETS_ALERT_URL": url,
        },
        folder=tmp_path,
    )
    assert found.owners == ("team:crm", "me@example.com")
    assert found.alerts is not None
    assert (found.alerts.reveal(), "sesame" in repr(found)) == (url, False)


def test_limits_are_sizes_and_seconds(tmp_path: Path) -> None:
    written = {
        "SHOPIFY_ASSETS_MAX_ANSWER": "256MB",
        "SHOPIFY_ASSETS_MAX_ANSWER_SECONDS": "90.5",
        "SHOPIFY_ASSETS_MAX_FILE": "1.5 TiB",
        "SHOPIFY_ASSETS_MAX_LINE": "4096",
    }
    assert load_settings(written, folder=tmp_path).limits == InputLimits(
        answer=256 * 10**6,
        answer_seconds=90.5,
        file=3 * 2**39,
        line=4096,
    )
    assert load_settings(dict.fromkeys(written, ""), folder=tmp_path).limits == USUAL


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ANSWER", "64 apples", "a size such as 64MB .*, of 1GB at most"),
        ("ANSWER", "2GB", "of 1GB at most"),
        ("ANSWER", "0", "a size such as 64MB"),
        ("LINE", "-1MB", "a size such as 64MB"),
        ("FILE", "9" * 400, "of 100TB at most"),
        ("ANSWER_SECONDS", "a while", "a number of seconds, from 0 to 86400"),
        ("ANSWER_SECONDS", "0", "more than no seconds at all"),
    ],
)
def test_a_limit_that_is_none_is_refused(
    tmp_path: Path, name: str, value: str, told: str
) -> None:
    variable = f"SHOPIFY_ASSETS_MAX_{name}"
    with pytest.raises(
        ConfigurationError, match=f"{variable} is '{value}'; it is .*{told}"
    ):
        load_settings({variable: value}, folder=tmp_path)
