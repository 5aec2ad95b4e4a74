"""Records by their ids, as an extraction of their own.

Charter: fetching chosen records whole, with all below them, into raw files like any
other: what repairs a copy goes the way everything goes. Which records to choose is the
proof's business.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from shopify_assets.api.pages import fetch_nodes
from shopify_assets.catalog.second_step import DETAILS_BATCH
from shopify_assets.errors import ApiError
from shopify_assets.extract.extraction import Context, Extracted, Run, carry_out
from shopify_assets.extract.records import flatten, refuse_nulls
from shopify_assets.extract.second_step import read_on
from shopify_assets.storage.layout import Extent, digest_of
from shopify_assets.storage.manifests import Plan, PlannedPart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.storage.layout import Extraction
    from shopify_assets.storage.manifests import Withheld

# Ids of one part: what a crash may cost, and a bound for the plan's lines.
IDS_OF_A_PART = 1_000


def extent_of(stream: str, shop: str, ids: Sequence[str]) -> Extent:
    """What an extraction of these ids is called in the lake."""
    return Extent(stream, shop, None, digest_of(ids))


def extract_ids(
    compiled: CompiledStream, ids: Sequence[str], *, context: Context
) -> Extracted:
    """Bring chosen records into the lake; those that are gone are left out.

    Args:
        compiled: the stream; its records must be `Node`s.
        ids: global ids.
        context: the shop's client, the lake, who is told.

    Raises:
        ApiError: the stream's records cannot be asked for by id.
        AccessDenied, DataError, Unavailable: as `extract`.
    """
    chosen = tuple(sorted(set(ids)))
    extent = extent_of(compiled.name, context.client.domain, chosen)
    run = partial(_ByIds, chosen)
    return carry_out(compiled, extent, context=context, run=run)


class _ByIds(Run):
    """The doing of an extraction by ids."""

    def __init__(
        self,
        ids: tuple[str, ...],
        compiled: CompiledStream,
        context: Context,
        withheld: tuple[Withheld, ...],
    ) -> None:
        super().__init__(compiled, context, withheld)
        if compiled.queries.by_ids is None:
            message = (
                f"{compiled.queries.node}, the record of stream {compiled.name}, is no "
                "Node: it cannot be asked for by id"
            )
            raise ApiError(message)
        self._text = compiled.queries.by_ids
        self._ids = ids

    def plan(self, extent: Extent, number: int) -> Plan:
        """Cut the ids into parts."""
        plan = Plan(
            stream=extent.stream,
            shop=extent.shop,
            window=None,
            number=number,
            cut_end=None,
            api_version=self._client.api_version,
            query_hash=self.compiled.fingerprint,
            created_at=self._client.server_time(),
            parts=tuple(self._parts()),
            ids=extent.ids,
            withheld=self.withheld,
        )
        self._extractions.begin(plan)
        return plan

    def _parts(self) -> Iterator[PlannedPart]:
        number = 1
        for first in range(0, len(self._ids), IDS_OF_A_PART):
            ids = self._ids[first : first + IDS_OF_A_PART]
            yield PlannedPart(number=number, mode="ids", ids=ids)
            if self._queries.has_second_step:
                yield PlannedPart(number=number + 1, mode="details", details_of=number)
            number += 2

    def _fetch_main(self, extraction: Extraction, part: PlannedPart) -> None:
        nested = self._queries.paged.nested
        drain = partial(read_on, self._client)
        found = fetch_nodes(
            self._client,
            self._text,
            part.ids,
            batch=DETAILS_BATCH,
            judge=refuse_nulls(nested),
        )
        with self._raw_file(extraction, part) as raw:
            for _, node in found:
                if node is not None:
                    records = flatten(node, nested, drain=drain)
                    raw.writer.write_records(list(records))
        self.context.report(f"{extraction}: {len(part.ids):,} records asked for by id")
