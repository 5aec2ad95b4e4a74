"""What is read through connections whose nodes no id finds.

Charter: from an answer through a passage to records, and the walk, node by node, where
an answer did not hold all. The queries are the catalog's (`catalog/passage.py`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from shopify_assets.api.pages import iter_pages, nodes_of
from shopify_assets.errors import DataError
from shopify_assets.extract.records import at, children

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets.catalog.passage import Passage
    from shopify_assets.catalog.second_step import Nested
    from shopify_assets.extract.records import Node

# A node passed through, and the end cursor before it where it was come to by walking.
Step = tuple["Node", str | None]


def below(
    client: ShopifyClient, passage: Passage, root: Node, *, wanted: Collection[str]
) -> Iterator[Node]:
    """Yield the records below the nodes of one root record's passage, to the very end.

    Args:
        client: the shop's client.
        passage: what is passed through.
        root: the answer for the root record, which may hold the first of them only.
        wanted: ids of the nodes known; of one that came since, nothing is read.

    Raises:
        DataError: a node that is known is not there.
    """
    listed = _listed(passage, root)
    steps = _walked(client, passage, root["id"]) if listed is None else listed
    of = f"table {passage.table} of {root['id']}, shop {client.domain!r}"
    for node, before in known(steps, wanted, of=of):
        drain = partial(_read_on, client, root["id"], before)
        for each in passage.nested:
            chain = (root["id"], node["id"])
            yield from children(chain, each, at(node, each.path), drain=drain)


def known(steps: Iterable[Step], wanted: Collection[str], *, of: str) -> Iterator[Step]:
    """Yield the nodes whose ids are `wanted`: others came since, with the next window.

    Args:
        steps: nodes, each with what leads to it.
        wanted: the ids of all nodes that were listed.
        of: whose nodes they are, for people.

    Raises:
        DataError: one is not there.
    """
    missing = set(wanted)
    for step in steps:
        if step[0]["id"] in missing:
            missing.remove(step[0]["id"])
            yield step
    if missing:
        message = (
            f"{min(missing)} was just listed and is not there now: what is below "
            f"{of} would lose rows; materialise the partition again"
        )
        raise DataError(message)


def _listed(passage: Passage, root: Node) -> list[Step] | None:
    """The nodes of an answer that holds all there is; None if it does not."""
    outer = at(root, passage.path)
    if outer is None:
        return []
    nodes = nodes_of(outer) or []
    inner = [at(node, each.path) for node in nodes for each in passage.nested]
    if any(each["pageInfo"]["hasNextPage"] for each in (outer, *inner) if each):
        return None
    return [(node, None) for node in nodes]


def _walked(client: ShopifyClient, passage: Passage, root_id: str) -> Iterator[Step]:
    """The nodes one by one, each with the cursor that leads to it again."""
    before: str | None = None
    for page in iter_pages(
        client,
        passage.walk,
        path=passage.walk_path,
        variables={"id": root_id},
        first=1,
    ):
        yield from ((node, before) for node in page.nodes)
        before = page.end_cursor


def _read_on(
    client: ShopifyClient,
    root_id: str,
    before: str | None,
    nested: Nested,
    _: str,
    after: str,
) -> Iterator[Node]:
    """Read on in a connection below the node that `before` leads to."""
    pages = iter_pages(
        client,
        nested.drain,
        path=nested.drain_path,
        variables={"id": root_id, "before": before},
        after=after,
    )
    for page in pages:
        yield from page.nodes
