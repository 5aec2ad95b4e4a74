"""The pages that people see, in a browser; and that nothing is left after Ctrl-C."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from shopify_assets.simulator.demo import EMBER, environment
from shopify_assets_tests.ui.browser import Browser, browser, programs
from shopify_assets_tests.ui.dev import (
    END_SECONDS,
    Served,
    end,
    folder_of_dev,
    processes_of,
    served,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

TOKEN = "EMBER_ACCESS_TOKEN"
LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on RunConfigValidationInvalid { errors { message } }
    ... on PythonError { message stack }
  }
}
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with folder_of_dev() as folder:
        yield folder


@pytest.fixture(scope="module")
def dev(folder: Path) -> Iterator[Served]:
    """Without a shops file: on simulated shops."""
    with served(folder, "--orders=20") as dev:
        yield dev


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    profile = tmp_path_factory.mktemp("profile")
    chromium, chromedriver = programs()
    with browser(chromium=chromium, chromedriver=chromedriver, profile=profile) as page:
        yield page


def test_page_of_an_asset_shows_its_columns(dev: Served, page: Browser) -> None:
    """Kind, storage, columns with type and origin; and no invitation."""
    page.open(f"{dev.ui.url}/assets/shopify/orders_warehouse")
    # The page fills itself part by part: all of them are waited for.
    text = page.wait_for(
        "confirmation_number",
        "Orders with all that is on them",
        "shopify.orders",
        "Postgres",
        "primary key",
        "confirmationNumber",
        "timestamptz",
        "shopify_assets",
    )
    assert "Join the Dagster community" not in text


def test_page_of_checks_says_what_each_means(dev: Served, page: Browser) -> None:
    page.open(f"{dev.ui.url}/assets/shopify/orders_tables?view=checks")
    page.wait_for(
        *("Checks (4)", "unique_keys", "parents_exist", "not_null", "counts_match"),
        "Rows are as many as the extraction's manifest says.",
    )


def test_page_of_partitions_has_every_simulated_shop(
    dev: Served, page: Browser
) -> None:
    """Partitions are there from the first moment, before any sensor looked."""
    page.open(f"{dev.ui.url}/assets/shopify/orders_raw?view=partitions")
    page.wait_for("ember.myshopify.com", "yuki.myshopify.com", "lumen.myshopify.com")


def test_pages_show_resources_and_schedules(dev: Served, page: Browser) -> None:
    page.open(f"{dev.ui.url}/locations/shopify_assets/resources")
    page.wait_for("shopify", "lake", "warehouse")
    page.open(f"{dev.ui.url}/automation")
    page.wait_for("nightly_sync", "weekly_verify", "shops")


def test_page_of_a_resource_shows_its_settings(dev: Served, page: Browser) -> None:
    """A run cannot change them, and the page says them all the same."""
    page.open(f"{dev.ui.url}/locations/shopify_assets/resources/warehouse")
    page.wait_for("embedded PostgreSQL", "Which one is used; its URL is a secret.")


HEARD = """
window.heard = [];
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (text) {
  const id = JSON.parse(text).id;
  this.addEventListener('message', message => {
    const told = JSON.parse(message.data);
    if (told.type === 'data' && told.id === id) window.heard.push(message.data);
  });
  return send.call(this, text);
};
"""
CLICK = """
const buttons = [...document.querySelectorAll('button')];
const launch = buttons.find(button => button.innerText.trim() === 'Launch Run');
if (!launch || launch.disabled) return false;
launch.click();
return true;
"""


def test_a_run_is_launched_from_the_launchpad_and_followed_live(
    dev: Served, page: Browser
) -> None:
    """Behind the guard: what the page sends is its own, and so is its WebSocket."""
    page.open(f"{dev.ui.url}/locations/shopify_assets/jobs/add_shops/playground")
    page.wait_for("Launch Run", "No errors")
    page.run(HEARD)
    page.until(CLICK)
    page.wait_for("shops_to_partitions", "Success", "added: none, all were there")
    # Dagster tells what happens in a run through the socket that the page has opened.
    heard = page.run("return window.heard.join()")
    assert "RunStartEvent" in heard
    assert "RunSuccessEvent" in heard


ATTACKS: list[dict[str, Any]] = [
    {"resources": {"shopify": {"config": {"shops_file": {"env": TOKEN}}}}},
    {"resources": {"shopify": {"config": {"shops_file": "other.toml"}}}},
    {"resources": {"lake": {"config": {"url": {"env": TOKEN}}}}},
    {"resources": {"warehouse": {"config": {"server": {"env": TOKEN}}}}},
    {"resources": {"io_manager": {"config": {"base_dir": {"env": TOKEN}}}}},
    {"ops": {"backfill_shop": {"config": {"start": {"env": TOKEN}}}}},
    {"ops": {"backfill_shop": {"config": {"streams": [{"env": TOKEN}]}}}},
    {"ops": {"backfill_shop": {"config": {"named": {"env": TOKEN}}}}},
    {"loggers": {"console": {"config": {"log_level": {"env": TOKEN}}}}},
    {"execution": {"config": {"marker_to_close": {"env": TOKEN}}}},
]


@pytest.mark.parametrize("config", ATTACKS, ids=str)
def test_a_run_that_asks_for_a_secret_is_not_started(
    dev: Served, config: dict[str, Any]
) -> None:
    """All places of all jobs: defs/test_run_config.py. Here, as the web server says."""
    selector = {
        "repositoryName": "__repository__",
        "repositoryLocationName": "shopify_assets",
        "jobName": "backfill",
    }
    tags = [{"key": "dagster/partition", "value": EMBER.domain}]
    answer = dev.ui.ask(
        LAUNCH,
        params={
            "selector": selector,
            "runConfigData": config,
            "executionMetadata": {"tags": tags},
        },
    )
    assert answer["launchRun"]["__typename"] == "RunConfigValidationInvalid"
    assert environment()[TOKEN] not in str(answer)


def test_ctrl_c_ends_every_process(dev: Served, folder: Path) -> None:
    """Last in this module, for it ends what the others look at."""
    assert processes_of(folder) != []
    assert end(dev.process) < END_SECONDS
    assert dev.process.returncode == 128 + signal.SIGINT
    assert processes_of(folder) == []
    terminal = dev.log.read_text("utf-8").splitlines()
    # A run tells what it does there as well.
    assert [line for line in terminal if " - add_shops - " not in line] == [
        "no shops.toml here: showing the simulated shops",
        f"Dagster's UI: {dev.ui.url}  (Ctrl-C ends it)",
        "ended by SIGINT; what is finished is kept",
    ]
