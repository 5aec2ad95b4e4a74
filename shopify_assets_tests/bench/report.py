"""What was measured, in figures to compare: a table for people, JSON for machines.

Charter: derived figures and their presentation, and the marks that are to be reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets_tests.bench.cases import Case, Measured
    from shopify_assets_tests.bench.floor import Floor
    from shopify_assets_tests.bench.meter import Phase

ORDERS_PER_CPU_SECOND = 1_200
PEAK_MIB = 300
FIRST_LOAD_TO_FLOOR = 2.0
MERGE_TO_FLOOR = 3.0

# Once a process, whatever it does: no part of what orders cost.
_STARTING = "compile"
_MIB = 2**20
_TICK = 0.01  # what CPU seconds of other processes are told in


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A case in figures.

    Attributes:
        name: the case.
        orders: in the batch.
        rows: in the batch, of all tables.
        orders_per_cpu: per CPU second of pipeline and server together.
        orders_per_pipeline_cpu: per CPU second of the pipeline alone.
        load_to_floor: CPU of the load, both sides, over that of copying as many rows
            from files the server reads.
        load_to_streamed: the same over that of streaming the files from a client.
        peak_mib: of the pipeline.
        changed: rows written.
        wal_mib: the server's log.
        grown_mib: by which tables and indexes grew.
    """

    name: str
    orders: int
    rows: int
    orders_per_cpu: int
    orders_per_pipeline_cpu: int
    load_to_floor: float
    load_to_streamed: float
    peak_mib: float
    changed: int
    wal_mib: float
    grown_mib: float


def figures(case: Case, floor: Floor) -> Figures:
    """Derive a case's figures; the floor is scaled to its rows."""
    phases = [each for each in case.outcome.phases if each.name != _STARTING]
    pipeline = sum(each.cpu for each in phases)
    server = sum(each.server_cpu for each in phases)
    load = next(each for each in phases if each.name == "load")
    spent = (load.cpu + load.server_cpu) / case.outcome.rows * floor.rows
    return Figures(
        name=case.name,
        orders=case.orders,
        rows=case.outcome.rows,
        orders_per_cpu=round(case.orders / (pipeline + server)),
        orders_per_pipeline_cpu=round(case.orders / pipeline),
        load_to_floor=round(spent / max(floor.cpu, _TICK), 2),
        load_to_streamed=round(spent / max(floor.streamed_cpu, _TICK), 2),
        peak_mib=max(each.peak_mib for each in phases),
        changed=case.outcome.changed,
        wal_mib=round(sum(each.wal_mib for each in phases), 2),
        grown_mib=round((case.size_after - case.size_before) / _MIB, 2),
    )


def as_json(measured: Measured) -> bytes:
    """All figures, and the phases they come from."""
    content: dict[str, Any] = {
        "to_reach": {
            "orders_per_cpu": ORDERS_PER_CPU_SECOND,
            "peak_mib": PEAK_MIB,
            "first_load_to_floor": FIRST_LOAD_TO_FLOOR,
            "merge_to_floor": MERGE_TO_FLOOR,
        },
        "figures": [figures(each, measured.floor) for each in measured.cases],
        "floor": measured.floor,
        "cases": measured.cases,
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def as_table(measured: Measured) -> str:
    """The same for people."""
    return "\n".join([*_phases(measured), "", *_floor(measured), "", *_cases(measured)])


def _phases(measured: Measured) -> Iterator[str]:
    yield (
        f"{'case':24}{'phase':12}{'wall s':>9}{'CPU s':>9}{'server s':>10}"
        f"{'log MiB':>10}{'peak MiB':>10}"
    )
    for case in measured.cases:
        for each in case.outcome.phases:
            yield f"{_phase(case, each)}{each.peak_mib:10.0f}"
        # Its memory is the bench's own.
        yield _phase(case, case.vacuum)


def _phase(case: Case, phase: Phase) -> str:
    return (
        f"{case.name:24}{phase.name:12}{phase.wall:9.2f}{phase.cpu:9.2f}"
        f"{phase.server_cpu:10.2f}{phase.wal_mib:10.2f}"
    )


def _floor(measured: Measured) -> Iterator[str]:
    floor = measured.floor
    yield (
        f"floor: {floor.rows:,} rows by binary COPY into bare tables: "
        f"{floor.cpu:.2f} CPU s ({floor.wal_mib:.0f} MiB of log); "
        f"{floor.streamed_cpu:.2f} CPU s streamed by a client"
    )


def _cases(measured: Measured) -> Iterator[str]:
    yield (
        f"{'case':24}{'orders':>9}{'rows':>11}{'orders/CPU s':>14}{'pipeline':>10}"
        f"{'load/floor':>12}{'/streamed':>11}{'peak MiB':>10}{'changed':>11}"
        f"{'log MiB':>9}{'grown MiB':>11}"
    )
    for case in measured.cases:
        each = figures(case, measured.floor)
        yield (
            f"{each.name:24}{each.orders:9,}{each.rows:11,}{each.orders_per_cpu:14,}"
            f"{each.orders_per_pipeline_cpu:10,}{each.load_to_floor:12.2f}"
            f"{each.load_to_streamed:11.2f}"
            f"{each.peak_mib:10.0f}{each.changed:11,}{each.wal_mib:9.1f}"
            f"{each.grown_mib:11.1f}"
        )
        for finding in case.outcome.findings:
            yield f"    FINDING {finding}"
