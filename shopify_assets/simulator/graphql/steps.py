"""The small steps a compiled selection is made of.

Charter: closures around one getter: what becomes of nulls, refusals and lists, and who
keeps the path. `walk.py` puts them together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shopify_assets.simulator.graphql.refusals import Refused, located

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graphql import FieldNode

    from shopify_assets.simulator.world.world import Record, World


Getter = Any  # Callable[[Any, Run], Any]; spelled out it would slow nothing but reading


class NullFound(Exception):
    """A null stands where none may be; its nearest nullable parent becomes null."""


@dataclass
class Run:
    """One execution: the world it reads, its variables and what went wrong."""

    world: World
    variables: Mapping[str, Any]
    errors: list[dict[str, Any]] = field(default_factory=list)
    path: list[Any] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[Any] = field(default_factory=list)
    given: dict[int, dict[str, Any]] = field(default_factory=dict)

    def refuse(self, refused: Refused, *keys: Any, at: FieldNode) -> None:
        """Note that the field selected by `at` was refused."""
        self.errors.append(refused.entry([*self.path, *keys], located(at)))


def telling(read: Getter, node: FieldNode, null: Refused, *, nullable: bool) -> Getter:
    """Read a field; what goes wrong in it is told, and goes no further than it must."""

    def get(record: Record, run: Run) -> Any:
        try:
            value = read(record, run)
        except Refused as refused:
            run.refuse(refused, at=node)
        except NullFound:
            pass  # it is told already
        else:
            if value is None and not nullable:
                run.refuse(null, at=node)
            if value is not None or nullable:
                return value
        if nullable:
            return None
        raise NullFound

    return get


def withholding(read: Getter, refused: Refused, key: str, node: FieldNode) -> Getter:
    """Withhold a value, and say so, where there is one."""

    def get(record: Record, run: Run) -> None:
        before = len(run.waiting)
        value = read(record, run)
        if value is not None or len(run.waiting) > before:
            run.refuse(refused, key, at=node)

    return get


def then(read: Getter, complete: Getter) -> Getter:
    """Read a value and complete it, where there is one."""

    def get(record: Record, run: Run) -> Any:
        value = read(record, run)
        return None if value is None else complete(value, run)

    return get


def guarded(read: Getter, *, nullable: bool) -> Getter:
    """Read a field; a null that may not be ends at the next field that may be null."""
    if nullable:

        def get_nullable(record: Record, run: Run) -> Any:
            try:
                return read(record, run)
            except NullFound:
                return None

        return get_nullable

    def get_required(record: Record, run: Run) -> Any:
        value = read(record, run)
        if value is None:
            raise NullFound
        return value

    return get_required


def tracked(read: Getter, key: str) -> Getter:
    """Read a field whose refusals are told with its key in their path."""

    def get(record: Record, run: Run) -> Any:
        run.path.append(key)
        try:
            return read(record, run)
        finally:
            run.path.pop()

    return get


def listed(item: Getter, row: Getter, *, may_be_null: bool) -> Getter:
    """Complete a list, whose items may be null or else are left out."""

    def get(values: list[Any], run: Run) -> list[Any]:
        return [each for each in row(values, run) if each is not None]

    def get_nullable(values: list[Any], run: Run) -> list[Any]:
        return [None if value is None else spared(value, run) for value in values]

    spared = guarded(item, nullable=True)
    return get_nullable if may_be_null else get


def in_row(item: Getter) -> Getter:
    """Read a list's items one after the other."""

    def get(values: Iterable[Any], run: Run) -> list[Any]:
        return [None if value is None else item(value, run) for value in values]

    return get


def in_place(item: Getter, *keys: str) -> Getter:
    """Read a list's items, each at its place in the path of errors, below `keys`."""

    def get(values: Iterable[Any], run: Run) -> list[Any]:
        found = []
        for at, value in enumerate(values):
            steps = [*keys, at]
            run.path.extend(steps)
            try:
                found.append(None if value is None else item(value, run))
            finally:
                del run.path[-len(steps) :]
        return found

    return get
