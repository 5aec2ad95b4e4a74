"""The page of coverage: each resource of Shopify's, and where it is in the warehouse.

Charter: `streams/coverage.py`, told to people beside what the streams compile to.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from shopify_assets.catalog.schema import PINNED_VERSION
from shopify_assets.reference.markdown import code, codes, joined, table
from shopify_assets.reference.streams import advance, compiled, own_scopes
from shopify_assets.streams.coverage import RESOURCES
from shopify_assets.streams.roots import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.streams.coverage import Resource

_MEANING = """
A resource is covered if its tables are there, and left out for the reason given.
*Beyond* are streams that no resource of the list asks for.
""".strip()


def coverage() -> str:
    """Render the page."""
    return joined(
        (
            "# Coverage",
            _totals(),
            _MEANING,
            *(_section(name, found) for name, found in RESOURCES.items()),
            _beyond(),
            _roots(),
        )
    )


@cache
def owners() -> dict[str, CompiledStream]:
    """The stream of each table."""
    return {table.name: each for each in compiled() for table in each.tables}


def beyond() -> tuple[CompiledStream, ...]:
    """Streams none of whose tables a resource names."""
    found = {owners()[name].name for name in _named()}
    return tuple(each for each in compiled() if each.name not in found)


@cache
def _named() -> frozenset[str]:
    return frozenset(name for each in _resources() for name in each.tables)


def _resources() -> Iterator[Resource]:
    for found in RESOURCES.values():
        yield from found


def _totals() -> str:
    covered = sum(bool(each.tables) for each in _resources())
    left_out = sum(bool(each.left_out) for each in _resources())
    tables = [table for each in compiled() for table in each.tables]
    columns = sum(len(each.columns) for each in tables)
    return joined(
        (
            f"Admin API {PINNED_VERSION}.",
            table(
                ("resources covered", "left out", "streams", "tables", "columns"),
                [
                    (
                        str(covered),
                        str(left_out),
                        str(len(compiled())),
                        str(len(tables)),
                        f"{columns:,}",
                    )
                ],
            ),
        )
    )


def _section(name: str, resources: tuple[Resource, ...]) -> str:
    covered = (_covered(each) for each in resources if each.tables)
    left_out = [(each.name, each.left_out) for each in resources if each.left_out]
    head = ("resource", "stream", "tables", "advances by", "scopes")
    return joined(
        (
            f"## {name}",
            table(head, covered),
            table(("left out", "why"), left_out) if left_out else "",
        )
    )


def _covered(resource: Resource) -> tuple[str, ...]:
    found = (owners()[name] for name in resource.tables)
    streams = {each.name: each for each in found}.values()
    below = [each for stream in streams for each in _below(stream, resource.tables)]
    scopes = (scope for each in streams for scope in own_scopes(each).split("; "))
    return (
        resource.name,
        ", ".join(map(_link, streams)),
        codes([*resource.tables, *below]),
        ", ".join(dict.fromkeys(advance(each.stream) for each in streams)),
        "; ".join(dict.fromkeys(each for each in scopes if each)),
    )


def _below(stream: CompiledStream, named: tuple[str, ...]) -> Iterator[str]:
    """Child tables below those named, as far as no other resource names them."""
    held = dict.fromkeys(named)
    for each in stream.tables:
        if each.parent in held and each.name not in _named():
            held[each.name] = None
            yield each.name


def _link(stream: CompiledStream) -> str:
    return f"[{stream.name}](tables/{stream.name}.md)"


def _beyond() -> str:
    rows = [
        (
            _link(each),
            each.stream.description,
            advance(each.stream),
            own_scopes(each),
        )
        for each in beyond()
    ]
    head = ("stream", "a row is", "advances by", "scopes")
    return joined(("## Beyond", table(head, rows))) if rows else ""


def _roots() -> str:
    rows = ((code(name), why) for name, why in LEFT_OUT.items())
    return joined(
        (
            "## Root fields that are not read",
            "Connections and lists of `QueryRoot` that no query of any stream reads.",
            table(("root field", "why"), rows),
        )
    )
