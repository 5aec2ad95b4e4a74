"""Where in a record the value of each column lies, from the record on.

Charter: paths of tables and columns through all that is nested. A table knows where a
value lies in its own element; lineage, and what is said of columns, need the whole way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopify_assets.catalog import names
from shopify_assets.catalog.selection import Form, walk
from shopify_assets.catalog.tables import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.selection import Selected
    from shopify_assets.catalog.tables import Column, Path, Table


def origins(compiled: CompiledStream) -> dict[tuple[str, str], str]:
    """The path of every (table, column) that comes from the record, joined by dots.

    A reference to a row above has the path of that row's id; the column `shop` has
    none, for it is no part of the record.
    """
    places = dict(_places(compiled.root.name, compiled.selection.children, ()))
    tables = {table.name: table for table in compiled.tables}
    return {
        (table.name, column.name): ".".join(path)
        for table in compiled.tables
        for column in table.columns
        if (path := _path(table, column, tables, places)) is not None
    }


def _places(
    table: str, fields: tuple[Selected, ...], above: Path
) -> Iterator[tuple[str, Path]]:
    """Each table with the path from the record to its elements."""
    yield table, above
    for path, field in walk(fields, Form.OBJECTS, Form.CONNECTION, Form.JOINED):
        name = names.table_name(table, path[-1])
        yield from _places(name, field.children, (*above, *path))


def _path(
    table: Table, column: Column, tables: dict[str, Table], places: dict[str, Path]
) -> Path | None:
    if column.source is Source.SHOP:
        return None
    if table.parent and column.name in table.parent_key:
        parent = tables[table.parent]
        key = parent.key[table.parent_key.index(column.name)]
        return _path(parent, parent.column(key), tables, places)
    return (*places[table.name], *column.path)
