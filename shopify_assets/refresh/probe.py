"""Many lists of a shop, asked for their newest records in one query.

Charter: composing, cutting and sending probes, and parting the answer again. What one
list may not be asked must not spoil the others: it is left out, and said. What the
records shown mean for a stream is `look`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from shopify_assets.api.answers import FieldsDenied, PartsUnknown
from shopify_assets.api.pages import nodes_of
from shopify_assets.api.portions import BEFORE_HALVING
from shopify_assets.api.retry import InternalError
from shopify_assets.catalog.cost import BUDGET
from shopify_assets.catalog.probing import query_text
from shopify_assets.errors import AccessDenied, ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from shopify_assets.api.client import Answer, ShopifyClient
    from shopify_assets.catalog.probing import Probe

Node = dict[str, Any]

_NO_CONNECTION = {"hasNextPage": False}
_NULL = "the answer holds null where Shopify's schema has none"
_NO_ID = "a record is shown without its id"


@dataclass(frozen=True)
class Asking:
    """One list of a probe.

    Attributes:
        alias: its name in the query and the answer.
        probe: what is asked of it.
        first: how many records at most.
        filter: which of them, in words of Shopify's search.
    """

    alias: str
    probe: Probe
    first: int
    filter: str

    @property
    def cost(self) -> int:
        """Points it asks for."""
        return self.probe.cost(self.first)


@dataclass(frozen=True)
class Shown:
    """What a list showed.

    Attributes:
        nodes: its first records.
        is_whole: whether these are all of them.
        served_at: the server's clock when it answered (UTC).
    """

    nodes: tuple[Node, ...]
    is_whole: bool
    served_at: datetime


@dataclass(frozen=True)
class Refused:
    """Why a list could not be asked, or what it showed not be understood."""

    why: str


Told: TypeAlias = Shown | Refused


def ask(client: ShopifyClient, askings: Iterable[Asking]) -> dict[str, Told]:
    """Ask all lists, in as few queries as their cost allows.

    Raises:
        ShopUnavailable, Throttled, Unavailable: of the shop as a whole.
    """
    answered: dict[str, Told] = {}
    for batch in batches(askings):
        answered |= _ask(client, batch)
    return answered


def batches(askings: Iterable[Asking]) -> Iterator[tuple[Asking, ...]]:
    """Cut what is asked into queries that each cost less than one may."""
    batch: list[Asking] = []
    for asking in askings:
        if batch and sum(one.cost for one in batch) + asking.cost > BUDGET:
            yield tuple(batch)
            batch = []
        batch.append(asking)
    if batch:
        yield tuple(batch)


def _ask(client: ShopifyClient, batch: Sequence[Asking]) -> dict[str, Told]:
    """Ask one query; what is refused of it alone, and the rest anew."""
    query = query_text(
        {one.alias: one.probe.text(one.alias, first=one.first) for one in batch}
    )
    patience = client.retry
    if len(batch) > 1:
        patience = replace(patience, internal_attempts=BEFORE_HALVING)
    try:
        answer = client.execute(
            query,
            {one.alias: one.filter for one in batch},
            cost=sum(one.cost for one in batch),
            retry=patience,
        )
    except (AccessDenied, ApiError, InternalError) as error:
        if len(batch) == 1:
            return {batch[0].alias: Refused(str(error))}
        return _without_refused(client, batch, error)
    return {one.alias: _read(answer, one) for one in batch}


def _without_refused(
    client: ShopifyClient, batch: Sequence[Asking], error: Exception
) -> dict[str, Told]:
    """Leave out the lists that an error names, or else look for them by halves."""
    named = _named(error)
    refused = [one for one in batch if one.alias in named]
    rest = [one for one in batch if one.alias not in named]
    if refused:
        told: dict[str, Told] = {one.alias: Refused(str(error)) for one in refused}
        return told | (_ask(client, rest) if rest else {})
    half = len(batch) // 2
    return _ask(client, batch[:half]) | _ask(client, batch[half:])


def _named(error: Exception) -> set[str]:
    """The aliases that an error names, first in each path."""
    if isinstance(error, FieldsDenied):
        return {path.partition(".")[0] for path in error.fields}
    if isinstance(error, PartsUnknown):
        return {part.path[0] for part in error.parts if part.path}
    return set()


def _read(answer: Answer, asking: Asking) -> Told:
    found: Any = {asking.probe.path[0]: answer.data.get(asking.alias)}
    for name in asking.probe.path:
        found = found.get(name)
        if found is None and name in asking.probe.optional:
            return Shown((), is_whole=True, served_at=answer.served_at)
        if found is None:
            return Refused(_NULL)
    nodes, info = nodes_of(found), found.get("pageInfo")
    if nodes is None or info is None or None in nodes:
        return Refused(_NULL)
    if any(not isinstance(node, dict) or "id" not in node for node in nodes):
        return Refused(_NO_ID)
    return Shown(tuple(nodes), not info["hasNextPage"], answer.served_at)


def is_cut(shown: object) -> bool:
    """Whether a connection in or below a record has more than it shows, or is null."""
    if isinstance(shown, list):
        return any(map(is_cut, shown))
    if not isinstance(shown, dict):
        return False
    info = shown.get("pageInfo", _NO_CONNECTION)
    return info is None or info["hasNextPage"] or any(map(is_cut, shown.values()))
