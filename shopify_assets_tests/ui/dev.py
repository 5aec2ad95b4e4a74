"""`shopify-assets dev` as a process, in a folder of its own.

Charter: starting it, and pressing Ctrl-C, and seeing what is left of it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from shopify_assets.postgres.embedded import server
from shopify_assets_tests.ui.dagster_ui import DagsterUI
from shopify_assets_tests.ui.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

START_SECONDS = 120
END_SECONDS = 20


@dataclass(frozen=True)
class Served:
    """A `dev` whose pages can be opened.

    Attributes:
        ui: its web server.
        process: the command itself.
        log: what it wrote to the terminal.
    """

    ui: DagsterUI
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def folder_of_dev() -> Iterator[Path]:
    """An empty folder; PostgreSQL, which refuses root, can enter it too."""
    with tempfile.TemporaryDirectory(prefix="shopify_assets-dev-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def served(
    folder: Path,
    *arguments: str,
    environment: Mapping[str, str] = MappingProxyType({}),
    log: str = "terminal.log",
) -> Iterator[Served]:
    """Run `dev` in a folder until the end of the block; nothing of it is left then."""
    try:
        with started(folder, *arguments, environment=environment, log=log) as dev:
            _await(dev)
            yield dev
    finally:
        for home in (folder / "state", folder / "state" / "demo"):
            server.stop(home)


@contextmanager
def started(
    folder: Path,
    *arguments: str,
    environment: Mapping[str, str] = MappingProxyType({}),
    log: str,
) -> Iterator[Served]:
    """Begin a `dev`; it is ended at last, though not the PostgreSQL it started."""
    port = free_port()
    command = [sys.executable, "-m", "shopify_assets.cli", "dev", f"--port={port}"]
    home = {"SHOPIFY_ASSETS_HOME": str(folder / "state")}
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
    with (folder / log).open("wb") as terminal:
        process = subprocess.Popen(  # noqa: S603 -- our own arguments
            [*command, *arguments],
            cwd=folder,
            env={**kept, **home, **environment},
            stdout=terminal,
            stderr=subprocess.STDOUT,
        )
    try:
        ui = DagsterUI(f"http://127.0.0.1:{port}")
        yield Served(ui, process, folder / log)
    finally:
        end(process)


_OURS = ("DAGSTER_", "SHOPIFY_ASSETS_", "WAREHOUSE_URL", "LAKE_URL", "SHOPS_FILE")


def _await(dev: Served) -> None:
    give_up = time.monotonic() + START_SECONDS
    while not dev.ui.answers():
        assert dev.process.poll() is None, dev.log.read_text("utf-8")
        assert time.monotonic() < give_up, dev.log.read_text("utf-8")
        time.sleep(0.1)


def end(process: subprocess.Popen[bytes]) -> float:
    """Press Ctrl-C; return the seconds until the command has ended."""
    started_at = time.monotonic()
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(END_SECONDS)
    finally:
        process.kill()
    return time.monotonic() - started_at


def processes_of(folder: Path) -> list[str]:
    """Commands of living processes that name the folder, PostgreSQL's aside.

    That one outlives whoever started it, and is meant to.
    """
    return [
        command
        for command in _listed("args=")
        if str(folder) in command and "postgres -D" not in command
    ]


def numbers_of(words: str) -> list[int]:
    """The numbers of living processes in whose command these words stand."""
    return [int(line.split()[0]) for line in _listed("pid=,args=") if words in line]


def _listed(columns: str) -> list[str]:
    command = [shutil.which("ps") or "ps", "-axww", "-o", columns]
    listed = subprocess.run(  # noqa: S603 -- our own arguments
        command, capture_output=True, text=True, check=True
    )
    return listed.stdout.splitlines()
