"""The small JSON files beside the raw files: plans, manifests, receipts.

Charter: what each of them says, and its form on disk. The order in which they are
written, and what follows from finding them, is `extractions`' knowledge.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from shopify_assets.errors import ConfigurationError, DataError
from shopify_assets.storage.layout import Extent, Extraction
from shopify_assets.storage.records import Content
from shopify_assets.windows import Window

VERSION = 1

Mode = Literal["bulk", "paged", "details", "ids"]
"""How a part is fetched: a bulk operation, pages, `nodes(ids:)` for inner lists, or
`nodes(ids:)` for the records themselves."""


class PlannedPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part as planned; its number is its name and never given to another window.

    `details_of` is the number of the part whose records' inner lists it holds; `ids`
    are the records of a part that is fetched by id.
    """

    number: int
    mode: Mode
    window: Window | None = None
    details_of: int | None = None
    ids: tuple[str, ...] = ()


class Withheld(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a stream that the shop does not let us read.

    Attributes:
        path: where it lies in the selection: `customer.email`.
        needs: what would have to be granted.
    """

    path: str
    needs: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an extraction sets out to fetch; written before anything is fetched.

    Attributes:
        stream: the stream's name.
        shop: the shop's domain.
        window: the window asked for, or None for a snapshot.
        number: the extraction's number.
        cut_end: where the window really ends, a safe lag before the time of the plan;
            None for a snapshot.
        api_version: the Admin API version of every request.
        query_hash: of all the queries; a plan of other queries is not resumed.
        created_at: when it was made.
        parts: all parts, in order of their numbers.
        withheld: what is not asked for, because the shop would not give it.
        ids: the digest of the ids asked for; empty for a window and a snapshot.
    """

    stream: str
    shop: str
    window: Window | None
    number: int
    cut_end: datetime | None
    api_version: str
    query_hash: str
    created_at: datetime
    parts: tuple[PlannedPart, ...]
    withheld: tuple[Withheld, ...] = ()
    ids: str = ""
    version: int = VERSION

    @property
    def extraction(self) -> Extraction:
        """The extraction it is the plan of."""
        extent = Extent(self.stream, self.shop, self.window, self.ids)
        return Extraction(extent, self.number)

    @property
    def covered(self) -> Window | None:
        """The window whose records it holds when it is complete."""
        if self.window is None or self.cut_end is None:
            return self.window
        return self.window.cut(self.cut_end)


class PendingOperation(msgspec.Struct, frozen=True, kw_only=True):
    """A bulk operation in flight for a part: after a crash it is taken up again."""

    operation_id: str
    started_at: datetime
    version: int = VERSION


class PartManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a finished raw file holds and where it came from.

    Attributes:
        number: the part's number.
        mode: how it was fetched.
        window: its part of the window, if it has one.
        details_of: the number of the part whose records' inner lists it holds.
        rows: lines.
        roots: lines without a parent.
        bytes: size, uncompressed.
        stored_bytes: size as stored.
        sha256: of the file as stored.
        query_hash: of all the queries of the stream.
        extracted_at: when its last record was fetched.
        seconds: how long fetching took.
        operation_id: the bulk operation's id.
        object_count: the lines Shopify promised.
        root_object_count: the roots Shopify promised.
        file_size: the bytes Shopify promised.
        absent: the key of the answer that was null because the shop has none of it.
    """

    number: int
    mode: Mode
    window: Window | None = None
    details_of: int | None = None
    rows: int
    roots: int
    bytes: int
    stored_bytes: int
    sha256: str
    query_hash: str
    extracted_at: datetime
    seconds: float
    operation_id: str | None = None
    object_count: int | None = None
    root_object_count: int | None = None
    file_size: int | None = None
    absent: str = ""
    version: int = VERSION

    @property
    def content(self) -> Content:
        """What reading the file must find."""
        return Content(
            rows=self.rows,
            roots=self.roots,
            bytes=self.bytes,
            stored_bytes=self.stored_bytes,
            sha256=self.sha256,
        )


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What the run that completed an extraction spent and used.

    Attributes:
        seconds: wall time.
        points: query cost.
        deprecations: deprecated things that Shopify says its queries used.
        odd_dates: answers whose dates could not be taken for the time, those asked
            before it began included: how many, with an example of each kind.
    """

    seconds: float
    points: float
    deprecations: tuple[str, ...] = ()
    odd_dates: tuple[str, ...] = ()


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A complete extraction: its plan, its parts and their sums.

    Parts are fetched side by side: what was spent is known of the whole alone.
    """

    plan: Plan
    parts: tuple[PartManifest, ...]
    rows: int
    roots: int
    bytes: int
    stored_bytes: int
    spent: Spent
    extracted_at: datetime
    api_version: str
    version: int = VERSION

    @classmethod
    def of(
        cls,
        plan: Plan,
        parts: Iterable[PartManifest],
        *,
        extracted_at: datetime,
        spent: Spent,
    ) -> Manifest:
        """Sum up `parts`."""
        parts = tuple(sorted(parts, key=lambda part: part.number))
        return cls(
            plan=plan,
            parts=parts,
            rows=sum(part.rows for part in parts),
            roots=sum(part.roots for part in parts),
            bytes=sum(part.bytes for part in parts),
            stored_bytes=sum(part.stored_bytes for part in parts),
            spent=spent,
            extracted_at=extracted_at,
            api_version=plan.api_version,
        )

    @property
    def absent(self) -> tuple[str, ...]:
        """What was null because the shop has none of it: of that, nothing was seen."""
        return tuple(dict.fromkeys(part.absent for part in self.parts if part.absent))

    @property
    def extraction(self) -> Extraction:
        """The extraction it completes."""
        return self.plan.extraction


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of an extraction are in the warehouse."""

    loaded_at: datetime
    rows: int
    version: int = VERSION


class LearntSize(msgspec.Struct, frozen=True, kw_only=True):
    """What a query may ask for at once; `nested` of each connection below a record."""

    size: int
    nested: int | None
    learnt_at: datetime


class PageSizes(msgspec.Struct, frozen=True, kw_only=True):
    """What queries of a stream cost too much above; by the digest of their text."""

    queries: dict[str, LearntSize]
    version: int = VERSION


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """An extraction could not be normalised or loaded.

    Attributes:
        step: which of the two failed.
        reason: what was wrong.
        refused_at: when.
        set_aside_at: since when it is in the warehouse's book of what is set aside, as
            a whole; None: it is to be extracted once more.
    """

    step: Literal["normalize", "load"]
    reason: str
    refused_at: datetime
    set_aside_at: datetime | None = None
    version: int = VERSION


class _Versioned(msgspec.Struct):
    version: int


File = TypeVar("File", bound=msgspec.Struct)


def encode(file: msgspec.Struct) -> bytes:
    """Return the JSON of `file`, indented for people."""
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def decode(data: bytes, kind: type[File], *, location: str) -> File:
    """Read the JSON of a `kind`; `location` names it in errors.

    Raises:
        ConfigurationError: a newer version of this project wrote it.
        DataError: it is not what it should be.
    """
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version <= VERSION:
            return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = (
            f"{location} is not a {kind.__name__}: {error}; delete the folder of its "
            "extraction and materialise the raw asset again"
        )
        raise DataError(message) from error
    message = (
        f"{location} is of version {version}, this version of shopify_assets reads up "
        f"to {VERSION}; upgrade it"
    )
    raise ConfigurationError(message)
