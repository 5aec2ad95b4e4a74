"""Small declarations for tests of the compiler.

Charter: a stream of a test's own, and what the compiler makes of it.
"""

from __future__ import annotations

from shopify_assets.catalog.compiler import CompiledStream, compile_stream
from shopify_assets.catalog.schema import load_schema
from shopify_assets.catalog.stream import Incremental, Stream
from shopify_assets.catalog.tables import Table


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
