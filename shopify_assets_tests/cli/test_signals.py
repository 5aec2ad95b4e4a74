"""A backfill that is ended by a signal leaves nothing behind, and is gone on with.

The shop stalls in the middle of an extraction, so that the moment is always the same:
a process of the shop's waits for Shopify, holds a lock, and has a folder of its own.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from shopify_assets.simulator.faults import Fault, Kind
from shopify_assets.simulator.http.server import Simulator
from shopify_assets_tests.cli.conftest import entry
from shopify_assets_tests.expected import expected_rows, stored_rows
from shopify_assets_tests.stage import EMBER, compiled, shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

STREAM = "tender_transactions"
MARK = "SHOPIFY_ASSETS_TESTS_MARK"
LOCKS = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE locktype = 'advisory' AND datname = current_database()
"""
PATIENCE = 240.0  # seconds; a busy machine takes its time to load Dagster
PROMPT = 15.0


pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A shop whose short history ends yesterday."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    span = {"start": today - timedelta(days=40), "end": today - timedelta(days=1)}
    with Simulator([shop(EMBER, orders=40, **span)]) as running:
        yield running


@pytest.fixture
def backfill(
    place: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], subprocess.Popen[bytes]]:
    """Begins a backfill whose processes can be told from all others."""
    begin = datetime.now(UTC).date() - timedelta(days=41)
    entries = entry(simulator, EMBER, f"start_date = {begin}")
    (place / "shops.toml").write_text(entries, "utf-8")
    (place / "dagster").mkdir()
    telemetry = "telemetry: {enabled: false}\n"
    (place / "dagster" / "dagster.yaml").write_text(telemetry, "utf-8")
    monkeypatch.setenv("DAGSTER_HOME", str(place / "dagster"))
    monkeypatch.setenv(MARK, str(place))
    command = [sys.executable, "-m", "shopify_assets.cli", "backfill"]

    def begun() -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 -- our own words
            [*command, "--select", STREAM],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    return begun


def marked(mark: Path) -> list[int]:
    """The living processes of a backfill, this test's own process aside."""
    living = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if f"{MARK}={mark}".encode() in environment and folder.name != str(os.getpid()):
            living.append(int(folder.name))
    return living


def copies(mark: Path) -> list[int]:
    """The processes of a backfill that a fork server has made: one a shop."""
    servers = {
        process
        for process in marked(mark)
        if b"multiprocessing.forkserver"
        in Path(f"/proc/{process}/cmdline").read_bytes()
    }
    return [process for process in servers if parent(process) in servers]


def parent(process: int) -> int:
    """The number of a process's parent."""
    stat = Path(f"/proc/{process}/stat").read_text("utf-8")
    return int(stat.rpartition(")")[2].split()[1])


def until(condition: Callable[[], bool], *, patience: float) -> float:
    """Wait; return the seconds it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < patience, "it did not come about"
        time.sleep(0.05)
    return time.monotonic() - began


def locks(connection: psycopg.Connection) -> int:
    """How many advisory locks are held in the tests' database."""
    row = connection.execute(LOCKS).fetchone()
    connection.commit()
    assert row is not None
    return int(row[0])


def statuses(place: Path) -> list[str]:
    """The statuses of all runs in the books of Dagster."""
    with dg.DagsterInstance.from_config(str(place / "dagster")) as instance:
        return [run.status.value for run in instance.get_runs()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_and_the_next_run_goes_on(
    place: Path,
    simulator: Simulator,
    postgres: psycopg.Connection,
    backfill: Callable[[], subprocess.Popen[bytes]],
    number: signal.Signals,
) -> None:
    lake = place / ".shopify_assets" / "lake"
    simulator.arm(
        EMBER, Fault(kind=Kind.STALL, times=None, seconds=60.0, match="tenderTrans")
    )
    with backfill() as command:
        until(lambda: locks(postgres) > 0, patience=PATIENCE)
        time.sleep(0.5)
        command.send_signal(number)
        output, _ = command.communicate(timeout=PROMPT)
    killed = number == signal.SIGKILL
    assert command.returncode == (-number if killed else 128 + number)
    assert (f"ended by {number.name}" in output.decode()) is not killed
    until(lambda: marked(place) == [], patience=PROMPT)
    until(lambda: locks(postgres) == 0, patience=PROMPT)
    assert list(lake.glob(".temp/*")) == []
    assert statuses(place) == ["CANCELED"]
    simulator.store(EMBER).faults.clear()
    with backfill() as command:
        output, _ = command.communicate(timeout=PATIENCE)
    assert command.returncode == 0, output.decode()
    made = compiled(STREAM)
    assert stored_rows(postgres, EMBER, made) == expected_rows(simulator, EMBER, made)
    assert sorted(statuses(place)) == ["CANCELED", "SUCCESS"]


def test_a_signal_before_anything_was_started_ends_the_command(
    place: Path,
    simulator: Simulator,
    backfill: Callable[[], subprocess.Popen[bytes]],
) -> None:
    """While it asks whether the shop can be read, which is slow to answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        file = place / "shops.toml"
        entries = file.read_text("utf-8").replace(simulator.base_url(EMBER), url)
        file.write_text(entries, "utf-8")
        silent.settimeout(PATIENCE)
        with backfill() as command:
            asked, _ = silent.accept()
            with asked:
                command.send_signal(signal.SIGTERM)
                assert command.wait(PROMPT) == 128 + signal.SIGTERM
    assert marked(place) == []


def test_a_second_signal_ends_it_at_once(
    place: Path,
    simulator: Simulator,
    postgres: psycopg.Connection,
    backfill: Callable[[], subprocess.Popen[bytes]],
) -> None:
    """Its worker process is stopped, so that it could not end in good order."""
    simulator.arm(
        EMBER, Fault(kind=Kind.STALL, times=None, seconds=60.0, match="tenderTrans")
    )
    with backfill() as command:
        until(lambda: locks(postgres) > 0, patience=PATIENCE)
        (worker,) = copies(place)
        os.kill(worker, signal.SIGSTOP)
        command.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert command.poll() is None
        command.send_signal(signal.SIGTERM)
        assert command.wait(2) == 128 + signal.SIGTERM
    until(lambda: marked(place) == [], patience=PROMPT)
    until(lambda: locks(postgres) == 0, patience=PROMPT)
