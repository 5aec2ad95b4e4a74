"""The component in a project that `create-dagster` makes, as a person takes it in."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from shopify_assets.postgres.connect import connect
from shopify_assets.simulator.demo import EMBER, environment
from shopify_assets.simulator.http.server import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

# Every `dg` command loads Dagster anew, some of them twice.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PROJECT = Path(__file__).parents[2]
SHOP = EMBER.domain
ORDERS = 40


@dataclass
class Terminal:
    """Where commands are typed, and what each took.

    Attributes:
        folder: where they are typed.
        environment: what is exported there.
        figures: of each command, in order: its seconds, and those of CPU.
    """

    folder: Path
    environment: dict[str, str]
    figures: dict[str, str] = field(default_factory=dict)

    def type(self, command: str) -> str:
        """Run a command to its end, and return what it prints.

        Raises:
            AssertionError: it failed; with all that it said.
        """
        program, *arguments = command.split()
        began, spent = time.monotonic(), _cpu_of_children()
        done = subprocess.run(  # noqa: S603 -- the commands of this file
            [str(Path(sys.executable).parent / program), *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        seconds, cpu = time.monotonic() - began, _cpu_of_children() - spent
        self.figures[command] = f"{seconds:6.1f} s, {cpu:5.1f} of CPU"
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    end = datetime(2026, 5, 1, tzinfo=UTC)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    shop = replace(EMBER, orders=ORDERS, start=start, end=end)
    with Simulator([shop]) as simulator:
        yield simulator


@pytest.fixture
def terminal(tmp_path: Path, database_url: str) -> Terminal:
    home = tmp_path / "dagster_home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n", "utf-8")
    unset = ("SHOPS_FILE", "LAKE_URL", "VIRTUAL_ENV")
    inherited = {name: text for name, text in os.environ.items() if name not in unset}
    return Terminal(
        tmp_path,
        {
            **inherited,
            **environment(),
            "DAGSTER_HOME": str(home),
            "WAREHOUSE_URL": database_url,
            # In place of `uv sync`, which would install the project.
            "PYTHONPATH": "src",
            "NO_COLOR": "1",
        },
    )


def keys(listed: str) -> set[str]:
    """The keys of the assets that `dg list defs --json` prints."""
    return {asset["asset_key"] for asset in json.loads(listed)["assets"]}


def test_a_fresh_project_takes_the_component_in_and_loads_a_shop(
    terminal: Terminal, simulator: Simulator, database_url: str
) -> None:
    terminal.type("create-dagster project analytics --no-uv-sync")
    terminal.folder /= "analytics"
    terminal.type(
        f"dg scaffold defs shopify_assets.ShopifyComponent shopify --shop {SHOP} "
        "--access-token-env EMBER_ACCESS_TOKEN"
    )
    attributes_of(
        terminal.folder / "src/analytics/defs/shopify/defs.yaml",
        base_url=simulator.base_url(SHOP),
        select=["orders", "customers"],
    )
    terminal.type("dg check defs")
    assert keys(terminal.type("dg list defs --json")) == {
        f"shopify/{stream}{step}"
        for stream in ("orders", "customers")
        for step in ("", "_raw", "_tables", "_warehouse")
    }

    terminal.type("dg launch --job add_shops")
    terminal.type(f"dg launch --job backfill --partition {SHOP}")

    with connect(database_url) as connection:
        loaded = connection.execute(
            "SELECT shop, count(*) FROM shopify.orders GROUP BY shop"
        ).fetchall()
    assert loaded == [(SHOP, ORDERS)]
    for command, figures in terminal.figures.items():
        print(f"{figures}  {command}")  # noqa: T201 -- figures of `make ui`


def attributes_of(file: Path, *, base_url: str, select: list[str]) -> None:
    """Add to what was scaffolded: where the simulated shop answers, and what of it."""
    content = yaml.safe_load(file.read_text("utf-8"))
    (shop,) = content["attributes"]["shops"]
    shop["base_url"] = base_url
    content["attributes"]["select"] = select
    file.write_text(yaml.safe_dump(content), "utf-8")


def test_dg_finds_the_definitions_of_this_project(terminal: Terminal) -> None:
    terminal.folder = PROJECT
    terminal.environment.pop("PYTHONPATH")
    terminal.type("dg check defs")
    listed = json.loads(terminal.type("dg list defs --json"))
    listed_keys = {asset["asset_key"] for asset in listed["assets"]}
    assert {"shopify/orders", "shopify/orders_warehouse"} < listed_keys
    assert {job["name"] for job in listed["jobs"]} > {"backfill", "sync", "verify"}
    assert {schedule["name"] for schedule in listed["schedules"]} == {
        "nightly_prune",
        "nightly_sync",
        "weekly_verify",
    }
