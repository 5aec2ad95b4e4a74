"""What a query costs, before it runs and after.

Charter: Shopify's law of costs as arithmetic on a tree, and on an answer. What a field
costs of its own, and how the tree is read off a document, is decided in `weighing.py`.

An object costs 1 and its children, a list of objects the same, whatever its length. An
interface or union costs 1 and the dearest of its concrete types. A connection of n rows
costs 2 and its node, floor(2 · ln n) times; without rows it costs 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 1000
CONNECTION = 2


@dataclass(frozen=True)
class Below:
    """What an object's selection costs: by response key, for each concrete type.

    Attributes:
        choices: one for an object; for an interface or union one for each set of
            concrete types that are selected alike.
    """

    choices: tuple[Choice, ...] = ()

    def requested(self) -> int:
        """What it costs before it runs: as much as its dearest type."""
        return max((choice.requested() for choice in self.choices), default=0)

    def actual(self, value: Any) -> float:
        """What it costs, given the object that was answered."""
        if not isinstance(value, dict):
            return 0
        alike = (choice for choice in self.choices if choice.keys == value.keys())
        choice = next(alike, None)
        return 0 if choice is None else choice.actual(value)


@dataclass(frozen=True)
class Choice:
    """The selection on one concrete type.

    Attributes:
        keys: all response keys.
        fields: the costs of those that cost something.
    """

    keys: frozenset[str]
    fields: Mapping[str, Node]

    def requested(self) -> int:
        """What the fields cost before they run."""
        return sum(node.requested() for node in self.fields.values())

    def actual(self, value: Mapping[str, Any]) -> float:
        """What the fields cost, given the object that was answered."""
        return sum(node.actual(value[key]) for key, node in self.fields.items())


_NOTHING = Below()


@dataclass(frozen=True)
class Node:
    """The cost of one field: of its own, and of what is selected below it.

    Attributes:
        flat: what it costs of its own.
        below: what its object costs; of a list, what any one of its objects costs.
        each: whether the answer is charged for each object of a list.
    """

    flat: int = 0
    below: Below = _NOTHING
    each: bool = False

    def requested(self) -> int:
        """What it costs before it runs."""
        return self.flat + self.below.requested()

    def actual(self, value: Any) -> float:
        """What it costs, given its answer."""
        if isinstance(value, list):
            costs = [self.actual(item) for item in value if item is not None]
            if self.each:
                return min(sum(costs), self.requested())
            return max(costs, default=self.flat)
        return 0 if value is None else self.flat + self.below.actual(value)


@dataclass(frozen=True)
class Connection(Node):
    """The cost of a connection.

    Attributes:
        rows: how many it asks for, from either end.
        parts: what each of its rows costs, by every way its rows are selected:
            `nodes`, `edges { node }`, or both.
        beside: what is selected beside the rows, by response key.
    """

    rows: int = 0
    parts: tuple[Part, ...] = ()
    beside: Mapping[str, Node] = field(default_factory=dict)

    def requested(self) -> int:
        """What it costs before it runs."""
        beside = sum(node.requested() for node in self.beside.values())
        if self.rows < 1:
            return CONNECTION + beside
        row = sum(part.node.requested() for part in self.parts)
        return CONNECTION + multiplier(self.rows) * row + beside

    def actual(self, value: Any) -> float:
        """What it costs, given its answer: less the rows that are not there."""
        if value is None or self.rows < 1:
            return CONNECTION
        beside = sum(node.actual(value[key]) for key, node in self.beside.items())
        rows = sum(part.actual(value) for part in self.parts)
        return CONNECTION + multiplier(self.rows) * rows / self.rows + beside


@dataclass(frozen=True)
class Part:
    """The rows of a connection as they are selected once.

    Attributes:
        key: the response key of `nodes` or `edges`.
        inner: the response key of `node` within an edge; None for `nodes`.
        node: what each of the rows costs.
    """

    key: str
    inner: str | None
    node: Node

    def actual(self, value: Mapping[str, Any]) -> float:
        """What all rows of an answer cost."""
        rows = value[self.key] or ()
        if self.inner is not None:
            rows = [edge and edge[self.inner] for edge in rows]
        return sum(self.node.actual(row) for row in rows)


def multiplier(rows: int) -> int:
    """By how much a connection of so many rows multiplies its node."""
    return math.floor(2 * math.log(max(2, rows)))


def charged(node: Node, data: Mapping[str, Any] | None) -> int:
    """What an executed operation is charged: a point at least, if it asked for any.

    Args:
        node: the operation's cost, as `weighing` read it.
        data: its answer.
    """
    cost = math.ceil(round(node.actual(data or {}), 6))
    return max(cost, min(1, node.requested()))
