"""A process that ends what it has started when its own starter is gone.

Charter: `python -m shopify_assets.cli.guard COMMAND …`, used for Dagster, whose server
starts processes of its own. The guard is the first of a session, runs the command in
it, and reads its standard input, which ends with whoever started it, even by SIGKILL.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

GRACE = 5.0  # seconds for the command to end by itself
_LOOK = 0.2  # seconds between two looks at it


def guard(command: list[str]) -> int:
    """Run a command until it, or the starter of this process, ends."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 -- our starter's words

    def pass_on(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    while process.poll() is None:
        ended, _, _ = select.select([sys.stdin], [], [], _LOOK)
        if ended:
            _end_session(process)
    return process.returncode


def _end_session(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(guard(sys.argv[1:]))
