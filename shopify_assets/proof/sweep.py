"""The ids of all records a shop has of a stream, with their times.

Charter: asking the shop for ids, cheaply: the stream cut down to ids, extracted and
normalised as any other, into a folder that does not last.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from shopify_assets.api.pages import LARGEST, fetch_nodes, iter_pages
from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.schema import load_schema
from shopify_assets.catalog.slim import CREATED_AT, slim
from shopify_assets.catalog.tables import Column
from shopify_assets.errors import DataError, InvalidId
from shopify_assets.extract.extraction import Context, extract
from shopify_assets.extract.planning import filter_text
from shopify_assets.normalize.aside import SetAside, keys_of
from shopify_assets.normalize.files import TableReader
from shopify_assets.normalize.run import Normalizer, normalize_extraction
from shopify_assets.normalize.values import DTYPES
from shopify_assets.proof.ids import CHANGED, GID, ID, MADE, distinct
from shopify_assets.proof.meter import Meter
from shopify_assets.storage.folder import FolderStore
from shopify_assets.storage.records import encode_lines
from shopify_assets.storage.scratch import lent

if TYPE_CHECKING:
    from datetime import datetime

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.windows import Window

_GID = "_gid"
_EXIST = "query exist($ids: [ID!]!) { nodes(ids: $ids) { id } }"


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What a sweep found.

    Attributes:
        records: a frame as `ids.compare` takes it, each record once.
        began: the shop's clock when it began.
        figures: what it cost and how it was made.
        absent: what the shop answered by null because it has none of it: then nothing
            was seen, and nothing seen to be gone.
    """

    records: pl.DataFrame
    began: datetime
    figures: dict[str, Any]
    absent: tuple[str, ...] = ()


def slimmed(compiled: CompiledStream, version: str) -> CompiledStream:
    """The stream cut down to ids and times; its one table keeps the global id too."""
    cut = slim(compiled, load_schema(version))
    root = cut.root
    gid = Column(_GID, Kind.TEXT, nullable=False, path=root.column(root.key[-1]).path)
    return replace(cut, tables=(replace(root, columns=(*root.columns, gid)),))


@contextmanager
def passing_lake() -> Iterator[FolderStore]:
    """A lake for what is only compared: it is gone afterwards."""
    place = Path(tempfile.gettempdir())
    with lent(place, prefix="shopify_assets-proof-") as folder:
        yield FolderStore(folder)


def sweep(compiled: CompiledStream, *, context: Context) -> Swept:
    """Read the ids of all records, in bulk where that is quicker than by pages.

    Raises:
        AccessDenied: the stream's scope is not granted.
        IncompleteData, Unavailable: as any extraction.
    """
    client = context.client
    cut = slimmed(compiled, client.api_version)
    meter = Meter(client)
    with passing_lake() as lake:
        manifest = extract(cut, None, context=replace(context, store=lake)).manifest
        tables = normalize_extraction(lake, manifest, cut, clock=client.server_time)
        reader = TableReader(lake, manifest.extraction, cut.tables)
        records = _frame(cut, reader.frames(cut.root), tables.aside)
    figures = {
        "ids": records.height,
        "by": ", ".join(sorted({each.mode for each in manifest.parts})),
        **meter.read(),
    }
    began = manifest.plan.created_at
    return Swept(records=records, began=began, figures=figures, absent=manifest.absent)


def changed_in(
    compiled: CompiledStream, window: Window, *, client: ShopifyClient
) -> pl.DataFrame:
    """The ids of records that changed within a window, up to this moment."""
    cut = slimmed(compiled, client.api_version)
    paged = cut.queries.paged
    pages = iter_pages(
        client,
        paged.text,
        path=paged.path,
        variables={"query": filter_text(cut.stream.incremental, window)},
        first=paged.first,
        cost=paged.cost,
    )
    nodes = [node for page in pages for node in page.nodes]
    lines = encode_lines(nodes)
    normalizer = Normalizer(cut.tables)
    frames = normalizer.frames(
        [lines] if nodes else [],
        shop=client.domain,
        extracted_at=client.server_time(),
        source=f"ids of stream {compiled.name}",
    )
    found = [each[cut.root.name] for each in frames if cut.root.name in each]
    return _frame(cut, found, normalizer.aside.entries)


def _frame(
    cut: CompiledStream, frames: Iterable[pl.DataFrame], aside: Sequence[SetAside]
) -> pl.DataFrame:
    """The records' ids and times; of one that cannot be read, its ids alone.

    Raises:
        DataError: not even the id of a record can be read.
    """
    root = cut.root
    names = {ID: root.key[-1], GID: _GID}
    if root.version:
        names[CHANGED] = root.version
    if any(each.name == CREATED_AT for each in root.columns):
        names[MADE] = CREATED_AT
    chosen = [pl.col(theirs).alias(ours) for ours, theirs in names.items()]
    schema = {ours: DTYPES[root.column(each).kind] for ours, each in names.items()}
    found = [pl.DataFrame(schema=schema), *(each.select(chosen) for each in frames)]
    for fault in aside:
        if fault.record is None:
            raise DataError(f"the ids of stream {cut.name} cannot be read: {fault}")
        unknown: dict[str, list[object]] = {name: [None] for name in schema}
        row = {**unknown, ID: keys_of([fault], root).to_list(), GID: [fault.gid]}
        found.append(pl.DataFrame(row, schema=schema))
    return distinct(pl.concat(found))


def existing(client: ShopifyClient, gids: Sequence[str]) -> frozenset[str]:
    """Those of the ids that the shop has, asked by id: no index is between.

    One that Shopify calls no id is no record's, and is found by halves.
    """
    try:
        found = fetch_nodes(client, _EXIST, gids, batch=LARGEST)
        return frozenset(gid for gid, node in found if node is not None)
    except InvalidId:
        if len(gids) == 1:
            return frozenset()
    half = len(gids) // 2
    return existing(client, gids[:half]) | existing(client, gids[half:])
