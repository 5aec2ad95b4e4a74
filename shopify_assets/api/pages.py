"""Connections page by page, and nodes by id.

Charter: walking a connection to its end, or a list of ids to its end, and proving that
the walk lost nothing: no cursor twice, no empty place in a page, an answer for each id.
What the records are is the caller's business.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shopify_assets.api.retry import InternalError
from shopify_assets.errors import ApiError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shopify_assets.api.client import Answer, ShopifyClient
    from shopify_assets.api.throttle import Cost

# Shopify's limit for pages and for lists of ids.
LARGEST = 250

# Internal errors after which a smaller query is tried instead of the same again.
_BEFORE_HALVING = 2

Node = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One page of a connection.

    Attributes:
        nodes: its records.
        end_cursor: where the next page begins; resumes the walk through `after`.
        has_next: whether there is a next page.
    """

    nodes: list[Node]
    end_cursor: str | None
    has_next: bool


def iter_pages(  # noqa: PLR0913 -- keyword-only, a walk's position and its measures
    client: ShopifyClient,
    query: str,
    *,
    path: tuple[str, ...],
    variables: Mapping[str, Any],
    first: int = LARGEST,
    cost: int | None = None,
    after: str | None = None,
    optional: int = 0,
) -> Iterator[Page]:
    """Walk a connection to its end; a page that fails again and again, in halves.

    Args:
        client: the shop's client.
        query: declares `$first: Int!` and `$after: String` and selects, of the
            connection, `nodes` and `pageInfo { hasNextPage endCursor }`.
        path: the answer's keys that lead to the connection.
        variables: the query's other variables.
        first: size of a page.
        cost: points a page is expected to request.
        after: end cursor of the page to go on from.
        optional: how many of the first keys lead to what a shop may not have; where one
            is null there are no records.

    Raises:
        ApiError: the cursors do not lead on.
        DataError: the connection, or a record in it, is null.
    """
    size, seen = first, {after}
    while True:
        asked = {**variables, "first": size, "after": after}
        answer = _ask(client, query, asked, size=size, cost=cost)
        if answer is None:
            size //= 2
            continue
        page = _page(answer, path, optional=optional)
        yield page
        if not page.has_next:
            return
        after = _next_cursor(page, answer, seen)
        size = min(first, size * 2)


def _ask(
    client: ShopifyClient,
    query: str,
    variables: dict[str, Any],
    *,
    size: int,
    cost: int | None = None,
) -> Answer | None:
    """Ask for `size` records; None when fewer of them should be asked for.

    One alone is asked for with all the client's patience.
    """
    patience = client.retry
    if size > 1:
        patience = replace(patience, internal_attempts=_BEFORE_HALVING)
    try:
        return client.execute(query, variables, cost=cost, retry=patience)
    except InternalError as error:
        if size > 1:
            return None
        error.add_note(f"one record alone cannot be read; asked for by {variables}")
        raise


def _page(answer: Answer, path: tuple[str, ...], *, optional: int) -> Page:
    found: Any = answer.data
    for depth, key in enumerate(path):
        found = _one(found, answer).get(key)
        if found is None and depth < optional:
            return Page([], None, has_next=False)
        if found is None:
            where = ".".join(path)
            message = f"request {answer.request_id!r}: {key} of {where} is null"
            raise DataError(message)
    nodes, info = nodes_of(found), found["pageInfo"]
    if None in nodes:
        message = (
            f"request {answer.request_id!r}: record {nodes.index(None)} of a page of "
            f"{'.'.join(path)} is null: deleted this moment, or not ours to read"
        )
        raise DataError(message)
    return Page(nodes, info["endCursor"], info["hasNextPage"])


def _one(found: Any, answer: Answer) -> Any:
    """Return an object on the way to a connection; of a list, its only element.

    Raises:
        DataError: the element is gone.
    """
    if not isinstance(found, list):
        return found
    if len(found) != 1 or found[0] is None:
        message = (
            f"request {answer.request_id!r}: {len(found)} records passed through "
            "instead of one; it is gone this moment: materialise the partition again"
        )
        raise DataError(message)
    return found[0]


def nodes_of(connection: Mapping[str, Any]) -> list[Any]:
    """Return a connection's nodes, however it gives them; some may be null."""
    if "nodes" in connection:
        nodes: list[Any] = connection["nodes"]
        return nodes
    return [each["node"] for each in connection["edges"]]


def _next_cursor(page: Page, answer: Answer, seen: set[str | None]) -> str:
    cursor = page.end_cursor
    if cursor is None or cursor in seen:
        fault = "no cursor" if cursor is None else f"cursor {cursor!r} a second time"
        message = (
            f"request {answer.request_id!r}: Shopify promises a next page but gives "
            f"{fault}; the pages would never end"
        )
        raise ApiError(message)
    seen.add(cursor)
    return cursor


def fetch_nodes(
    client: ShopifyClient,
    query: str,
    ids: Sequence[str],
    *,
    batch: int = 50,
) -> Iterator[tuple[str, Node | None]]:
    """Fetch records by id, in the order of `ids`; None for one that is not there.

    Args:
        client: the shop's client.
        query: declares `$ids: [ID!]!` and selects `nodes(ids: $ids)`.
        ids: global ids, any number of them.
        batch: how many to ask for at first; adapted to what the answers cost.

    Raises:
        DataError: an answer does not hold one place for each id.
    """
    position, size = 0, min(batch, LARGEST)
    while position < len(ids):
        wanted = list(ids[position : position + size])
        answer = _ask(client, query, {"ids": wanted}, size=len(wanted))
        if answer is None:
            size = len(wanted) // 2
            continue
        yield from zip(wanted, _nodes(answer, len(wanted)), strict=True)
        position += len(wanted)
        size = next_batch(size, answer.cost)


def _nodes(answer: Answer, wanted: int) -> list[Node | None]:
    nodes: list[Node | None] = answer.data["nodes"]
    if len(nodes) != wanted:
        message = (
            f"request {answer.request_id!r}: asked for {wanted} nodes, got {len(nodes)}"
        )
        raise DataError(message)
    return nodes


def next_batch(size: int, cost: Cost | None) -> int:
    """Choose the next number of ids by what `size` of them cost.

    Shopify requests the same points for any number of ids, and charges by their number:
    more ids as long as the charge stays far below what was requested, fewer above it.
    """
    if cost is None or cost.actual is None:
        return size
    if cost.actual * 2 <= cost.requested:
        return min(LARGEST, size * 2)
    if cost.actual > cost.requested:
        return max(1, size // 2)
    return size
