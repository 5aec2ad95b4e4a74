"""Queries as tangled as GraphQL allows, to be weighed and not to be run.

Charter: aliases, fields selected twice, fragments in fragments, directives, variables
with and without values and defaults, pages from either end, of any size or of none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

    from shopify_assets.catalog.schema import Argument, Field, Type
    from shopify_assets_tests.fuzz.writing import Writer

# Both sides of where the multiplier grows, and what is no size at all.
ROWS = (
    1, 2, 3, 4, 5, 7, 8, 12, 13, 20, 21, 33, 34, 54, 55, 90, 91, 148, 149, 244, 245,
    250, 251, 0,
)  # fmt: skip


@dataclass
class Tangle:
    """Writes one query.

    Attributes:
        writer: writes arguments.
        dice: what is left to chance.
        variables: the values given.
    """

    writer: Writer
    dice: Random
    variables: dict[str, Any] = field(default_factory=dict)
    _declared: list[str] = field(default_factory=list)
    _fragments: list[str] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)

    def query(self, depth: int) -> str:
        """The text of a query on some root fields."""
        body = self._selection("QueryRoot", depth, few=2)
        declared = f"({', '.join(self._declared)})" if self._declared else ""
        return "\n".join((f"query{declared} {{ {body} }}", *self._fragments))

    def _selection(self, kind: str, depth: int, few: int = 3) -> str:
        found = self.writer.schema[kind]
        if found.is_abstract:
            return self._abstract(kind, depth)
        names = self._names(kind, depth, few)
        texts = [self._field(kind, name, depth) for name in names]
        again = [self._field(kind, name, depth) for name in names if self._often(0.15)]
        return " ".join(("__typename", *texts, *again))

    def _names(self, kind: str, depth: int, few: int) -> list[str]:
        """Some fields, objects rather than scalars while there is depth to go."""
        schema = self.writer.schema
        fields = schema[kind].fields
        deep = [
            name
            for name, each in fields.items()
            if each.named_type in schema.types and schema[each.named_type].is_composite
        ]
        flat = sorted(fields.keys() - set(deep))
        chosen = self.dice.sample(deep, min(few, len(deep))) if depth else []
        return chosen + self.dice.sample(flat, min(2, len(flat)))

    def _abstract(self, kind: str, depth: int) -> str:
        possible = self.writer.concrete(kind)
        chosen = self.dice.sample(possible, min(3, len(possible)))
        parts = [
            self._fragment(concrete, self._selection(concrete, depth))
            for concrete in chosen
        ]
        return " ".join(("__typename", *parts))

    def _fragment(self, kind: str, body: str) -> str:
        if self._often(0.4):
            return f"... on {kind}{self._directive()} {{ {body} }}"
        if self._often(0.3):
            return f"... on {kind} {{ ...{self._directive()} {{ {body} }} }}"
        name = f"part{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on {kind} {{ {body} }}")
        return f"...{name}{self._directive()}"

    def _field(self, kind: str, name: str, depth: int) -> str:
        found = self.writer.schema[kind].fields[name]
        key = "" if name not in self._keys else f"as{len(self._keys)}"
        self._keys.add(key or name)
        head = f"{key}: {name}" if key else name
        head += self._page(found)
        text = f"{head}{self._directive()}{self._body(found, depth)}"
        if self._often(0.2):  # the same key twice, each with a part of its own
            text += f" {head}{self._directive()}{self._body(found, depth)}"
        return self._fragment(kind, text) if self._often(0.15) else text

    def _body(self, found: Field, depth: int) -> str:
        schema = self.writer.schema
        kind = schema.types.get(found.named_type)
        if kind is None or not kind.is_composite:
            return ""
        node = schema.node_type(found)
        if node is None:
            return f" {{ {self._selection(kind.name, max(0, depth - 1))} }}"
        # One connection has no `nodes`.
        known = [way for way in ("pageInfo", "nodes", "edges") if way in kind.fields]
        count = min(len(known), self.dice.choice((1, 1, 1, 2, 3)))
        ways = self.dice.sample(known, count)
        return f" {{ {' '.join(self._way(way, node, depth) for way in ways)} }}"

    def _way(self, way: str, node: Type, depth: int) -> str:
        if way == "pageInfo":
            return "pageInfo { hasNextPage }"
        row = ""
        if node.is_composite:
            row = f" {{ {self._selection(node.name, max(0, depth - 1))} }}"
        return f"nodes{row}" if way == "nodes" else f"edges {{ node{row} }}"

    def _page(self, found: Field) -> str:
        given = {}
        if "first" in found.args and self.writer.schema.node_type(found) is not None:
            ends = ["first", "last"] if "last" in found.args else ["first"]
            for name in self.dice.sample(ends, self.dice.randint(0, len(ends))):
                given[name] = self._size(found.args[name])
            if not given and (found.args["first"].required or self._often(0.7)):
                given["first"] = self._size(found.args["first"])
        return self.writer.arguments(found, **{"first": "", **given})

    def _size(self, argument: Argument) -> str:
        size = self.dice.choice(ROWS)
        if argument.required:
            return str(size)
        if self._often(0.5):
            return self.dice.choice((str(size), str(size), str(size), "null"))
        return self._variable("Int", size)

    def _variable(self, kind: str, value: Any) -> str:
        name = f"v{len(self._declared)}"
        default = self.dice.choice(("", " = 9" if kind == "Int" else " = true"))
        self._declared.append(f"${name}: {kind}{default}")
        if self._often(0.7):
            self.variables[name] = self.dice.choice((value, value, value, None))
        return f"${name}"

    def _directive(self) -> str:
        if not self._often(0.15):
            return ""
        name = self.dice.choice(("skip", "include"))
        value = self.dice.choice(("true", "false"))
        if self._often(0.5):
            value = f"$b{len(self._declared)}"
            self._declared.append(
                f"{value}: Boolean! = {self.dice.choice(('true', 'false'))}"
            )
            if self._often(0.5):
                self.variables[value[1:]] = self._often(0.5)
        return f" @{name}(if: {value})"

    def _often(self, share: float) -> bool:
        return self.dice.random() < share
