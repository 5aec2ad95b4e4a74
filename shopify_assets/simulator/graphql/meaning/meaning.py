"""What a meaning is: the fields it reads of a record, and how it compares.

Charter: the vocabulary of the tables beside this module; no table, no comparison.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Reader(Protocol):
    """Reads one record.

    Attributes:
        row: the record.
    """

    row: Any

    @property
    def now(self) -> str:
        """The moment the records were made for."""

    def values(self, path: str) -> list[Any]:
        """What is at the end of a path; nulls are left out."""

    def first(self, path: str) -> Any:
        """The first of them, or None."""

    def each(self, path: str) -> Sequence[Reader]:
        """Readers of the records at the end of a path."""

    def linked(self, kind: str, path: str) -> Sequence[Reader]:
        """Readers of the records of a type whose `path` leads here."""

    def root(self, name: str, **arguments: Any) -> Reader | None:
        """A reader of the object a root field gives."""

    def all(self, kind: str) -> Sequence[Reader]:
        """Readers of all records of a type."""


class Kind(Enum):
    """How a filter compares."""

    TEXT = auto()  # the whole text, without case; a comma lists choices
    WORDS = auto()  # the words of a text
    NAME = auto()  # the whole text, a leading # left out
    ID = auto()  # the number of an id
    NUMBER = auto()
    TIME = auto()  # moments and days
    FLAG = auto()
    GRAMS = auto()  # a weight with its unit
    BYTES = auto()  # a size with its unit


@dataclass(frozen=True, eq=False)
class Meaning:
    """What a filter or a sort key reads of a record, and how it compares.

    Attributes:
        kind: how values are compared.
        paths: the fields it reads, each a way through records such as `customer.tags`.
        derive: tells the values when no field holds them.
        accepted: the values a filter takes, and those that it means; others are ignored
            with a warning. Empty: any value.
        opposite: records match that do not have the value.
        descending: a sort key that names its direction.
        held: a sort key that no field tells; rows stay by id. Says why.
    """

    kind: Kind
    paths: tuple[str, ...] = ()
    derive: Callable[[Reader], list[Any]] | None = None
    accepted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    opposite: bool = False
    descending: bool = False
    held: str = ""

    @property
    def column(self) -> str | None:
        """The one field it reads of the record itself, if it is so simple."""
        simple = len(self.paths) == 1 and "." not in self.paths[0]
        return self.paths[0] if simple and self.derive is None else None

    def values(self, reader: Reader) -> list[Any]:
        """The values of a record."""
        if self.derive is not None:
            return self.derive(reader)
        return [value for path in self.paths for value in reader.values(path)]
