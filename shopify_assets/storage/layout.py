"""Where each file of the lake lies.

Charter: every key of the lake is written and read here and nowhere else. A key is a
pure function of stream, shop, window, extraction and part; no path holds a clock.

    raw/<stream>/<shop>/<window's label | snapshot | ids-<digest>>/extraction-0001/
        plan.json                 written first: the parts the extraction is made of
        part-00001.pending.json   a bulk operation in flight
        part-00001.ndjson.zst     a raw file
        part-00001.json           its manifest, written after it: the part is finished
        manifest.json             written last: the extraction is complete
        loaded.json               its rows are in the warehouse
        refused.json              it could not be normalised or loaded
    normalized/<stream>/<shop>/<the same label>/extraction-0001/
        <table>/part-00001-0001.parquet   rows of one raw file, in chunks
        manifest.json             written last
    state/<stream>/<shop>/page-sizes.json what its queries were found to bear at once
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.errors import ConfigurationError
from shopify_assets.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable

SNAPSHOT = "snapshot"

_IDS = re.compile(r"ids-([0-9a-f]{16})")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_EXTRACTION = re.compile(
    r"raw/(?P<stream>[^/]+)/(?P<shop>[^/]+)/(?P<label>[^/]+)"
    r"/extraction-(?P<number>\d{4,})/[^/]+"
)
_PART_MANIFEST = re.compile(r"part-(\d{5,})\.json")


@dataclass(frozen=True)
class Extent:
    """What an extraction is asked for: a stream of a shop, in a window or as a whole.

    Attributes:
        stream: the stream's name.
        shop: the shop's domain.
        window: the window, or None for a snapshot or for records asked for by id.
        ids: the digest of the ids asked for, of `digest_of`; empty for all else.

    Raises:
        ConfigurationError: a name cannot be part of a path.
    """

    stream: str
    shop: str
    window: Window | None
    ids: str = ""

    def __post_init__(self) -> None:
        for name in (self.stream, self.shop):
            if not _NAME.fullmatch(name):
                message = (
                    f"{name!r} cannot be part of a path in the lake; allowed are "
                    "letters, digits, dots, hyphens and underscores"
                )
                raise ConfigurationError(message)

    def __str__(self) -> str:
        """`stream 'orders' of shop 'my-store.myshopify.com' in [start, end)`."""
        within = "as a snapshot" if self.window is None else f"in {self.window}"
        if self.ids:
            within = f"by ids ({self.ids})"
        return f"stream {self.stream!r} of shop {self.shop!r} {within}"

    @property
    def is_snapshot(self) -> bool:
        """Whether it is the whole shop."""
        return self.window is None and not self.ids

    @property
    def label(self) -> str:
        """The window's label, `snapshot`, or `ids-` and the digest."""
        if self.ids:
            return f"ids-{self.ids}"
        return SNAPSHOT if self.window is None else self.window.label

    def meets(self, other: Extent) -> bool:
        """Whether both are of one stream and shop, and have records in common."""
        if (self.stream, self.shop) != (other.stream, other.shop):
            return False
        if self.ids or other.ids:
            return self.ids == other.ids
        if self.window is None or other.window is None:
            return self.window == other.window
        return self.window.overlaps(other.window)

    def numbered(self, number: int) -> Extraction:
        """Return its extraction `number`."""
        return Extraction(self, number)

    @property
    def raw(self) -> str:
        """The prefix of its extractions' raw keys."""
        return f"{raw_prefix(self.stream, self.shop)}{self.label}/"


@dataclass(frozen=True)
class Extraction:
    """One extraction of an extent; numbers begin at one, the highest is newest."""

    extent: Extent
    number: int

    def __str__(self) -> str:
        """The extent and the number."""
        return f"extraction {self.number} of {self.extent}"

    @property
    def raw(self) -> str:
        """The prefix of all its raw keys."""
        return f"{self.extent.raw}{self._name}/"

    @property
    def plan(self) -> str:
        """Key of the plan, written first."""
        return f"{self.raw}plan.json"

    @property
    def manifest(self) -> str:
        """Key of the manifest, written last."""
        return f"{self.raw}manifest.json"

    @property
    def receipt(self) -> str:
        """Key of the receipt: the rows are in the warehouse."""
        return f"{self.raw}loaded.json"

    @property
    def refusal(self) -> str:
        """Key of the refusal: it could not be normalised or loaded."""
        return f"{self.raw}refused.json"

    def raw_file(self, part: int) -> str:
        """Key of a part's raw file."""
        return f"{self.raw}{_part(part)}.ndjson.zst"

    def part_manifest(self, part: int) -> str:
        """Key of a part's manifest, written after its raw file."""
        return f"{self.raw}{_part(part)}.json"

    def pending(self, part: int) -> str:
        """Key of the note that a bulk operation for this part is in flight."""
        return f"{self.raw}{_part(part)}.pending.json"

    @property
    def normalized(self) -> str:
        """The prefix of all its normalised keys."""
        extent = self.extent
        return f"normalized/{extent.stream}/{extent.shop}/{extent.label}/{self._name}/"

    @property
    def normalized_manifest(self) -> str:
        """Key of the normalised files' manifest, written last."""
        return f"{self.normalized}manifest.json"

    def table_file(self, table: str, *, part: int, chunk: int) -> str:
        """Key of one Parquet file of a table: a chunk of the rows of one raw file."""
        return f"{self.normalized}{table}/{_part(part)}-{chunk:04d}.parquet"

    @property
    def _name(self) -> str:
        return f"extraction-{self.number:04d}"


@dataclass(frozen=True)
class Placed:
    """A raw key and the extraction it belongs to."""

    extraction: Extraction
    key: str

    @property
    def part(self) -> int | None:
        """The part whose manifest it is, if it is a part's manifest."""
        found = _PART_MANIFEST.fullmatch(self.key.rpartition("/")[2])
        return int(found.group(1)) if found else None


def raw_prefix(stream: str, shop: str) -> str:
    """Return the prefix of all raw keys of a stream of a shop."""
    return f"raw/{stream}/{shop}/"


@dataclass(frozen=True)
class StreamPrefixes:
    """The prefixes of all keys of a stream, of whatever shop."""

    raw: str
    normalized: str


def stream_prefixes(stream: str) -> StreamPrefixes:
    """Return the prefixes of all keys of a stream."""
    return StreamPrefixes(f"raw/{stream}/", f"normalized/{stream}/")


def page_sizes_key(stream: str, shop: str) -> str:
    """Return the key of what the queries of a stream of a shop were found to bear."""
    return f"state/{stream}/{shop}/page-sizes.json"


def place(key: str) -> Placed | None:
    """Take a raw key apart; None if it is not a key of an extraction."""
    found = _EXTRACTION.fullmatch(key)
    if found is None:
        return None
    extent = _extent(found["stream"], found["shop"], label=found["label"])
    return Placed(Extraction(extent, int(found["number"])), key)


def _extent(stream: str, shop: str, *, label: str) -> Extent:
    if ids := _IDS.fullmatch(label):
        return Extent(stream, shop, None, ids.group(1))
    window = None if label == SNAPSHOT else Window.from_label(label)
    return Extent(stream, shop, window)


def digest_of(ids: Iterable[str]) -> str:
    """Name a set of ids: the same ids, in whatever order, have the same name."""
    text = "\n".join(sorted(set(ids)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _part(number: int) -> str:
    return f"part-{number:05d}"
