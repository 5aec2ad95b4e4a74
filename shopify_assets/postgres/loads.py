"""What goes into a load and what comes out of it, and how its failures are told.

Charter: the frozen values that pass between the loader and its callers, and the one
translation of the driver's errors into the project's. Nothing here runs a statement.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import psycopg

from shopify_assets.errors import ConfigurationError, DataError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    import polars as pl

    from shopify_assets.catalog.tables import Table
    from shopify_assets.windows import Window


class Disposition(Enum):
    """What a batch says of the records it does not hold."""

    MERGE = "merge"  # nothing: it holds what changed in a window
    REPLACE = "replace"  # they are gone: it holds the whole shop


class Trust(Enum):
    """What a load believes of the rows that are stored."""

    DIGESTS = "digests"  # that they are what was loaded, as their digests tell it
    NOTHING = "nothing"  # all are compared in full


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A record that was extracted and is not in the batch, for it cannot be read.

    Attributes:
        key: names it within the stream.
        record: what identifies it in the root table, as text; None: not known.
        table: the table of the line or row at fault; empty if not known.
        file: the raw file.
        line: its line, if that is known.
        place: the column or the JSON path at fault; empty for the whole line.
        reason: what is wrong.
    """

    key: str
    record: str | None
    table: str
    file: str
    line: int | None
    place: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Load:
    """One batch of a stream's rows.

    Attributes:
        shop: the shop's domain; every row must carry it.
        stream: the stream's name.
        tables: its tables, the root first and parents before children.
        frames: the rows by table name; may be iterated more than once. A record that is
            there is there with all its children.
        extraction: names the extraction in the lake.
        extracted_at: when the extraction began; of two equal versions the one extracted
            later is kept.
        disposition: what the batch says of records it does not hold.
        window: the window that was extracted, if any.
        watermark: up to which replication-key value the stream is now loaded.
        ids: of the root records, where they are known without reading their rows.
        stand_ins: which global ids the numbers below zero stand for: rows of
            `GLOBAL_IDS`.
        aside: records that were extracted too and cannot be read: they are not gone.
        trust: what is believed of the stored rows.
        query: the fingerprint by which a window, or the whole shop, was read; None for
            records that were chosen.
    """

    shop: str
    stream: str
    tables: tuple[Table, ...]
    frames: Mapping[str, Iterable[pl.DataFrame]]
    extraction: str
    extracted_at: datetime
    disposition: Disposition = Disposition.MERGE
    window: Window | None = None
    watermark: datetime | None = None
    ids: pl.Series | None = None
    stand_ins: Iterable[pl.DataFrame] = ()
    aside: tuple[Entry, ...] = ()
    trust: Trust = Trust.DIGESTS
    query: str | None = None

    @property
    def root(self) -> Table:
        """The stream's root table."""
        return self.tables[0]

    @property
    def parameters(self) -> dict[str, object]:
        """What the statements of this load refer to."""
        return {
            "shop": self.shop,
            "stream": self.stream,
            "extracted_at": self.extracted_at,
            "distrust": self.trust is Trust.NOTHING,
        }


@dataclass(frozen=True)
class TableCounts:
    """What a load did to the rows of one table.

    `unchanged` are the rows of the batch that were not written: the stored ones were
    alike, or newer. Tombstoned records count as deleted.
    """

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0

    @property
    def changed(self) -> int:
        """Rows that were written."""
        return self.inserted + self.updated + self.deleted


@dataclass(frozen=True)
class LoadResult:
    """What a load did.

    Attributes:
        rows: what it did to each table.
        seconds: how long it took.
        superseded: a newer snapshot is loaded already, so this one was left aside.
    """

    rows: Mapping[str, TableCounts]
    seconds: float
    superseded: bool = False


@contextmanager
def told(what: str) -> Iterator[None]:
    """Tell the driver's errors as the project's; `what` names what was being loaded.

    Raises:
        Unavailable: the server went away, or had no room for us.
        DataError: a value does not fit its column.
        ConfigurationError: the user lacks a right.
    """
    try:
        yield
    # A document or key beyond the server's limits: asking again cannot mend it.
    except psycopg.errors.ProgramLimitExceeded as error:
        raise DataError(
            f"the warehouse refused {what}: {_reason(error)}; nothing was loaded"
        ) from error
    except psycopg.OperationalError as error:
        raise Unavailable(
            f"the warehouse broke off while {what} was loaded: {_reason(error)}; "
            "nothing was loaded, run it again"
        ) from error
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise DataError(
            f"the warehouse refused {what}: {_reason(error)}; nothing was loaded"
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            f"the warehouse's user may not load {what}: {_reason(error)}; grant it, or "
            "make it the tables' owner"
        ) from error


def _reason(error: psycopg.Error) -> str:
    said = error.diag.message_primary or str(error)
    return f"{said} ({error.diag.context})" if error.diag.context else said
