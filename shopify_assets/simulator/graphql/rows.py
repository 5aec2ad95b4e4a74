"""The rows of a connection: chosen, filtered, sorted.

Charter: what a connection lists: for pages, bulk operations, counts and the oracle.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from shopify_assets.simulator.graphql import cursors, search
from shopify_assets.simulator.world.world import Ref, SortedRow, rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from shopify_assets.simulator.graphql.cursors import Page
    from shopify_assets.simulator.graphql.filters import Filter, Filters
    from shopify_assets.simulator.graphql.walk import Run
    from shopify_assets.simulator.world.world import Record, World

# The connections that give longer pages than 250 rows, by owner and name.
_LONG_PAGES = {
    ("QueryRoot", "customerSegmentMembers"): 1000,
    ("OnlineStoreTheme", "files"): 2500,
}
# Kept in the order they are held in: what the key means is no field of theirs.
_AS_HELD = {"POSITION", "COLLECTION_DEFAULT", "RELEVANCE", "MANUAL", "BEST_SELLING"}


@dataclass(frozen=True)
class Source:
    """Where the rows of a connection come from.

    Attributes:
        owner: the type the connection is a field of.
        name: the field.
        kind: the type of its nodes.
        known: the search fields its `query` argument understands.
    """

    owner: str
    name: str
    kind: str
    known: tuple[str, ...]


class Roots(Protocol):
    """What the connections of the query root list."""

    def table(self, name: str) -> str | None:
        """The table a root connection lists, if it lists one."""

    def sort_column(self, kind: str, key: str | None) -> str:
        """The field a sort key stands for."""

    def visible(self, table: str, arguments: dict[str, Any]) -> Callable[[int], bool]:
        """Tells which places of a table the arguments show."""

    def listed(self, name: str, arguments: dict[str, Any]) -> list[Any]:
        """All rows of a root connection that lists no single table."""


class Nodes(Protocol):
    """The nodes of a connection that is held on its record."""

    def nodes(
        self, kind: str, name: str, record: Record, arguments: dict[str, Any]
    ) -> list[Any]:
        """They, in the order they are held in."""


@dataclass(frozen=True)
class _Listing:
    """Rows of a table in some order, and which of them are shown."""

    rows: Sequence[SortedRow]
    shown: Callable[[int], bool]


class Rows:
    """Chooses the rows of connections."""

    def __init__(
        self, world: World, filters: Filters, *, readers: Nodes, roots: Roots
    ) -> None:
        self._world = world
        self._filters = filters
        self._readers = readers
        self._roots = roots

    def page(
        self, source: Source, record: Record, arguments: dict[str, Any], run: Run
    ) -> Page:
        """One page of a connection on `record`."""
        most = _LONG_PAGES.get((source.owner, source.name), cursors.MOST_ROWS)
        cut = cursors.cut(arguments, field=source.name, most=most)
        table = self._table(source)
        if table is None:
            listed = self.listed(source, record, arguments, run)
            return cursors.page_of_list(listed, cut)
        listing = self._listing(source, table, arguments, run)
        page = cursors.page_of_rows(
            listing.rows,
            cut,
            reverse=bool(arguments.get("reverse")),
            shown=listing.shown,
        )
        return page._replace(items=[self._world.record(table, at) for at in page.items])

    def everything(
        self, source: Source, record: Record, arguments: dict[str, Any], run: Run
    ) -> Iterator[Record]:
        """All rows of a connection on `record`, as a bulk operation walks them."""
        table = self._table(source)
        if table is None:
            yield from self.listed(source, record, arguments, run)
            return
        listing = self._listing(source, table, arguments, run)
        rows = listing.rows
        for row in reversed(rows) if arguments.get("reverse") else rows:
            if listing.shown(row.place):
                yield self._world.record(table, row.place)

    def count(self, source: Source, arguments: dict[str, Any], run: Run) -> int:
        """How many rows a root connection has."""
        table = self._table(source)
        if table is None:
            return len(self.listed(source, {}, arguments, run))
        made = self._filter(source, arguments, run)
        column = (made.ranged if made else None) or "id"
        listing = self._cut(table, made, column=column, arguments=arguments)
        return sum(listing.shown(row.place) for row in listing.rows)

    def _table(self, source: Source) -> str | None:
        if source.owner == "QueryRoot":
            return self._roots.table(source.name)
        return self._world.nested.get((source.owner, source.name))

    def _listing(
        self, source: Source, table: str, arguments: dict[str, Any], run: Run
    ) -> _Listing:
        made = self._filter(source, arguments, run)
        column = self._roots.sort_column(table, arguments.get("sortKey"))
        return self._cut(table, made, column=column, arguments=arguments)

    def _cut(
        self,
        table: str,
        made: Filter | None,
        *,
        column: str,
        arguments: dict[str, Any],
    ) -> _Listing:
        visible = self._roots.visible(table, arguments)
        rows = self._world.in_order(table, column)
        if made is None:
            return _Listing(rows, visible)
        holds = self._holds(table, made)
        return _Listing(
            _narrowed(rows, made, column),
            lambda place: visible(place) and holds(place),
        )

    def _holds(self, table: str, made: Filter) -> Callable[[int], bool]:
        world = self._world

        def holds(place: int) -> bool:
            def read(name: str) -> Any:
                if name in {"", "id"}:
                    record = world.record(table, place)
                    return record["id"] if name else record
                return world.column(table, name)[place]

            return made.holds(read)

        return holds

    def _filter(
        self, source: Source, arguments: dict[str, Any], run: Run
    ) -> Filter | None:
        query = arguments.get("query")
        if not query:
            return None
        made = self._filters.prepare(query, source.kind, known=source.known)
        if made.warnings:
            run.warnings.append(
                {
                    "path": [*run.path, source.name],
                    "query": query,
                    "parsed": search.described(made.tree),
                    "warnings": list(made.warnings),
                }
            )
        return made

    def listed(
        self, source: Source, record: Record, arguments: dict[str, Any], run: Run
    ) -> list[Any]:
        """All rows of a connection that is held as a list."""
        if source.owner == "QueryRoot":
            rows = self._roots.listed(source.name, arguments)
        else:
            rows = self._readers.nodes(source.owner, source.name, record, arguments)
        exists = self._world.exists
        rows = [row for row in rows if type(row) is not Ref or exists(row.gid)]
        made = self._filter(source, arguments, run) if source.known else None
        if made is not None:
            rows = [row for row in rows if made.holds(self._reader(row))]
        if arguments.get("sortKey") is not None:
            rows = self._in_order(rows, source.kind, arguments["sortKey"])
        return rows[::-1] if arguments.get("reverse") else rows

    def _reader(self, row: Any) -> Callable[[str], Any]:
        record = self._world.find(row.gid) if type(row) is Ref else row

        def read(name: str) -> Any:
            if record is None or not name:
                return record
            if name in record or self._world.read_field is None:
                return record.get(name)
            return self._world.read_field(record, record["__typename"], name)

        return read

    def _in_order(self, rows: list[Any], kind: str, key: str) -> list[Any]:
        column = self._roots.sort_column(kind, key)
        if key in _AS_HELD or column == "id":
            return rows
        keyed = [
            SortedRow(self._reader(row)(column), at, at) for at, row in enumerate(rows)
        ]
        return [rows[each.place] for each in sorted(keyed, key=rank)]


def _narrowed(rows: list[SortedRow], made: Filter, column: str) -> Sequence[SortedRow]:
    """Leave out rows at both ends that no range in the filter lets through."""
    low, high = 0, len(rows)
    if not rows or rows[0].value is None:
        return rows
    for comparator, test in made.ranges(column):
        if comparator.startswith(">"):
            low = max(low, bisect_left(rows, 1, key=_after(test)))
        else:
            high = min(high, bisect_left(rows, 1, key=_before(test)))
    return rows[low:high]


def _after(test: Callable[[Any], bool]) -> Callable[[SortedRow], bool]:
    return lambda row: test(row.value)


def _before(test: Callable[[Any], bool]) -> Callable[[SortedRow], bool]:
    return lambda row: not test(row.value)
