"""`python -m shopify_assets_tests.bench.scale`: many shops, and nights upon nights.

Charter: the command line, and figures for the sizing table in docs/guides/operate.md.
It works on the real definitions, daemon and web server, in a folder, on a port and with
a PostgreSQL of its own. Runs are queued, never started: no shop is asked for anything.
Run by hand: 500 shops and 30 nights take half an hour and 12 GB of disk.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from shopify_assets.cli import instance
from shopify_assets.postgres.embedded import server
from shopify_assets_tests.bench import nights, pages
from shopify_assets_tests.bench.processes import Session
from shopify_assets_tests.ui.dagster_ui import DagsterUI
from shopify_assets_tests.ui.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

_LAUNCH = """
mutation Launch($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
_ASSETS = "{ assetNodes { assetKey { path } isMaterializable } }"

_COUNTS = {
    "runs": "SELECT count(*) FROM runs",
    "events": "SELECT count(*) FROM event_logs",
    "MB of event texts": "SELECT sum(octet_length(event)) / 1e6 FROM event_logs",
    "planned events": (
        "SELECT count(*) FROM event_logs WHERE dagster_event_type LIKE '%PLANNED'"
    ),
    "MB of the database": "SELECT pg_database_size(current_database()) / 1e6",
}
_SUBMITTED = "SELECT count(*) FROM runs WHERE status = 'QUEUED'"


def main() -> None:
    """Measure as the command line says, and print each figure as it is known."""
    parser = argparse.ArgumentParser(description="Measure many shops and nights.")
    parser.add_argument("--shops", type=int, default=500)
    parser.add_argument("--nights", type=int, default=30, help="that were not pruned")
    parser.add_argument(
        "--older", type=int, default=2, help="nights before, to be pruned"
    )
    parser.add_argument("--module", default="shopify_assets.definitions")
    parser.add_argument("--patience", type=float, default=1800, help="seconds")
    asked = parser.parse_args()
    # Its end is that of all it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="storage_scale-") as name:
        folder = Path(name)
        # PostgreSQL, which refuses root, runs as a user who has to enter it.
        folder.chmod(0o755)
        home = folder / "state"
        try:
            _measure(folder, home, asked)
        finally:
            server.stop(home)


def _measure(folder: Path, home: Path, asked: argparse.Namespace) -> None:
    shops = [f"shop-{number:04d}.myshopify.com" for number in range(asked.shops)]
    _prepare(folder, home, shops)
    url = os.environ["SHOPIFY_ASSETS_DAGSTER_URL"].replace("+psycopg2", "")
    with psycopg.connect(url, autocommit=True) as database:
        with _serving(folder, asked.module) as (ui, session):
            _show("after the start", session.figures())
            _submit(ui, session, database, shops, patience=asked.patience)
            _show("storage after the backfill", _counts(database))
        database.execute("UPDATE runs SET status = 'CANCELED'")
        _fill(database, shops, asked)
        with _serving(folder, asked.module) as (ui, session):
            _show("pages, first time", pages.seconds(ui, shops[0]))
            _show("pages, second time", pages.seconds(ui, shops[0]))
            _show("processes", session.figures())
        if asked.older:
            _prune(database, days=asked.nights)


def _prepare(folder: Path, home: Path, shops: list[str]) -> None:
    entry = '[[shops]]\ndomain = "{}"\naccess_token_env = "NONE"\n'
    (folder / "shops.toml").write_text("".join(entry.format(shop) for shop in shops))
    for name, value in {
        "SHOPIFY_ASSETS_HOME": str(home),
        "SHOPS_FILE": str(folder / "shops.toml"),
        "SHOPIFY_ASSETS_SYNC_CRON": "off",
        "SHOPIFY_ASSETS_VERIFY_CRON": "off",
    }.items():
        os.environ[name] = value
    for name in ("WAREHOUSE_URL", "LAKE_URL", "DAGSTER_HOME"):
        os.environ.pop(name, None)
    instance.prepare(home)
    file = Path(os.environ["DAGSTER_HOME"]) / "dagster.yaml"
    configuration = json.loads(file.read_text())
    configuration["concurrency"]["runs"]["max_concurrent_runs"] = 0
    file.write_text(json.dumps(configuration))
    with instance.opened() as opened:
        opened.add_dynamic_partitions("shop", shops)


@contextmanager
def _serving(folder: Path, module: str) -> Iterator[tuple[DagsterUI, Session]]:
    """Dagster's processes, in a session of their own."""
    workspace = folder / "workspace.yaml"
    location = {"python_module": {"module_name": module}}
    workspace.write_text(json.dumps({"load_from": [location]}))
    port = free_port()
    command = [
        *(sys.executable, "-m", "dagster", "dev", "--workspace", str(workspace)),
        *("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"),
    ]
    with (folder / "dagster.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 -- our own arguments
            command, start_new_session=True, cwd=folder, stdout=log, stderr=log
        )
        try:
            ui = DagsterUI(f"http://127.0.0.1:{port}")
            while not (ui.answers() and ui.ask(_ASSETS)["assetNodes"]):
                time.sleep(0.5)
            yield ui, Session(process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            time.sleep(5)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _submit(
    ui: DagsterUI,
    session: Session,
    database: psycopg.Connection,
    shops: list[str],
    *,
    patience: float,
) -> None:
    """Launch a backfill of all assets of all shops as the UI does; await its runs."""
    nodes = ui.ask(_ASSETS)["assetNodes"]
    keys = [node["assetKey"] for node in nodes if node["isMaterializable"]]
    params = {"assetSelection": keys, "partitionNames": shops}
    began = time.monotonic()
    launched = ui.ask(_LAUNCH, params=params)["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    accepted = time.monotonic() - began
    submitted = 0.0
    while submitted < len(shops):
        assert time.monotonic() - began < patience, f"{submitted} runs are submitted"
        time.sleep(1)
        submitted = _number(database, _SUBMITTED)
    _show(
        f"a backfill of {len(keys)} assets of {len(shops)} shops",
        {
            "seconds until accepted": accepted,
            "seconds until all runs are queued": time.monotonic() - began,
            **session.figures(),
        },
    )


def _fill(
    database: psycopg.Connection, shops: list[str], asked: argparse.Namespace
) -> None:
    now = datetime.now(UTC)
    began = time.monotonic()
    for night in range(asked.nights + asked.older, 0, -1):
        nights.insert(database, shops, at=now - timedelta(days=night))
    nights.keep_newest(database, at=now - timedelta(days=1))
    database.execute("VACUUM ANALYZE")
    seconds = {"seconds to insert": time.monotonic() - began}
    count = asked.nights + asked.older
    _show(f"storage after {count} nights", _counts(database) | seconds)


def _prune(database: psycopg.Connection, *, days: int) -> None:
    from shopify_assets.defs.pruning import prune  # noqa: PLC0415 -- Dagster, when ready

    began = time.monotonic()
    with instance.opened() as opened:
        pruned = prune(opened, days=days, now=datetime.now(UTC))
    seconds = {"seconds to prune": time.monotonic() - began}
    _show(f"pruned: {pruned}", _counts(database) | seconds)


def _counts(database: psycopg.Connection) -> dict[str, float]:
    return {name: _number(database, query) for name, query in _COUNTS.items()}


def _number(database: psycopg.Connection, query: Any) -> float:
    row = database.execute(query).fetchone()
    assert row is not None
    return float(row[0] or 0)


def _show(title: str, figures: dict[str, float]) -> None:
    print(f"\n{title}", flush=True)  # noqa: T201 -- the figures are the answer
    for name, value in figures.items():
        print(f"  {name:<44}{value:>14,.2f}", flush=True)  # noqa: T201 -- the same


if __name__ == "__main__":
    main()
