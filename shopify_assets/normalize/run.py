"""From the raw files of an extraction to its tables in the lake.

Charter: the one entry to normalising; it ties lines, rows and files together. The same
extraction and the same declaration give the same tables, however often it is run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import polars as pl

from shopify_assets.catalog.compiler import CompiledStream
from shopify_assets.catalog.tables import Table
from shopify_assets.normalize.aside import Aside, Owners, SetAside
from shopify_assets.normalize.clean import Cleaner
from shopify_assets.normalize.files import (
    Cleaned,
    TablesManifest,
    TableWriter,
    leave_out,
    rows_by_table,
    write_tables_manifest,
)
from shopify_assets.normalize.lines import Block
from shopify_assets.normalize.rows import (
    Recipe,
    Required,
    Rows,
    as_declared,
    in_keys,
    nowhere,
)
from shopify_assets.storage.extractions import Extractions
from shopify_assets.storage.manifests import Manifest, PartManifest
from shopify_assets.storage.store import Store

# Where a line of a root has none of a child's: as `storage.records` counts roots.
_CHILD = b'"__parentId":'


class Normalizer:
    """Normalises the raw files of one stream; `cleaned` adds up over all of them.

    Attributes:
        aside: the records of which a line could not be read.
    """

    def __init__(
        self,
        tables: Sequence[Table],
        aside: Aside | None = None,
        *,
        required: Required = nowhere,
    ) -> None:
        self.aside = Aside() if aside is None else aside
        self._recipe = Recipe.of(tables, required)
        self._cleaner = Cleaner(tables)
        self._owners = Owners(tables)

    @property
    def cleaned(self) -> tuple[Cleaned, ...]:
        """The columns of which values were cleaned so far."""
        return tuple(
            Cleaned(table=table, column=column, values=count)
            for (table, column), count in sorted(self._cleaner.counts.items())
        )

    def frames(
        self,
        blocks: Iterable[bytes],
        *,
        shop: str,
        extracted_at: datetime,
        source: str,
        part: PartManifest | None = None,
    ) -> Iterator[dict[str, pl.DataFrame]]:
        """Yield the rows of one raw file, block by block, for tables that have any.

        A line that is no record, or has a value that is none of its column's kind, is
        left out, and its record set aside.

        Args:
            blocks: whole lines.
            shop: the shop's domain.
            extracted_at: when the records were fetched.
            source: the file's name.
            part: the file's part; None if it is the only one.
        """
        rows = Rows(self._recipe, shop=shop, extracted_at=extracted_at)
        first = 1
        for data in blocks:
            block = Block(self._cleaner.lines(data), first)
            frames = rows.frames(block)
            if block.refused:
                self._set_aside(block, source, part)
            yield frames
            first += len(block.lines) - 1

    def _set_aside(self, block: Block, source: str, part: PartManifest | None) -> None:
        number = part.number if part else 1
        for refused in block.refused:
            gid = self._owners.gid(refused.line, refused.marker)
            fault = SetAside(
                record=self._owners.key(gid, refused.marker),
                gid=gid,
                table=refused.table or refused.marker.removeprefix("_"),
                part=number,
                records_of=(part.details_of if part else None) or number,
                file=source,
                line=refused.number,
                place=refused.place,
                reason=refused.reason,
            )
            self.aside.add_line(fault, root=_CHILD not in refused.line)


def normalize_extraction(
    store: Store,
    manifest: Manifest,
    compiled: CompiledStream,
    *,
    clock: Callable[[], datetime],
) -> TablesManifest:
    """Write the tables of a complete extraction, and return what was written.

    Raises:
        DataError: a raw file is missing or damaged; then the extraction has no tables.
    """
    aside = Aside()
    written = make_tables(store, manifest, compiled, clock=clock, aside=aside)
    written = leave_out(
        store,
        manifest.extraction,
        compiled.tables,
        manifest=written,
        aside=aside.entries,
    )
    write_tables_manifest(store, manifest.extraction, written)
    return written


def make_tables(
    store: Store,
    manifest: Manifest,
    compiled: CompiledStream,
    *,
    clock: Callable[[], datetime],
    aside: Aside,
) -> TablesManifest:
    """Write the files of an extraction's tables, which are none before their manifest.

    Lines that cannot be read are left out, and their records gathered in `aside`: other
    lines of theirs are in the files, until they are left out of them.

    Raises:
        DataError: a raw file is missing or damaged; then the extraction has no tables.
    """
    started = clock()
    extraction = manifest.extraction
    store.delete(extraction.normalized_manifest)
    writer = TableWriter(store, extraction)
    normalizer = Normalizer(
        compiled.tables, aside, required=_required(compiled, manifest)
    )
    for part in manifest.parts:
        _normalize_part(store, manifest, part, normalizer=normalizer, writer=writer)
    ended = clock()
    return TablesManifest(
        stream=manifest.plan.stream,
        shop=manifest.plan.shop,
        number=extraction.number,
        fingerprint=compiled.fingerprint,
        query_hash=manifest.plan.query_hash,
        rows=rows_by_table(compiled.tables, writer.files),
        files=tuple(writer.files),
        cleaned=normalizer.cleaned,
        bytes=manifest.bytes,
        normalized_at=ended,
        seconds=(ended - started).total_seconds(),
        lines_aside=aside.lines,
        roots_aside=aside.roots,
    )


def _required(compiled: CompiledStream, manifest: Manifest) -> Required:
    """What must not be null in records fetched by those queries.

    Records of an earlier declaration may lack what was not asked for then; only what
    identifies a row has to be there.
    """
    same = manifest.plan.query_hash == compiled.fingerprint
    return as_declared if same else in_keys


def _normalize_part(
    store: Store,
    manifest: Manifest,
    part: PartManifest,
    *,
    normalizer: Normalizer,
    writer: TableWriter,
) -> None:
    frames = normalizer.frames(
        Extractions(store).blocks(manifest.extraction, part),
        shop=manifest.plan.shop,
        extracted_at=part.extracted_at,
        source=store.location(manifest.extraction.raw_file(part.number)),
        part=part,
    )
    for each in frames:
        writer.add(each, part=part)
    writer.end(part=part)
