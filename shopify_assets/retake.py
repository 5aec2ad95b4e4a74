"""Records taken in again from the raw files: what was set aside, or is damaged.

Charter: which extractions hold the entries of the book, and taking records in again by
the present code, without asking Shopify. Only those records are loaded, as a merge:
nothing is buried, and nothing newer gives way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from shopify_assets import pipeline
from shopify_assets.errors import DataError, TablesError
from shopify_assets.normalizing import MOST_SET_ASIDE, normalized
from shopify_assets.postgres.loads import Disposition
from shopify_assets.storage.extractions import Extractions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    import psycopg

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.tables import Table
    from shopify_assets.postgres.books.aside import Open
    from shopify_assets.postgres.loads import Load
    from shopify_assets.storage.manifests import Manifest
    from shopify_assets.storage.store import Store


@dataclass(frozen=True)
class Retaken:
    """What became of the entries of one extraction.

    Attributes:
        extraction: the extraction in the lake.
        entries: how many entries were to be taken in.
        changed: rows inserted, updated or deleted.
        failure: why it still cannot be read as a whole; empty if it can.
    """

    extraction: str
    entries: int
    changed: int = 0
    failure: str = ""


def retake(  # noqa: PLR0913 -- keyword-only from the third on
    compiled: CompiledStream,
    entries: Iterable[Open],
    *,
    store: Store,
    connection: psycopg.Connection,
    clock: Callable[[], datetime],
    most_set_aside: float = MOST_SET_ASIDE,
) -> Iterator[Retaken]:
    """Take entries of one stream of one shop in again, extraction by extraction.

    What can be read now is loaded, and its entry closed; what cannot stays set aside.
    """
    by_extraction: dict[str, list[Open]] = {}
    for entry in sorted(entries, key=lambda entry: entry.extracted_at):
        by_extraction.setdefault(entry.extraction, []).append(entry)
    for extraction, of_one in by_extraction.items():
        try:
            manifest = _manifest(store, of_one[0])
            loaded = load_again(
                compiled,
                manifest,
                _records(of_one),
                store=store,
                connection=connection,
                clock=clock,
                most_set_aside=most_set_aside,
            )
        except DataError as error:
            yield Retaken(extraction, len(of_one), failure=str(error))
        else:
            yield Retaken(extraction, len(of_one), changed=loaded.changed)


def load_again(  # noqa: PLR0913 -- keyword-only from the fourth on
    compiled: CompiledStream,
    manifest: Manifest,
    records: frozenset[str] | None,
    *,
    store: Store,
    connection: psycopg.Connection,
    clock: Callable[[], datetime],
    most_set_aside: float = MOST_SET_ASIDE,
) -> pipeline.Loaded:
    """Normalise an extraction by the present code, and load chosen records of it.

    Args:
        compiled: the stream.
        manifest: the extraction.
        records: what identifies them in the root table, as text; None: all.
        store: the lake.
        connection: to the warehouse.
        clock: tells the time.
        most_set_aside: fraction of the extraction's records that may be set aside.

    Raises:
        DataError: it cannot be read as a whole, or its rows do not fit.
    """
    normalized(
        compiled, manifest, store=store, clock=clock, most_set_aside=most_set_aside
    )
    return pipeline.load_extraction(
        compiled,
        manifest,
        store=store,
        connection=connection,
        again=_Again(records),
        clock=clock,
    )


def restore(  # noqa: PLR0913 -- keyword-only from the fourth on
    compiled: CompiledStream,
    manifest: Manifest,
    records: frozenset[str],
    *,
    store: Store,
    connection: psycopg.Connection,
    clock: Callable[[], datetime],
    most_set_aside: float = MOST_SET_ASIDE,
) -> pipeline.Loaded:
    """Load chosen records of an extraction as they were loaded once.

    It is normalised anew only if its tables are not there. Arguments and errors are
    those of `load_again`.
    """
    try:
        return pipeline.load_extraction(
            compiled,
            manifest,
            store=store,
            connection=connection,
            again=_Again(records),
            clock=clock,
        )
    except TablesError:
        return load_again(
            compiled,
            manifest,
            records,
            store=store,
            connection=connection,
            clock=clock,
            most_set_aside=most_set_aside,
        )


def _records(entries: Sequence[Open]) -> frozenset[str] | None:
    """The records of some entries; None if one of them is not known."""
    known = [entry.record for entry in entries if entry.record is not None]
    return frozenset(known) if len(known) == len(entries) else None


def _manifest(store: Store, entry: Open) -> Manifest:
    """The extraction of an entry.

    Raises:
        DataError: the lake does not have it any more.
    """
    found = Extractions(store).all_complete(entry.stream, entry.shop)
    for extraction in found:
        if str(extraction) == entry.extraction:
            return Extractions(store).manifest(extraction)
    message = (
        f"the lake does not hold {entry.extraction} any more: extract the records "
        "anew, or give the entry up with: shopify-assets set-aside drop"
    )
    raise DataError(message)


@dataclass(frozen=True)
class _Again:
    """What is loaded of an extraction of which some records are to be loaded again.

    Attributes:
        records: those records; None: anything, for a line's record was not known, or
            nothing of the extraction was ever loaded.
    """

    records: frozenset[str] | None

    def batch(self, whole: Load) -> Load:
        """Make it of the whole: other records may have gone since, and stay gone."""
        merged = replace(whole, disposition=Disposition.MERGE)
        if self.records is None or whole.ids is None:
            return merged
        texts = whole.ids.cast(pl.String)
        ids = whole.ids.filter(texts.is_in(list(self.records)))
        return replace(
            merged,
            ids=ids,
            frames={table.name: _Of(whole, table, ids) for table in whole.tables},
            # What cannot be told to be another's stays in the book.
            aside=tuple(
                entry
                for entry in whole.aside
                if entry.record is None or entry.record in self.records
            ),
        )


@dataclass(frozen=True)
class _Of:
    """The rows of chosen records in one table."""

    whole: Load
    table: Table
    ids: pl.Series

    def __iter__(self) -> Iterator[pl.DataFrame]:
        chosen = pl.col(self.table.root_key[1]).is_in(self.ids.implode())
        for frame in self.whole.frames[self.table.name]:
            rows = frame.filter(chosen)
            if rows.height:
                yield rows
