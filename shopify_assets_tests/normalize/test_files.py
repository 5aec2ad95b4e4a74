"""Normalised tables in the lake: bounded files, idempotent, newest version only."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shopify_assets.catalog.compiler import CompiledStream, compile_stream
from shopify_assets.catalog.schema import load_schema
from shopify_assets.catalog.tables import Table
from shopify_assets.errors import DataError
from shopify_assets.normalize import files
from shopify_assets.normalize.files import Cleaned, TableReader
from shopify_assets.normalize.run import normalize_extraction
from shopify_assets.storage.extractions import Extractions
from shopify_assets.storage.folder import FolderStore
from shopify_assets.storage.layout import Extent
from shopify_assets.storage.manifests import (
    Manifest,
    PartManifest,
    Plan,
    PlannedPart,
    Spent,
)
from shopify_assets.storage.records import RawWriter
from shopify_assets.streams import STREAMS
from shopify_assets_tests.normalize.declared import SHOP, THEN

Record = dict[str, Any]


@pytest.fixture(scope="module")
def orders() -> CompiledStream:
    (declared,) = (each for each in STREAMS if each.name == "orders")
    return compile_stream(load_schema(), declared)


@dataclass(frozen=True)
class Part:
    """Records of a raw file, and of which part's records they are the details."""

    records: Sequence[Record]
    details_of: int | None = None


def order(number: int, *, day: int, name: str = "") -> Record:
    return {
        "_orders": "Order",
        "id": f"gid://shopify/Order/{number}",
        "name": name,
        "updatedAt": f"2026-07-{day:02d}T12:00:00Z",
    }


def line_item(number: int, *, of: int) -> Record:
    return {
        "_order_line_items": "LineItem",
        "id": f"gid://shopify/LineItem/{number}",
        "__parentId": f"gid://shopify/Order/{of}",
    }


def refund_line(number: int, *, of: int) -> Record:
    return {
        "_order_refund_adjustments": "OrderAdjustment",
        "id": f"gid://shopify/OrderAdjustment/{number}",
        "__parentId": "gid://shopify/Refund/1",
        "__rootId": f"gid://shopify/Order/{of}",
    }


def extract(store: FolderStore, *parts: Part) -> Manifest:
    """Put raw files into the lake, as extraction 1 of the orders of a shop."""
    extent = Extent("orders", SHOP, None)
    plan = Plan(
        stream="orders",
        shop=SHOP,
        window=None,
        number=1,
        cut_end=None,
        api_version="2026-10",
        query_hash="q1",
        created_at=THEN,
        parts=tuple(
            PlannedPart(
                number=number,
                mode="bulk" if each.details_of is None else "details",
                details_of=each.details_of,
            )
            for number, each in enumerate(parts, 1)
        ),
    )
    assert plan.extraction.extent == extent
    Extractions(store).begin(plan)
    for planned, part in zip(plan.parts, parts, strict=True):
        _finish(store, plan, planned, part.records)
    return Extractions(store).complete(
        plan, extracted_at=THEN, spent=Spent(seconds=0, points=0)
    )


def _finish(
    store: FolderStore, plan: Plan, planned: PlannedPart, records: Sequence[Record]
) -> None:
    with store.local_temp() as folder, RawWriter(folder / "part") as writer:
        writer.write_records(records)
        content = writer.finish()
        manifest = PartManifest(
            number=planned.number,
            mode=planned.mode,
            details_of=planned.details_of,
            rows=content.rows,
            roots=content.roots,
            bytes=content.bytes,
            stored_bytes=content.stored_bytes,
            sha256=content.sha256,
            query_hash=plan.query_hash,
            extracted_at=THEN + timedelta(minutes=planned.number),
            seconds=0,
        )
        Extractions(store).finish(plan.extraction, manifest, file=folder / "part")


def clock() -> datetime:
    return THEN


def read(
    store: FolderStore, manifest: Manifest, compiled: CompiledStream, table: str
) -> pl.DataFrame:
    reader = TableReader(store, manifest.extraction, compiled.tables)
    found = list(reader.frames(_table(compiled, table)))
    return pl.concat(found) if found else pl.DataFrame()


def _table(compiled: CompiledStream, name: str) -> Table:
    return next(each for each in compiled.tables if each.name == name)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path)


