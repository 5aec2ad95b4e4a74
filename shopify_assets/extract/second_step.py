"""The second step: what hangs below records that are there already, read by their ids.

Charter: which ids are asked for, in which order, and what a missing one means. How the
queries read is the catalog's, how requests are sent is `api`'s business.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from shopify_assets.api.answers import FieldsDenied
from shopify_assets.api.pages import fetch_nodes, iter_pages
from shopify_assets.errors import DataError
from shopify_assets.extract.passage import below
from shopify_assets.extract.records import (
    Owner,
    Sought,
    at,
    children,
    owners,
    placed,
    refuse_nulls,
)
from shopify_assets.storage.records import encode_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets.catalog.passage import Passage
    from shopify_assets.catalog.queries import Queries
    from shopify_assets.catalog.second_step import Asked, Details, Joined, Nested
    from shopify_assets.extract.records import Node

Batch = tuple[str, list["Node"]]
"""Records, and the table they feed."""

# Parents below which one thread reads at a time.
_AT_ONCE = 250

_EXIST = "query exist($ids: [ID!]!) { nodes(ids: $ids) { id } }"

Wanted = TypeVar("Wanted")


def asked_values(each: Asked | None) -> list[dict[str, str]]:
    """The variables of each asking: one without any, unless it is asked by values."""
    return [{each.argument: value} for value in each.values] if each else [{}]


@contextmanager
def told_by_value(each: Asked | None, asked: dict[str, str]) -> Iterator[None]:
    """Let a refusal say by which value was asked."""
    try:
        yield
    except FieldsDenied as denied:
        if each is not None:
            denied.asked = each.called(asked[each.argument])
        raise


def read_on(
    client: ShopifyClient, nested: Nested, parent_id: str, after: str
) -> Iterator[Node]:
    """Read on in a connection that is longer than its first page."""
    pages = iter_pages(
        client,
        nested.drain,
        path=nested.drain_path,
        variables={"id": parent_id},
        after=after,
    )
    for page in pages:
        yield from page.nodes


class SecondStep:
    """Reads what hangs below the records of one raw file."""

    def __init__(
        self, queries: Queries, client: ShopifyClient, *, concurrency: int
    ) -> None:
        self._queries = queries
        self._client = client
        self._concurrency = concurrency
        # Those found on the way: a later step asks for what hangs below them.
        self._owners: dict[str, list[Owner]] = {}

    def batches(self, blocks: Callable[[], Iterable[bytes]]) -> Iterator[Batch]:
        """Yield all records of the second step, batch by batch.

        Args:
            blocks: reads the raw file's lines.

        Raises:
            DataError: what was just listed is not there.
        """
        root = Sought(self._queries.root_marker)
        above = self._sought(blocks, root)
        for joined in self._queries.joined:
            read = partial(self._joined, joined)
            yield from self._side_by_side(joined.table, read, above[root])
        for passage in self._queries.passages:
            read_below = partial(self._passage, passage)
            holders = above[Sought(passage.marker)]
            yield from self._side_by_side(passage.table, read_below, holders)
        for details in self._queries.details:
            holders = self._owners.pop(details.table, [])
            holders += above[Sought(details.marker, details.lists)]
            read_details = partial(self._details, details)
            yield from self._side_by_side(details.table, read_details, holders)

    def _sought(
        self, blocks: Callable[[], Iterable[bytes]], root: Sought
    ) -> dict[Sought, list[Owner]]:
        """What the steps ask for, found in one pass: the file may be large."""
        sought = {
            *(root for _ in self._queries.joined),
            *(Sought(passage.marker) for passage in self._queries.passages),
            *(Sought(each.marker, each.lists) for each in self._queries.details),
        }
        return owners(blocks(), sought) if sought else {}

    def _side_by_side(
        self,
        table: str,
        read: Callable[[list[Owner]], list[Node]],
        found: list[Owner],
    ) -> Iterator[Batch]:
        chunks = [
            found[first : first + _AT_ONCE] for first in range(0, len(found), _AT_ONCE)
        ]
        with ThreadPoolExecutor(self._concurrency) as pool:
            for records in pool.map(read, chunks):
                self._remember(records)
                yield table, records

    def _remember(self, records: list[Node]) -> None:
        markers = {next(iter(each)) for each in records}
        deeper = [each for each in self._queries.details if each.marker in markers]
        if deeper:
            block = encode_lines(records)
            for each in deeper:
                sought = Sought(each.marker, each.lists)
                found = owners([block], [sought])[sought]
                self._owners.setdefault(each.table, []).extend(found)

    def _joined(self, joined: Joined, found: list[Owner]) -> list[Node]:
        return [
            placed(node, owner.chain)
            for owner in found
            for asked in asked_values(joined.each)
            for node in self._asked(joined, owner, asked)
        ]

    def _asked(
        self, joined: Joined, owner: Owner, asked: dict[str, str]
    ) -> Iterator[Node]:
        with told_by_value(joined.each, asked):
            for page in iter_pages(
                self._client,
                joined.text,
                path=joined.path,
                variables={"id": owner.id, **asked},
            ):
                yield from page.nodes

    def _passage(self, passage: Passage, found: list[Owner]) -> list[Node]:
        by_root: dict[str, list[Owner]] = {}
        for each in found:
            by_root.setdefault(each.root_id, []).append(each)
        answers = fetch_nodes(
            self._client, passage.text, list(by_root), batch=passage.first
        )
        records: list[Node] = []
        for root_id, node in answers:
            if node is None:
                self._require_deleted(passage.table, by_root[root_id][0])
            else:
                wanted = [each.id for each in by_root[root_id]]
                records += below(self._client, passage, node, wanted=wanted)
        return records

    def _details(self, details: Details, found: list[Owner]) -> list[Node]:
        # One record may hang below several: it is asked for once, and placed in each.
        by_id: dict[str, list[Owner]] = {}
        for each in found:
            by_id.setdefault(each.id, []).append(each)
        nodes = fetch_nodes(
            self._client,
            details.text,
            list(by_id),
            batch=details.first,
            judge=refuse_nulls(details.nested),
        )
        records: list[Node] = []
        for owner_id, node in nodes:
            for owner in by_id[owner_id]:
                if node is None:
                    self._require_deleted(details.table, owner)
                else:
                    records += self._below(details, owner, node)
        return records

    def _below(self, details: Details, owner: Owner, node: Node) -> Iterator[Node]:
        drain = partial(read_on, self._client)
        for each in details.nested:
            connection = at(node, each.path)
            yield from children(owner.chain, each, connection, drain=drain)

    def _require_deleted(self, table: str, owner: Owner) -> None:
        """Accept that a record is gone only if its root is gone too.

        Raises:
            DataError: the root is still there, so something was withheld.
        """
        ids = [owner.root_id, owner.id]
        answer = self._client.execute(_EXIST, {"ids": ids}, cost=1)
        if any(each is not None for each in answer.data["nodes"]):
            message = (
                f"shop {self._client.domain!r}: {owner.id} of {owner.root_id} came as "
                f"null (request {answer.request_id!r}) though it was just listed: "
                f"table {table} would lose rows; materialise the partition "
                "again"
            )
            raise DataError(message)
