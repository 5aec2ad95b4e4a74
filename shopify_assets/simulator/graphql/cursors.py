"""Pages of a connection: key-set cursors over tables, positions over lists.

Charter: cutting a page and naming its ends. What the rows are and in which order is
decided by the caller.
"""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

from shopify_assets.simulator.graphql.refusals import Refused, invalid_cursor
from shopify_assets.simulator.world import ids
from shopify_assets.simulator.world.world import Ref, SortedRow, rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MOST_ROWS = 250


class Page(NamedTuple):
    """One page: the items, a cursor for each, and whether there is more."""

    items: list[Any]
    cursors: list[str]
    has_next: bool
    has_previous: bool


class Cut(NamedTuple):
    """How a page is cut: how many rows, from which end, between which cursors."""

    rows: int
    backward: bool
    after: str | None
    before: str | None


class Order(NamedTuple):
    """How rows are ordered: which end comes first, and what their cursors hold."""

    reverse: bool
    fits: Callable[[int, Any], bool]


def cut(arguments: dict[str, Any], *, field: str, most: int = MOST_ROWS) -> Cut:
    """Read the paging arguments of a connection.

    Raises:
        Refused: neither or both of first and last are given, or they are too large.
    """
    asked = {
        name: arguments[name]
        for name in ("first", "last")
        if arguments.get(name) is not None
    }
    if not asked:
        raise Refused("you must provide one of first or last", code="BAD_REQUEST")
    if len(asked) > 1:
        message = "providing both first and last is not supported"
        raise Refused(message, code="BAD_REQUEST")
    name, rows = asked.popitem()
    if not 0 <= rows <= most:
        message = f"{name} cannot exceed {most} on field {field!r}: {rows}"
        raise Refused(message, code="BAD_REQUEST")
    return Cut(rows, name == "last", arguments.get("after"), arguments.get("before"))


def encode(last_id: int, last_value: Any) -> str:
    """An opaque cursor."""
    text = json.dumps({"last_id": last_id, "last_value": last_value})
    return base64.b64encode(text.encode()).decode()


def decode(cursor: str) -> tuple[int, Any]:
    """The id and the value within a cursor.

    Raises:
        Refused: it is none of ours.
    """
    try:
        content = json.loads(base64.b64decode(cursor, validate=True))
        return int(content["last_id"]), content["last_value"]
    except (
        binascii.Error, ValueError, KeyError, TypeError, OverflowError, RecursionError
    ) as error:  # fmt: skip
        raise invalid_cursor() from error


def page_of_rows(
    rows: Sequence[SortedRow],
    cut: Cut,
    *,
    order: Order,
    shown: Callable[[int], bool],
) -> Page:
    """Cut a page of places from sorted rows, counting those that are `shown` only.

    Raises:
        Refused: a cursor is none of this order.
    """
    low, high, reverse = 0, len(rows), order.reverse
    after, before = (cut.before, cut.after) if reverse else (cut.after, cut.before)
    if after is not None:
        low = bisect_right(rows, rank(_row(after, order)), key=rank)
    if before is not None:
        high = bisect_left(rows, rank(_row(before, order)), key=rank)
    descending = reverse != cut.backward
    span = range(high - 1, low - 1, -1) if descending else range(low, high)
    found = _take((at for at in span if shown(rows[at].place)), cut.rows + 1)
    more = len(found) > cut.rows
    kept = [rows[at] for at in found[: cut.rows]]
    if cut.backward:
        kept.reverse()
    edge = (cut.before if cut.backward else cut.after) is not None
    cursors = [encode(row.number, row.value) for row in kept]
    places = [row.place for row in kept]
    if cut.backward:
        return Page(places, cursors, edge, more)
    return Page(places, cursors, more, edge)


def _row(cursor: str, order: Order) -> SortedRow:
    number, value = decode(cursor)
    if not order.fits(number, value):
        raise invalid_cursor()
    return SortedRow(value, number, number)


def _take(places: Iterable[int], most: int) -> list[int]:
    found: list[int] = []
    for place in places:
        if len(found) == most:
            break
        found.append(place)
    return found


def page_of_list(items: Sequence[Any], cut: Cut) -> Page:
    """Cut a page from a list."""
    low, high = 0, len(items)
    if cut.after is not None:
        low = _position(items, cut.after) + 1
    if cut.before is not None:
        high = min(high, _position(items, cut.before))
    start, stop = low, min(high, low + cut.rows)
    if cut.backward:
        start, stop = max(low, high - cut.rows), high
    cursors = [encode(number_of(items[at]), at) for at in range(start, stop)]
    return Page(list(items[start:stop]), cursors, stop < high, start > 0)


def _position(items: Sequence[Any], cursor: str) -> int:
    number, at = decode(cursor)
    if type(at) is not int or at < 0:
        raise invalid_cursor()
    if number and not (at < len(items) and number_of(items[at]) == number):
        return next(
            (place for place, item in enumerate(items) if number_of(item) == number), at
        )
    return at


def number_of(item: Any) -> int:
    """The number of a row's id; 0 when it has none."""
    if type(item) is Ref:
        return ids.tail(item.gid)
    return ids.tail(item.get("id") or "") if type(item) is dict else 0
