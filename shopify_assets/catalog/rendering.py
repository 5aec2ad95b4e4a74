"""A checked selection, written as GraphQL text.

Charter: text only. Which queries there are, and what each reads, is `queries.py`.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from shopify_assets.catalog import names
from shopify_assets.catalog.selection import Form, Selected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shopify_assets.catalog.tables import Path

# What a nested connection gives with its parent; the rest is drained. Most orders have
# fewer than ten lines, and the cost of a page grows with the logarithm of this number.
NESTED_SIZE = 10
NESTED = "$nested"

PAGE_INFO = "pageInfo { hasNextPage endCursor }"


class Mode(Enum):
    """How connections are written."""

    PAGED = auto()  # nodes, with a size and what it takes to read on
    BULK = auto()  # edges, without a size: a bulk operation reads all
    LEFT_OUT = auto()  # not at all: they are read in a second step


def record_text(fields: tuple[Selected, ...], table: str, mode: Mode) -> str:
    """Write the fields of a record of `table`."""
    return " ".join(_each(fields, table, mode))


def connectionless_text(fields: tuple[Selected, ...], table: str) -> str:
    """Write the fields of a record of `table`, without the connections below it."""
    return record_text(fields, table, Mode.LEFT_OUT)


def connection_text(each: Selected, table: str, mode: Mode) -> str:
    """Write a connection whose nodes feed `table`, the marker first in each node."""
    node = f"_{table}: __typename {connectionless_text(each.children, table)}"
    if mode is Mode.BULK:
        return f"{head(each, each.arguments)} {{ edges {{ node {{ {node} }} }} }}"
    return page_text(each, f"first: {NESTED}{then(each.arguments)}", node)


def page_text(each: Selected, arguments: str, node: str) -> str:
    """Write one page of a connection, and what it takes to read on."""
    nodes = (
        f"nodes {{ {node} }}" if each.has_nodes else f"edges {{ node {{ {node} }} }}"
    )
    return f"{head(each, arguments)} {{ {nodes} {PAGE_INFO} }}"


def head(each: Selected, arguments: str) -> str:
    """Write a field's alias, name and arguments."""
    alias = "" if each.key == each.name else f"{each.key}: "
    return f"{alias}{each.name}{arguments_text(arguments)}"


def written_at(fields: tuple[Selected, ...], path: Path, text: str) -> str:
    """Write `text` at `path`, in every fragment in which the path exists."""
    steps = [each for each in fields if each.key == path[0]]
    return " ".join(_within(each, _step(each, path, text)) for each in steps)


def arguments_text(*given: str) -> str:
    """Join arguments, in brackets if there are any."""
    passed = ", ".join(each for each in given if each)
    return f"({passed})" if passed else ""


def declared(body: str, *variables: str) -> str:
    """Declare variables; the size of nested connections too, if `body` has some."""
    sized = f"{NESTED}: Int = {NESTED_SIZE}" if NESTED in body else ""
    return arguments_text(*variables, sized)


def then(arguments: str) -> str:
    """Continue a list of arguments by these, if there are any."""
    return f", {arguments}" if arguments else ""


def quoted(text: str) -> str:
    """Write a GraphQL string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _each(fields: tuple[Selected, ...], table: str, mode: Mode) -> Iterator[str]:
    for each in fields:
        if not each.is_connection:
            yield _within(each, _field(each, table, mode))
        elif each.form is Form.CONNECTION and mode is not Mode.LEFT_OUT:
            child = names.table_name(table, each.key)
            yield _within(each, connection_text(each, child, mode))


def _field(each: Selected, table: str, mode: Mode) -> str:
    written = head(each, each.arguments)
    if not each.children:
        return written
    # A connection below a list of objects is refused in bulk, and read later.
    inner = mode if each.form is Form.OBJECT else Mode.LEFT_OUT
    return f"{written} {{ {record_text(each.children, table, inner)} }}"


def _within(each: Selected, text: str) -> str:
    return f"... on {each.on} {{ {text} }}" if each.on else text


def _step(each: Selected, path: Path, text: str) -> str:
    if len(path) == 1:
        return text
    inner = written_at(each.children, path[1:], text)
    return f"{head(each, each.arguments)} {{ {inner} }}"


def within(objects: Sequence[str], body: str) -> str:
    """Write `body` where these objects of QueryRoot lead, the outermost first."""
    for each in reversed(objects):
        body = f"{each} {{ {body} }}"
    return body