def test_an_extraction_becomes_tables(
    store: FolderStore, orders: CompiledStream
) -> None:
    manifest = extract(
        store,
        Part([order(1, day=1, name="a\0"), line_item(1, of=1), line_item(2, of=1)]),
        Part([order(2, day=2), refund_line(9, of=2)]),
    )

    written = normalize_extraction(store, manifest, orders, clock=clock)

    rows = {name: count for name, count in written.rows.items() if count}
    assert rows == {"orders": 2, "order_line_items": 2, "order_refund_adjustments": 1}
    assert written.rows.keys() == {each.name for each in orders.tables}
    assert [
        (each.table, each.part, each.chunk, each.rows) for each in written.files
    ] == [
        ("order_line_items", 1, 1, 2),
        ("orders", 1, 1, 1),
        ("order_refund_adjustments", 2, 1, 1),
        ("orders", 2, 1, 1),
    ]
    assert written.cleaned == (Cleaned(table="orders", column="name", values=1),)
    assert (written.fingerprint, written.query_hash) == (orders.fingerprint, "q1")
    assert (written.normalized_at, written.bytes) == (THEN, manifest.bytes)
    found = read(store, manifest, orders, "orders")
    assert found.select("id", "name", "_extracted_at").rows() == [
        (1, "a\ufffd", THEN + timedelta(minutes=1)),
        (2, "", THEN + timedelta(minutes=2)),
    ]
    assert read(store, manifest, orders, "order_metafields").is_empty()


def test_normalising_twice_writes_the_same_files(
    store: FolderStore, orders: CompiledStream, tmp_path: Path
) -> None:
    manifest = extract(store, Part([order(1, day=1), line_item(1, of=1)]))

    first = normalize_extraction(store, manifest, orders, clock=clock)
    before = _contents(tmp_path)
    second = normalize_extraction(store, manifest, orders, clock=clock)

    assert second == first
    assert _contents(tmp_path) == before


