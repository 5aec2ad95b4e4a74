"""Records from answers: one node with its nested connections becomes flat JSON lines.

Charter: the shape that a bulk operation would have written, made from pages, so that
one normaliser reads both. Pure but for `drain`, which is passed in and reads on in a
connection longer than its page.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from shopify_assets.api.pages import nodes_of
from shopify_assets.api.retry import InternalError
from shopify_assets.catalog.tables import GRANDPARENT_ID, PARENT_ID, ROOT_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from shopify_assets.catalog.second_step import Nested
    from shopify_assets.catalog.tables import Path

Node = dict[str, Any]

Chain = tuple[str, ...]
"""The ids of a record's ancestors and its own, from the root's down."""

# Half of a pair, or either half of a whole one, as JSON escapes it.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_PARENT_OF_ROOT, _GRANDCHILD = 1, 3
_SHOWN = 80


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
    id_ = node.get("id")
    if connections and not isinstance(id_, str):
        # Normalising sets it aside: nobody could tell whose they are below it.
        return
    for each, connection in connections:
        yield from children((str(id_),), each, connection, drain=drain)


def children(
    chain: Chain,
    nested: Nested,
    connection: Node | None,
    *,
    drain: Callable[[Nested, str, str], Iterable[Node]],
) -> Iterator[Node]:
    """Yield the records of one connection of `chain`'s last, to its very end."""
    if connection is None:
        return
    for each in nodes_of(connection) or ():
        yield placed(each, chain)
    info = connection["pageInfo"]
    if info["hasNextPage"]:
        for each in drain(nested, chain[-1], info["endCursor"]):
            yield placed(each, chain)


def refuse_nulls(nested: Iterable[Nested]) -> Callable[[Node], None]:
    """Make a judge of records: a connection that must not be null is not.

    Without an error beside it such a null is a fault of the server's; taken for empty,
    the records below would be lost without a word.
    """
    demanded = [connection.path for connection in nested if not connection.nullable]

    def judge(node: Node) -> None:
        for path in demanded:
            *objects, last = path
            holder = at(node, tuple(objects))
            if holder and last in holder and not _is_whole(holder[last]):
                message = (
                    f"{'.'.join(path)} of {node.get('id')} is null, or a record "
                    "in it, without an error, where Shopify's schema has no null"
                )
                raise InternalError(message)

    return judge


def _is_whole(connection: Node | None) -> bool:
    if connection is None or connection["pageInfo"] is None:
        return False
    nodes = nodes_of(connection)
    return nodes is not None and None not in nodes


def placed(node: Node, chain: Chain) -> Node:
    """Return the record of `node`, which says whose it is."""
    record = {**node, PARENT_ID: chain[-1]}
    if len(chain) > _PARENT_OF_ROOT:
        record[ROOT_ID] = chain[0]
    if len(chain) == _GRANDCHILD:
        record[GRANDPARENT_ID] = chain[1]
    return record


def at(node: Node, path: Path) -> Node | None:
    """Return what lies at `path`; None where the path ends in null."""
    found: Any = node
    for key in path:
        found = None if found is None else found.get(key)
    return found  # type: ignore[no-any-return]  # JSON


def _take(node: Node, path: Path) -> Node | None:
    """Take the connection at `path` out of `node`; None where the path ends in null."""
    *objects, last = path
    holder = at(node, tuple(objects))
    return None if holder is None else holder.pop(last, None)


@dataclass(frozen=True)
class Owner:
    """An element below which more is read in the second step."""

    chain: Chain

    @property
    def id(self) -> str:
        """Its own id."""
        return self.chain[-1]

    @property
    def root_id(self) -> str:
        """The id of the root record it belongs to."""
        return self.chain[0]


@dataclass(frozen=True)
class Sought:
    """Elements that are looked for in raw lines.

    Attributes:
        marker: of the records that hold them.
        lists: paths from the record to the elements; empty for the records themselves.
    """

    marker: str
    lists: tuple[Path, ...] = ()


def owners(
    blocks: Iterable[bytes], sought: Collection[Sought]
) -> dict[Sought, list[Owner]]:
    """Find, in blocks of raw lines, all elements that are sought, by their ids.

    A line that cannot be read has none: normalising will set its record aside.

    Args:
        blocks: whole lines.
        sought: what is looked for, all of it in one pass.
    """
    found: dict[Sought, list[Owner]] = {each: [] for each in sought}
    by_marker: dict[bytes, list[Sought]] = {}
    for each in sought:
        by_marker.setdefault(each.marker.encode(), []).append(each)
    for block in blocks:
        for line in block.split(b"\n"):
            for each in by_marker.get(line[2 : line.find(b'"', 2)], ()):
                record = _decoded(_decoder(each.lists), line)
                if record is not None:
                    found[each] += _owners_of(record, each.lists)
    return found


def _decoded(decoder: msgspec.json.Decoder[Any], line: bytes) -> Any:
    """The ids of a line, whose texts may hold what is no Unicode: they are not read.

    None if it is no JSON record: the normaliser sets that aside, and says why.
    """
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return decoder.decode(line)
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Also in a key, where the slower way could not convert it.
        return decoder.decode(_SURROGATE.sub(b"?", line))
    with suppress(ValueError, msgspec.ValidationError, RecursionError):
        return msgspec.convert(
            json.loads(line.decode("utf-8", "replace")), decoder.type
        )
    return None


def _owners_of(record: Any, lists: tuple[Path, ...]) -> Iterator[Owner]:
    above = (record.root_id, record.grandparent_id, record.parent_id)
    chain = (*(each for each in above if each), record.id)
    elements = [(chain, record)]
    for path in lists:
        elements = [
            ((*outer, inner.id), inner)
            for outer, each in elements
            for inner in _list(each, path)
        ]
    return (Owner(each) for each, _ in elements)


def _list(element: Any, path: Path) -> list[Any]:
    for key in path:
        if element is None:
            return []
        element = getattr(element, key)
    return element or []


@lru_cache
def _decoder(lists: tuple[Path, ...]) -> msgspec.json.Decoder[Any]:
    """A decoder of only the ids along the lists: all else in a line is skipped."""
    shape: Any = _struct({})
    for path in reversed(lists):
        shape = _along(path, list[shape])
    return msgspec.json.Decoder(shape)


def _along(path: Path, shape: Any) -> Any:
    for key in reversed(path):
        shape = _struct({key: shape | None})
    return shape


def _struct(fields: dict[str, Any]) -> Any:
    own = [("id", str, ""), *((name, str | None, None) for name in _ANCESTORS)]
    given = [(key, shape, None) for key, shape in fields.items()]
    return msgspec.defstruct("Ids", [*own, *given], rename=_ANCESTORS)


_ANCESTORS = {
    "parent_id": PARENT_ID,
    "grandparent_id": GRANDPARENT_ID,
    "root_id": ROOT_ID,
}
