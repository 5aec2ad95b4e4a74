"""What the processes of a session cost: Dagster's daemon, web and code servers.

Charter: readings of `/proc` (Linux only) of all processes of one session.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_NAMES = {
    "dagster._daemon": "daemon",
    "dagster_webserver": "web server",
    "grpc": "code server",
}


class Session:
    """The processes that one process has started, in a session of their own."""

    def __init__(self, leader: int) -> None:
        self._leader = leader

    def figures(self) -> dict[str, float]:
        """Memory at most (MiB) and CPU (seconds) up to now, of each kind of process."""
        figures: dict[str, float] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has ended meanwhile
                self._add(folder, figures)
        return dict(sorted(figures.items()))

    def _add(self, folder: Path, figures: dict[str, float]) -> None:
        stat = (folder / "stat").read_text().rpartition(")")[2].split()
        command = (folder / "cmdline").read_text().replace("\0", " ")
        name = next((name for word, name in _NAMES.items() if word in command), None)
        if int(stat[3]) != self._leader or name is None:
            return
        status = (folder / "status").read_text()
        peak = status.partition("VmHWM:")[2].split()[0]
        memory, cpu = f"{name}: peak MiB", f"{name}: CPU seconds"
        figures[memory] = max(figures.get(memory, 0), int(peak) / 1024)
        spent = (int(stat[11]) + int(stat[12])) / _TICKS
        figures[cpu] = figures.get(cpu, 0) + spent
