"""From blocks of lines to decoded records, and the line at fault when that fails.

Charter: dispatch of lines by their marker and decoding them, quickly for a whole block;
on failure slowly, line by line, so that the error names file, line and JSON path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from shopify_assets.catalog.tables import Table
from shopify_assets.errors import DataError
from shopify_assets.normalize.shapes import Shape, exact_shapes, shapes

_SHOWN = 80


@dataclass(frozen=True)
class Block:
    """A block of whole lines, and where it stands.

    Attributes:
        lines: the lines, without their ends.
        source: the file's name in errors.
        first: the number of the first line, counted from one.
    """

    lines: Sequence[bytes]
    source: str
    first: int

    def fault(self, line: bytes, reason: str) -> DataError:
        """Return the error which says what is wrong with `line`, and where it is."""
        number = self.first + self.lines.index(line)
        return DataError(f"{self.source}, line {number}: {reason}")


@dataclass(frozen=True)
class Records:
    """The records of one marker in a block, and the lines they were decoded from."""

    marker: str
    lines: Sequence[bytes]
    decoded: Sequence[msgspec.Struct]


class RecordReader:
    """Decodes the records that feed `tables`; `shapes` are theirs, by marker."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.shapes = shapes(tables)
        self._markers = {marker.encode(): marker for marker in self.shapes}
        self._quick = _decoders(self.shapes)
        # Numbers of any type are kept as text, with all their digits.
        self._exact = _decoders(exact_shapes(tables), float_hook=str)

    def read(self, block: Block) -> Iterator[Records]:
        """Decode a block, marker by marker, so that few records are held at a time.

        Raises:
            DataError: a line is no record of these tables.
        """
        for marker, lines in self._grouped(block).items():
            if lines:
                yield Records(marker, lines, self._decoded(marker, lines, block))

    def _grouped(self, block: Block) -> dict[str, list[bytes]]:
        groups: dict[str, list[bytes]] = {marker: [] for marker in self.shapes}
        by_start = {start: groups[marker] for start, marker in self._markers.items()}
        for line in block.lines:
            group = by_start.get(line[2 : line.find(b'"', 2)])
            if group is not None:
                group.append(line)
            elif line.strip():
                groups[self._marker(line, block)].append(line)
        return groups

    def _marker(self, line: bytes, block: Block) -> str:
        """Find the marker of a line that does not begin with it."""
        try:
            keys = msgspec.json.decode(line, type=dict[str, msgspec.Raw]).keys()
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            reason = f"no JSON object: {error}; it begins {_start(line)}"
            raise block.fault(line, reason) from error
        found = [key for key in keys if key in self.shapes]
        if len(found) != 1:
            reason = f"of no known table (no marker {_listed(self.shapes)})"
            raise block.fault(line, f"{reason}; it begins {_start(line)}")
        return found[0]

    def _decoded(
        self, marker: str, lines: list[bytes], block: Block
    ) -> list[msgspec.Struct]:
        try:
            decoded = self._quick[marker].decode_lines(b"\n".join(lines))
        except (msgspec.DecodeError, UnicodeDecodeError):
            decoded = []
        # Two objects in one line are two records to the decoder: never to us.
        if len(decoded) == len(lines):
            return decoded
        return [self._decoded_alone(marker, line, block) for line in lines]

    def _decoded_alone(self, marker: str, line: bytes, block: Block) -> msgspec.Struct:
        try:
            return self._quick[marker].decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        # A JSON number in place of a decimal string: slower, no less exact.
        try:
            return self._exact[marker].decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise block.fault(line, f"{error}") from error


def _decoders(
    shapes: Mapping[str, Shape], float_hook: Callable[[str], Any] | None = None
) -> dict[str, msgspec.json.Decoder[msgspec.Struct]]:
    return {
        marker: msgspec.json.Decoder(each.struct, float_hook=float_hook)
        for marker, each in shapes.items()
    }


def _start(line: bytes) -> str:
    return repr(line[:_SHOWN].decode(errors="replace"))


def _listed(markers: Mapping[str, Any]) -> str:
    return ", ".join(markers)
