"""Simulated shops of which some are in trouble, and a `dev` that has worked on them.

Charter: what the pictures of the documents show: five shops, loaded and proven by
commands, then refreshed in the UI when one is frozen, one has lost a scope and one
answers a stream with an error.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.demo import demo_shops, environment, shops_toml
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.http.server import Simulator
from shopify_assets_tests.ui.dev import served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from shopify_assets_tests.ui.dagster_ui import DagsterUI

STREAMS = ("orders", "customers", "products", "tender_transactions", "locations")
FROZEN, REFUSED, ODD = (f"{name}.myshopify.com" for name in ("lumen", "yuki", "willow"))
NAMES = ("willow", "cedar")  # of the shops beside the demo's three
_ORDERS = 60
_PATIENCE = 600.0  # seconds for runs of the UI, on a busy machine
_OVER = ("SUCCESS", "FAILURE", "CANCELED")

_LAUNCH = """
mutation Launch($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
_RUNS = """
{ runsOrError(limit: 100) { ... on Runs {
    results { runId jobName status tags { key value } }
} } }
"""


@contextmanager
def scene(folder: Path) -> Iterator[DagsterUI]:
    """Have shops loaded, get some into trouble, and refresh all of them in the UI."""
    begin = datetime(datetime.now(UTC).year - 1, 1, 1, tzinfo=UTC)
    three = demo_shops(3, _ORDERS, start=begin)
    more = [
        replace(three[0], domain=f"{name}.myshopify.com", seed=seed)
        for seed, name in enumerate(NAMES, 4)
    ]
    with Simulator([*three, *more]) as simulator:
        entries = shops_toml(simulator.url, start_date=begin.date())
        further = [_entry(simulator.url, shop.domain, begin) for shop in more]
        (folder / "shops.toml").write_text("\n".join([entries, *further]), "utf-8")
        variables = {
            **environment(),
            "SHOPS_FILE": str(folder / "shops.toml"),
            "SHOPIFY_ASSETS_HOME": str(folder / "state"),
        }
        _command(variables, "backfill")
        _command(variables, "sync")
        _command(variables, "verify")
        with served(folder, environment=variables) as dev:
            _trouble(simulator)
            _refresh(dev.ui)
            yield dev.ui


def _entry(url: str, domain: str, begin: datetime) -> str:
    return (
        f'[[shops]]\ndomain = "{domain}"\nbase_url = "{url}/shops/{domain}"\n'
        f'access_token_env = "EMBER_ACCESS_TOKEN"\nstart_date = {begin:%Y-%m-%d}\n'
    )


def _command(variables: Mapping[str, str], name: str) -> None:
    command = [sys.executable, "-m", "shopify_assets.cli", name]
    chosen = [f"--select={','.join(STREAMS)}"]
    subprocess.run(  # noqa: S603 -- our own arguments
        [*command, *chosen], env={**os.environ, **variables}, check=True
    )


def _trouble(simulator: Simulator) -> None:
    """One shop is frozen, one lost a scope, one answers a stream with an error."""
    simulator.arm(FROZEN, Fault(kind=Kind.HTTP_STATUS, status=402, times=None))
    granted = set(simulator.store(REFUSED).scopes())
    simulator.grant(REFUSED, *(granted - {"read_products"}))
    odd = Fault(
        kind=Kind.EDITED, times=None, match="customers(", edits=(('"id"', '"key"'),)
    )
    simulator.arm(ODD, odd)


def _refresh(ui: DagsterUI) -> None:
    """Load the year's history by the assets, then what is new by the job, and wait."""
    steps = ("raw", "tables", "warehouse")
    paths = [f"shopify/{name}_{step}" for name in STREAMS for step in steps]
    shops = ui.partition_keys(paths[0])
    history = {"start": f"{datetime.now(UTC).year}-01-01"}
    _launch(
        ui,
        shops,
        assetSelection=[{"path": path.split("/")} for path in paths],
        runConfigData={"ops": {"shopify": {"config": history}}},
    )
    _await_runs(ui, len(shops))
    _launch(
        ui,
        shops,
        selector={
            "partitionSetName": "sync_partition_set",
            "repositorySelector": {
                "repositoryLocationName": "shopify_assets",
                "repositoryName": "__repository__",
            },
        },
        runConfigData={"ops": {"sync_shop": {"config": {"streams": list(STREAMS)}}}},
    )
    _await_runs(ui, 2 * len(shops))


def _launch(ui: DagsterUI, shops: list[str], **params: Any) -> None:
    params = {"partitionNames": shops, "fromFailure": False, **params}
    launched = ui.ask(_LAUNCH, params=params)["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched


def _await_runs(ui: DagsterUI, wanted: int) -> None:
    give_up = time.monotonic() + _PATIENCE
    while True:
        runs = runs_of(ui)
        mine = [run for run in runs if "dagster/backfill" in tags_of(run)]
        over = [run for run in mine if run["status"] in _OVER]
        if len(over) >= wanted:
            return
        assert time.monotonic() < give_up, runs
        time.sleep(1)


def runs_of(ui: DagsterUI) -> list[dict[str, Any]]:
    """All runs, the newest first."""
    return list(ui.ask(_RUNS)["runsOrError"]["results"])


def tags_of(run: dict[str, Any]) -> dict[str, str]:
    """A run's tags, by key."""
    return {tag["key"]: tag["value"] for tag in run["tags"]}
