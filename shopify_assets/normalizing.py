"""Normalising an extraction: its tables, their checks, and what is set aside.

Charter: ties normalize and quality together. A record of which a line or a row cannot
be read is left out whole, so that the others can be loaded; where too many are, the
stream is misunderstood, and nothing of the extraction is. What becomes of it then is
`refusals`' business.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

import msgspec
import polars as pl

from shopify_assets.errors import DataError
from shopify_assets.findings import compare
from shopify_assets.normalize.aside import Aside, SetAside, keys_of, lines_of
from shopify_assets.normalize.files import (
    TableReader,
    leave_out,
    write_tables_manifest,
)
from shopify_assets.normalize.result import Normalized
from shopify_assets.normalize.rows import columns_of
from shopify_assets.normalize.run import make_tables
from shopify_assets.quality import inspect, inspected_columns, rows_at_fault
from shopify_assets.settings import DEFAULT_MAX_SET_ASIDE
from shopify_assets.storage.extractions import Extractions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.tables import Table
    from shopify_assets.findings import Finding
    from shopify_assets.normalize.files import TablesManifest
    from shopify_assets.quality import RowFault
    from shopify_assets.storage.manifests import Manifest
    from shopify_assets.storage.store import Store

# Fraction of a window's records that may be set aside; so many always may.
MOST_SET_ASIDE = DEFAULT_MAX_SET_ASIDE
FEWEST_ALLOWED = 10
SETTING = "SHOPIFY_ASSETS_MAX_SET_ASIDE"

_EXAMPLES = 10


def as_read(compiled: CompiledStream, manifest: Manifest) -> CompiledStream:
    """The stream without what the shop did not let us read."""
    return compiled.without(each.path for each in manifest.plan.withheld)


def normalized(
    compiled: CompiledStream,
    manifest: Manifest,
    *,
    store: Store,
    clock: Callable[[], datetime],
    most_set_aside: float = MOST_SET_ASIDE,
) -> Normalized:
    """Write the tables of an extraction, without records that cannot be read.

    Raises:
        DataError: a raw file is missing or damaged, or too many records are unreadable.
    """
    compiled = as_read(compiled, manifest)
    roots = sum(part.roots for part in manifest.parts if part.details_of is None)
    allowed = max(FEWEST_ALLOWED, int(roots * most_set_aside))
    aside = Aside(allowed)
    try:
        tables = make_tables(store, manifest, compiled, clock=clock, aside=aside)
        findings = list(_counted(compiled, manifest, tables))
        leave = partial(leave_out, store, manifest.extraction, compiled.tables)
        tables = leave(manifest=tables, aside=aside.entries)
        inspected = _inspected(compiled, manifest, tables, store=store)
        findings += inspected.findings
        for fault in inspected.faults:
            aside.add(fault)
        tables = leave(manifest=tables, aside=inspected.faults)
        tables = _without_outdated(compiled, manifest, tables, store)
    except pl.exceptions.PolarsError as error:
        message = f"{manifest.extraction} could not be made tables of: {error}"
        raise DataError(message) from error
    if aside.records > allowed:
        raise DataError(_too_many(manifest, aside, roots=roots, allowed=allowed))
    write_tables_manifest(store, manifest.extraction, tables)
    return Normalized(
        records=tables.rows[compiled.principal.name],
        rows=tables.rows,
        cleaned=sum(column.values for column in tables.cleaned),
        seconds=tables.seconds,
        findings=tuple(findings),
        aside=tables.aside,
    )


def _too_many(manifest: Manifest, aside: Aside, *, roots: int, allowed: int) -> str:
    examples = "; ".join(fault.brief for fault in aside.entries[:_EXAMPLES])
    return (
        f"{manifest.extraction}: {aside.records:,} of {roots:,} records cannot be read "
        f"and {allowed:,} may be set aside ({SETTING}): the stream is misunderstood, "
        f"nothing of it is loaded. Such as: {examples}"
    )


# ── rows ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Inspected:
    findings: tuple[Finding, ...]
    faults: tuple[SetAside, ...]


def _inspected(
    compiled: CompiledStream,
    manifest: Manifest,
    tables: TablesManifest,
    *,
    store: Store,
) -> _Inspected:
    """Check the rows part by part, and name the records of those at fault."""
    reader = TableReader(store, manifest.extraction, compiled.tables, tables)
    findings: list[Finding] = []
    located: list[SetAside] = []
    for part in sorted({file.records_of for file in tables.files}):
        whole = _whole(reader, part)
        of_part = {
            finding: list(rows_at_fault(compiled.tables, [finding], whole))
            for finding in inspect(compiled.tables, _frames(reader, part))
        }
        faults = list(chain.from_iterable(of_part.values()))
        lines = iter(_located(faults, compiled, manifest, store=store, part=part))
        for finding, its_faults in of_part.items():
            its_lines = tuple(islice(lines, len(its_faults)))
            located += its_lines
            # Rows that only repeat one another are no fault.
            if its_faults or finding.check == "not_null":
                examples = tuple(fault.brief for fault in its_lines[:_EXAMPLES])
                findings.append(replace(finding, examples=examples))
    return _Inspected(tuple(findings), tuple(located))


def _frames(
    reader: TableReader, part: int
) -> Callable[[Table], Iterator[pl.DataFrame]]:
    def frames(table: Table) -> Iterator[pl.DataFrame]:
        return reader.part_frames(table, part, columns=inspected_columns(table))

    return frames


def _whole(reader: TableReader, part: int) -> Callable[[Table], Iterator[pl.DataFrame]]:
    def frames(table: Table) -> Iterator[pl.DataFrame]:
        return reader.part_frames(table, part, columns=columns_of(table))

    return frames


def _located(
    faults: Sequence[RowFault],
    compiled: CompiledStream,
    manifest: Manifest,
    *,
    store: Store,
    part: int,
) -> list[SetAside]:
    """Find the lines that rows at fault came from: by reading the raw files again."""
    if not faults:
        return []
    markers = {table.name: table.marker for table in compiled.tables}
    lines: dict[tuple[str, str], tuple[int, int]] = {}
    wanted = {(markers[fault.table], str(fault.root)) for fault in faults}
    for raw in manifest.parts:
        if (raw.details_of or raw.number) == part:
            blocks = Extractions(store).blocks(manifest.extraction, raw)
            for place, number in lines_of(blocks, compiled.tables, wanted):
                lines[place] = (raw.number, number)
    entries = []
    for fault in faults:
        number, line = lines.get((markers[fault.table], str(fault.root)), (part, None))
        entries.append(
            SetAside(
                record=str(fault.root),
                table=fault.table,
                part=number,
                records_of=part,
                file=store.location(manifest.extraction.raw_file(number)),
                line=line,
                place="",
                reason=fault.reason,
            )
        )
    return entries


def _without_outdated(
    compiled: CompiledStream, manifest: Manifest, tables: TablesManifest, store: Store
) -> TablesManifest:
    """Forget what a later part holds in a newer state, which can be read."""
    if not tables.aside:
        return tables
    reader = TableReader(store, manifest.extraction, compiled.tables, tables)
    kept = tuple(
        entry
        for entry in tables.aside
        if not _is_outdated(entry, tables, reader, root=compiled.root)
    )
    return msgspec.structs.replace(tables, aside=kept)


def _is_outdated(
    entry: SetAside, tables: TablesManifest, reader: TableReader, *, root: Table
) -> bool:
    key, known = root.key[-1], keys_of([entry], root).implode()
    parts = {file.records_of for file in tables.files}
    return any(
        frame[key].is_in(known).any()
        for part in parts
        if part > entry.records_of
        for frame in reader.part_frames(root, part, columns=[key])
    )


def _counted(
    compiled: CompiledStream, manifest: Manifest, tables: TablesManifest
) -> Iterator[Finding]:
    """Compare rows with lines: each that is not left out is a row of one table."""
    root = compiled.root.name
    records = [table.name for table in compiled.tables if not table.lists]
    found = sum(tables.rows[name] for name in records) + tables.lines_aside
    yield from compare("counts_match", root, expected=manifest.rows, found=found)
    expected = sum(part.roots for part in manifest.parts if part.details_of is None)
    found = tables.rows[root] + tables.roots_aside
    yield from compare("counts_match", root, expected=expected, found=found)
