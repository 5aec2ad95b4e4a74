"""Pictures made small: a PNG of a page, with 256 colours instead of millions.

Charter: decoding what a browser writes (8 bits a channel, not interlaced) and encoding
it with a palette. A page of the UI has few colours and many shades between them that
smooth its letters; nobody misses those.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 6: 4}  # by PNG's type of colour: with and without transparency
_COLOURS = 256
_EXACT = 160  # the most frequent colours stay as they are, the others share the rest
_PALETTE = 3

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Image:
    """Pixels, row by row from the top."""

    width: int
    rows: tuple[tuple[Colour, ...], ...]

    def cut(self, height: int) -> Image:
        """Its upper part."""
        return Image(self.width, self.rows[:height])


def decode(data: bytes) -> Image:
    """Read a PNG as browsers write it."""
    chunks = list(_chunks(data))
    width, _height, depth, kind, *_, interlaced = struct.unpack(
        ">IIBBBBB", chunks[0][1]
    )
    assert (depth, interlaced) == (8, 0), "not a picture that a browser writes"
    packed = b"".join(content for name, content in chunks if name == b"IDAT")
    return Image(width, tuple(_rows(zlib.decompress(packed), width, _CHANNELS[kind])))


def encode(image: Image) -> bytes:
    """Write a PNG with a palette of 256 colours."""
    counted = Counter(pixel for row in image.rows for pixel in row)
    palette = _palette(counted)
    number = {
        colour: min(range(len(palette)), key=lambda at: _distance(palette[at], colour))
        for colour in counted
    }
    lines = b"".join(
        b"\0" + bytes(number[pixel] for pixel in row) for row in image.rows
    )
    header = struct.pack(">IIBBBBB", image.width, len(image.rows), 8, _PALETTE, 0, 0, 0)
    return _SIGNATURE + b"".join(
        _chunk(name, content)
        for name, content in (
            (b"IHDR", header),
            (b"PLTE", bytes(part for colour in palette for part in colour)),
            (b"IDAT", zlib.compress(lines, 9)),
            (b"IEND", b""),
        )
    )


def _palette(counted: Counter[Colour]) -> list[Colour]:
    """The most frequent colours, and of what is left the most frequent sixteenths."""
    frequent = [colour for colour, _ in counted.most_common(_EXACT)]
    coarse = Counter[Colour]()
    for colour, count in counted.items():
        coarse[_coarse(colour)] += count
    further = [
        colour for colour, _ in coarse.most_common(_COLOURS) if colour not in frequent
    ]
    return [*frequent, *further][:_COLOURS]


def _coarse(colour: Colour) -> Colour:
    red, green, blue = (min(255, part // 16 * 17) for part in colour)
    return red, green, blue


def _distance(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def _rows(data: bytes, width: int, channels: int) -> Iterator[tuple[Colour, ...]]:
    before, length = bytearray(width * channels), width * channels
    for at in range(0, len(data), length + 1):
        row = bytearray(data[at + 1 : at + 1 + length])
        _UNFILTER[data[at]](row, before, channels)
        parts = (row[part::channels] for part in range(3))
        yield tuple(zip(*parts, strict=True))
        before = row


def _none(_row: bytearray, _before: bytearray, _step: int) -> None:
    """As it is."""


def _sub(row: bytearray, _before: bytearray, step: int) -> None:
    for at in range(step, len(row)):
        row[at] = (row[at] + row[at - step]) & 255


def _up(row: bytearray, before: bytearray, _step: int) -> None:
    for at in range(len(row)):
        row[at] = (row[at] + before[at]) & 255


def _average(row: bytearray, before: bytearray, step: int) -> None:
    for at in range(len(row)):
        left = row[at - step] if at >= step else 0
        row[at] = (row[at] + (left + before[at]) // 2) & 255


def _paeth(row: bytearray, before: bytearray, step: int) -> None:
    for at in range(len(row)):
        left, corner = (row[at - step], before[at - step]) if at >= step else (0, 0)
        above = before[at]
        guess = left + above - corner
        nearest = min((left, above, corner), key=lambda part: abs(guess - part))
        row[at] = (row[at] + nearest) & 255


_UNFILTER = {0: _none, 1: _sub, 2: _up, 3: _average, 4: _paeth}
