"""`streams`: what is extracted, in brief by family or in full.

Charter: declarations and what is compiled from them, told to people and machines.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from shopify_assets.catalog.fitting import readable
from shopify_assets.catalog.lookback import in_words, schedule
from shopify_assets.cli import output
from shopify_assets.cli.names import listed, refuse_unknown
from shopify_assets.settings import load_settings
from shopify_assets.streams import STREAMS
from shopify_assets.streams.coverage import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.stream import Incremental, Stream


@click.command()
@click.option(
    "--select",
    "names",
    multiple=True,
    callback=listed,
    metavar="NAMES",
    help="Streams in full, as a,b or repeated; all in brief if none.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def streams(names: Sequence[str], *, as_json: bool) -> None:
    """List the streams: what they read, their tables and the scopes they need."""
    refuse_unknown(names)
    everything = readable(STREAMS, load_settings().api_version)
    found = [each for each in everything if not names or each.name in names]
    if as_json:
        output.dump([described(each) for each in found])
    elif names:
        for each in found:
            _in_full(each)
    else:
        _in_brief(found)


def described(stream: CompiledStream) -> dict[str, Any]:
    """A stream, for machines.

    Of each group of scopes one is needed: of `required_scopes` to read the stream, of
    all `scopes` to read the whole of it. `lookback` is in seconds, as are the looks
    back, which are so far apart at least (0: every sync makes it). `bulk_refusal` is
    null if a bulk operation can read the stream; `nested_depth` counts the levels of
    child tables below the root.
    """
    declared, queries = stream.stream, stream.queries
    return {
        "name": stream.name,
        "family": declared.family,
        "description": declared.description,
        "root": declared.root,
        "arguments": declared.arguments,
        "each": declared.each.argument if declared.each else None,
        **_advance(declared.incremental),
        "page": {"records": queries.paged.first, "points": queries.paged.cost},
        "bulk_refusal": queries.bulk_refusal,
        "nested_depth": _depth(stream),
        "scopes": [sorted(each) for each in stream.scopes],
        "required_scopes": [sorted(each) for each in _required(stream)],
        "webhooks": list(declared.webhooks),
        "covers": list(_covers(stream)),
        "columns": _columns(stream),
        "tables": {
            table.name: {each.name: each.kind.value for each in table.columns}
            for table in stream.tables
        },
    }


def _required(stream: CompiledStream) -> list[frozenset[str]]:
    needed = (each.scopes for each in stream.guarded if each.path in stream.required)
    return list(dict.fromkeys(needed))


def _advance(incremental: Incremental | None) -> dict[str, Any]:
    return {
        "replication_key": incremental.key if incremental else None,
        "filter": incremental.field if incremental else None,
        "precision": incremental.precision.value if incremental else None,
        "key_is": incremental.time.value if incremental else None,
        "lookback": incremental.lookback.total_seconds() if incremental else None,
        "looks_back": _looks(incremental) if incremental else [],
    }


def _looks(incremental: Incremental) -> list[dict[str, float]]:
    return [
        {"seconds": each.back.total_seconds(), "apart": each.apart.total_seconds()}
        for each in schedule(incremental)
    ]


def _depth(stream: CompiledStream) -> int:
    depths: dict[str | None, int] = {None: -1}
    for table in stream.tables:
        depths[table.name] = depths[table.parent] + 1
    return max(depths.values())


def _covers(stream: CompiledStream) -> Iterator[str]:
    """Resources of Shopify's that are in the stream's tables."""
    tables = {table.name for table in stream.tables}
    for resources in RESOURCES.values():
        yield from (each.name for each in resources if tables & set(each.tables))


def _columns(stream: CompiledStream) -> int:
    return sum(len(table.columns) for table in stream.tables)


def _in_brief(found: Sequence[CompiledStream]) -> None:
    def family(each: CompiledStream) -> str:
        return each.stream.family

    rows = [
        _row(name, list(each))
        for name, each in groupby(sorted(found, key=family), family)
    ]
    output.table(
        ("family", "streams", "tables", "columns", "which"),
        [*rows, _row("all", found)[:4]],
    )
    output.answer("One in full: shopify-assets streams --select NAME")


def _row(name: str, found: Sequence[CompiledStream]) -> tuple[str, ...]:
    return (
        name,
        str(len(found)),
        str(sum(len(each.tables) for each in found)),
        f"{sum(map(_columns, found)):,}",
        ", ".join(each.name for each in found),
    )


def _in_full(stream: CompiledStream) -> None:
    declared, queries = stream.stream, stream.queries
    output.answer(f"{stream.name}: {declared.description}")
    for name, told in _facts(stream, declared):
        output.answer(f"  {name}: {told}")
    output.answer(f"  page: {queries.paged.first} records, {queries.paged.cost} points")
    output.answer(f"  bulk operation: {queries.bulk_refusal or 'yes'}")
    for table in stream.tables:
        output.answer(f"  {table.name}, one row per {', '.join(table.key)}")
        for each in table.columns:
            null = " or null" if each.nullable else ""
            output.answer(f"    {each.name}: {each.kind.value}{null}")


def _facts(stream: CompiledStream, declared: Stream) -> Iterator[tuple[str, str]]:
    yield "root", declared.root
    yield "advances by", _advance_text(declared.incremental)
    yield "scopes needed", _scopes(_required(stream))
    yield "scopes to read all of it", _scopes(stream.scopes)
    if declared.webhooks:
        yield "webhooks", ", ".join(declared.webhooks)
    covers = ", ".join(_covers(stream))
    if covers:
        yield "covers", covers


def _scopes(groups: Sequence[frozenset[str]]) -> str:
    return "; ".join(" or ".join(sorted(each)) for each in groups) or "none"


def _advance_text(incremental: Incremental | None) -> str:
    if incremental is None:
        return "nothing: a snapshot, read whole"
    return (
        f"{incremental.key}, a {incremental.time.value}, filtered by "
        f"{incremental.field} to the {incremental.precision.value}; looks back "
        f"{in_words(schedule(incremental))}"
    )
