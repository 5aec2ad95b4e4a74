"""From blocks of lines to decoded records, and the lines at fault when that fails.

Charter: dispatch of lines by their marker and decoding them, quickly for a whole block;
on failure slowly, line by line, so that those at fault are refused by number and JSON
path, and the others are read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from shopify_assets.catalog.tables import Table
from shopify_assets.normalize.shapes import Presence, Shape, exact_shapes, shapes

# What a decoder raises of bytes that are no JSON, no UTF-8, or nested beyond all use.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_SHOWN = 80
_PLACE = " - at `"


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A line that cannot be read.

    Attributes:
        line: the line.
        number: its number, counted from one.
        marker: its marker; empty if it has none that is known.
        table: the table whose row is at fault, if it is known.
        place: the column or the JSON path at fault; empty for the whole line.
        reason: what is wrong.
    """

    line: bytes
    number: int
    marker: str
    table: str
    place: str
    reason: str


@dataclass(frozen=True)
class Block:
    """A block of whole lines, and where it stands.

    Attributes:
        lines: the lines, without their ends.
        first: the number of the first line, counted from one.
        refused: the lines that could not be read, as they are met.
    """

    lines: Sequence[bytes]
    first: int
    refused: list[Refused] = field(default_factory=list)

    def refuse(
        self,
        line: bytes,
        reason: str,
        *,
        marker: str = "",
        table: str = "",
        place: str = "",
    ) -> None:
        """Leave a line out, and remember why."""
        self.refused.append(
            Refused(
                line=line,
                number=self._numbers[id(line)].popleft(),
                marker=marker,
                table=table,
                place=place,
                reason=reason,
            )
        )

    @cached_property
    def _numbers(self) -> dict[int, deque[int]]:
        # By identity: two lines may be alike. Python keeps but one of very short ones.
        numbers: dict[int, deque[int]] = {}
        for number, line in enumerate(self.lines, self.first):
            numbers.setdefault(id(line), deque()).append(number)
        return numbers


@dataclass(frozen=True)
class Records:
    """The records of one marker in a block, and the lines they were decoded from."""

    marker: str
    lines: Sequence[bytes]
    decoded: Sequence[msgspec.Struct]


class RecordReader:
    """Decodes the records that feed `tables`; `shapes` are theirs, by marker."""

    def __init__(
        self, tables: Sequence[Table], presence: Presence = Presence.ANY
    ) -> None:
        self.shapes = shapes(tables, presence)
        self._markers = {marker.encode(): marker for marker in self.shapes}
        self._quick = _decoders(self.shapes)
        # Numbers of any type are kept as text, with all their digits.
        self._exact = _decoders(exact_shapes(tables, presence), float_hook=str)

    def read(self, block: Block) -> Iterator[Records]:
        """Decode a block, marker by marker, so that few records are held at a time.

        A line that is no record of these tables is refused.
        """
        for marker, lines in self._grouped(block).items():
            if lines:
                yield self._decoded(marker, lines, block)

    def _grouped(self, block: Block) -> dict[str, list[bytes]]:
        groups: dict[str, list[bytes]] = {marker: [] for marker in self.shapes}
        by_start = {start: groups[marker] for start, marker in self._markers.items()}
        for line in block.lines:
            group = by_start.get(line[2 : line.find(b'"', 2)])
            if group is not None:
                group.append(line)
            elif line.strip() and (marker := self._marker(line, block)) is not None:
                groups[marker].append(line)
        return groups

    def _marker(self, line: bytes, block: Block) -> str | None:
        """Find the marker of a line that does not begin with it; refuse it without."""
        try:
            keys = msgspec.json.decode(line, type=dict[str, msgspec.Raw]).keys()
        except UNREADABLE as error:
            block.refuse(line, f"no JSON object: {error}; it begins {_start(line)}")
            return None
        found = [key for key in keys if key in self.shapes]
        if len(found) != 1:
            reason = f"of no known table (no marker {_listed(self.shapes)})"
            block.refuse(line, f"{reason}; it begins {_start(line)}")
            return None
        return found[0]

    def _decoded(self, marker: str, lines: list[bytes], block: Block) -> Records:
        try:
            decoded = self._quick[marker].decode_lines(b"\n".join(lines))
        except UNREADABLE:
            decoded = []
        # Two objects in one line are two records to the decoder: never to us.
        if len(decoded) == len(lines):
            return Records(marker, lines, decoded)
        alone = [
            (line, record)
            for line in lines
            if (record := self._decoded_alone(marker, line, block)) is not None
        ]
        return Records(marker, [line for line, _ in alone], [each for _, each in alone])

    def _decoded_alone(
        self, marker: str, line: bytes, block: Block
    ) -> msgspec.Struct | None:
        try:
            return self._quick[marker].decode(line)
        except UNREADABLE:
            pass
        # A JSON number in place of a decimal string: slower, no less exact.
        try:
            return self._exact[marker].decode(line)
        except UNREADABLE as error:
            reason, _, place = f"{error}".partition(_PLACE)
            block.refuse(line, reason, marker=marker, place=place.removesuffix("`"))
            return None


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
