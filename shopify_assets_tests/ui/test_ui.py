"""The pages that people see, in a browser; and that nothing is left after Ctrl-C."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

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


def test_ctrl_c_ends_every_process(dev: Served, folder: Path) -> None:
    """Last in this module, for it ends what the others look at."""
    assert processes_of(folder) != []
    assert end(dev.process) < END_SECONDS
    assert dev.process.returncode == 128 + signal.SIGINT
    assert processes_of(folder) == []
    terminal = dev.log.read_text("utf-8").splitlines()
    assert terminal == [
        "no shops.toml here: showing the simulated shops",
        f"Dagster's UI: {dev.ui.url}  (Ctrl-C ends it)",
        "ended by SIGINT; what is finished is kept",
    ]
