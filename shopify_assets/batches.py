"""What is loaded of an extraction: one batch of the rows of all its tables.

Charter: from a manifest and the tables of an extraction to a `Load`. How it is loaded
is `postgres`' business, in which order `pipeline`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.postgres.books import watermarks
from shopify_assets.postgres.loads import Disposition, Load
from shopify_assets.refusals import entries_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import polars as pl

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.tables import Table
    from shopify_assets.normalize.files import TableReader
    from shopify_assets.storage.manifests import Manifest


def batch_of(
    compiled: CompiledStream,
    manifest: Manifest,
    reader: TableReader,
    *,
    known: datetime | None,
) -> Load:
    """The batch of a whole extraction; `known` is the watermark before it."""
    plan = manifest.plan
    return Load(
        shop=plan.shop,
        stream=compiled.name,
        tables=compiled.tables,
        frames={table.name: _Frames(reader, table) for table in compiled.tables},
        extraction=str(manifest.extraction),
        extracted_at=plan.created_at,
        disposition=_disposition(compiled, manifest),
        window=plan.covered,
        watermark=watermarks.advanced(known, plan.covered),
        ids=reader.root_ids,
        stand_ins=reader.stand_ins(),
        aside=entries_of(manifest.extraction, reader.manifest.aside),
    )


def query_of(
    declared: CompiledStream, as_read: CompiledStream, manifest: Manifest
) -> str | None:
    """The fingerprint of the declaration that was read by, as far as allowed.

    None for chosen records: they say nothing of the others.
    """
    if manifest.extraction.extent.ids:
        return None
    asked = manifest.plan.query_hash
    return declared.fingerprint if asked == as_read.fingerprint else asked


def _disposition(compiled: CompiledStream, manifest: Manifest) -> Disposition:
    """Only a snapshot of all there is says that what it does not hold is gone.

    Roots that could not be asked for by some value are not seen, and so not seen gone;
    nor are those of a list that was null.
    """
    each = compiled.queries.each
    withheld = {part.path for part in manifest.plan.withheld}
    unasked = each and any(name.startswith(f"{each.argument}: ") for name in withheld)
    unseen = unasked or manifest.absent
    whole = manifest.extraction.extent.is_snapshot and not unseen
    return Disposition.REPLACE if whole else Disposition.MERGE


class _Frames:
    """The frames of a table, read from the lake each time they are iterated."""

    def __init__(self, reader: TableReader, table: Table) -> None:
        self._reader = reader
        self._table = table

    def __iter__(self) -> Iterator[pl.DataFrame]:
        return self._reader.frames(self._table)
