"""What is proven: a stream of a shop, with all that it takes to look at both sides.

Charter: the values that every kind of proof is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as time_of_day
from functools import partial
from typing import TYPE_CHECKING

from shopify_assets.catalog.gids import number_of, type_of
from shopify_assets.catalog.lookback import OVERLAP, PATIENCE, Books
from shopify_assets.catalog.scalars import Kind
from shopify_assets.catalog.stream import OldOrders
from shopify_assets.extract.access import OLD_ORDERS, visible_since, withheld_by_scopes
from shopify_assets.extract.planning import LAG
from shopify_assets.postgres.books import watermarks
from shopify_assets.proof.ids import GID, Due
from shopify_assets.proof.late import Looked, looked
from shopify_assets.settings import DEFAULT_MAX_SET_ASIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl
    import psycopg

    from shopify_assets.api.client import ShopifyClient
    from shopify_assets.catalog.compiler import CompiledStream
    from shopify_assets.catalog.tables import Table
    from shopify_assets.extract.extraction import Context
    from shopify_assets.postgres.books.aside import Open
    from shopify_assets.proof.ids import Compared
    from shopify_assets.proof.sweep import Swept
    from shopify_assets.proof.warehouse import Reached


@dataclass(frozen=True)
class Subject:
    """A stream of a shop, and the way to both of its sides.

    Attributes:
        compiled: the stream.
        context: the shop's client, the lake, who is told.
        connection: to the warehouse.
        max_set_aside: fraction of the records that a repair may set aside.
        clock: the time, where the shop has never told any.
    """

    compiled: CompiledStream
    context: Context
    connection: psycopg.Connection
    max_set_aside: float = DEFAULT_MAX_SET_ASIDE
    clock: Callable[[], datetime] = partial(datetime.now, UTC)  # noqa: RUF009 -- no state

    @property
    def client(self) -> ShopifyClient:
        """The shop's client."""
        return self.context.client

    @property
    def shop(self) -> str:
        """The shop's domain."""
        return self.context.client.domain

    @property
    def is_snapshot(self) -> bool:
        """Whether the stream is read whole and replaces."""
        return self.compiled.stream.incremental is None

    def __str__(self) -> str:
        """`stream 'orders' of shop 'my-store.myshopify.com'`."""
        return f"stream {self.compiled.name!r} of shop {self.shop!r}"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Both sides' ids, and what comparing them found.

    Attributes:
        due: from when to when records must be there.
        looks: looks back of the last day; what came after them is late, not missing.
        swept: the shop's ids.
        stored: the table's.
        compared: what differs.
        gids: what stand-ins stand for, in the shop's list and in the warehouse.
        aside: what is set aside, for it cannot be read.
    """

    due: Due
    looks: tuple[Looked, ...]
    swept: Swept
    stored: pl.DataFrame
    compared: Compared
    gids: Mapping[int, str]
    aside: tuple[Open, ...] = ()


def due(subject: Subject, reached: Reached, *, swept: datetime) -> Due:
    """From when to when the records of a subject must be in the warehouse."""
    begin: datetime | None = None
    end = reached.extracted_at - LAG
    if reached.watermark is not None and not subject.is_snapshot:
        # What is found late in Shopify's index comes with the next window's overlap.
        end = reached.watermark - OVERLAP
        first = subject.client.shop.start_date
        begin = datetime.combine(first, time_of_day(), UTC)
    return Due(
        begin=begin,
        end=end,
        swept=swept,
        visible=_visible(subject, swept),
        snapshot=subject.is_snapshot,
    )


def looks_back(
    subject: Subject, reached: Reached, *, now: datetime
) -> tuple[Looked, ...]:
    """The looks back at time before the watermark, of the last day."""
    incremental = subject.compiled.stream.incremental
    if incremental is None or reached.watermark is None:
        return ()
    begin = datetime.combine(subject.client.shop.start_date, time_of_day(), UTC)
    reads = watermarks.reads(
        subject.connection,
        shop=subject.shop,
        stream=subject.compiled.name,
        since=now - PATIENCE,
    )
    return looked(incremental, Books(begin, reached.watermark, reads), now=now)


def orders_since(subject: Subject, now: datetime) -> datetime | None:
    """Since when the app sees orders that the stream hangs on, if not since ever."""
    granted = subject.client.granted_scopes()
    hidden = OLD_ORDERS in withheld_by_scopes(subject.compiled, granted)
    return visible_since(now) if hidden else None


def _visible(subject: Subject, now: datetime) -> datetime | None:
    """Since when the app sees the stream's records, if not since ever."""
    if subject.compiled.old_orders is not OldOrders.RECORDS:
        return None
    return orders_since(subject, now)


def gid_of(seen: Seen, subject: Subject, id_: object) -> str:
    """The global id of a record whose root table's key is `id_`.

    Where the key is a number, all global ids of the stream are of one type; what a
    stand-in stands for is known from the shop's list, or else from the warehouse.
    """
    if isinstance(id_, str):
        return id_
    number = int(str(id_))
    if number in seen.gids:
        return seen.gids[number]
    # Below zero, it stands for nothing that anybody knows: no load brought the row.
    return f"gid://shopify/{_type_of(seen) or subject.compiled.queries.node}/{number}"


def is_known(seen: Seen, id_: object) -> bool:
    """Whether the key of a record says which it is: not every stand-in does."""
    return isinstance(id_, str) or int(str(id_)) >= 0 or id_ in seen.gids


def _type_of(seen: Seen) -> str | None:
    """The type in the shop's own global ids: it is not always the schema's name."""
    listed = seen.swept.records[GID].head(1)
    return type_of(str(listed[0])) if len(listed) else None


def key_of(root: Table, gid: str) -> int | str:
    """What identifies a record in the root table, by its global id."""
    numbered = root.column(root.key[-1]).kind is Kind.BIGINT
    return number_of(gid) if numbered else gid
