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
from shopify_assets.normalize.clean import Cleaner
from shopify_assets.normalize.files import (
    Cleaned,
    TablesManifest,
    TableWriter,
    write_tables_manifest,
)
from shopify_assets.normalize.lines import Block
from shopify_assets.normalize.rows import Recipe, Rows
from shopify_assets.storage.extractions import Extractions
from shopify_assets.storage.manifests import Manifest, PartManifest
from shopify_assets.storage.store import Store


class Normalizer:
    """Normalises the raw files of one stream; `cleaned` adds up over all of them."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._recipe = Recipe.of(tables)
        self._cleaner = Cleaner(tables)

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
    ) -> Iterator[dict[str, pl.DataFrame]]:
        """Yield the rows of one raw file, block by block, for tables that have any.

        Args:
            blocks: whole lines.
            shop: the shop's domain.
            extracted_at: when the records were fetched.
            source: the file's name in errors.

        Raises:
            DataError: a line is no record, or a value none of its column's kind; the
                message names file, line and place.
        """
        rows = Rows(self._recipe, shop=shop, extracted_at=extracted_at)
        first = 1
        for data in blocks:
            block = Block(self._cleaner.lines(data), source, first)
            yield rows.frames(block)
            first += len(block.lines) - 1


def normalize_extraction(
    store: Store,
    manifest: Manifest,
    compiled: CompiledStream,
    *,
    clock: Callable[[], datetime],
) -> TablesManifest:
    """Write the tables of a complete extraction, and return what was written.

    Raises:
        DataError: a raw file is missing, damaged, or holds what cannot be read; then
            the extraction has no tables.
    """
    started = clock()
    extraction = manifest.extraction
    store.delete(extraction.normalized_manifest)
    writer = TableWriter(store, extraction)
    normalizer = Normalizer(compiled.tables)
    for part in manifest.parts:
        _normalize_part(store, manifest, part, normalizer=normalizer, writer=writer)
    ended = clock()
    written = TablesManifest(
        stream=manifest.plan.stream,
        shop=manifest.plan.shop,
        number=extraction.number,
        fingerprint=compiled.fingerprint,
        query_hash=manifest.plan.query_hash,
        rows=_rows(compiled.tables, writer),
        files=tuple(writer.files),
        cleaned=normalizer.cleaned,
        bytes=manifest.bytes,
        normalized_at=ended,
        seconds=(ended - started).total_seconds(),
    )
    write_tables_manifest(store, extraction, written)
    return written


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
    )
    for each in frames:
        writer.add(each, part=part)
    writer.end(part=part)


def _rows(tables: Sequence[Table], writer: TableWriter) -> dict[str, int]:
    return {
        table.name: sum(each.rows for each in writer.files if each.table == table.name)
        for table in tables
    }
