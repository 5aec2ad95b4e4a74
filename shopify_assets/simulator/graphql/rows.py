"""The rows of a connection: chosen, filtered, sorted.

Charter: what a connection lists: for pages, bulk operations, counts and the oracle.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from shopify_assets.simulator.graphql import cursors
from shopify_assets.simulator.graphql.cursors import Order
from shopify_assets.simulator.graphql.meaning.kinds import fits, sortable
from shopify_assets.simulator.graphql.meaning.meanings import BY_ID
from shopify_assets.simulator.graphql.meaning.reading import Reader
from shopify_assets.simulator.graphql.refusals import invalid_id
from shopify_assets.simulator.world.world import Ref, SortedRow, rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from shopify_assets.simulator.graphql.cursors import Page
    from shopify_assets.simulator.graphql.filters import Filter
    from shopify_assets.simulator.graphql.meaning.meaning import Meaning
    from shopify_assets.simulator.graphql.searching import Searching
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
    """Rows of a table in some order, and which of them are shown.

    Attributes:
        rows: they, in ascending order.
        shown: tells by its place whether one is.
        order: which end comes first, and what cursors hold.
    """

    rows: Sequence[SortedRow]
    shown: Callable[[int], bool]
    order: Order

    def places(self) -> Iterator[int]:
        """The places of the rows that are shown, first to last."""
        rows = reversed(self.rows) if self.order.reverse else self.rows
        return (row.place for row in rows if self.shown(row.place))


class Rows:
    """Chooses the rows of connections."""

    def __init__(
        self, world: World, searching: Searching, *, readers: Nodes, roots: Roots
    ) -> None:
        self.columns = searching.columns
        self._world = world
        self._filters = searching.filters
        self._meanings = searching.meanings
        self._readers = readers
        self._roots = roots

    def page(
        self, source: Source, record: Record, arguments: dict[str, Any], run: Run
    ) -> Page:
        """One page of a connection on `record`."""
        most = _LONG_PAGES.get((source.owner, source.name), cursors.MOST_ROWS)
        cut = cursors.cut(arguments, field=source.name, most=most)
        table = self._table(source)
        if table is not None:
            listing = self._listing(source, table, arguments, run)
            page = cursors.page_of_rows(
                listing.rows, cut, order=listing.order, shown=listing.shown
            )
            items = [self._world.record(table, place) for place in page.items]
            return page._replace(items=items)
        held = self._held(source, record, arguments, run)
        key = self._list_key(source, arguments)
        if key is None:
            reverse = arguments.get("reverse")
            return cursors.page_of_list(held[::-1] if reverse else held, cut)
        rows = self._in_order(held, key)
        page = cursors.page_of_rows(
            rows, cut, order=_order(key, arguments), shown=lambda _: True
        )
        return page._replace(items=[held[place] for place in page.items])

    def everything(
        self, source: Source, record: Record, arguments: dict[str, Any], run: Run
    ) -> Iterator[Record]:
        """All rows of a connection on `record`, as a bulk operation walks them."""
        table = self._table(source)
        if table is None:
            yield from self.listed(source, record, arguments, run)
            return
        listing = self._listing(source, table, arguments, run)
        for place in listing.places():
            yield self._world.record(table, place)

    def count(self, source: Source, arguments: dict[str, Any], run: Run) -> int:
        """How many rows a root connection has."""
        table = self._table(source)
        if table is None:
            return len(self.listed(source, {}, arguments, run))
        made = self._filter(source, arguments, run)
        ranged = made.ranges() if made else []
        cheap = (
            check.meaning
            for check in ranged
            if self.columns.is_cheap(table, check.meaning)
        )
        key = next(cheap, BY_ID)
        listing = self._cut(table, made, key=key, arguments=arguments)
        return sum(listing.shown(row.place) for row in listing.rows)

    def _table(self, source: Source) -> str | None:
        if source.owner == "QueryRoot":
            return self._roots.table(source.name)
        return self._world.nested.get((source.owner, source.name))

    def _listing(
        self, source: Source, table: str, arguments: dict[str, Any], run: Run
    ) -> _Listing:
        made = self._filter(source, arguments, run)
        key = self._key(table, arguments.get("sortKey")) or BY_ID
        return self._cut(table, made, key=key, arguments=arguments)

    def _key(self, kind: str, name: str | None) -> Meaning | None:
        # some lists take their sort key as a text, in small letters
        return None if name is None else self._meanings.sort(kind, name.upper())

    def _cut(
        self,
        table: str,
        made: Filter | None,
        *,
        key: Meaning,
        arguments: dict[str, Any],
    ) -> _Listing:
        visible = self._roots.visible(table, arguments)
        rows, order = self.columns.in_order(table, key), _order(key, arguments)
        if made is None:
            return _Listing(rows, visible, order)
        holds = made.on(
            lambda meaning: self.columns.reader(table, meaning),
            is_cheap=lambda meaning: self.columns.is_cheap(table, meaning),
        )
        return _Listing(
            _narrowed(rows, made, key),
            lambda place: visible(place) and holds(place),
            order,
        )

    def _filter(
        self, source: Source, arguments: dict[str, Any], run: Run
    ) -> Filter | None:
        query = self._query(arguments)
        if not query:
            return None
        made = self._filters.prepare(query, source.kind, known=source.known)
        if made.warnings:
            run.warnings.append(
                {
                    "path": [*run.path, source.name],
                    "query": query,
                    "parsed": made.parsed,
                    "warnings": list(made.warnings),
                }
            )
        return made

    def _query(self, arguments: dict[str, Any]) -> str | None:
        """The search of a list: its own, and that of a saved one."""
        query, saved = arguments.get("query"), arguments.get("savedSearchId")
        if saved is None:
            return query
        record = self._world.find(saved)
        if record is None or record["__typename"] != "SavedSearch":
            raise invalid_id(saved)
        kept = self.columns.field(record, "query")
        return f"({kept}) ({query})" if query else kept

    def listed(
        self, source: Source, record: Record, arguments: dict[str, Any], run: Run
    ) -> list[Any]:
        """All rows of a connection that is held as a list."""
        held = self._held(source, record, arguments, run)
        key = self._list_key(source, arguments)
        if key is not None:
            order = _order(key, arguments)
            rows = [held[row.place] for row in self._in_order(held, key)]
            return rows[::-1] if order.reverse else rows
        return held[::-1] if arguments.get("reverse") else held

    def _held(
        self, source: Source, record: Record, arguments: dict[str, Any], run: Run
    ) -> list[Any]:
        """They, in the order they are held in, those a search lets through."""
        if source.owner == "QueryRoot":
            rows = self._roots.listed(source.name, arguments)
        else:
            rows = self._readers.nodes(source.owner, source.name, record, arguments)
        exists = self._world.exists
        rows = [row for row in rows if type(row) is not Ref or exists(row.gid)]
        made = self._filter(source, arguments, run) if source.known else None
        if made is None:
            return rows
        holds = made.on(
            lambda meaning: lambda row: meaning.values(Reader(self.columns, row))
        )
        return [row for row in rows if holds(row)]

    def _list_key(self, source: Source, arguments: dict[str, Any]) -> Meaning | None:
        """What a list is sorted by; None when it stays as it is held."""
        name = arguments.get("sortKey")
        if name is None or name in _AS_HELD:
            return None
        key = self._key(source.kind, name)
        return None if key is None or key is BY_ID or key.held else key

    def _in_order(self, rows: list[Any], key: Meaning) -> list[SortedRow]:
        keyed = [
            SortedRow(
                sortable(key, key.values(Reader(self.columns, row))),
                cursors.number_of(row) or at,
                at,
            )
            for at, row in enumerate(rows)
        ]
        return sorted(keyed, key=rank)


def _order(key: Meaning, arguments: dict[str, Any]) -> Order:
    reverse = bool(arguments.get("reverse")) != key.descending
    if key.held or key.column == "id":
        return Order(reverse, lambda number, value: value == number)
    return Order(reverse, lambda _, value: fits(key.kind, value))


def _narrowed(rows: list[SortedRow], made: Filter, key: Meaning) -> Sequence[SortedRow]:
    """Leave out rows at both ends that no range in the filter lets through."""
    low, high = 0, len(rows)
    if not rows or rows[0].value is None or key.column is None:
        return rows
    for check in made.ranges():
        if check.meaning.column != key.column:
            continue
        if check.comparator.startswith(">"):
            low = max(low, bisect_left(rows, 1, key=_after(check.test)))
        else:
            high = min(high, bisect_left(rows, 1, key=_before(check.test)))
    return rows[low:high]


def _after(test: Callable[[Any], bool]) -> Callable[[SortedRow], bool]:
    return lambda row: test(row.value)


def _before(test: Callable[[Any], bool]) -> Callable[[SortedRow], bool]:
    return lambda row: not test(row.value)
