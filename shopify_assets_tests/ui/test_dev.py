"""`shopify-assets dev` with one's own shops file, and twice on one state folder."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
import requests

from shopify_assets_tests.ui.dev import (
    Served,
    end,
    folder_of_dev,
    numbers_of,
    processes_of,
    served,
    started,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHOPS = """\
[[shops]]
domain = "my-store.myshopify.com"
start_date = 2026-01-01
access_token_env = "MY_STORE_TOKEN"
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with folder_of_dev() as folder:
        (folder / "shops.toml").write_text(SHOPS, "utf-8")
        yield folder


@pytest.fixture(scope="module")
def dev(folder: Path) -> Iterator[Served]:
    with served(folder, log="first.log") as dev:
        yield dev


def test_own_shops_are_shown_and_nothing_is_simulated(
    dev: Served, folder: Path
) -> None:
    """The shop has its partitions at once; there is no folder of a demo."""
    keys = dev.ui.partition_keys("shopify/orders_raw")
    assert keys == ["my-store.myshopify.com"]
    assert not (folder / "state" / "demo").exists()


def test_password_of_the_database_is_on_no_command_line(
    dev: Served, folder: Path
) -> None:
    """Every account of the machine can list them."""
    assert dev.ui.answers()
    assert processes_of(folder) != []
    assert "postgresql" not in "".join(processes_of(folder))


def test_second_one_on_the_same_state_folder_is_refused(
    dev: Served, folder: Path
) -> None:
    """Two daemons would start every scheduled run twice."""
    assert dev.ui.answers()
    with started(folder, log="second.log") as second:
        assert second.process.wait(30) == 2
        assert "runs already on the state folder" in second.log.read_text("utf-8")
    assert dev.ui.answers()


def test_ctrl_c_ends_every_process(dev: Served, folder: Path) -> None:
    """What the others look at has ended afterwards."""
    end(dev.process)
    assert processes_of(folder) == []
    address = f"Dagster's UI: {dev.ui.url}  (Ctrl-C ends it)"
    ended = "ended by SIGINT; what is finished is kept"
    assert dev.log.read_text("utf-8").splitlines() == [address, ended]
    assert dev.process.returncode == 130


LAUNCH = """
mutation {
  launchRun(executionParams: {
    selector: {
      repositoryName: "__repository__",
      repositoryLocationName: "shopify_assets",
      jobName: "add_shops"
    }
    runConfigData: {}
  }) { __typename }
  startSchedule(scheduleSelector: {
    repositoryName: "__repository__",
    repositoryLocationName: "shopify_assets",
    scheduleName: "nightly_sync"
  }) { __typename }
}
"""


@pytest.fixture(scope="module")
def shown(folder: Path, dev: Served) -> Iterator[Served]:
    """After the first one has ended."""
    end(dev.process)
    with served(folder, "--read-only", log="read_only.log") as shown:
        yield shown


def test_read_only_shows_everything_and_starts_nothing(
    shown: Served, folder: Path
) -> None:
    """Neither by a click nor by itself."""
    assert shown.ui.partition_keys("shopify/orders_raw") == ["my-store.myshopify.com"]
    assert shown.ui.ask(LAUNCH) == {
        "launchRun": {"__typename": "UnauthorizedError"},
        "startSchedule": {"__typename": "UnauthorizedError"},
    }
    assert not [each for each in processes_of(folder) if "_daemon" in each]
    assert requests.get(shown.ui.url, timeout=60).ok
    assert shown.ui.ask("{ runsOrError { ... on Runs { count } } }") == {
        "runsOrError": {"count": 0}
    }


def test_all_end_when_one_does(shown: Served, folder: Path) -> None:
    """A web server that is gone is not left to be looked for behind a daemon."""
    [web_server] = numbers_of(f"webserver --workspace {folder}")
    os.kill(web_server, signal.SIGKILL)
    assert shown.process.wait(20) != 0
    assert processes_of(folder) == []
