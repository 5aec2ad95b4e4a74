"""Shopify's Admin GraphQL schema as pinned here: names, types, arguments, scopes.

Charter: reading the pinned schema and answering questions of type and name. Nothing
here knows of streams, tables or HTTP; compiler and simulator both stand on this file,
and share nothing else. `admin_<version>.jsonl` beside it holds one type a line; there
is one, and its version is the one in use. The other versions are patches of it, named
`admin_<version>.patch.jsonl`. All are written by `pin.py` alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec

from shopify_assets.catalog.merge_patch import Json, merged
from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

_PATCH = ".patch.jsonl"
_FILE = re.compile(r"admin_([^.]+)(?:\.patch)?\.jsonl")
_NAMED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Argument(msgspec.Struct, frozen=True, omit_defaults=True):
    """An argument or an input field: its GraphQL type and default, both as written."""

    type: str
    default: str | None = None

    @property
    def required(self) -> bool:
        """Whether a query must pass it."""
        return self.type.endswith("!") and self.default is None


class Field(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field of an object or interface type.

    Attributes:
        type: GraphQL notation, such as `[Refund!]!`.
        args: its arguments by name.
        deprecated: whether Shopify marks it deprecated in this version.
        scopes: access scopes, any one of which grants it; empty: the type's own.
        filters: search fields its `query` argument documents, such as `updated_at`.
    """

    type: str
    args: dict[str, Argument] = {}
    deprecated: bool = False
    scopes: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()

    @property
    def named_type(self) -> str:
        """The type's name without list and non-null marks."""
        return named_type(self.type)

    @property
    def nullable(self) -> bool:
        """Whether the field itself may be null."""
        return not self.type.endswith("!")

    @property
    def is_list(self) -> bool:
        """Whether it is a plain list (not a connection)."""
        return self.type.startswith("[")


class Type(msgspec.Struct, frozen=True, omit_defaults=True):
    """A named type. `kind` is GraphQL's own word, such as OBJECT or UNION.

    Attributes:
        interfaces: names of the interfaces it implements.
        possible: names of the concrete types of an interface or union.
        values: names of an enum's values.
        inputs: fields of an input object.
        scopes: access scopes, any one of which grants reading it.
    """

    name: str
    kind: str
    fields: dict[str, Field] = {}
    interfaces: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    inputs: dict[str, Argument] = {}
    scopes: tuple[str, ...] = ()

    @property
    def is_composite(self) -> bool:
        """Whether a selection on it needs a selection set."""
        return self.kind in {"OBJECT", "INTERFACE", "UNION"}

    @property
    def is_abstract(self) -> bool:
        """Whether its concrete type is only known at run time."""
        return self.kind in {"INTERFACE", "UNION"}


@dataclass(frozen=True)
class Schema:
    """All types of one API version."""

    version: str
    types: Mapping[str, Type]

    def __getitem__(self, name: str) -> Type:
        """Return the type called `name`.

        Raises:
            ConfigurationError: the version has no such type.
        """
        try:
            return self.types[name]
        except KeyError:
            message = f"API version {self.version} has no type {name!r}"
            raise ConfigurationError(message) from None

    @property
    def query(self) -> Type:
        """The root of all queries."""
        return self["QueryRoot"]

    @property
    def mutation(self) -> Type:
        """The root of the few mutations this project sends."""
        return self["Mutation"]

    def node_type(self, connection: Field) -> Type | None:
        """Return the node type if `connection`'s type is a connection, else None."""
        name = connection.named_type
        if not name.endswith("Connection"):
            return None
        edges = self[name].fields.get("edges")
        if edges is None:
            return None
        return self[self[edges.named_type].fields["node"].named_type]

    def is_node(self, owner: Type) -> bool:
        """Whether `node(id:)` finds records of `owner`, all of them."""
        if owner.is_abstract:
            return all(self.is_node(self[each]) for each in owner.possible)
        return "Node" in owner.interfaces

    def scopes_of(self, owner: Type, field: str) -> tuple[str, ...]:
        """Scopes, any one of which grants `owner.field`: its own, else its type's."""
        found = owner.fields[field]
        if found.scopes:
            return found.scopes
        node = self.node_type(found) if found.named_type in self.types else None
        return (node or self[found.named_type]).scopes


@cache  # a few thousand notations, asked for by every field of every stream
def named_type(notation: str) -> str:
    """Return the bare name in a GraphQL type notation: `[Refund!]!` → `Refund`."""
    found = _NAMED.search(notation)
    if found is None:
        message = f"not a GraphQL type: {notation!r}"
        raise ConfigurationError(message)
    return found.group()


def versions_in(folder: Traversable) -> dict[str, str]:
    """The versions whose facts a folder holds, oldest first, with their files."""
    found = (_FILE.fullmatch(file.name) for file in folder.iterdir())
    return {each[1]: each[0] for each in sorted(filter(None, found), key=itemgetter(1))}


def version_in_use(folder: Traversable) -> str:
    """The one version whose file is whole, and no patch.

    Raises:
        ConfigurationError: there is none, or more than one.
    """
    whole = [
        version
        for version, name in versions_in(folder).items()
        if not name.endswith(_PATCH)
    ]
    if len(whole) != 1:
        message = (
            f"{folder} holds {len(whole)} whole schemas ({', '.join(whole)}), not one "
            "admin_<version>.jsonl; restore the files with git"
        )
        raise ConfigurationError(message)
    return whole[0]


_FOLDER = resources.files(__package__)
PINNED_VERSION = version_in_use(_FOLDER)
"""The API version that is used unless SHOPIFY_API_VERSION names another one."""


@lru_cache(maxsize=8)
def load_schema(version: str = PINNED_VERSION) -> Schema:
    """Read the pinned schema of `version`, such as `2026-10`.

    Raises:
        ConfigurationError: no such version is pinned; the message lists those that are.
    """
    return read_schema(_FOLDER, version)


def pinned_versions() -> list[str]:
    """List the API versions whose schema is part of this package, oldest first."""
    return list(versions_in(_FOLDER))


def read_schema(folder: Traversable, version: str) -> Schema:
    """Read the schema of `version` from the files that `pin` wrote into `folder`.

    Raises:
        ConfigurationError: there is no such version; the message lists those there are.
    """
    files = versions_in(folder)
    if version not in files:
        message = (
            f"API version {version!r} is not pinned; pinned are {', '.join(files)}. "
            "Pin it with: make generate SCHEMA=<introspection file>"
        )
        raise ConfigurationError(message)
    whole = (folder / files[version_in_use(folder)]).read_bytes()
    decoded = msgspec.json.Decoder(Type).decode_lines(whole)
    types = {each.name: each for each in decoded}
    if files[version].endswith(_PATCH):
        types = _patched(types, (folder / files[version]).read_bytes())
    return Schema(version, types)


def _patched(types: dict[str, Type], lines: bytes) -> dict[str, Type]:
    """Apply a patch: JSON lines, each an object of types by name."""
    for line in msgspec.json.Decoder(Json).decode_lines(lines):
        for name, patch in line.items():
            before = types.pop(name, None)
            if patch is not None:
                plain = {} if before is None else msgspec.to_builtins(before)
                types[name] = msgspec.convert(merged(plain, patch), Type)
    return types
