"""A small Dagster with one job, its pages served with the guard or without.

Charter: starting it, counting the runs that somebody has started, and the mutation that
starts one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets_tests.ui.dagster_ui import DagsterUI
from shopify_assets_tests.ui.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

START_SECONDS = 120
END_SECONDS = 20
NAME = "dagster.example.com"

RAW = ("-m", "dagster_webserver")
GUARDED = ("-m", "shopify_assets.cli", "webserver")

_CODE = """\
import dagster as dg

@dg.op
def idle() -> None: ...

@dg.job
def attacked() -> None:
    idle()

defs = dg.Definitions(jobs=[attacked])
"""
# Runs are queued, and there is no daemon that would start them.
_INSTANCE = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    "run_coordinator": {
        "module": "dagster._core.run_coordinator",
        "class": "QueuedRunCoordinator",
    },
}
_RUNS = "{ runsOrError { ... on Runs { results { runId } } } }"
MUTATION = (
    "mutation { launchRun(executionParams: { selector: { "
    'repositoryName: "__repository__", repositoryLocationName: "attacked", '
    'jobName: "attacked" }, runConfigData: {} }) { __typename } }'
)


@dataclass(frozen=True)
class Stand:
    """A web server that answers.

    Attributes:
        ui: asked as a program asks it, which says no origin.
        port: where it listens, on 127.0.0.1.
    """

    ui: DagsterUI
    port: int

    def runs(self) -> int:
        """How many runs were started so far."""
        return len(self.ui.ask(_RUNS)["runsOrError"]["results"])

    def launch(self) -> str:
        """Start a run as a program may; return what became of it."""
        return str(self.ui.ask(MUTATION)["launchRun"]["__typename"])


@contextmanager
def standing(folder: Path, command: Sequence[str], *arguments: str) -> Iterator[Stand]:
    """Serve the job's pages until the end of the block.

    Args:
        folder: where all of it is kept.
        command: RAW or GUARDED.
        arguments: further ones.
    """
    (folder / "home").mkdir()
    # JSON is YAML.
    (folder / "home" / "dagster.yaml").write_text(json.dumps(_INSTANCE), "utf-8")
    (folder / "attacked.py").write_text(_CODE, "utf-8")
    file = {"relative_path": "attacked.py", "location_name": "attacked"}
    workspace = folder / "workspace.yaml"
    workspace.write_text(json.dumps({"load_from": [{"python_file": file}]}), "utf-8")
    port = free_port()
    process = subprocess.Popen(  # noqa: S603 -- our own arguments
        [
            *(sys.executable, *command, "--workspace", str(workspace)),
            *("--port", str(port), *arguments),
        ],
        cwd=folder,
        env={
            **os.environ,
            "DAGSTER_HOME": str(folder / "home"),
            "SHOPIFY_ASSETS_UI_HOSTS": NAME,
        },
    )
    try:
        yield _answering(process, port)
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        finally:
            process.kill()


def _answering(process: subprocess.Popen[bytes], port: int) -> Stand:
    stand = Stand(DagsterUI(f"http://127.0.0.1:{port}"), port)
    give_up = time.monotonic() + START_SECONDS
    while not stand.ui.answers():
        assert process.poll() is None
        assert time.monotonic() < give_up
        time.sleep(0.1)
    return stand
