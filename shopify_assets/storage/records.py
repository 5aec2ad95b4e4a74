"""Raw files: records as lines of JSON, compressed in frames of whole lines.

Charter: the format of one raw file, written, read and checked, in bounded memory. It
counts lines and roots by their bytes and never parses them; where files lie is known to
`layout`, what they are for to `manifests`.

Each frame of zstd holds some MiB of whole lines and its own checksum, so that a reader
needs memory for one frame, and the place of damage can be named.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec
import zstandard

from shopify_assets.errors import DataError, IncompleteData
from shopify_assets.limits import LINE, MOST_IN_MEMORY, USUAL, beyond
from shopify_assets.private import FILE_MODE
from shopify_assets.storage.folder import full_disk_explained

if TYPE_CHECKING:
    from _typeshed import SupportsRead

# Large enough for columns, small enough for a worker of few hundred MiB.
BLOCK = 6 * 2**20

_LEVEL = 3
_FRAME = 8 * 2**20
_READ = 2**16
# Within a JSON string quotes are escaped, so these bytes are always a key.
_CHILD = b'"__parentId":'
_REMEDY = "delete the folder of its extraction and materialise the raw asset again"


@dataclass(frozen=True)
class Content:
    """What a raw file holds.

    Attributes:
        rows: its lines.
        roots: lines without a `__parentId`.
        bytes: its size, uncompressed.
        stored_bytes: its size as stored.
        sha256: of the file as stored.
    """

    rows: int
    roots: int
    bytes: int
    stored_bytes: int
    sha256: str


def encode_lines(records: Sequence[Mapping[str, Any]]) -> bytes:
    """Write records as lines of JSON.

    Half a surrogate pair in a text, which UTF-8 cannot hold, becomes the escape it came
    as: what is made of it is the normaliser's business.
    """
    try:
        return _ENCODER.encode_lines(records)
    except UnicodeEncodeError:
        return b"".join(map(_line, records))


def _line(record: Mapping[str, Any]) -> bytes:
    try:
        return _ENCODER.encode(record) + b"\n"
    except UnicodeEncodeError:
        text = json.dumps(record, separators=(",", ":"), allow_nan=False)
        return text.encode("ascii") + b"\n"


_ENCODER = msgspec.json.Encoder()


class RawWriter:
    """Writes one raw file; use it as a context manager, and `finish` it.

    A file which is not finished is not a raw file: leave it to its temporary folder.

    Args:
        file: where to write.
        longest_line: bytes of a line that are taken.
        of: whose lines they are, for messages.
    """

    def __init__(
        self, file: Path, *, longest_line: int = USUAL.line, of: str = "a file"
    ) -> None:
        self._file = file
        self._of = of
        self._longest_line = longest_line
        self._line = 0
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        self._stream = os.fdopen(made, "wb")
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
        self._frame = self._compressor.compressobj()
        self._frame_bytes = 0
        self._sha256 = hashlib.sha256()
        self._rows = self._children = self._bytes = self._stored_bytes = 0
        self._tail = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with full_disk_explained(self._file):
            self._stream.close()

    @property
    def rows(self) -> int:
        """Lines so far; the last one counts once its end is written."""
        return self._rows

    @property
    def roots(self) -> int:
        """Lines so far without a parent."""
        return self._rows - self._children

    def write(self, data: bytes) -> None:
        """Append bytes as they were downloaded; lines may begin and end anywhere.

        Raises:
            ConfigurationError: the disk is full.
            IncompleteData: a line is longer than what is taken.
        """
        for first in range(0, len(data), _FRAME):
            self._append(data[first : first + _FRAME])

    def write_records(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Append records, one line each.

        Raises:
            ConfigurationError: the disk is full.
            IncompleteData: a line is longer than what is taken.
        """
        self.write(encode_lines(records))

    def finish(self) -> Content:
        """End the last line and the file, put it on the disk, and say what it holds.

        Raises:
            ConfigurationError: the disk is full.
        """
        if self._tail and not self._tail.endswith(b"\n"):
            self.write(b"\n")
        # A file without records is one empty frame: zero bytes would be no zstd at all.
        if self._frame_bytes or not self._bytes:
            self._end_frame()
        with full_disk_explained(self._file):
            self._stream.flush()
            os.fsync(self._stream.fileno())
        return Content(
            rows=self._rows,
            roots=self._rows - self._children,
            bytes=self._bytes,
            stored_bytes=self._stored_bytes,
            sha256=self._sha256.hexdigest(),
        )

    def _append(self, data: bytes) -> None:
        self._refuse_long_line(data)
        self._count(data)
        # A frame ends at a line's end, so that each can be read by itself.
        cut = data.rfind(b"\n") + 1
        if cut and self._frame_bytes + cut >= _FRAME:
            self._compress(data[:cut])
            self._end_frame()
            data = data[cut:]
        self._compress(data)

    def _refuse_long_line(self, data: bytes) -> None:
        first, last = data.find(b"\n"), data.rfind(b"\n")
        longest = self._line + (len(data) if first < 0 else first)
        self._line = longest if first < 0 else len(data) - last - 1
        # Most data are shorter than any line that is refused.
        if first < last - self._longest_line:
            longest = max(longest, *map(len, data[first + 1 : last].split(b"\n")))
        if max(longest, self._line) > self._longest_line:
            raise IncompleteData(
                f"{self._of}: a line after {self._rows:,} others has "
                f"{beyond(self._longest_line, LINE)}"
            )

    def _count(self, data: bytes) -> None:
        self._bytes += len(data)
        self._rows += data.count(b"\n")
        # The tail is one byte too short to hold a mark, so that none is counted twice.
        self._children += (self._tail + data).count(_CHILD)
        self._tail = (self._tail + data[1 - len(_CHILD) :])[1 - len(_CHILD) :]

    def _compress(self, data: bytes) -> None:
        self._frame_bytes += len(data)
        self._store(self._frame.compress(data))

    def _end_frame(self) -> None:
        self._store(self._frame.flush())
        self._frame = self._compressor.compressobj()
        self._frame_bytes = 0

    def _store(self, stored: bytes) -> None:
        self._stored_bytes += len(stored)
        self._sha256.update(stored)
        with full_disk_explained(self._file):
            self._stream.write(stored)


