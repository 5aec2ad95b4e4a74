"""Raw files: every byte comes back, every line is counted, every damage is told."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from collections import deque
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from shopify_assets.errors import ConfigurationError, DataError, IncompleteData
from shopify_assets.storage import records
from shopify_assets.storage.records import (
    Content,
    RawWriter,
    encode_lines,
    read_blocks,
    read_checked,
)

ROOT = rb'{"id":"gid:\/\/shopify\/Order\/1"}' + b"\n"
CHILD = (
    rb'{"id":"gid:\/\/shopify\/LineItem\/2","__parentId":"gid:\/\/shopify\/Order\/1"}'
    b"\n"
)
LOOKALIKE = (
    msgspec.json.encode({"note": 'said {"__parentId": 1} and "__parentId":'}) + b"\n"
)


def write(file: Path, *chunks: bytes) -> Content:
    with RawWriter(file) as writer:
        for each in chunks:
            writer.write(each)
        return writer.finish()


def chunks_of(data: bytes, cuts: list[int]) -> list[bytes]:
    """Cut `data` at the places that `cuts` name."""
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[first:end] for first, end in pairwise(places)]


def test_half_a_surrogate_pair_is_written_as_the_escape_it_came_as() -> None:
    """The line stays JSON, its neighbours' bytes are those of any other."""
    half = {"_orders": "Order", "note": "v\ud83d", "ö": "ü"}
    fine = {"_orders": "Order", "note": "ö"}
    assert encode_lines([half, fine]) == (
        rb'{"_orders":"Order","note":"v\ud83d","\u00f6":"\u00fc"}'
        b"\n" + '{"_orders":"Order","note":"ö"}\n'.encode()
    )


@pytest.fixture
def small_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames of 100 bytes of lines, so that a small file has many."""
    monkeypatch.setattr(records, "_FRAME", 100)


@given(
    lines=st.lists(st.sampled_from([ROOT, CHILD, LOOKALIKE]), max_size=8),
    cuts=st.lists(st.integers(0, 1000), max_size=8),
)
def test_lines_and_roots_are_counted_wherever_the_chunks_are_cut(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], cuts: list[int]
) -> None:
    file = tmp_path_factory.getbasetemp() / "counted.ndjson.zst"
    data = b"".join(lines)

    content = write(file, *chunks_of(data, cuts))

    stored = file.read_bytes()
    assert content == Content(
        rows=len(lines),
        roots=len(lines) - lines.count(CHILD),
        bytes=len(data),
        stored_bytes=len(stored),
        sha256=hashlib.sha256(stored).hexdigest(),
    )
    assert b"".join(read_blocks(io.BytesIO(stored), name="file")) == data


def test_a_last_line_without_its_end_is_given_one(tmp_path: Path) -> None:
    file = tmp_path / "file"

    content = write(file, ROOT, CHILD.rstrip())

    assert (content.rows, content.roots, content.bytes) == (
        2,
        1,
        len(ROOT) + len(CHILD),
    )
    with file.open("rb") as stream:
        assert list(read_blocks(stream, name="file")) == [ROOT + CHILD]


def test_records_become_lines(tmp_path: Path) -> None:
    file = tmp_path / "file"
    given: list[dict[str, Any]] = [{"id": 1, "note": "a\nb\u2028ü"}, {"id": 2**60}]

    with RawWriter(file) as writer:
        writer.write_records(given[:1])
        writer.write_records([])
        writer.write_records(given[1:])
        content = writer.finish()

    assert (content.rows, content.roots) == (2, 2)
    with file.open("rb") as stream:
        text = b"".join(read_blocks(stream, name="file"))
    assert [msgspec.json.decode(line) for line in text.split(b"\n")[:-1]] == given


def test_no_records_are_a_file_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "file"

    content = write(file)

    assert (content.rows, content.roots, content.bytes) == (0, 0, 0)
    assert content.stored_bytes == file.stat().st_size > 0
    with file.open("rb") as stream:
        assert list(read_checked(stream, name="file", expected=content)) == []


@pytest.mark.usefixtures("small_frames")
def test_each_frame_holds_whole_lines(tmp_path: Path) -> None:
    """A frame can be read without its neighbours, by anyone's zstd."""
    file = tmp_path / "file"
    data = (ROOT + CHILD) * 20

    write(file, *chunks_of(data, [7 * each for each in range(200)]))

    frames = []
    stored = file.read_bytes()
    while stored:
        frame = zstandard.ZstdDecompressor().decompressobj()
        frames.append(frame.decompress(stored))
        stored = frame.unused_data
    assert b"".join(frames) == data
    assert len(frames) > 10
    assert all(each.endswith(b"}\n") for each in frames)


