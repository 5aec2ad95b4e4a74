"""Commands while `dev` runs: its daemon executes their runs, and they tell the same."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shopify_assets.defs.names import (
    BACKFILL_JOB,
    COMMAND,
    PARTITION_TAG,
    PROCESS_TAG,
    SYNC_JOB,
    TRIGGER_TAG,
    VERIFY_JOB,
)
from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.http.server import Simulator
from shopify_assets_tests.stage import EMBER, LUMEN, shop
from shopify_assets_tests.ui.dev import Served, folder_of_dev, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shopify_assets_tests.ui.dagster_ui import Run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

STREAMS = ("draft_orders", "locations")
SELECTED = tuple(word for name in STREAMS for word in ("--select", name))
TOKEN = "shpat_simulated"
PATIENCE = 400.0
WORKED = ("extracted", "rows", "changed", "checks", "complete", "failure", "skipped")


@dataclass(frozen=True)
class Machine:
    """A `dev` for two shops of one simulator, and commands beside it."""

    simulator: Simulator
    dev: Served
    folder: Path
    environment: dict[str, str]

    @contextmanager
    def begun(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "-m", "shopify_assets.cli", *words]
        with subprocess.Popen(  # noqa: S603 -- our own command
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def call(self, *words: str) -> tuple[int, list[dict[str, Any]], str]:
        """Its exit code, its JSON, its remarks."""
        with self.begun(*words, "--json") as process:
            out, remarks = process.communicate(timeout=PATIENCE)
        assert out, remarks.decode()
        return process.returncode, msgspec.json.decode(out), remarks.decode()

    def newest(self, job: str) -> Run:
        """The newest run that the job's page lists."""
        return self.dev.ui.runs_of(job)[0]

    def daemon(self) -> int:
        """The process that starts queued runs."""
        ps = [shutil.which("ps") or "ps", "-axww", "-o", "pid=,args="]
        listed = subprocess.run(ps, capture_output=True, text=True, check=True)  # noqa: S603 -- our own
        (found,) = [
            int(line.split()[0])
            for line in listed.stdout.splitlines()
            if "dagster._daemon" in line and str(self.folder) in line
        ]
        return found


