"""Twenty shops of which four are bad: the others are loaded, and all is told truly.

By Dagster's UI and daemon, by the schedule, and by a command, one after the other. One
of the shops hangs for the client's ten minutes of patience; nobody waits for it here.
Nothing of this is quick: each run is a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shopify_assets.defs.names import PARTITION_TAG, SYNC_JOB
from shopify_assets.postgres.connect import connect
from shopify_assets.refresh.asked import RAW, STEPS
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.http.server import Simulator
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import compiled, shop
from shopify_assets_tests.ui.dev import Served, folder_of_dev, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shopify_assets_tests.ui.dagster_ui import Run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

SHOPS = tuple(f"shop-{number:02}.myshopify.com" for number in range(20))
# Early ones: whoever waits for a shop that is bad would never come to the others.
FROZEN, SCOPELESS, FAILING, HANGING = SHOPS[:4]
WELL = SHOPS[4:]
STREAMS = ("draft_orders", "locations")
PATHS = [f"shopify/{stream}_{step}" for stream in STREAMS for step in STEPS]
PATIENCE = 900.0
TOKEN = "shpat_simulated"
SCHEDULE = f"nightly_{SYNC_JOB}"


def today() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    span = {"start": today() - timedelta(days=40), "end": today() - timedelta(days=1)}
    shops = [
        replace(shop(domain, orders=10, **span), access_token=TOKEN, seed=number)
        for number, domain in enumerate(SHOPS)
    ]
    with Simulator(shops) as simulator:
        simulator.arm(FROZEN, Fault(kind=Kind.HTTP_STATUS, status=423, times=None))
        scopes = simulator.store(SCOPELESS).scopes()
        simulator.grant(SCOPELESS, *(set(scopes) - {"read_locations"}))
        simulator.arm(FAILING, Fault(kind=Kind.HTTP_STATUS, status=500, times=None))
        simulator.arm(HANGING, Fault(kind=Kind.STALL, seconds=3600, times=None))
        yield simulator


@dataclass(frozen=True)
class Trial:
    """A `dev` for twenty shops, and where its warehouse is."""

    simulator: Simulator
    dev: Served
    folder: Path
    environment: dict[str, str]
    url: str

    def is_whole(self, domain: str, stream: str) -> bool:
        """Whether the warehouse holds each row that a shop has of a stream."""
        made = compiled(stream)
        expected = expected_rows(self.simulator, domain, made)
        assert expected[stream]
        with connect(self.url) as connection:
            return stored_rows(connection, domain, made) == expected

    def empty(self) -> None:
        """Forget what was loaded, as if nothing had been."""
        with connect(self.url) as connection:
            connection.execute("DROP SCHEMA IF EXISTS shopify CASCADE")
            connection.execute("DROP SCHEMA IF EXISTS shopify_assets CASCADE")
            connection.commit()
        self.dev.ui.wipe(PATHS)

    def assert_the_truth_is_told(self, *, failed: set[str]) -> None:
        """Rows, partitions and checks of the streams agree with what happened.

        Args:
            failed: the shops whose run has failed by now.
        """
        for stream in STREAMS:
            loaded = {*WELL, *({SCOPELESS} if stream == "draft_orders" else ())}
            assert {it for it in loaded if not self.is_whole(it, stream)} == set()
            for step in STEPS:
                done, bad = self.dev.ui.partitions(f"shopify/{stream}_{step}")
                assert done == loaded
                # Its patience may be over by now, or not.
                assert bad - {HANGING} == failed
        access = self.dev.ui.checks(f"shopify/locations_{RAW}")["access"]
        assert not access.success
        assert SCOPELESS in access.description
        assert "read_locations" in access.description


@pytest.fixture(scope="module")
def trial(simulator: Simulator, worker_database_url: str) -> Iterator[Trial]:
    """`dev` with twenty shops in its file, and no schedule that ticks yet."""
    names = ", ".join(f'"{stream}"' for stream in STREAMS)
    entries = "\n".join(
        f'[[shops]]\ndomain = "{domain}"\n'
        f'base_url = "{simulator.base_url(domain)}"\n'
        f"start_date = {(today() - timedelta(days=41)).date()}\n"
        f'access_token_env = "TOKEN"\nstreams = [{names}]\n'
        for domain in SHOPS
    )
    with folder_of_dev() as folder:
        (folder / "shops.toml").write_text(entries, "utf-8")
        environment = {
            "TOKEN": TOKEN,
            "WAREHOUSE_URL": worker_database_url,
            "SHOPIFY_ASSETS_SYNC_CRON": "* * * * *",
        }
        with served(folder, environment=environment) as dev:
            dev.ui.stop_schedule(SCHEDULE)
            yield Trial(simulator, dev, folder, environment, worker_database_url)


def until(over: Callable[[], bool], what: str) -> float:
    """Wait; tell how long it took, for `pytest -s`."""
    began = time.monotonic()
    while not over():
        assert time.monotonic() - began < PATIENCE, f"{what}: not over"
        time.sleep(1)
    seconds = time.monotonic() - began
    print(f"\n{what}: {seconds:.0f} s")  # noqa: T201 -- the figures are wanted
    return seconds


def by_shop(runs: list[Run] | tuple[Run, ...]) -> dict[str, str]:
    return {run.tags[PARTITION_TAG]: run.status for run in runs}


def all_but_the_hanging_one_ended(runs: list[Run] | tuple[Run, ...]) -> bool:
    ended = {"SUCCESS", "FAILURE", "CANCELED"}
    statuses = by_shop(runs)
    return all(statuses.get(domain) in ended for domain in SHOPS if domain != HANGING)


EXPECTED = {
    FROZEN: "FAILURE",
    FAILING: "FAILURE",
    SCOPELESS: "SUCCESS",
    **dict.fromkeys(WELL, "SUCCESS"),
}


def told(statuses: dict[str, str]) -> dict[str, str]:
    """How the runs ended, the hanging shop's aside, which nobody waits for."""
    return {shop: status for shop, status in statuses.items() if shop != HANGING}


