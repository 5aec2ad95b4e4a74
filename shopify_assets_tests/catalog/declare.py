"""Small declarations for tests of the compiler.

Charter: a stream of a test's own, what the compiler makes of it, and columns as tests
write them.
"""

from __future__ import annotations

from shopify_assets.catalog.compiler import CompiledStream, compile_stream
from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.schema import load_schema
from shopify_assets.catalog.stream import Incremental, Stream
from shopify_assets.catalog.tables import Column, Source, Table

POSITION = Column("position", Kind.INTEGER, nullable=False, source=Source.POSITION)


def id_column(name: str, *path: str, up: int = 0, nullable: bool = False) -> Column:
    """Write the column of the number in a GID."""
    return Column(name, Kind.BIGINT, nullable, Source.GID_NUMBER, path, up)


def required(name: str, kind: Kind, *path: str) -> Column:
    """Write a column that is never null."""
    return Column(name, kind, nullable=False, path=path)


def optional(name: str, kind: Kind, *path: str) -> Column:
    """Write a column that may be null."""
    return Column(name, kind, nullable=True, path=path)


def declared(
    selection: str,
    *,
    name: str = "orders",
    root: str | None = None,
    arguments: str = "",
    incremental: Incremental | None = None,
) -> Stream:
    """Declare a stream on the root field of its own name."""
    return Stream(
        name=name,
        root=root or name,
        family="tests",
        description="A stream of a test.",
        selection=selection,
        arguments=arguments,
        incremental=incremental,
    )


def compiled(stream: Stream) -> CompiledStream:
    """Compile a stream against the pinned schema."""
    return compile_stream(load_schema(), stream)


def tables_of(stream: Stream) -> dict[str, Table]:
    """Compile a stream and return its tables by name, parents first."""
    return {table.name: table for table in compiled(stream).tables}
