"""The lines of a bulk operation's file.

Charter: walking a compiled bulk query and writing one JSON line for each node. Lines
are ungrouped unless asked otherwise: a batch of roots first, then their children, so a
child does not stand beside its parent.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from shopify_assets.simulator.graphql.rows import Source
from shopify_assets.simulator.graphql.walk import NullFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graphql import FieldNode, SelectionSetNode

    from shopify_assets.simulator.graphql.rows import Rows
    from shopify_assets.simulator.graphql.walk import Compiler, Getter, Run
    from shopify_assets.simulator.world.world import Record

BATCH = 40


@dataclass(frozen=True)
class Waiting:
    """A connection met on a record, still to be walked."""

    rows: Callable[[], Iterator[Record]]
    node: Getter


@dataclass
class Tally:
    """What was written."""

    objects: int = 0
    roots: int = 0
    size: int = 0


class Lines:
    """Compiles connections so that they wait to be walked."""

    silent = True

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def getter(self, compiler: Compiler, owner: str, nodes: list[FieldNode]) -> Getter:
        """Compile the connection selected by `nodes` on type `owner`."""
        name = nodes[0].name.value
        found = compiler.schema[owner].fields[name]
        node = compiler.schema.node_type(found)
        kind = node.name if node else "String"
        source = Source(owner, name, kind, found.filters)
        arguments = compiler.arguments(owner, nodes[0])
        get = compiler.node_getter(kind, _node_sets(compiler, found.named_type, nodes))
        rows = self._rows

        def wait(record: Record, run: Run) -> None:
            given = arguments(run)
            run.waiting.append(
                Waiting(lambda: rows.everything(source, record, given, run), get)
            )

        return wait


class Whole:
    """Compiles connections into plain lists of all their nodes, for the oracle."""

    silent = False

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def getter(self, compiler: Compiler, owner: str, nodes: list[FieldNode]) -> Getter:
        """Compile the connection selected by `nodes` on type `owner`."""
        waiting = Lines(self._rows).getter(compiler, owner, nodes)

        def get(record: Record, run: Run) -> list[Any]:
            waiting(record, run)
            connection = run.waiting.pop()
            made = (connection.node(row, run) for row in connection.rows())
            return [each for each in made if each is not None]

        return get


def _node_sets(
    compiler: Compiler, connection: str, nodes: list[FieldNode]
) -> list[SelectionSetNode]:
    sets = [each.selection_set for each in nodes if each.selection_set]
    inside = compiler.collect(connection, sets)
    edge = compiler.schema[connection].fields["edges"].named_type
    in_edges = compiler.collect(edge, _named("edges", inside))
    return [*_named("nodes", inside), *_named("node", in_edges)]


def _named(name: str, fields: dict[str, list[FieldNode]]) -> list[SelectionSetNode]:
    return [
        each.selection_set
        for group in fields.values()
        for each in group
        if each.name.value == name and each.selection_set
    ]


class Writer:
    """Writes the lines of one operation, a batch of roots at a time."""

    def __init__(
        self,
        run: Run,
        write: Callable[[bytes], object],
        *,
        form: Callable[[bytes], bytes],
    ) -> None:
        self._run = run
        self._write = write
        self._form = form
        self.tally = Tally()

    def batches(self, get: Getter, *, grouped: bool) -> Iterator[None]:
        """Write everything; yields after each batch."""
        try:
            get({}, self._run)
        except NullFound:
            self._taken()  # refused: nothing to walk
        for root in self._taken():
            rows = root.rows()
            while batch := list(islice(rows, BATCH)):
                self._batch(batch, root, grouped=grouped)
                yield

    def _batch(self, batch: list[Record], root: Waiting, *, grouped: bool) -> None:
        lines: list[bytes] = []
        level: list[tuple[str, Waiting]] = []
        for record in batch:
            children = self._line(record, root, None, lines)
            self.tally.roots += 1
            level.extend(children)
            if grouped:
                self._children(level, lines)
                level = []
        self._children(level, lines)
        written = self._form(b"".join(lines))
        self.tally.size += len(written)
        self._write(written)

    def _children(self, level: list[tuple[str, Waiting]], lines: list[bytes]) -> None:
        while level:
            below: list[tuple[str, Waiting]] = []
            for parent, waiting in level:
                for record in waiting.rows():
                    below.extend(self._line(record, waiting, parent, lines))
            level = below

    def _line(
        self, record: Any, waiting: Waiting, parent: str | None, lines: list[bytes]
    ) -> list[tuple[str, Waiting]]:
        try:
            made = waiting.node(record, self._run)
        except NullFound:
            made = None
        children = self._taken()
        if made is None:
            return []
        if parent is not None:
            made["__parentId"] = parent
        self.tally.objects += 1
        lines.append(encoded(made))
        return [(made["id"], each) for each in children]

    def _taken(self) -> list[Waiting]:
        taken, self._run.waiting = self._run.waiting, []
        return taken


def encoded(line: Any) -> bytes:
    """A line as Shopify writes it: slashes escaped, everything else as it is."""
    return msgspec.json.encode(line).replace(b"/", b"\\/") + b"\n"
