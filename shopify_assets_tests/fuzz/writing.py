"""Writes queries by chance, from the schema alone.

Charter: selections, arguments and their values by type. Which queries a category of the
fuzz is made of is decided in `categories.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shopify_assets_tests.fuzz.texts import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from random import Random

    from shopify_assets.catalog.schema import Argument, Field, Schema, Type

# Not asked for unless a category does: they choose the page, or cut it.
PAGING = {"first", "last", "after", "before", "reverse", "query", "savedSearchId"}
SIZES = (1, 2, 3, 5, 10, 20, 50, 100, 250)
_MOMENT = "2026-10-11T12:13:14Z"
_SCALARS: Mapping[str, Callable[[Random], str]] = {
    "Int": lambda dice: str(dice.randint(1, 20)),
    "UnsignedInt64": lambda dice: quoted(str(dice.randint(0, 2**40))),
    "BigInt": lambda dice: quoted(str(dice.randint(0, 2**40))),
    "Float": lambda dice: str(dice.randint(-900, 900) / 10),
    "Decimal": lambda dice: quoted(f"{dice.randint(0, 9999) / 100:.2f}"),
    "Money": lambda dice: quoted(f"{dice.randint(0, 9999) / 100:.2f}"),
    "Boolean": lambda dice: dice.choice(("true", "false")),
    "DateTime": lambda _: quoted(_MOMENT),
    "Date": lambda _: quoted(_MOMENT[:10]),
    "URL": lambda _: quoted("https://example.com/a?b=c"),
    "UtcOffset": lambda _: quoted("-05:00"),
    "Color": lambda _: quoted("#a0b1c2"),
}


@dataclass
class Writer:
    """Writes selections on types of one schema.

    Attributes:
        schema: the version's types.
        dice: what is left to chance.
        ids: known ids by type.
        sizes: what `first` may be.
    """

    schema: Schema
    dice: Random
    ids: Mapping[str, list[str]] = field(default_factory=dict)
    sizes: tuple[int, ...] = (3,)

    def selection(self, kind: str, depth: int) -> str:
        """All fields of a type: `depth` levels of objects, each by all its types."""
        found = self.schema[kind]
        if not found.is_abstract:
            return " ".join(("__typename", *self._fields(found, depth)))
        parts = [
            f"... on {name} {{ {self._aliased(name, depth, at, found.fields)} }}"
            for at, name in enumerate(self.concrete(kind))
        ]
        return " ".join(("__typename", *self._fields(found, depth), *parts))

    def concrete(self, kind: str) -> list[str]:
        """The types that records of a type may be; some are named but not pinned."""
        possible = self.schema[kind].possible or (kind,)
        return [name for name in possible if name in self.schema.types]

    def _aliased(self, kind: str, depth: int, at: int, shared: Iterable[str]) -> str:
        """The fields of one concrete type, under keys that no other type has."""
        fields = self._fields(self.schema[kind], depth, leave=shared)
        return " ".join(("__typename", *(f"of{at}_{text}" for text in fields)))

    def _fields(
        self, kind: Type, depth: int, leave: Iterable[str] = ()
    ) -> Iterator[str]:
        """Each field as `name: name`, so that a prefix makes it an alias."""
        for name in kind.fields:
            text = self.field(kind, name, depth)
            if name not in leave and text is not None:
                yield f"{name}: {name}{text}"

    def field(self, owner: Type, name: str, depth: int) -> str | None:
        """Arguments and selection of a field; None where it lies too deep."""
        found = owner.fields[name]
        kind = self.schema.types.get(found.named_type)
        if kind is None or not kind.is_composite:
            return self.arguments(found)
        if depth < 1:
            return None
        node = self.schema.node_type(found)
        if node is not None:
            return self._connection(found, node, depth)
        return f"{self.arguments(found)} {{ {self.selection(kind.name, depth - 1)} }}"

    def _connection(self, found: Field, node: Type, depth: int) -> str:
        rows = self.selection(node.name, depth - 1) if node.is_composite else ""
        return f"{self.arguments(found)} {{ {self.rows(found, rows)} }}"

    def rows(self, found: Field, row: str) -> str:
        """The selection of a connection, `row` being that of a row."""
        of_row = f" {{ {row} }}" if row else ""
        page = (
            "pageInfo { __typename hasNextPage hasPreviousPage startCursor endCursor }"
        )
        ways = (f"nodes{of_row}", f"edges {{ __typename cursor node{of_row} }}")
        shown = ways if "nodes" in self.schema[found.named_type].fields else ways[1:]
        return f"__typename {self.dice.choice(shown)} {page}"

    def arguments(self, found: Field, **given: str) -> str:
        """Arguments in parentheses: those given, all required, and some others."""
        written = dict(given)
        if {"first", "after"} <= found.args.keys() and not given.keys() & {
            "first",
            "last",
        }:
            written["first"] = str(self.dice.choice(self.sizes))
        for name, argument in found.args.items():
            if name in written:
                continue
            often = 0 if name in PAGING else 0.1
            if argument.required or self.dice.random() < often:
                written[name] = self.value(argument.type, name, found.named_type)
        text = ", ".join(f"{name}: {value}" for name, value in written.items() if value)
        return f"({text})" if text else ""

    def value(self, notation: str, name: str, near: str = "") -> str:
        """A literal of a type; ids are those of type `near` if any are known."""
        notation = notation.removesuffix("!")
        if notation.startswith("["):
            return f"[{self.value(notation[1:-1], name, near)}]"
        if notation == "ID":
            return quoted(self._id(name, near))
        kind = self.schema.types.get(notation)
        if kind is not None and kind.kind == "ENUM":
            return self.dice.choice(kind.values)
        if kind is not None and kind.kind == "INPUT_OBJECT":
            return self._input(kind.inputs, near)
        scalar = _SCALARS.get(notation)
        return scalar(self.dice) if scalar else quoted(f"{name} ☃ 1")

    def _id(self, name: str, near: str) -> str:
        kind = name.removesuffix("Ids").removesuffix("Id")
        kind = kind[:1].upper() + kind[1:]
        if name in {"id", "ids"} and near in self.schema.types:
            known = [
                one for each in self.concrete(near) for one in self.ids.get(each, ())
            ]
        else:
            known = self.ids.get(kind, [])
        return self.dice.choice(known or [f"gid://shopify/{near or kind}/1"])

    def _input(self, inputs: Mapping[str, Argument], near: str) -> str:
        needed = {name for name, each in inputs.items() if each.required}
        chosen = needed or {"id"} & inputs.keys() or {self.dice.choice(sorted(inputs))}
        fields = (
            f"{name}: {self.value(inputs[name].type, name, near)}"
            for name in sorted(chosen)
        )
        return f"{{ {', '.join(fields)} }}"
