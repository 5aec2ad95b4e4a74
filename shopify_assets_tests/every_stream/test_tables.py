"""Tables of every stream: keys, parents and names that PostgreSQL keeps."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from shopify_assets.catalog.compiler import compile_stream
from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.schema import load_schema
from shopify_assets.catalog.tables import SHOP_COLUMN, Source
from shopify_assets.streams import STREAMS

if TYPE_CHECKING:
    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.tables import Table

IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")
# Columns the loader adds to every table.
OWN = {
    "_extracted_at",
    "_loaded_at",
    "_deleted_at",
    "_deleted_reason",
    "_digests",
}


def test_no_two_streams_share_a_table() -> None:
    names = Counter(
        table.name
        for stream in STREAMS
        for table in compile_stream(load_schema(), stream).tables
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_names_are_plain_identifiers_and_distinct(compiled: CompiledStream) -> None:
    for table in compiled.tables:
        columns = [column.name for column in table.columns]
        assert [
            name for name in (table.name, *columns) if not IDENTIFIER.fullmatch(name)
        ] == []
        assert len(set(columns)) == len(columns)
        assert set(columns) & OWN == set()


def test_key_is_the_shop_and_columns_that_are_never_null(
    compiled: CompiledStream,
) -> None:
    for table in compiled.tables:
        assert table.columns[0] == SHOP_COLUMN
        assert table.key[0] == "shop"
        assert len(table.key) == len(set(table.key)) >= 2
        assert [name for name in table.key if table.column(name).nullable] == []
        # The key stands first, so that a row can be read by people.
        assert tuple(column.name for column in table.columns)[: len(table.key)] == (
            table.key
        )


def test_parent_stands_before_its_children_and_is_referred_to_by_its_key(
    compiled: CompiledStream,
) -> None:
    seen: dict[str, Table] = {}
    for table in compiled.tables:
        assert (table.parent is None) == (table is compiled.root)
        if table.parent is not None:
            parent = seen[table.parent]
            kinds = [parent.column(name).kind for name in parent.key]
            assert [table.column(name).kind for name in table.parent_key] == kinds
            assert table.key[: len(table.parent_key)] == table.parent_key
        seen[table.name] = table


def test_every_row_knows_its_root(compiled: CompiledStream) -> None:
    root = compiled.root
    kinds = [root.column(name).kind for name in root.key]
    for table in compiled.tables:
        assert [table.column(name).kind for name in table.root_key] == kinds


def test_a_column_climbs_no_higher_than_its_record(compiled: CompiledStream) -> None:
    for table in compiled.tables:
        assert all(0 <= column.up <= len(table.lists) for column in table.columns)


def test_positions_are_whole_numbers_from_no_path(compiled: CompiledStream) -> None:
    positions = [
        column
        for table in compiled.tables
        for column in table.columns
        if column.source is Source.POSITION
    ]
    assert all((column.kind, column.path) == (Kind.INTEGER, ()) for column in positions)


def test_root_of_an_incremental_stream_tells_its_version(
    compiled: CompiledStream,
) -> None:
    incremental = compiled.stream.incremental
    if incremental is not None:
        assert compiled.root.version == incremental.key
        assert compiled.root.column(incremental.key).kind is Kind.TIMESTAMPTZ
