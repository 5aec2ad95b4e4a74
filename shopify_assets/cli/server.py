"""Dagster's web server, daemon and code server: started together, ended together.

Charter: the life of those processes. What they show, and the instance they work on, are
decided elsewhere.

They get a session of their own, so that Ctrl-C reaches this process alone and the order
of things is ours: ask Dagster to end, wait, and end whatever is left of the session.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection
from typing import TYPE_CHECKING

from shopify_assets.cli.guard import GRACE
from shopify_assets.errors import ConfigurationError
from shopify_assets.private import open_private, state_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LOOK = 0.2  # seconds between two looks at the processes
_GUARD = (sys.executable, "-m", "shopify_assets.cli.guard")


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Have a state folder to oneself, as a demo or a daemon must.

    Raises:
        ConfigurationError: another one works on this state folder. Two daemons would
            start every scheduled run twice; two demos, exchange their simulators.
    """
    lock = open_private(state_folder(home) / "dev.lock", os.O_RDWR | os.O_CREAT)
    try:
        _lock(lock, home)
        yield
    finally:
        os.close(lock)


def _lock(lock: int, home: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        message = (
            f"the demo or Dagster's UI runs already on the state folder {home}; "
            "end that one first, or set SHOPIFY_ASSETS_HOME to another folder"
        )
        raise ConfigurationError(message) from error


def serve(
    home: Path, *, port: int, say: Callable[[str], None], read_only: bool = False
) -> int:
    """Run Dagster until it ends, or a signal ends this command; return its code.

    Read-only, there is no daemon either: nothing starts by itself.
    """
    workspace = home.resolve() / "workspace.yaml"
    # The guard's end of the pipe closes with this process, however that ends.
    process = subprocess.Popen(  # noqa: S603 -- our own arguments
        [*_GUARD, *_command(workspace, port=port, read_only=read_only)],
        start_new_session=True,
        stdin=subprocess.PIPE,
    )
    try:
        _watch(process, port=port, say=say)
    finally:
        code = _end(process)
    return code


def _command(workspace: Path, *, port: int, read_only: bool) -> list[str]:
    return [
        *(sys.executable, "-m", "shopify_assets.cli.services"),
        *("--workspace", str(workspace), "--port", str(port)),
        *(["--read-only"] if read_only else []),
    ]


def _watch(
    process: subprocess.Popen[bytes], *, port: int, say: Callable[[str], None]
) -> None:
    """Return when it has ended; say once that pages can be opened."""
    open_to_people = False
    while process.poll() is None:
        time.sleep(_LOOK)
        if not open_to_people and _answers(port):
            open_to_people = True
            say(f"Dagster's UI: http://127.0.0.1:{port}  (Ctrl-C ends it)")


def _answers(port: int) -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=1)) as connection:
        try:
            connection.request("GET", "/server_info")
            return connection.getresponse().status == HTTPStatus.OK
        except OSError:
            return False


def _end(process: subprocess.Popen[bytes]) -> int:
    """End the process and its whole session."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()
