"""What a stream's declaration says; everything else is derived from it and the schema.

Charter: the declaration's own words and their meaning. An attribute is added here only
when a second stream needs it; nothing here computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Precision(Enum):
    """How finely Shopify's search compares a time filter."""

    SECOND = "second"
    # Documented for customers as 'matching a whole day': windows are asked for with a
    # day on either side, which is right under both readings (rows merge by version).
    DAY = "day"


@dataclass(frozen=True)
class Incremental:
    """How a stream advances: by a time that Shopify can filter on.

    Attributes:
        key: the replication key, a column of the stream's root table.
        filter: the search field compared with the window; the key's name if None.
        precision: how finely the filter compares.
    """

    key: str
    filter: str | None = None
    precision: Precision = Precision.SECOND

    @property
    def field(self) -> str:
        """The search field's name."""
        return self.filter or self.key


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One declared unit of extraction.

    Attributes:
        name: the stream's and its root table's name, plural snake case.
        root: the field of QueryRoot it reads: a connection, a list or an object.
        family: the group of assets it is shown in.
        description: one sentence for people: what a row is.
        selection: GraphQL fields of one record. An alias renames a column. A connection
            is written `lineItems { nodes { … } }`; page sizes and cursors are derived.
        arguments: GraphQL arguments of the root field that unhide records.
        incremental: None for a snapshot stream, which is read whole and replaces.
        webhooks: topics that tell of a change.
    """

    name: str
    root: str
    family: str
    description: str
    selection: str
    arguments: str = ""
    incremental: Incremental | None = None
    webhooks: tuple[str, ...] = ()
