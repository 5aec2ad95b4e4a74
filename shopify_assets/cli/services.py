"""Dagster's code server, web server and daemon: one ends, and all do.

Charter: `python -m shopify_assets.cli.services --port 3000 …`, which `server` runs in
place of `dagster dev`, whose web server is not behind our guard. The others are
Dagster's own commands; nothing of Dagster is imported here.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from shopify_assets.private import write_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

_LOOK = 0.2  # seconds between two looks at the processes
_PATIENCE = 60.0  # seconds for the code server to listen
_GRACE = 4.0  # seconds for them to end by themselves, less than the guard's
_LOCATION = "shopify_assets"
_MODULE = "shopify_assets.definitions"
_QUIET = ("--log-level", "warning")


class _Ended(BaseException):
    """These processes were told to end."""


@click.command()
@click.option("--workspace", type=click.Path(path_type=Path), required=True)
@click.option("--port", type=int, required=True)
@click.option("--read-only", is_flag=True)
def services(workspace: Path, port: int, *, read_only: bool) -> None:
    """Run them until one ends, or a signal ends this; exit with its code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _told_to_end)
    code = 0
    processes: list[subprocess.Popen[bytes]] = []
    # A socket in a folder of ours alone: its path must be short, and only we may ask.
    with (
        suppress(_Ended),
        TemporaryDirectory(prefix="shopify_assets-") as folder,
        _ending(processes),
    ):
        listening = Path(folder) / "code.sock"
        processes.append(_started(_code_server(listening)))
        _await(listening, processes[0])
        write_private(workspace, json.dumps(_at(listening), indent=2) + "\n")
        web_server = _web_server(workspace, port=port, read_only=read_only)
        processes.append(_started(web_server))
        if not read_only:
            processes.append(_started(_daemon(workspace)))
        code = _first_code(processes)
    sys.exit(code)


def _told_to_end(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise _Ended


def _code_server(listening: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "dagster", "code-server", "start", *_QUIET),
        *("--socket", str(listening), "--module-name", _MODULE),
        *("--location-name", _LOCATION),
    ]


def _web_server(workspace: Path, *, port: int, read_only: bool) -> list[str]:
    return [
        *(sys.executable, "-m", "shopify_assets.cli", "webserver"),
        *("--workspace", str(workspace), "--port", str(port)),
        *(["--read-only"] if read_only else []),
    ]


def _daemon(workspace: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "dagster._daemon", "run", *_QUIET),
        *("--workspace", str(workspace)),
    ]


def _at(listening: Path) -> dict[str, object]:
    """A workspace of the code server alone. JSON is YAML."""
    server = {
        "socket": str(listening),
        "location_name": _LOCATION,
        # For people: the page of the code location says it.
        "additional_metadata": {"module_name": _MODULE},
    }
    return {"load_from": [{"grpc_server": server}]}


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 -- our own arguments
        command,
        stdin=subprocess.DEVNULL,
        # As `dagster dev` has it.
        env={**os.environ, "DAGSTER_IS_DEV_CLI": "1"},
    )


def _await(listening: Path, code_server: subprocess.Popen[bytes]) -> None:
    """Wait until the code server listens, or has ended."""
    give_up = time.monotonic() + _PATIENCE
    while code_server.poll() is None and time.monotonic() < give_up:
        with closing(socket.socket(socket.AF_UNIX)) as connection, suppress(OSError):
            connection.connect(str(listening))
            return
        time.sleep(_LOOK)


def _first_code(processes: Sequence[subprocess.Popen[bytes]]) -> int:
    """Wait until one of them ends; return its exit code, 1 for a server's 0."""
    while True:
        for process in processes:
            if (code := process.poll()) is not None:
                return code or 1
        time.sleep(_LOOK)


@contextmanager
def _ending(processes: Sequence[subprocess.Popen[bytes]]) -> Iterator[None]:
    """End all of them afterwards, those that were started last first."""
    try:
        yield
    finally:
        give_up = time.monotonic() + _GRACE
        for process in reversed(processes):
            process.send_signal(signal.SIGINT)
        for process in reversed(processes):
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, give_up - time.monotonic()))
            process.kill()


if __name__ == "__main__":
    services()
