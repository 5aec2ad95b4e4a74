"""Connections answered page by page, as ordinary queries ask for them.

Charter: compiling `nodes`, `edges` and `pageInfo`. The rows of a connection are chosen
in `rows.py`, the page is cut in `cursors.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.graphql.rows import Source
from shopify_assets.simulator.graphql.walk import in_place, in_row, tracked

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import FieldNode, SelectionSetNode

    from shopify_assets.simulator.graphql.cursors import Page
    from shopify_assets.simulator.graphql.rows import Rows
    from shopify_assets.simulator.graphql.walk import Compiler, Getter, Run
    from shopify_assets.simulator.world.world import Record


class Pages:
    """Compiles connections into getters of pages."""

    silent = False

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def getter(self, compiler: Compiler, owner: str, nodes: list[FieldNode]) -> Getter:
        """Compile the connection selected by `nodes` on type `owner`."""
        name = nodes[0].name.value
        field = compiler.schema[owner].fields[name]
        node = compiler.schema.node_type(field)
        source = Source(owner, name, node.name if node else "String", field.filters)
        sets = [each.selection_set for each in nodes if each.selection_set]
        arguments = compiler.arguments(owner, nodes[0])
        parts = [
            (key, _part(compiler, field.named_type, source.kind, selected))
            for key, selected in compiler.collect(field.named_type, sets).items()
        ]
        rows, shown = self._rows, compiler.shown(source.kind)

        def get(record: Record, run: Run) -> dict[str, Any]:
            page = rows.page(source, record, arguments(run), run)
            if shown is not None:
                page = _only(page, shown)
            return {key: part(page, run) for key, part in parts}

        return get


def _only(page: Page, shown: Callable[[Any], bool]) -> Page:
    rows = zip(page.items, page.cursors, strict=True)
    kept = [(item, cursor) for item, cursor in rows if shown(item)]
    items, cursors = ([row[at] for row in kept] for at in (0, 1))
    return page._replace(items=items, cursors=cursors)


def _part(
    compiler: Compiler, connection: str, kind: str, nodes: list[FieldNode]
) -> Getter:
    name = nodes[0].name.value
    sets = [each.selection_set for each in nodes if each.selection_set]
    match name:
        case "nodes":
            before = compiler.denials
            node = compiler.node_getter(kind, sets)
            denied = compiler.denials > before
            return _nodes(in_place(node, "nodes") if denied else in_row(node))
        case "edges":
            edge = compiler.schema[connection].fields["edges"].named_type
            return _edges(compiler, edge, kind=kind, sets=sets)
        case "pageInfo":
            return _page_info(compiler, sets)
        case "__typename":
            return lambda _page, _run: connection
    # what else a connection offers (filters, total counts) is made up
    read = compiler.readers.plain(connection, name)
    return lambda _page, run: read({"__seed": connection}, run)


def _nodes(row: Getter) -> Getter:
    def get(page: Page, run: Run) -> Any:
        return row(page.items, run)

    return get


def _edges(
    compiler: Compiler, edge: str, *, kind: str, sets: list[SelectionSetNode]
) -> Getter:
    before = compiler.denials
    parts = [
        (key, _edge_part(compiler, edge, kind=kind, nodes=nodes))
        for key, nodes in compiler.collect(edge, sets).items()
    ]

    def one(pair: tuple[Any, str], run: Run) -> dict[str, Any]:
        return {key: part(*pair, run) for key, part in parts}

    row = in_place(one, "edges") if compiler.denials > before else in_row(one)
    return lambda page, run: row(zip(page.items, page.cursors, strict=True), run)


def _edge_part(
    compiler: Compiler, edge: str, *, kind: str, nodes: list[FieldNode]
) -> Callable[[Any, str, Run], Any]:
    name = nodes[0].name.value
    match name:
        case "cursor":
            return lambda _item, cursor, _run: cursor
        case "__typename":
            return lambda _item, _cursor, _run: edge
        case "node":
            sets = [each.selection_set for each in nodes if each.selection_set]
            before = compiler.denials
            node = compiler.node_getter(kind, sets)
            node = tracked(node, "node") if compiler.denials > before else node
            return lambda item, _cursor, run: node(item, run)
    read = compiler.readers.plain(edge, name)
    return lambda _item, _cursor, run: read({"__seed": edge}, run)


def _page_info(compiler: Compiler, sets: list[SelectionSetNode]) -> Getter:
    keys = {
        key: nodes[0].name.value
        for key, nodes in compiler.collect("PageInfo", sets).items()
    }

    def get(page: Page, _run: Run) -> dict[str, Any]:
        told = {
            "__typename": "PageInfo",
            "hasNextPage": page.has_next,
            "hasPreviousPage": page.has_previous,
            "startCursor": page.cursors[0] if page.cursors else None,
            "endCursor": page.cursors[-1] if page.cursors else None,
        }
        return {key: told[name] for key, name in keys.items()}

    return get