def test_files_of_an_earlier_way_to_cut_them_are_gone(
    store: FolderStore, orders: CompiledStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = extract(store, Part([order(each, day=1) for each in range(9)]))
    with monkeypatch.context() as patch:
        patch.setattr(files, "_FILE", 1)
        normalize_extraction(store, manifest, orders, clock=clock)
    stale = manifest.extraction.table_file("orders", part=1, chunk=7)
    store.write(stale, b"of an earlier time")

    written = normalize_extraction(store, manifest, orders, clock=clock)

    prefix = manifest.extraction.normalized
    assert store.keys(prefix) == [
        manifest.extraction.normalized_manifest,
        *(each.key(manifest.extraction) for each in written.files),
    ]


def test_files_are_bounded_and_read_back_in_order(
    store: FolderStore, orders: CompiledStream
) -> None:
    """A file is written as soon as there are 8 MiB for it, and read alone."""
    large = "x" * (5 * 2**20)
    records = [order(each, day=1, name=large) for each in range(5)]
    manifest = extract(store, Part(records))

    written = normalize_extraction(store, manifest, orders, clock=clock)

    assert [each.rows for each in written.files] == [2, 2, 1]
    reader = TableReader(store, manifest.extraction, orders.tables)
    frames = list(reader.frames(orders.root))
    assert [each["id"].to_list() for each in frames] == [[0, 1], [2, 3], [4]]


def test_all_tables_together_are_bounded_too(
    store: FolderStore, orders: CompiledStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many small tables never wait in memory for ever: the largest is written."""
    monkeypatch.setattr(files, "_WAITING", 8 * 2**20)
    large = "x" * (5 * 2**20)
    items = [{**line_item(each, of=1), "name": large} for each in range(3)]
    manifest = extract(store, Part([order(1, day=1), *items]))

    written = normalize_extraction(store, manifest, orders, clock=clock)

    assert [(each.table, each.rows) for each in written.files] == [
        ("order_line_items", 2),
        ("order_line_items", 1),
        ("orders", 1),
    ]


def test_a_record_that_changed_meanwhile_is_read_in_its_newest_version(
    store: FolderStore, orders: CompiledStream
) -> None:
    """With the children of that version, and no child of the older one."""
    manifest = extract(
        store,
        Part(
            [order(1, day=1), line_item(1, of=1), line_item(2, of=1), order(2, day=1)]
        ),
        Part([order(1, day=3), line_item(1, of=1), order(3, day=3)]),
        Part([refund_line(7, of=1), refund_line(8, of=2)], details_of=1),
        Part([refund_line(9, of=1)], details_of=2),
    )

    normalize_extraction(store, manifest, orders, clock=clock)

    roots = read(store, manifest, orders, "orders")
    assert roots.select("id", pl.col("updated_at").dt.day()).rows() == [
        (2, 1),
        (1, 3),
        (3, 3),
    ]
    lines = read(store, manifest, orders, "order_line_items")
    assert lines.select("order_id", "id").rows() == [(1, 1)]
    details = read(store, manifest, orders, "order_refund_adjustments")
    assert details.select("order_id", "id").rows() == [(2, 8), (1, 9)]


def test_of_the_same_version_in_two_parts_the_later_part_decides(
    store: FolderStore, orders: CompiledStream
) -> None:
    """A record has the children of one state, never those of two together."""
    manifest = extract(
        store,
        Part([order(1, day=1, name="a"), line_item(1, of=1), line_item(2, of=1)]),
        Part([order(1, day=1, name="b"), line_item(2, of=1), line_item(3, of=1)]),
    )

    normalize_extraction(store, manifest, orders, clock=clock)

    roots = read(store, manifest, orders, "orders")
    assert roots.select("id", "name").rows() == [(1, "b")]
    assert read(store, manifest, orders, "order_line_items")["id"].to_list() == [2, 3]


def test_an_older_version_in_the_newest_part_takes_no_children_along(
    store: FolderStore, orders: CompiledStream
) -> None:
    manifest = extract(
        store,
        Part([order(1, day=2), line_item(1, of=1)]),
        Part([order(1, day=1), order(1, day=3), line_item(2, of=1)]),
    )

    normalize_extraction(store, manifest, orders, clock=clock)

    roots = read(store, manifest, orders, "orders")
    assert roots["updated_at"].dt.day().to_list() == [1, 3]
    assert read(store, manifest, orders, "order_line_items")["id"].to_list() == [2]


def test_without_a_version_the_later_part_is_taken_for_the_newer(
    store: FolderStore, orders: CompiledStream
) -> None:
    root = replace(orders.root, version=None)
    compiled = replace(orders, tables=(root, *orders.tables[1:]))
    manifest = extract(
        store,
        Part([order(1, day=3), line_item(1, of=1)]),
        Part([order(1, day=1), line_item(2, of=1)]),
    )

    normalize_extraction(store, manifest, compiled, clock=clock)

    assert read(store, manifest, compiled, "order_line_items")["id"].to_list() == [2]


def test_an_extraction_without_records_has_tables_without_rows(
    store: FolderStore, orders: CompiledStream
) -> None:
    manifest = extract(store, Part([]), Part([]))

    written = normalize_extraction(store, manifest, orders, clock=clock)

    assert (written.files, sum(written.rows.values())) == ((), 0)
    assert read(store, manifest, orders, "orders").is_empty()
    reader = TableReader(store, manifest.extraction, orders.tables)
    assert reader.distinct_roots() == 0


def test_a_part_can_be_read_alone_with_its_details(
    store: FolderStore, orders: CompiledStream
) -> None:
    manifest = extract(
        store,
        Part([order(1, day=1), order(2, day=1)]),
        Part([order(1, day=2)]),
        Part([refund_line(8, of=1)], details_of=1),
        Part([refund_line(9, of=1)], details_of=2),
    )
    normalize_extraction(store, manifest, orders, clock=clock)

    reader = TableReader(store, manifest.extraction, orders.tables)

    details = _table(orders, "order_refund_adjustments")
    found = reader.part_frames(details, 2, columns=["order_id", "id"])
    assert [each.rows() for each in found] == [[(1, 9)]]
    assert reader.distinct_roots() == 2


def test_a_raw_file_that_is_damaged_leaves_no_tables(
    store: FolderStore, orders: CompiledStream
) -> None:
    """Not even those of an earlier time, which may be of other records."""
    manifest = extract(store, Part([order(1, day=1)]), Part([order(2, day=1)]))
    normalize_extraction(store, manifest, orders, clock=clock)
    store.write(manifest.extraction.raw_file(2), b"damaged")

    with pytest.raises(DataError, match=r"part-00002.ndjson.zst is damaged"):
        normalize_extraction(store, manifest, orders, clock=clock)
    with pytest.raises(DataError, match=r"extraction 1 of .* is not normalised; mat"):
        TableReader(store, manifest.extraction, orders.tables)


def test_a_file_of_another_declaration_is_not_read(
    store: FolderStore, orders: CompiledStream
) -> None:
    manifest = extract(store, Part([order(1, day=1)]))
    written = normalize_extraction(store, manifest, orders, clock=clock)
    key = written.files[0].key(manifest.extraction)
    stored = store.read(key) or b""
    for data in (b"damaged", _without_column(stored)):
        store.write(key, data)
        with pytest.raises(DataError, match=r"00001-0001.parquet is damaged or made"):
            read(store, manifest, orders, "orders")

    store.delete(key)
    with pytest.raises(DataError, match=r"00001-0001.parquet does not exist"):
        read(store, manifest, orders, "orders")


def _without_column(data: bytes) -> bytes:
    out = io.BytesIO()
    pl.read_parquet(io.BytesIO(data)).drop("name").write_parquet(out)
    return out.getvalue()


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }
