"""Normalised tables in the lake: Parquet files and the manifest that lists them.

Charter: writing frames to files of bounded size and reading them back, table by table.
The manifest is written last; files it does not list do not exist for a reader. How rows
are made is `rows`' business, how they are loaded is postgres'.
"""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

import msgspec
import polars as pl

from shopify_assets.catalog.tables import GLOBAL_IDS, Source, Table
from shopify_assets.errors import TablesError
from shopify_assets.normalize.aside import SetAside, keys_of
from shopify_assets.normalize.rows import columns_of
from shopify_assets.normalize.values import DTYPES
from shopify_assets.storage.layout import Extraction
from shopify_assets.storage.manifests import VERSION, PartManifest, decode, encode
from shopify_assets.storage.store import Store

# Bytes of frames in memory: of one file, and of all that wait to be written.
_FILE = 8 * 2**20
_WAITING = 12 * 2**20
_REMEDY = "materialise the normalised asset again"


class TableFile(msgspec.Struct, frozen=True, kw_only=True):
    """A Parquet file of a table.

    Attributes:
        table: the table.
        part: the raw file's part.
        chunk: the number of this file of the table and part.
        records_of: the part whose records these rows belong to: `part`, or the part
            that a part of details completes.
        rows: how many rows it holds.
        stored_bytes: its size.
    """

    table: str
    part: int
    chunk: int
    records_of: int
    rows: int
    stored_bytes: int

    def key(self, extraction: Extraction) -> str:
        """Its place in the lake."""
        return extraction.table_file(self.table, part=self.part, chunk=self.chunk)


class Cleaned(msgspec.Struct, frozen=True, kw_only=True):
    """How many values of a column held what PostgreSQL cannot, and were cleaned."""

    table: str
    column: str
    values: int