@pytest.fixture(scope="module")
def machine(worker_database_url: str) -> Iterator[Machine]:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    span = {"start": today - timedelta(days=40), "end": today - timedelta(days=1)}
    shops = [
        replace(shop(domain, orders=10, **span), access_token=TOKEN)
        for domain in (EMBER, LUMEN)
    ]
    with Simulator(shops) as simulator, folder_of_dev() as folder:
        entries = "\n".join(
            f'[[shops]]\ndomain = "{domain}"\n'
            f'base_url = "{simulator.base_url(domain)}"\n'
            f"start_date = {(today - timedelta(days=41)).date()}\n"
            'access_token_env = "TOKEN"\n'
            for domain in (EMBER, LUMEN)
        )
        (folder / "shops.toml").write_text(entries, "utf-8")
        settings = {"TOKEN": TOKEN, "WAREHOUSE_URL": worker_database_url}
        home = {"SHOPIFY_ASSETS_HOME": str(folder / "state")}
        inherited = {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME"}
        environment = {**inherited, **home, **settings}
        with served(folder, environment=settings) as dev:
            yield Machine(simulator, dev, folder, environment)


def until(condition: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE, "it did not come about"
        time.sleep(0.5)


def test_a_run_of_a_command_is_the_daemons_and_shown_like_any_other(
    machine: Machine,
) -> None:
    before = time.time()
    code, outcomes, remarks = machine.call("backfill", *SELECTED)
    assert (code, [it["complete"] for it in outcomes]) == (0, [True] * 4), remarks
    for domain in (EMBER, LUMEN):
        for stream in STREAMS:
            place = f"/2] {stream}: "
            assert any(domain in it and place in it for it in remarks.splitlines())
    runs = machine.dev.ui.runs_of(BACKFILL_JOB)
    assert {run.tags[PARTITION_TAG]: run.status for run in runs} == {
        EMBER: "SUCCESS",
        LUMEN: "SUCCESS",
    }
    assert all(run.tags[TRIGGER_TAG] == COMMAND for run in runs)
    # No process of the command's has executed it.
    assert not any(PROCESS_TAG in run.tags for run in runs)
    shown = machine.dev.ui.timeline(after=before - 5)
    assert {run.run_id for run in shown[BACKFILL_JOB]} == {run.run_id for run in runs}
    for stream in STREAMS:
        done, bad = machine.dev.ui.partitions(f"shopify/{stream}_warehouse")
        assert (done, bad) == ({EMBER, LUMEN}, set())


@pytest.mark.parametrize("job", [SYNC_JOB, VERIFY_JOB])
def test_what_a_command_tells_is_the_same_as_if_it_executed_the_run(
    machine: Machine, job: str, tmp_path: Path
) -> None:
    """Exit code and JSON, but for times; with an instance of its own, no daemon."""
    words = (job, "--shop", EMBER, *SELECTED)
    daemons = machine.call(*words)
    assert machine.newest(job).status == "SUCCESS"
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n", "utf-8")
    alone = {**machine.environment, "DAGSTER_HOME": str(tmp_path)}
    own = replace(machine, environment=alone).call(*words)
    assert daemons[0] == own[0] == 0
    kept = WORKED if job == SYNC_JOB else ("verdict", "failure")
    assert [picked(it, kept) for it in daemons[1]] == [
        picked(it, kept) for it in own[1]
    ]
    assert [it["stream"] for it in daemons[1]] == list(STREAMS)


def picked(value: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value.get(name) for name in ("shop", "stream", *names)}


def test_a_failure_comes_from_the_daemons_run_with_its_reason(machine: Machine) -> None:
    odd = Fault(
        kind=Kind.STRANGE_ERROR, code="BROKEN", match="query locations", times=None
    )
    machine.simulator.arm(LUMEN, odd)
    try:
        code, outcomes, remarks = machine.call("backfill", "--shop", LUMEN, *SELECTED)
    finally:
        machine.simulator.store(LUMEN).faults.clear()
    assert code == 1
    by_stream = {it["stream"]: it for it in outcomes}
    assert by_stream["draft_orders"]["complete"]
    assert "BROKEN" in by_stream["locations"]["failure"]
    assert "1 of 2 streams are not complete: locations of" in remarks
    assert machine.newest(BACKFILL_JOB).status == "FAILURE"


def test_ctrl_c_ends_the_run_that_the_daemon_has(machine: Machine) -> None:
    stall = Fault(kind=Kind.STALL, seconds=300, match="query locations", times=None)
    machine.simulator.arm(LUMEN, stall)
    known = {run.run_id for run in machine.dev.ui.runs_of(BACKFILL_JOB)}

    def is_at_work() -> bool:
        newest = machine.newest(BACKFILL_JOB)
        return newest.run_id not in known and newest.status == "STARTED"

    try:
        with machine.begun("backfill", "--shop", LUMEN, *SELECTED) as command:
            until(is_at_work)
            command.send_signal(signal.SIGINT)
            command.communicate(timeout=30)
        assert command.returncode == 128 + signal.SIGINT
        ended = {"CANCELED", "CANCELING"}
        until(lambda: machine.newest(BACKFILL_JOB).status in ended)
        until(lambda: machine.newest(BACKFILL_JOB).status == "CANCELED")
    finally:
        machine.simulator.store(LUMEN).faults.clear()


def test_a_run_that_the_daemon_does_not_start_is_executed_by_the_command(
    machine: Machine,
) -> None:
    """The daemon is stopped: its last sign of life grows old, and the run is ours."""
    daemon = machine.daemon()
    os.kill(daemon, signal.SIGSTOP)
    try:
        code, outcomes, remarks = machine.call("sync", "--shop", EMBER, *SELECTED)
    finally:
        os.kill(daemon, signal.SIGCONT)
    assert (code, [it["complete"] for it in outcomes]) == (0, [True] * 2), remarks
    assert "the daemon is gone; the run is executed here" in remarks
    ours, daemons = machine.dev.ui.runs_of(SYNC_JOB)[:2]
    assert (ours.status, PROCESS_TAG in ours.tags) == ("SUCCESS", True)
    assert (daemons.status, PROCESS_TAG in daemons.tags) == ("CANCELED", False)
