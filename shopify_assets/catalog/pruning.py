"""Parts of a selection that a token may not read, and the selection without them.

Charter: paths within a checked selection. Which scopes are granted is asked elsewhere;
what a pruned selection becomes is the compiler's business.

A path is the keys from the record, joined by dots, through lists and connections alike:
`refunds.lineItems.location`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shopify_assets.catalog.selection import Selected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shopify_assets.catalog.schema import Schema, Type

RECORD = ""
"""The path of the record itself."""


@dataclass(frozen=True)
class Guarded:
    """A part of the selection that not every token may read.

    Attributes:
        path: where it lies; `RECORD` for the stream as a whole.
        scopes: one of these must be granted.
    """

    path: str
    scopes: frozenset[str]


def guarded(schema: Schema, path: tuple[str, ...], root: Selected) -> Iterator[Guarded]:
    """List what is guarded: the fields that lead to the root, then all below it."""
    yield from _guards(schema, path, RECORD)
    for at, each in paths(root.children):
        if each.name != "__typename":
            yield from _guards(schema, each.within, at)
            yield from _guard(schema, each.owner, each.name, at)


def _guards(schema: Schema, path: tuple[str, ...], at: str) -> Iterator[Guarded]:
    owner = schema.query
    for name in path:
        yield from _guard(schema, owner, name, at)
        owner = schema[owner.fields[name].named_type]


def _guard(schema: Schema, owner: Type, name: str, path: str) -> Iterator[Guarded]:
    scopes = schema.scopes_of(owner, name)
    if scopes:
        yield Guarded(path, frozenset(scopes))


def paths(
    fields: Iterable[Selected], above: str = RECORD
) -> Iterator[tuple[str, Selected]]:
    """Walk all that is selected, each with its path."""
    for each in fields:
        path = f"{above}.{each.key}".lstrip(".")
        yield path, each
        yield from paths(each.children, path)


def places(
    root: Selected, way: tuple[str, ...], *, owner: str, name: str, argument: str = ""
) -> Iterator[str]:
    """Find where a field is selected, or a type, or a field by one of its arguments.

    Args:
        root: the root field.
        way: names of the fields that lead to it, and its own.
        owner: the type the field is selected on; empty if that is not known.
        name: the field; empty to find what is of type `owner`.
        argument: an argument it is selected by; empty for any selection of it.
    """
    leads = name in way and owner in {"", "QueryRoot", root.owner.name}
    if leads or (not name and owner == root.type.name) or _wraps(root, owner):
        yield RECORD
    for path, field in paths(root.children):
        if _is(field, owner, name, argument) or _wraps(field, owner):
            yield path


def _is(field: Selected, owner: str, name: str, argument: str) -> bool:
    if not name:
        return owner in {field.on, field.type.name}
    if argument and not re.search(rf"\b{re.escape(argument)}:", field.arguments):
        return False
    if name in field.within:
        return True
    return name == field.name and owner in {"", field.owner.name}


def _wraps(field: Selected, owner: str) -> bool:
    """Whether a type is that of a connection, or of its edges: without, it is none."""
    if not field.is_connection:
        return False
    connection = field.owner.fields[field.name].named_type
    return owner in {connection, connection.replace("Connection", "Edge")}


def prune(root: Selected, without: frozenset[str]) -> Selected:
    """Return the selection without what lies at these paths.

    An object of which nothing is left goes, too; and so does a list whose elements
    would lose their ids, for they could not be told from one another.
    """
    if not without:
        return root
    return replace(root, children=tuple(_kept(root.children, without, RECORD)))


def _kept(
    fields: Iterable[Selected], without: frozenset[str], above: str
) -> Iterator[Selected]:
    for each in fields:
        path = f"{above}.{each.key}".lstrip(".")
        if path in without or f"{path}.id" in without:
            continue
        children = tuple(_kept(each.children, without, path))
        if children or not each.children:
            yield replace(each, children=children)
