"""Records from answers: one node with its nested connections becomes flat JSON lines.

Charter: the shape that a bulk operation would have written, made from pages, so that
one normaliser reads both. Pure but for `drain`, which is passed in and reads on in a
connection longer than its page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from shopify_assets.catalog.tables import PARENT_ID, ROOT_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from shopify_assets.catalog.queries import Details, Nested
    from shopify_assets.catalog.tables import Path

Node = dict[str, Any]


def flatten(
    node: Node,
    nested: tuple[Nested, ...],
    *,
    drain: Callable[[Nested, str, str], Iterable[Node]],
) -> Iterator[Node]:
    """Yield the record of `node`, then those of the connections below it.

    Args:
        node: a node of a page; its connections are taken out of it.
        nested: the connections below it.
        drain: reads on in a connection, given the parent's id and the end cursor.
    """
    connections = [(each, _take(node, each.path)) for each in nested]
    yield node
    for each, connection in connections:
        yield from children(node["id"], each, connection, drain=drain)


def children(
    parent_id: str,
    nested: Nested,
    connection: Node | None,
    *,
    drain: Callable[[Nested, str, str], Iterable[Node]],
) -> Iterator[Node]:
    """Yield the records of one nested connection, to its very end."""
    if connection is None:
        return
    for each in connection["nodes"]:
        yield {**each, PARENT_ID: parent_id}
    info = connection["pageInfo"]
    if info["hasNextPage"]:
        for each in drain(nested, parent_id, info["endCursor"]):
            yield {**each, PARENT_ID: parent_id}


def _take(node: Node, path: Path) -> Node | None:
    """Take the connection at `path` out of `node`; None where the path ends in null."""
    *objects, last = path
    holder: Node | None = node
    for key in objects:
        holder = None if holder is None else holder.get(key)
    return None if holder is None else holder.pop(last, None)


@dataclass(frozen=True)
class Owner:
    """An element whose inner connections are read in the second step."""

    id: str
    root_id: str


def owners(block: bytes, details: Details) -> Iterator[Owner]:
    """Find, in a block of raw lines, the elements `details` asks for, by their ids."""
    decoder = _decoder(details)
    prefix = f'{{"{details.marker}":'.encode()
    for line in block.split(b"\n"):
        if line.startswith(prefix):
            yield from _owners_of(decoder.decode(line), details.lists)


def _owners_of(record: Any, lists: tuple[Path, ...]) -> Iterator[Owner]:
    root_id = record.parent_id or record.id
    elements = [record]
    for path in lists:
        elements = [inner for each in elements for inner in _list(each, path)]
    return (Owner(each.id, root_id) for each in elements)


def _list(element: Any, path: Path) -> list[Any]:
    for key in path:
        if element is None:
            return []
        element = getattr(element, key)
    return element or []


def _decoder(details: Details) -> msgspec.json.Decoder[Any]:
    """A decoder of only the ids along the lists: all else in a line is skipped."""
    shape: Any = _struct({})
    for path in reversed(details.lists):
        shape = _along(path, list[shape])
    return msgspec.json.Decoder(shape)


def _along(path: Path, shape: Any) -> Any:
    for key in reversed(path):
        shape = _struct({key: shape | None})
    return shape


def _struct(fields: dict[str, Any]) -> Any:
    own = [("id", str, ""), ("parent_id", str | None, None)]
    given = [(key, shape, None) for key, shape in fields.items()]
    rename = {"parent_id": PARENT_ID}
    return msgspec.defstruct("Ids", [*own, *given], rename=rename)


def with_root(records: Iterable[Node], root_id: str) -> Iterator[Node]:
    """Add the root's id to the records of a second step."""
    return ({**each, ROOT_ID: root_id} for each in records)
