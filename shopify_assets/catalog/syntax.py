"""The text of a selection, read into nodes and written again.

Charter: the part of GraphQL's grammar that declarations are written in: fields with
aliases and arguments, inline fragments, comments. No directives, no block strings.
What a selection means is `selection`'s business. graphql-core, which reads all of
GraphQL, takes ten times as long, and to be imported as long again; a test compares.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

import msgspec

from shopify_assets.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Argument(msgspec.Struct, frozen=True):
    """An argument of a field; its value as GraphQL text, such as `$id` or `[A, B]`."""

    name: str
    value: str


class Field(msgspec.Struct, frozen=True):
    """A field; `children` is None where no braces follow it."""

    name: str
    alias: str | None = None
    arguments: tuple[Argument, ...] = ()
    children: tuple[Node, ...] | None = None

    @property
    def key(self) -> str:
        """Its key in the answer."""
        return self.alias or self.name


class Fragment(msgspec.Struct, frozen=True):
    """An inline fragment on a type; None if it names no type."""

    on: str | None
    children: tuple[Node, ...]


Node = Field | Fragment

# What is left out between tokens is white space, commas and comments.
_TOKEN = re.compile(
    r"""
    (?: [\s,]+ | \#[^\n]* )*
    ( \.\.\. | [_A-Za-z][_0-9A-Za-z]* | -?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?
    | "(?:[^"\\\n]|\\.)*" | [^\s,] )?
    """,
    re.VERBOSE,
)
_NAME = re.compile(r"[_A-Za-z].*")
_LITERAL = re.compile(r'[_A-Za-z].*|-?[0-9].*|".*"', re.DOTALL)
_END = ""


def parse(text: str) -> tuple[Node, ...]:
    """Read a selection, without the braces around it.

    Raises:
        ConfigurationError: it is no selection; the message says what was expected.
    """
    reader = _Reader(text)
    nodes = reader.nodes()
    if not reader.at(_END):
        raise ConfigurationError("a brace closes more than was opened")
    return nodes


def written(nodes: Iterable[Node]) -> str:
    """Write nodes as GraphQL text, in one line."""
    return " ".join(map(_written, nodes))


def arguments_text(field: Field) -> str:
    """Write a field's arguments, such as `first: 3, reverse: true`."""
    return ", ".join([f"{each.name}: {each.value}" for each in field.arguments])


def _written(node: Node) -> str:
    if isinstance(node, Fragment):
        on = f" on {node.on}" if node.on else ""
        return f"...{on} {{ {written(node.children)} }}"
    alias = f"{node.alias}: " if node.alias else ""
    arguments = f"({arguments_text(node)})" if node.arguments else ""
    inner = "" if node.children is None else f" {{ {written(node.children)} }}"
    return f"{alias}{node.name}{arguments}{inner}"


class _Reader:
    """Reads tokens from first to last, never looking further than the next one."""

    def __init__(self, text: str) -> None:
        self._tokens = iter(_TOKEN.findall(text))
        self._next: str = next(self._tokens)

    def at(self, token: str) -> bool:
        return self._next == token

    def nodes(self) -> tuple[Node, ...]:
        """Read nodes, at least one, up to a closing brace or the end."""
        nodes = [self._node()]
        while self._next not in {"}", _END}:
            nodes.append(self._node())
        return tuple(nodes)

    def _node(self) -> Node:
        return self._fragment() if self._took("...") else self._field()

    def _field(self) -> Field:
        name = self._name()
        alias = name if self._took(":") else None
        name = self._name() if alias else name
        arguments = tuple(self._arguments()) if self._took("(") else ()
        return Field(name, alias, arguments, self._children())

    def _fragment(self) -> Fragment:
        on = self._name() if self._took("on") else None
        return Fragment(on, self._children() or self._refuse("'{'"))

    def _children(self) -> tuple[Node, ...] | None:
        if not self._took("{"):
            return None
        nodes = self.nodes()
        self._take("}")
        return nodes

    def _arguments(self) -> list[Argument]:
        arguments = [self._argument()]
        while not self._took(")"):
            arguments.append(self._argument())
        return arguments

    def _argument(self) -> Argument:
        name = self._name()
        self._take(":")
        return Argument(name, self._value())

    def _value(self) -> str:
        if self._took("$"):
            return f"${self._name()}"
        if self._took("["):
            return f"[{', '.join(self._values())}]"
        if self._took("{"):
            return f"{{{', '.join(self._fields())}}}"
        return self._token(_LITERAL, "a value")

    def _values(self) -> list[str]:
        values = []
        while not self._took("]"):
            values.append(self._value())
        return values

    def _fields(self) -> list[str]:
        fields = []
        while not self._took("}"):
            given = self._argument()
            fields.append(f"{given.name}: {given.value}")
        return fields

    def _name(self) -> str:
        return self._token(_NAME, "a name")

    def _token(self, form: re.Pattern[str], what: str) -> str:
        token = self._next
        if not form.fullmatch(token):
            self._refuse(what)
        self._next = next(self._tokens)
        return token

    def _took(self, token: str) -> bool:
        """Go on after a token, if it is the next one."""
        if self._next != token:
            return False
        self._next = next(self._tokens)
        return True

    def _take(self, token: str) -> None:
        if not self._took(token):
            self._refuse(repr(token))

    def _refuse(self, expected: str) -> NoReturn:
        at = repr(self._next) if self._next else "its end"
        raise ConfigurationError(f"{expected} is expected at {at}")
