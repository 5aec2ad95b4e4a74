"""A command under guard ends with whoever started it, even if that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

STARTER = """
import subprocess, sys, time
command = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
guard = subprocess.Popen(
    [sys.executable, "-m", "shopify_assets.cli.guard", *command],
    stdin=subprocess.PIPE, start_new_session=True,
)
print(guard.pid, flush=True)
time.sleep(60)
"""


def session(leader: int) -> list[int]:
    """The living processes of a session."""
    living = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            living.append(int(folder.name))
    return living


def test_the_command_ends_when_its_starter_is_killed() -> None:
    command = [sys.executable, "-c", STARTER]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as starter:  # noqa: S603 -- our own words
        assert starter.stdout is not None
        guard = int(starter.stdout.readline())
        assert starter.stdout.readline() == b"up\n"
        assert len(session(guard)) == 2
        os.kill(starter.pid, signal.SIGKILL)
    give_up = time.monotonic() + 20
    while session(guard) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert session(guard) == []


def test_the_exit_code_is_the_commands() -> None:
    guarded = [sys.executable, "-m", "shopify_assets.cli.guard"]
    command = [*guarded, sys.executable, "-c", "raise SystemExit(7)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:  # noqa: S603 -- our own words
        assert process.wait(20) == 7
