"""Measuring a phase: time, CPU of this process and of the server, log, peak memory.

Charter: readings of `/proc` and of the server's log position (Linux only), and their
differences. What is measured is the caller's business.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 2**20


@dataclass(frozen=True)
class Phase:
    """What a phase cost.

    Attributes:
        name: the phase.
        wall: seconds that passed.
        cpu: CPU seconds of this process.
        server_cpu: CPU seconds of all processes of the PostgreSQL server.
        wal_mib: what the server wrote to its log.
        peak_mib: the most memory this process held at a time.
    """

    name: str
    wall: float
    cpu: float
    server_cpu: float
    wal_mib: float
    peak_mib: float


class _Stat(NamedTuple):
    parent: int
    own: int
    of_ended: int


class Reading(NamedTuple):
    """What has been spent up to now."""

    wall: float
    cpu: float
    server_cpu: float
    wal: int


class Meter:
    """Measures phases; `phases` are those that ended."""

    def __init__(self, url: str) -> None:
        self.phases: list[Phase] = []
        self._connection = psycopg.connect(url, autocommit=True)
        self._server = _stat(self._connection.info.backend_pid).parent

    def close(self) -> None:
        """Close the connection that reads the server's log position."""
        self._connection.close()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure what is done within."""
        reset_peak()
        before = self.read()
        yield
        after = self.read()
        self.phases.append(
            Phase(
                name=name,
                wall=round(after.wall - before.wall, 3),
                cpu=round(after.cpu - before.cpu, 3),
                server_cpu=round(after.server_cpu - before.server_cpu, 3),
                wal_mib=round((after.wal - before.wal) / _MIB, 2),
                peak_mib=round(peak_mib(), 1),
            )
        )

    def read(self) -> Reading:
        """Read what has been spent up to now."""
        times = os.times()
        return Reading(
            wall=time.monotonic(),
            cpu=sum(times[:4]),
            server_cpu=_cpu_of_tree(self._server),
            wal=self._wal(),
        )

    def _wal(self) -> int:
        row = self._connection.execute(
            "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
        ).fetchone()
        return int(row[0]) if row else 0


def _cpu_of_tree(server: int) -> float:
    """CPU seconds of a server: its own, of its children, and of those that ended."""
    found = _stat(server)
    ticks = found.own + found.of_ended
    for each in Path("/proc").glob("[0-9]*"):
        try:
            stat = _stat(int(each.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
        if stat.parent == server:
            ticks += stat.own + stat.of_ended
    return ticks / _TICKS


def _stat(process: int) -> _Stat:
    text = Path(f"/proc/{process}/stat").read_text("utf-8")
    # The name, in parentheses, may hold spaces; fields count from after it.
    fields = text.rpartition(")")[2].split()
    user, system, ended_user, ended_system = map(int, fields[11:15])
    return _Stat(int(fields[1]), user + system, ended_user + ended_system)


def reset_peak() -> None:
    """Let the peak of memory begin anew."""
    Path("/proc/self/clear_refs").write_text("5", "utf-8")


def peak_mib() -> float:
    """The most memory this process held since, in MiB."""
    status = Path("/proc/self/status").read_text("utf-8")
    (line,) = (each for each in status.splitlines() if each.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