def read_blocks(
    stream: SupportsRead[bytes], *, name: str, size: int = BLOCK
) -> Iterator[bytes]:
    """Yield the lines of a raw file in blocks of some `size` bytes, cut at line ends.

    Args:
        stream: the stored file.
        name: what to call it in errors.
        size: bytes of a block; one line may be longer.

    Raises:
        IncompleteData: the file ends within a frame, or a line within a gigabyte.
        DataError: the file is damaged.
    """
    lines, beginning = _Pieces(), _Pieces()
    for data in _sliced(_decompressed(stream, name=name), size):
        end = data.rfind(b"\n") + 1
        if end:
            lines.take(beginning)
            lines.append(data[:end])
        # Only what is new is searched: a long line would be searched again and again.
        beginning.append(data[end:])
        if beginning.size > MOST_IN_MEMORY:
            raise IncompleteData(f"{name} holds a line of more than 1GB; {_REMEDY}")
        if lines.size and lines.size + beginning.size >= size:
            yield lines.joined()
    lines.take(beginning)
    if lines.size:
        yield lines.joined()


class _Pieces:
    """Bytes in pieces, joined once."""

    def __init__(self) -> None:
        self.size = 0
        self._pieces: list[bytes] = []

    def append(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self.size += len(piece)

    def take(self, other: _Pieces) -> None:
        """Append all of another, which is empty then."""
        self._pieces += other._pieces
        self.size += other.size
        other._pieces, other.size = [], 0

    def joined(self) -> bytes:
        """Give all of it away."""
        pieces, self._pieces, self.size = self._pieces, [], 0
        return b"".join(pieces)


def read_checked(
    stream: SupportsRead[bytes], *, name: str, expected: Content, size: int = BLOCK
) -> Iterator[bytes]:
    """Yield blocks as `read_blocks` does, then compare the whole with `expected`.

    The comparison comes after the last block: let nothing of it last before that.

    Raises:
        IncompleteData: rows, bytes or checksum are not those expected.
        DataError: the file is damaged.
    """
    source = _Hashed(stream)
    rows = length = 0
    for block in read_blocks(source, name=name, size=size):
        rows += block.count(b"\n")
        length += len(block)
        yield block
    found = {
        "stored_bytes": source.size,
        "rows": rows,
        "bytes": length,
        "sha256": source.sha256.hexdigest(),
    }
    for label, value in found.items():
        promised = getattr(expected, label)
        if value != promised:
            message = (
                f"{name} has {label} {value}, its manifest promises {promised}; "
                f"{_REMEDY}"
            )
            raise IncompleteData(message)


class _Hashed:
    """A stream which knows how much was read from it, and its checksum."""

    def __init__(self, stream: SupportsRead[bytes]) -> None:
        self._stream = stream
        self.size = 0
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self.size += len(data)
        self.sha256.update(data)
        return data


def _decompressed(stream: SupportsRead[bytes], *, name: str) -> Iterator[bytes]:
    """Yield what all frames hold; zstandard's own readers do not tell a cut file."""
    decompressor = zstandard.ZstdDecompressor()
    frame = decompressor.decompressobj()
    start = end = 0
    whole = False
    while data := stream.read(_READ):
        end += len(data)
        while data:
            try:
                yield frame.decompress(data)
            except zstandard.ZstdError as error:
                message = (
                    f"{name} is damaged in the frame at byte {start} (read up to byte "
                    f"{end}): {error}; {_REMEDY}"
                )
                raise DataError(message) from error
            whole = frame.eof
            data = frame.unused_data
            if whole:
                start = end - len(data)
                frame = decompressor.decompressobj()
    if not whole:
        message = (
            f"{name} is cut off at byte {end}, within the frame at byte {start}; "
            f"{_REMEDY}"
        )
        raise IncompleteData(message)


def _sliced(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    for data in pieces:
        for start in range(0, len(data), size):
            yield data[start : start + size]
