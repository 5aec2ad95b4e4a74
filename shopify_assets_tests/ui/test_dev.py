"""`shopify-assets dev` with one's own shops file, and twice on one state folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shopify_assets_tests.ui.dev import (
    Served,
    end,
    folder_of_dev,
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
    """Last in this module, for it ends what the others look at."""
    end(dev.process)
    assert processes_of(folder) == []
    address = f"Dagster's UI: {dev.ui.url}  (Ctrl-C ends it)"
    ended = "ended by SIGINT; what is finished is kept"
    assert dev.log.read_text("utf-8").splitlines() == [address, ended]
    assert dev.process.returncode == 130