def test_a_backfill_in_the_ui_is_a_run_a_shop_and_loads_the_others(
    trial: Trial,
) -> None:
    ui = trial.dev.ui
    start = (today() - timedelta(days=41)).date().isoformat()
    backfill = ui.launch(PATHS, SHOPS, start=start)
    until(
        lambda: all_but_the_hanging_one_ended(ui.backfill(backfill).runs),
        "backfill of 20 shops in the UI, all but the hanging one",
    )
    runs = ui.backfill(backfill).runs
    assert len(runs) == len(SHOPS)
    assert told(by_shop(runs)) == EXPECTED
    trial.assert_the_truth_is_told(failed={FROZEN, FAILING})
    by_start = sorted((run for run in runs if run.start), key=lambda run: run.start)
    assert any(one.end > other.start for one, other in pairwise(by_start) if one.end)


def test_the_schedule_asks_for_a_run_a_shop_and_loads_the_others(
    trial: Trial,
) -> None:
    trial.empty()
    ui = trial.dev.ui
    ui.start_schedule(SCHEDULE)
    until(lambda: len(by_shop(ui.runs_of(SYNC_JOB))) == len(SHOPS), "the tick")
    ui.stop_schedule(SCHEDULE)
    until(
        lambda: all_but_the_hanging_one_ended(ui.runs_of(SYNC_JOB)[-len(SHOPS) :]),
        "sync of 20 shops by the schedule, all but the hanging one",
    )
    runs = ui.runs_of(SYNC_JOB)[-len(SHOPS) :]
    assert told(by_shop(runs)) == EXPECTED
    # A sync looks at the shop first; what it never came to is what it was before.
    trial.assert_the_truth_is_told(failed={FROZEN, FAILING})


def test_the_command_loads_the_others(trial: Trial) -> None:
    """The daemon that runs executes its runs; it is not waited for the hanging one."""
    trial.empty()
    shops = [
        word for domain in SHOPS if domain != HANGING for word in ("--shop", domain)
    ]
    command = [sys.executable, "-m", "shopify_assets.cli", "backfill", *shops, "--json"]
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 -- our own command
        command,
        cwd=trial.folder,
        env=environment_of(trial),
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    print(f"\nbackfill of 19 shops by a command: {time.monotonic() - began:.0f} s")  # noqa: T201 -- the figures are wanted
    assert done.returncode == 1, done.stderr.decode()
    outcomes: list[dict[str, Any]] = msgspec.json.decode(done.stdout)
    complete = {(it["shop"], it["stream"]) for it in outcomes if it["complete"]}
    assert complete == {
        (SCOPELESS, "draft_orders"),
        *((domain, stream) for domain in WELL for stream in STREAMS),
    }
    # What closed a shop before anything was started makes no run, so no partition.
    trial.assert_the_truth_is_told(failed={FAILING})


def environment_of(trial: Trial) -> dict[str, str]:
    home = {"SHOPIFY_ASSETS_HOME": str(trial.folder / "state")}
    return {**os.environ, **home, **trial.environment}