@pytest.mark.usefixtures("small_frames")
@given(size=st.integers(1, 500))
def test_blocks_are_cut_at_line_ends(
    tmp_path_factory: pytest.TempPathFactory, size: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "blocks.ndjson.zst"
    data = ROOT * 10 + b'{"note":"%s"}\n' % (b"x" * 700) + CHILD * 10
    write(file, data)

    with file.open("rb") as stream:
        blocks = list(read_blocks(stream, name="file", size=size))

    assert b"".join(blocks) == data
    assert all(each.endswith(b"}\n") for each in blocks)
    longest = max(map(len, data.splitlines())) + 1
    assert max(map(len, blocks)) < size + longest + 1000


@pytest.mark.usefixtures("small_frames")
def test_a_file_cut_anywhere_is_never_taken_for_whole(tmp_path: Path) -> None:
    """Between two frames only the manifest's counts can tell, and they do."""
    file = tmp_path / "file"
    content = write(file, *[ROOT + CHILD] * 3)
    stored = file.read_bytes()

    for end in range(len(stored)):
        stream = io.BytesIO(stored[:end])
        with pytest.raises(IncompleteData, match=r"file (is cut off at|has stored_b)"):
            list(read_checked(stream, name="file", expected=content))


@pytest.mark.usefixtures("small_frames")
def test_any_damaged_byte_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    content = write(file, *[ROOT + CHILD] * 3)
    stored = file.read_bytes()

    for place in range(len(stored)):
        damaged = bytearray(stored)
        damaged[place] ^= 0x10
        with pytest.raises(DataError, match="file "):
            list(
                read_checked(io.BytesIO(bytes(damaged)), name="file", expected=content)
            )


@pytest.mark.usefixtures("small_frames")
def test_damage_is_named_by_file_and_byte(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write(file, ROOT * 4)
    first = file.stat().st_size
    stored = file.read_bytes()

    for broken, message in (
        (
            b"<html>",
            f"damaged in the frame at byte {first} .read up to byte {first + 6}",
        ),
        (
            stored[:-1],
            f"cut off at byte {2 * first - 1}, within the frame at byte {first}",
        ),
    ):
        with pytest.raises(DataError, match=f"lake/file is {message}.*materialise"):
            list(read_blocks(io.BytesIO(stored + broken), name="lake/file"))


def test_bytes_after_the_last_block_have_already_passed(tmp_path: Path) -> None:
    """A reader sees all blocks first; only then is the whole refused."""
    file = tmp_path / "file"
    content = write(file, ROOT)
    other = Content(**{**_fields(content), "rows": 2})
    with file.open("rb") as stream:
        blocks = read_checked(stream, name="lake/file", expected=other)

        assert next(blocks) == ROOT
        with pytest.raises(
            IncompleteData,
            match="lake/file has rows 1, its manifest promises 2; delete the folder",
        ):
            next(blocks)


def test_a_full_disk_is_the_operators_to_mend() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(ConfigurationError, match=r"/dev/full could .* \d+ bytes free"):
        write(full, ROOT)


def _fields(content: Content) -> dict[str, Any]:
    return {name: getattr(content, name) for name in content.__dataclass_fields__}


LONG = b"x" * 1001 + b"\n"


@pytest.mark.parametrize("cuts", [[], [500], [1, len(ROOT) + 3, 700]])
@pytest.mark.parametrize("data", [LONG, ROOT + LONG, ROOT + LONG + ROOT, LONG[:-1]])
def test_a_line_longer_than_is_taken_is_incomplete_data(
    tmp_path: Path, data: bytes, cuts: list[int]
) -> None:
    """Wherever in what is written it lies, and however it comes."""
    told = r"orders of my-store: .* more than the 1KB .* SHOPIFY_ASSETS_MAX_LINE"
    writer = RawWriter(tmp_path / "raw", longest_line=1000, of="orders of my-store")
    with writer, pytest.raises(IncompleteData, match=told):
        deque(map(writer.write, chunks_of(data, cuts)), maxlen=0)


def test_lines_of_any_number_up_to_the_limit_pass(tmp_path: Path) -> None:
    data = (b"x" * 999 + b"\n") * 3
    for cuts in ([], [999], [1000], [1, 1001, 2500]):
        with RawWriter(tmp_path / "raw", longest_line=999) as writer:
            for piece in chunks_of(data, cuts):
                writer.write(piece)
            assert writer.finish().rows == 3


_LONG_LINE = """
import io, resource, sys, time
import zstandard
from shopify_assets.storage.records import read_blocks

def lines(mib):
    compressor = zstandard.ZstdCompressor(level=1).compressobj()
    noise = bytes(range(32, 127)) * 12_000
    yield compressor.compress(b'{"note":"')
    for number in range(mib):
        # Other bytes each time, so that little is unpacked at once.
        yield compressor.compress((noise[number:] + noise[:number])[: 2**20])
        yield compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    yield compressor.compress(b'"}\\n') + compressor.flush()

stored = b"".join(lines(int(sys.argv[1])))
started = time.process_time()
print(sum(map(len, read_blocks(io.BytesIO(stored), name="file"))))
print(time.process_time() - started)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_a_long_line_is_read_in_time_that_grows_with_its_length() -> None:
    """Four times the length took sixteen times as long when it was searched again."""
    measured = {}
    for mib in (40, 160):
        run = [sys.executable, "-c", _LONG_LINE, str(mib)]
        output = subprocess.run(run, check=True, capture_output=True).stdout.split()  # noqa: S603 -- our own text
        assert int(output[0]) == mib * 2**20 + 12
        measured[mib] = float(output[1])
    assert measured[160] < 10 * measured[40] + 0.2, measured
