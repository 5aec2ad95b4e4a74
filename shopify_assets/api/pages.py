"""Connections page by page, and nodes by id.

Charter: walking a connection to its end, or a list of ids to its end, and proving that
the walk lost nothing: no empty place in a page, an answer for each id, and an end.
What the records are is the caller's business; how many are asked for at once is decided
in `portions.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from shopify_assets.api.portions import Portions
from shopify_assets.api.retry import InternalError
from shopify_assets.api.walk import Walk
from shopify_assets.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from shopify_assets.api.client import Answer, ShopifyClient
    from shopify_assets.api.throttle import Cost

# Shopify's limit for pages and for lists of ids.
LARGEST = 250

Node = dict[str, Any]

Judge: TypeAlias = Callable[[Node], None]
"""Raises what a record lacks."""


@dataclass(frozen=True)
class Page:
    """One page of a connection.

    Attributes:
        nodes: its records.
        end_cursor: where the next page begins; resumes the walk through `after`.
        has_next: whether there is a next page.
        absent: the key that was null because the shop has none of it; else empty.
    """

    nodes: list[Node]
    end_cursor: str | None
    has_next: bool
    absent: str = ""


def iter_pages(  # noqa: PLR0913 -- keyword-only, a walk's position and its measures
    client: ShopifyClient,
    query: str,
    *,
    path: tuple[str, ...],
    variables: Mapping[str, Any],
    first: int = LARGEST,
    cost: int | None = None,
    after: str | None = None,
    optional: Collection[str] = (),
    judge: Judge | None = None,
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
        optional: those of the keys that lead to what a shop may not have; where one is
            null there are no records, and the page says so.
        judge: looks at each record and raises what it lacks.

    Raises:
        ApiError: the pages do not lead on, but round and round.
        DataError: what leads to the connection is gone.
        InternalError: the connection, or a record in it, stays null.
    """
    portions, walk = Portions(client, query, largest=first), Walk(after)

    def read(answer: Answer) -> Page:
        return _page(answer, path, optional=optional)

    while True:
        answer = portions.page(
            {**variables, "after": after},
            cost=cost,
            refuse=lambda answer: _judge_all(read(answer).nodes, judge),
        )
        if answer is None:
            continue
        page = read(answer)
        yield page
        if not page.has_next:
            return
        after = walk.next_after(
            page.nodes, page.end_cursor, request_id=answer.request_id
        )
        portions.grow()


def fetch_whole(  # noqa: PLR0913 -- keyword-only, as a page's
    client: ShopifyClient,
    query: str,
    *,
    path: tuple[str, ...],
    variables: Mapping[str, Any],
    cost: int | None = None,
    optional: Collection[str] = (),
    judge: Judge | None = None,
) -> Page:
    """Fetch an object, or all elements of a list, as one page.

    Raises:
        InternalError: it stays null where it must not be.
    """

    def read(answer: Answer) -> Page:
        found = _at(answer, path, optional=optional)
        if isinstance(found, _Absent):
            return found.page
        nodes = found if isinstance(found, list) else [found]
        _refuse_null_nodes(nodes, answer, path)
        return Page(nodes, None, has_next=False)

    answer = Portions(client, query, largest=1).whole(
        variables,
        cost=cost,
        refuse=lambda answer: _judge_all(read(answer).nodes, judge),
    )
    return read(answer)


def _judge_all(nodes: Iterable[Node | None], judge: Judge | None) -> None:
    if judge is not None:
        for node in nodes:
            if node is not None:
                judge(node)


@dataclass(frozen=True)
class _Absent:
    """What an answer holds where the shop has none of it; `key` is null."""

    key: str

    @property
    def page(self) -> Page:
        return Page([], None, has_next=False, absent=self.key)


def _page(answer: Answer, path: tuple[str, ...], *, optional: Collection[str]) -> Page:
    found = _at(answer, path, optional=optional)
    if isinstance(found, _Absent):
        return found.page
    nodes, info = nodes_of(found), found.get("pageInfo")
    if nodes is None or info is None:
        raise InternalError(_null(answer, "nodes or pageInfo", path))
    _refuse_null_nodes(nodes, answer, path)
    return Page(nodes, info["endCursor"], info["hasNextPage"])


def _at(answer: Answer, path: tuple[str, ...], *, optional: Collection[str]) -> Any:
    """What lies at `path`; `_Absent` where the shop need not have it.

    Raises:
        DataError: what leads there is gone.
        InternalError: it is null, and must not be.
    """
    found: Any = answer.data
    for key in path:
        found = _one(found, answer).get(key)
        if found is None and key in optional:
            return _Absent(key)
        if found is None and key == "node":
            message = (
                f"request {answer.request_id!r}: node of {'.'.join(path)} is null: it "
                "is gone this moment; materialise the partition again"
            )
            raise DataError(message)
        if found is None:
            raise InternalError(_null(answer, key, path))
    return found


def _null(answer: Answer, key: str, path: tuple[str, ...]) -> str:
    where = ".".join(path)
    return (
        f"request {answer.request_id!r}: {key} of {where} is null, without an error, "
        "where Shopify's schema has no null"
    )


def _refuse_null_nodes(
    nodes: Sequence[Node | None], answer: Answer, path: tuple[str, ...]
) -> None:
    if None in nodes:
        raise InternalError(_null(answer, f"record {nodes.index(None)}", path))


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


def nodes_of(connection: Mapping[str, Any]) -> list[Any] | None:
    """Return a connection's nodes, however it gives them; some may be null."""
    if "nodes" in connection:
        nodes: list[Any] | None = connection["nodes"]
        return nodes
    edges = connection["edges"]
    return None if edges is None else [edge and edge["node"] for edge in edges]


def fetch_nodes(
    client: ShopifyClient,
    query: str,
    ids: Sequence[str],
    *,
    batch: int = LARGEST,
    judge: Judge | None = None,
) -> Iterator[tuple[str, Node | None]]:
    """Fetch records by id, in the order of `ids`; None for one that is not there.

    Args:
        client: the shop's client.
        query: declares `$ids: [ID!]!` and selects `nodes(ids: $ids)`.
        ids: global ids, any number of them.
        batch: how many to ask for at first; adapted to what the answers cost.
        judge: looks at each record and raises what it lacks.

    Raises:
        DataError: an answer does not hold one place for each id.
    """
    portions = Portions(client, query, largest=LARGEST)
    portions.resize(min(portions.size, batch))
    position = 0

    def refuse(answer: Answer) -> None:
        if answer.data.get("nodes") is None:
            raise InternalError(_null(answer, "nodes", ("nodes",)))
        _judge_all(answer.data["nodes"], judge)

    while position < len(ids):
        wanted = list(ids[position : position + portions.size])
        answer = portions.ids(wanted, refuse=refuse)
        if answer is None:
            continue
        yield from zip(wanted, _nodes(answer, len(wanted)), strict=True)
        position += len(wanted)
        portions.resize(next_batch(portions.size, answer.cost))


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
