"""What a stream's declaration says; everything else is derived from it and the schema.

Charter: the declaration's own words and their meaning. An attribute is added here only
when a second stream needs it; nothing here computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


class Precision(Enum):
    """How finely Shopify's search compares a time filter."""

    SECOND = "second"
    # Documented for customers as 'matching a whole day': windows are asked for with a
    # day on either side, which is right under both readings (rows merge by version).
    DAY = "day"


class KeyTime(Enum):
    """What the time is that a stream advances by."""

    # Shopify stamps it whenever it writes the record: nothing appears with an earlier
    # one, but for what its search index is late to show.
    OF_CHANGE = "time of change"
    # When something took place, is due or was opened. Who enters it late, imports it or
    # was offline makes a record appear today with a time of last week.
    IN_THE_WORLD = "time in the world"


class OldOrders(Enum):
    """What is hidden with old orders from an app without the scope `read_all_orders`.

    Shopify is silent about it, in lists, counts and reads by id alike.
    """

    RECORDS = "records"  # those that belong to an old order
    LISTS = "lists of orders"  # and counts of them; the records are there


@dataclass(frozen=True)
class Incremental:
    """How a stream advances: by a time that Shopify can filter on.

    Attributes:
        key: the replication key, a column of the stream's root table.
        time: what that time is; how far back is looked follows from it.
        filter: the search field compared with the window; the key's name if None.
        precision: how finely the filter compares.
        lookback: how long records go on changing without moving the replication key:
            for so long every sync reads them again.
    """

    key: str
    time: KeyTime
    filter: str | None = None
    precision: Precision = Precision.SECOND
    lookback: timedelta = timedelta()

    @property
    def field(self) -> str:
        """The search field's name."""
        return self.filter or self.key

    @property
    def is_in_the_world(self) -> bool:
        """Whether records may appear with an earlier time than those that are there."""
        return self.time is KeyTime.IN_THE_WORLD


@dataclass(frozen=True)
class Each:
    """An argument without which a field gives nothing, and which no list supplies.

    The field is read once for each value of the argument's enum.

    Attributes:
        argument: the argument of the root field, or of a field joined by `$id`.
        leaving_out: values that are not asked for, such as deprecated ones.
    """

    argument: str
    leaving_out: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One declared unit of extraction.

    Every record has an `id`, not null; an alias (`id: locale`) names the natural key of
    one that Shopify gives none.

    A stream may be *carried*: its records are the elements of a list or connection that
    is called like the stream (by an alias, if need be), below the records of the root.
    Stream `returns` with root `orders` and selection `id updatedAt returns {nodes {…}}`
    has the tables `returns` and `returns_by_order`; a return comes, changes and goes
    with its order.

    A connection of QueryRoot that takes the id of another record is *joined*: it is
    selected like a field of that record, with the argument `$id`, as in
    `members: customerSegmentMembers(segmentId: $id) { nodes {…} }`. It may lie below an
    object there: `taxonomy { below: categories(descendantsOf: $id) { nodes {…} } }`.

    Attributes:
        name: the stream's and its root table's name, plural snake case.
        root: the field of QueryRoot it reads: a connection, a list or an object; below
            objects a path, such as `shopifyPaymentsAccount.payouts`.
        family: the group of assets it is shown in.
        description: one sentence for people: what a row is.
        selection: GraphQL fields of one record. An alias renames a column. A connection
            is written `lineItems { nodes { … } }`; page sizes and cursors are derived.
        arguments: GraphQL arguments of the root field (the last, of a path) that unhide
            records.
        each: the argument that the root field, or a joined one, is asked by.
        ordered: tables whose elements have an id *and* an order that means something,
            such as the lines of an order: each gets the column `position`, from 0, the
            element's place in the list or connection. Elements without an id have it
            in any case, for their key.
        incremental: None for a snapshot stream, which is read whole and replaces.
        old_orders: what of it is hidden with old orders, or may be; for a stream of
            orders that follows from its root.
        webhooks: topics that tell of a change.
        urgent: whether people wait for it: it is read before the others.
    """

    name: str
    root: str
    family: str
    description: str
    selection: str
    arguments: str = ""
    each: Each | None = None
    ordered: tuple[str, ...] = ()
    incremental: Incremental | None = None
    old_orders: OldOrders | None = None
    webhooks: tuple[str, ...] = ()
    urgent: bool = False
