"""Which fields of the types that streams read are not selected, and why.

Charter: the schema against what streams select, type by type; the rules that need the
schema are here, what only a person knows is in `streams/fields.py`. Rendering is
`fields.py`'s business.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from shopify_assets.catalog.schema import load_schema
from shopify_assets.catalog.selection import Form, Selected, root_field
from shopify_assets.reference.streams import compiled
from shopify_assets.streams.fields import LEAVING, LEFT_OUT, Kind

if TYPE_CHECKING:
    from shopify_assets.catalog.schema import Field, Type

Names = dict[str, set[str]]

# What is selected of a record that is only referred to.
_REFERENCE = {"id", "__typename"}


@dataclass(frozen=True)
class Unselected:
    """A field that a stream could read and does not.

    Attributes:
        stream: the stream.
        type: the type it is a field of.
        field: its name.
        kind: the rule by which it is left out; None if it is by none.
        why: the reason, for people; empty if there is none.
    """

    stream: str
    type: str
    field: str
    kind: Kind | None
    why: str


@dataclass(frozen=True)
class _Read:
    """What a stream reads.

    Attributes:
        root: the type of its root's records, and the concrete ones of that.
        selected: names of the selected fields by type.
        above: types that each type stands below.
    """

    root: frozenset[str]
    selected: Names
    above: Names


@cache
def unselected() -> tuple[Unselected, ...]:
    """Every field that is readable by a stream and not selected, stream by stream."""
    return tuple(
        _judged(stream, type_, field)
        for stream, read in _reads().items()
        for type_ in sorted(read.selected)
        for field in load_schema()[type_].fields
        if field not in _names(stream, type_)
    )


@cache
def _reads() -> dict[str, _Read]:
    """What each stream reads, by its name."""
    schema = load_schema()
    reads = {}
    for stream in compiled():
        declared = stream.stream
        root = root_field(schema, declared.root, declared.selection)
        read = _Read(
            frozenset({root.type.name, *root.type.possible}),
            defaultdict(set),
            defaultdict(set),
        )
        _gather(read, root, frozenset())
        reads[stream.name] = read
    return reads


def _gather(read: _Read, owner: Selected, above: frozenset[str]) -> None:
    for name in (owner.type.name, *owner.type.possible):
        read.above[name] |= above
        read.selected.setdefault(name, set())
    inner = above | {owner.type.name, *owner.type.possible}
    for field in owner.children:
        if field.form is not Form.JOINED:
            read.selected[field.owner.name].add(field.name)
        if field.children:
            _gather(read, field, inner)


@cache
def _names(stream: str, type_: str) -> frozenset[str]:
    """What a stream selects of a type, of an interface of it too."""
    selected = _reads()[stream].selected
    types = (type_, *load_schema()[type_].interfaces)
    return frozenset(name for named in types for name in selected.get(named, ()))


def _judged(stream: str, type_: str, name: str) -> Unselected:
    kind, why = _reason(stream, load_schema()[type_], name)
    return Unselected(stream, type_, name, kind, why)


def _reason(stream: str, owner: Type, name: str) -> tuple[Kind | None, str]:
    field = owner.fields[name]
    exactly = LEFT_OUT.get(f"{owner.name}.{name}")
    if exactly:
        return Kind.SAID, exactly
    rule = _rule(stream, owner, name, field)
    if rule is not None:
        return rule, rule.value
    said = _said(owner, name, field)
    if said:
        return Kind.SAID, said
    elsewhere = _read_elsewhere(stream, owner, name)
    if elsewhere:
        return Kind.READ, f"Read by `{elsewhere}`."
    listed = _records_of(field)
    if listed:
        return Kind.RECORDS, f"Records of `{listed}`."
    return None, ""


def _said(owner: Type, name: str, field: Field) -> str:
    """The reason that is declared for fields like this one, nearest first."""
    keys = (f"{owner.name}.*", f"*.{name}", f": {field.named_type}")
    return next((LEFT_OUT[key] for key in keys if key in LEFT_OUT), "")


def _rule(stream: str, owner: Type, name: str, field: Field) -> Kind | None:
    if field.deprecated:
        return Kind.DEPRECATED
    if (owner.name, name) in LEAVING:
        return Kind.LEAVING
    if any(argument.required for argument in field.args.values()):
        return Kind.ARGUMENT
    if field.named_type == "Count":
        return Kind.COUNT
    if not _is_several(field) and _stands_in(stream, owner, field):
        return Kind.PARENT
    return None


def _is_several(field: Field) -> bool:
    return field.is_list or load_schema().node_type(field) is not None


def _stands_in(stream: str, owner: Type, field: Field) -> bool:
    """Whether an object is, or may be, one that the row stands below."""
    schema = load_schema()
    if field.named_type not in schema.types:
        return False
    named = schema[field.named_type]
    above = _reads()[stream].above[owner.name]
    return not above.isdisjoint({named.name, *named.possible})


def _read_elsewhere(stream: str, owner: Type, name: str) -> str | None:
    """A stream that reads the field of the same record: it is known by its id there."""
    own = _reads()[stream]
    readers = (
        other
        for other, read in _reads().items()
        if other != stream and name in _names(other, owner.name)
        if read.root & own.root or owner.name in read.root or _has_identity(owner)
    )
    return min(readers, key=lambda other: _nearness(other, owner), default=None)


def _has_identity(owner: Type) -> bool:
    return "Node" in owner.interfaces


def _nearness(other: str, owner: Type) -> tuple[bool, int]:
    """The stream whose own records they are first, then who reads most of them."""
    read = _reads()[other]
    return owner.name not in read.root, -len(_names(other, owner.name))


def _records_of(field: Field) -> str | None:
    """The stream whose records a list or connection gives."""
    schema = load_schema()
    if not _is_several(field):
        return None
    node = schema.node_type(field) or schema[field.named_type]
    readers = (name for name, read in _reads().items() if node.name in read.root)
    return min(readers, key=lambda other: _nearness(other, node), default=None)


def home_of(field: Unselected) -> str:
    """The stream that a field is told at: its own, unless the record is another's."""
    owner = load_schema()[field.type]
    readers = [name for name in _reads() if _names(name, owner.name) - _REFERENCE]
    known = _has_identity(owner) or any(
        owner.name in _reads()[name].root for name in readers
    )
    if not known or not readers:
        return field.stream
    return min(readers, key=lambda other: _nearness(other, owner))


def without_reason() -> list[Unselected]:
    """Fields that nobody decided about."""
    return [field for field in unselected() if not field.why]
