"""Pages of the streams: one of them all, and one of each with its tables.

Charter: the catalog, told to people.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from shopify_assets.catalog.compiler import CompiledStream, compile_stream
from shopify_assets.catalog.lookback import in_words, schedule
from shopify_assets.catalog.schema import PINNED_VERSION, load_schema
from shopify_assets.catalog.stream import OldOrders, Precision
from shopify_assets.catalog.tables import Column, Source, Table
from shopify_assets.reference.markdown import code, codes, joined, table
from shopify_assets.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.stream import Stream


_ADVANCES = """
*Advances by* names the replication key; a snapshot is read whole and replaces what was
there. *Looks back* says how far before the watermark a sync begins: where the key is a
time in the world (†), records appear with an earlier time than those that are there,
and the look widens by schedule.
""".strip()


@cache
def compiled() -> tuple[CompiledStream, ...]:
    """Every stream, compiled against the pinned schema."""
    return tuple(compile_stream(load_schema(), stream) for stream in STREAMS)


def overview() -> str:
    """Render the page of all streams."""
    families = groupby(
        sorted(compiled(), key=lambda each: each.stream.family),
        key=lambda each: each.stream.family,
    )
    tables = sum(len(each.tables) for each in compiled())
    counted = f"{len(compiled())} streams, {tables} tables, Admin API {PINNED_VERSION}."
    return joined(
        (
            "# Streams",
            f"{counted} {_ADVANCES}",
            *(_family(name, tuple(streams)) for name, streams in families),
        )
    )


def details() -> Iterator[tuple[str, str]]:
    """Render the page of each stream, with the stream's name."""
    for each in compiled():
        yield each.name, _page(each)


def _family(name: str, streams: tuple[CompiledStream, ...]) -> str:
    rows = (
        (
            f"[{each.name}](tables/{each.name}.md)",
            each.stream.description,
            advance(each.stream) + _in_the_world(each.stream),
            _looks_back(each.stream),
            str(len(each.tables)),
            own_scopes(each),
        )
        for each in streams
    )
    head = ("stream", "a row is", "advances by", "looks back", "tables", "scopes")
    return f"## {name.capitalize()}\n\n{table(head, rows)}"


def own_scopes(stream: CompiledStream) -> str:
    """Scopes without which the stream cannot be read at all."""
    needed = (each.scopes for each in stream.guarded if each.path in stream.required)
    return "; ".join(map(_one_of, dict.fromkeys(needed)))


def advance(stream: Stream) -> str:
    """What a stream advances by, or that it is a snapshot."""
    return code(stream.incremental.key) if stream.incremental else "snapshot"


def _in_the_world(stream: Stream) -> str:
    marked = stream.incremental is not None and stream.incremental.is_in_the_world
    return " †" if marked else ""


def _looks_back(stream: Stream) -> str:
    return in_words(schedule(stream.incremental)) if stream.incremental else ""


def _page(stream: CompiledStream) -> str:
    return joined(
        (
            f"# {stream.name}",
            stream.stream.description,
            table(("", ""), _facts(stream)),
            *(_table(each) for each in stream.tables),
        )
    )


def _facts(stream: CompiledStream) -> Iterator[tuple[str, str]]:
    declared, queries = stream.stream, stream.queries
    yield "root field", code(declared.root)
    if declared.arguments:
        yield "arguments", code(declared.arguments)
    yield "advances by", advance(declared) + _precision(declared)
    if declared.incremental:
        yield "which is a", declared.incremental.time.value
        yield "looks back", _looks_back(declared)
    if stream.old_orders:
        yield "hidden without `read_all_orders`", _hidden(stream.old_orders)
    if queries.is_connection:
        yield "page", f"{queries.paged.first} records, {queries.paged.cost} points"
    yield "bulk operation", queries.bulk_refusal or "yes"
    if queries.passages or queries.details:
        yield "second step", codes(_second_step(stream))
    yield "scopes", "; ".join(_one_of(each) for each in stream.scopes) or "none"
    if declared.webhooks:
        yield "webhooks", codes(declared.webhooks)


def _hidden(hidden: OldOrders) -> str:
    if hidden is OldOrders.LISTS:
        return "orders older than 60 days, in its lists and counts of orders"
    return "records of orders older than 60 days"


def _precision(stream: Stream) -> str:
    by_day = stream.incremental and stream.incremental.precision is Precision.DAY
    return ", to the day" if by_day else ""


def _second_step(stream: CompiledStream) -> list[str]:
    queries = stream.queries
    passed = [nested for each in queries.passages for nested in each.nested]
    below = [nested for each in queries.details for nested in each.nested]
    return [nested.table for nested in (*passed, *below)]


def _one_of(scopes: frozenset[str]) -> str:
    names = [code(scope) for scope in sorted(scopes)]
    return " or ".join(names)


def _table(each: Table) -> str:
    below = f" Child of {code(each.parent)}." if each.parent else ""
    head = ("column", "type", "null", "from")
    rows = (_column(column) for column in each.columns)
    return joined(
        (
            f"## {each.name}",
            f"One row per {codes(each.key)}.{below}",
            table(head, rows),
        )
    )


def _column(column: Column) -> tuple[str, ...]:
    nullable = "null" if column.nullable else ""
    return code(column.name), column.kind.value, nullable, _origin(column)


def _origin(column: Column) -> str:
    path = code(".".join(column.path))
    climbed = f", {column.up} up" if column.up else ""
    match column.source:
        case Source.GID_NUMBER:
            return f"number of {path}{climbed}"
        case Source.VALUE:
            return f"{path}{climbed}"
        case Source.SHOP | Source.POSITION:
            return f"{column.source.value}{climbed}"