class TablesManifest(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of an extraction, complete.

    Attributes:
        stream: the stream.
        shop: the shop.
        number: the extraction's number.
        fingerprint: of the stream's declaration the tables were made by.
        query_hash: of the queries the raw files were fetched by.
        rows: of each table; a table without rows is there too.
        files: all files, in order.
        cleaned: columns of which values were cleaned.
        bytes: of the raw files, uncompressed.
        normalized_at: when it was done.
        seconds: how long it took.
        aside: records that are not in the tables, and why.
        lines_aside: lines that are left out for that.
        roots_aside: those of them that are root records'.
    """

    stream: str
    shop: str
    number: int
    fingerprint: str
    query_hash: str
    rows: dict[str, int]
    files: tuple[TableFile, ...]
    cleaned: tuple[Cleaned, ...]
    bytes: int
    normalized_at: datetime
    seconds: float
    aside: tuple[SetAside, ...] = ()
    lines_aside: int = 0
    roots_aside: int = 0
    version: int = VERSION


class TableWriter:
    """Writes the tables of an extraction; `files` lists what is written."""

    def __init__(self, store: Store, extraction: Extraction) -> None:
        self.files: list[TableFile] = []
        self._store = store
        self._extraction = extraction
        self._waiting: dict[str, list[pl.DataFrame]] = defaultdict(list)
        self._sizes: Counter[str] = Counter()

    def add(self, frames: Mapping[str, pl.DataFrame], *, part: PartManifest) -> None:
        """Take rows of a part; they are written when there are enough of them."""
        for table, frame in frames.items():
            self._waiting[table].append(frame)
            self._sizes[table] += int(frame.estimated_size())
        # Once there is too much, half of it goes: files stay large for many tables.
        allowed = _WAITING / 2 if self._sizes.total() >= _WAITING else _WAITING
        for table, size in self._sizes.most_common():
            if size >= _FILE or self._sizes.total() >= allowed:
                self._write(table, part)

    def end(self, *, part: PartManifest) -> None:
        """Write what is left of a part: no file holds rows of two parts."""
        for table in sorted(self._waiting):
            self._write(table, part)

    def _write(self, table: str, part: PartManifest) -> None:
        frame = pl.concat(self._waiting.pop(table), rechunk=False)
        del self._sizes[table]
        before = sum(
            (each.table, each.part) == (table, part.number) for each in self.files
        )
        data = _parquet(frame)
        file = TableFile(
            table=table,
            part=part.number,
            chunk=before + 1,
            records_of=part.details_of or part.number,
            rows=frame.height,
            stored_bytes=len(data),
        )
        self._store.write(file.key(self._extraction), data)
        self.files.append(file)


def _parquet(frame: pl.DataFrame) -> bytes:
    data = io.BytesIO()
    frame.write_parquet(data, compression="zstd", compression_level=1)
    return data.getvalue()


class TableReader:
    """Reads the tables of an extraction back, in frames of bounded size.

    A root record that two parts hold, for it changed while it was extracted, is read
    from the part that has its newest version, or the later one of those that have it,
    and so are all its children.
    """

    def __init__(
        self,
        store: Store,
        extraction: Extraction,
        tables: Sequence[Table],
        manifest: TablesManifest | None = None,
    ) -> None:
        """Begin; `manifest` is that of tables which are not declared complete yet."""
        self.manifest = manifest or read_tables_manifest(store, extraction)
        self._store = store
        self._extraction = extraction
        self._root = tables[0]
        self._newest: tuple[TableFile, list[str], pl.DataFrame] | None = None

    def frames(self, table: Table) -> Iterator[pl.DataFrame]:
        """Yield the rows of a table, file by file.

        Raises:
            DataError: a file is missing, or was made by another declaration.
        """
        for file in self._files(table):
            frame = self._read(file, columns_of(table))
            if not self._superseded.is_empty():
                frame = self._without_superseded(frame, table, file)
            if not frame.is_empty():
                yield frame

    def stand_ins(self) -> Iterator[pl.DataFrame]:
        """Yield which global ids stand-ins stand for: rows of `GLOBAL_IDS`."""
        names = [column.name for column in GLOBAL_IDS.columns]
        for file in self._files(GLOBAL_IDS):
            yield self._read(file, names)

    def _without_superseded(
        self, frame: pl.DataFrame, table: Table, file: TableFile
    ) -> pl.DataFrame:
        return frame.join(
            self._superseded.filter(part=file.records_of),
            left_on=table.root_key[-1],
            right_on="id",
            how="anti",
            maintain_order="left",
        )

    def file_frames(
        self, files: Iterable[TableFile], columns: list[str]
    ) -> Iterator[pl.DataFrame]:
        """Yield `columns` of the rows of some files."""
        for file in files:
            yield self._read(file, columns)

    def part_frames(
        self, table: Table, part: int, *, columns: list[str]
    ) -> Iterator[pl.DataFrame]:
        """Yield `columns` of the rows that belong to the records of a part."""
        for file in self._files(table):
            if file.records_of == part:
                yield self._read(file, columns)

    @cached_property
    def root_ids(self) -> pl.Series:
        """The ids of the root records, those that came twice once."""
        key = self._root.column(self._root.key[-1])
        none = pl.Series(key.name, dtype=DTYPES[key.kind])
        files = self._files(self._root)
        ids = (self._read(each, [key.name])[key.name] for each in files)
        return pl.concat([none, *ids]).unique()

    def distinct_roots(self) -> int:
        """Count the root records, those that came twice once."""
        return len(self.root_ids)

    @cached_property
    def _superseded(self) -> pl.DataFrame:
        """Root ids, each with a part that another one has a newer state of it than."""
        files = self._files(self._root)
        key = self._root.column(self._root.key[-1])
        parts = {each.records_of for each in files}
        if len(parts) <= 1 or key.source is Source.POSITION:
            return pl.DataFrame(schema={"id": DTYPES[key.kind], "part": pl.Int64})
        versions = pl.concat(self._versions(each) for each in files)
        in_part = versions.group_by("id", "part").agg(pl.col("version").max())
        twice = in_part.filter(pl.col("id").is_duplicated())
        # Of equal versions the later part, fetched later, decides: a record is read
        # with all its children from one part, and never with those of two states.
        newest = twice.sort("version", "part").group_by("id").agg(pl.col("part").last())
        return twice.join(newest, on=["id", "part"], how="anti").select("id", "part")

    def _versions(self, file: TableFile) -> pl.DataFrame:
        part = pl.lit(file.records_of, dtype=pl.Int64)
        key, version = self._root.key[-1], self._root.version
        # Without a version a later part, fetched later, is taken for the newer.
        return self._read(file, [key, version] if version else [key]).select(
            pl.col(key).alias("id"),
            part.alias("part"),
            (pl.col(version) if version else part).alias("version"),
        )

    def _files(self, table: Table) -> list[TableFile]:
        return [each for each in self.manifest.files if each.table == table.name]

    def _read(self, file: TableFile, columns: list[str]) -> pl.DataFrame:
        # Who looks at a table's first rows soon comes back for all of them.
        if self._newest is None or self._newest[:2] != (file, columns):
            self._newest = None
            self._newest = (file, columns, self._decoded(file, columns))
        return self._newest[2]

    def _decoded(self, file: TableFile, columns: list[str]) -> pl.DataFrame:
        key = file.key(self._extraction)
        data = self._store.read(key)
        if data is None:
            message = f"{self._store.location(key)} does not exist; {_REMEDY}"
            raise TablesError(message)
        try:
            return pl.read_parquet(data, columns=columns)
        except pl.exceptions.PolarsError as error:
            message = (
                f"{self._store.location(key)} is damaged or made by another "
                f"declaration of the stream ({error}); {_REMEDY}"
            )
            raise TablesError(message) from error


def read_tables_manifest(store: Store, extraction: Extraction) -> TablesManifest:
    """Return the manifest of an extraction's tables.

    Raises:
        TablesError: there is none.
    """
    key = extraction.normalized_manifest
    data = store.read(key)
    if data is None:
        raise TablesError(f"{extraction} is not normalised; {_REMEDY}")
    return decode(data, TablesManifest, location=store.location(key))


def write_tables_manifest(
    store: Store, extraction: Extraction, manifest: TablesManifest
) -> None:
    """Declare the tables of an extraction complete, and delete files not listed."""
    store.write(extraction.normalized_manifest, encode(manifest))
    listed = {each.key(extraction) for each in manifest.files}
    for key in store.keys(extraction.normalized):
        if key not in {extraction.normalized_manifest, *listed}:
            store.delete(key)


def leave_out(
    store: Store,
    extraction: Extraction,
    tables: Sequence[Table],
    *,
    manifest: TablesManifest,
    aside: Iterable[SetAside],
) -> TablesManifest:
    """Take the rows of records that are set aside out of the files; list them."""
    entries = tuple(aside)
    if not entries:
        return manifest
    reader = TableReader(store, extraction, tables, manifest)
    # Stand-ins of records that are left out do no harm.
    by_name = {table.name: table for table in tables}
    files = []
    for file in manifest.files:
        of_part = [each for each in entries if each.records_of == file.records_of]
        keys = keys_of(of_part, tables[0])
        table = by_name.get(file.table)
        if keys.is_empty() or table is None:
            files.append(file)
            continue
        (frame,) = reader.file_frames([file], columns_of(table))
        kept = frame.filter(~pl.col(table.root_key[-1]).is_in(keys.implode()))
        if kept.height == frame.height:
            files.append(file)
        elif kept.height:
            files.append(_rewritten(store, extraction, file, kept))
    return msgspec.structs.replace(
        manifest,
        files=tuple(files),
        rows=rows_by_table(tables, files),
        aside=(*manifest.aside, *entries),
    )


def _rewritten(
    store: Store, extraction: Extraction, file: TableFile, frame: pl.DataFrame
) -> TableFile:
    data = _parquet(frame)
    store.write(file.key(extraction), data)
    return msgspec.structs.replace(file, rows=frame.height, stored_bytes=len(data))


def rows_by_table(
    tables: Sequence[Table], files: Iterable[TableFile]
) -> dict[str, int]:
    """Count the rows of each table; one without rows is there too."""
    counts = dict.fromkeys((table.name for table in tables), 0)
    for file in files:
        if file.table in counts:
            counts[file.table] += file.rows
    return counts
