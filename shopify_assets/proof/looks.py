"""A look at records: fetched whole, made rows of, and compared with those stored.

Charter: the three ways to look (by ids, by a window, into the loaded snapshot), each
the way everything is fetched but into a lake that does not last. Which records are
looked at is `sample`'s business; comparing tables is the warehouse's, telling what
differs in a row that of `rows`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from shopify_assets.extract.by_ids import extract_ids
from shopify_assets.extract.extraction import extract
from shopify_assets.normalize.aside import keys_of
from shopify_assets.normalize.files import TableReader
from shopify_assets.normalize.run import normalize_extraction
from shopify_assets.postgres.load.unlike import unlike
from shopify_assets.proof.reading import differences, rows_of
from shopify_assets.proof.subject import Seen, Subject, gid_of
from shopify_assets.proof.sweep import passing_lake
from shopify_assets.storage.extractions import Extractions

if TYPE_CHECKING:
    from shopify_assets.extract.extraction import Extracted
    from shopify_assets.proof.rows import Difference
    from shopify_assets.storage.manifests import Manifest
    from shopify_assets.storage.store import Store
    from shopify_assets.windows import Window

# Records of which a look tells what differs; of all others, that they do.
SHOWN = 250
# More records than this that differ are not fetched a second time one by one.
TWICE = 2_000


@dataclass(frozen=True, kw_only=True)
class Look:
    """What looking at records found.

    Attributes:
        compared: ids of the records that were compared, frame by frame.
        rows: how many rows they have.
        unlike: ids of those whose rows differ.
        differences: what differs, of `SHOWN` of them.
    """

    compared: tuple[pl.Series, ...] = ()
    rows: int = 0
    unlike: tuple[Any, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def records(self) -> int:
        """How many records were compared."""
        return sum(map(len, self.compared))

    def __add__(self, other: Look) -> Look:
        """Both looks as one."""
        return Look(
            compared=self.compared + other.compared,
            rows=self.rows + other.rows,
            unlike=tuple(dict.fromkeys(self.unlike + other.unlike)),
            differences=self.differences + other.differences,
        )


Looking: TypeAlias = Callable[[pl.Series], Look]
"""Looks at the records with these ids."""


def twice(first: Looking, second: Looking, ids: pl.Series) -> Look:
    """Look at records, and once more at those that differ.

    For one may have changed between the two sides' being read, or while it was.
    """
    look = first(ids)
    if not look.unlike:
        return look
    suspects = pl.Series(look.unlike, dtype=ids.dtype)
    again = second(suspects)
    settled = pl.concat([suspects.clear(), *again.compared])
    moved = suspects.filter(~suspects.is_in(settled.implode()))
    unlike = set(look.unlike)
    return replace(
        look,
        compared=tuple(
            each.filter(~each.is_in(moved.implode())) for each in look.compared
        ),
        unlike=tuple(each for each in again.unlike if each in unlike),
        differences=again.differences,
    )


@dataclass(frozen=True)
class Looker:
    """Looks at records of a subject."""

    subject: Subject
    seen: Seen

    def by_ids(self, ids: pl.Series) -> Look:
        """Ask for records by their ids."""
        gids = [gid_of(self.seen, self.subject, id_) for id_ in ids]

        def fetch(lake: Store) -> Extracted:
            inside = replace(self.subject.context, store=lake)
            return extract_ids(self.subject.compiled, gids, context=inside)

        return self._fetched(fetch, ids) if gids else Look()

    def by_window(self, window: Window) -> Looking:
        """Ask for all records of a window, in bulk where that is cheaper."""

        def fetch(lake: Store) -> Extracted:
            inside = replace(self.subject.context, store=lake)
            return extract(self.subject.compiled, window, context=inside)

        return lambda ids: self._fetched(fetch, ids)

    def in_snapshot(self, ids: pl.Series) -> Look:
        """Read records of the snapshot that was loaded; it asks the shop for nothing.

        Of a record that is set aside an older state may be stored, and rightly.
        """
        compiled = self.subject.compiled
        (manifest,) = snapshots(self.subject)
        store = self.subject.context.store
        reader = TableReader(store, manifest.extraction, compiled.tables)
        aside = keys_of(reader.manifest.aside, compiled.root)
        return self.compared(reader, ids.filter(~ids.is_in(aside.implode())))

    def _fetched(self, fetch: Callable[[Store], Extracted], ids: pl.Series) -> Look:
        compiled = self.subject.compiled
        with passing_lake() as lake:
            manifest = fetch(lake).manifest
            clock = self.subject.client.server_time
            normalize_extraction(lake, manifest, compiled, clock=clock)
            reader = TableReader(lake, manifest.extraction, compiled.tables)
            return self.compared(reader, self._settled(reader, ids))

    def _settled(self, reader: TableReader, ids: pl.Series) -> pl.Series:
        """Those that came, in a version that must be in the table."""
        root = self.subject.compiled.root
        key = root.key[-1]
        due = pl.lit(value=True)
        if root.version is not None:
            due = pl.col(root.version) < self.seen.due.end
        frames = (each.filter(due)[key] for each in reader.frames(root))
        came = pl.concat([ids.clear(), *frames])
        return ids.filter(ids.is_in(came.implode()))

    def compared(self, reader: TableReader, ids: pl.Series) -> Look:
        """Compare the rows of these records, as an extraction has them."""
        subject = self.subject
        rows, differing = 0, dict[Any, None]()
        for table in subject.compiled.tables:
            of_table, found = unlike(
                subject.connection,
                table,
                reader.frames(table),
                shop=subject.shop,
                ids=ids,
            )
            rows += of_table
            differing |= dict.fromkeys(found)
        suspects = sorted(differing)
        shown = suspects[:SHOWN]
        return Look(
            compared=(ids,),
            rows=rows,
            unlike=tuple(suspects),
            differences=self._told(reader, shown) if shown else (),
        )

    def _told(self, reader: TableReader, ids: Sequence[Any]) -> tuple[Difference, ...]:
        """What differs, row by row and column by column."""
        subject, tables = self.subject, self.subject.compiled.tables
        rows = rows_of(reader, tables, ids)
        found = differences(subject.connection, tables, rows, ids, shop=subject.shop)
        return tuple(found)


def snapshots(subject: Subject) -> list[Manifest]:
    """The newest snapshot that was loaded, if the lake holds it."""
    extractions = Extractions(subject.context.store)
    loaded = extractions.loaded(subject.compiled.name, subject.shop)
    return [each for each in loaded if each.extraction.extent.is_snapshot]


# ── what differs ─────────────────────────────────────────────────────────────────────


def by_record(differences: Iterable[Difference]) -> dict[Any, list[Difference]]:
    """Differences by the root record they belong to."""
    found: dict[Any, list[Difference]] = defaultdict(list)
    for each in differences:
        found[each.root].append(each)
    return found
