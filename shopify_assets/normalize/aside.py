"""What cannot be read, and which record it belongs to: that record is set aside.

Charter: faults of lines and rows gathered by their root record, in bounded memory, and
the root of a line that cannot be decoded. How tables are made without those records is
`files`' business; how many of them are too many is `normalizing`'s.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec
import polars as pl

from shopify_assets.catalog.gids import number_of
from shopify_assets.catalog.tables import Column, Source, Table
from shopify_assets.normalize.lines import UNREADABLE
from shopify_assets.normalize.values import DTYPES, UnreadableError, typed


class SetAside(msgspec.Struct, frozen=True, kw_only=True):
    """Why a record is not in the tables: the first of its lines or rows at fault.

    Attributes:
        record: what identifies the root record in its table, as text; None: not known.
        gid: the root's id as it stands in the line, if the line could be read so far.
        table: the table the line or row belongs to; empty if that cannot be told.
        part: the part of the raw file.
        records_of: the part whose records it belongs to.
        file: the raw file.
        line: the number of the line, from one; None for a row that was read.
        place: the column, or the path within the line's JSON; empty for all of it.
        reason: what is wrong.
    """

    record: str | None
    gid: str | None = None
    table: str
    part: int
    records_of: int
    file: str
    line: int | None
    place: str
    reason: str

    def __str__(self) -> str:
        """File, line, table, place, reason and record."""
        return self._told(self.file)

    @property
    def brief(self) -> str:
        """The same, but the file is told by the number of its part alone."""
        return self._told(f"part {self.part}")

    def _told(self, file: str) -> str:
        where = [file]
        if self.line is not None:
            where.append(f"line {self.line}")
        table = [f"table {self.table}"] if self.table else []
        reason = self.reason
        if self.place.startswith("$"):
            reason += f" - at `{self.place}`"
        elif self.place:
            table.append(f"column {self.place}")
        named = f" (record {self.record})" if self.record else ""
        said = [", ".join(where), ", ".join(table), f"{reason}{named}"]
        return ": ".join(filter(None, said))


class Aside:
    """The records set aside in one extraction.

    Details are kept of as many records as may be set aside at most, for of more the
    extraction is refused anyway; they are counted to the end.

    Attributes:
        lines: lines that are left out.
        roots: those of them that are root records'.
    """

    def __init__(self, allowed: int | None = None) -> None:
        """Begin; `allowed` bounds the records whose details are kept, None does not."""
        self.lines = 0
        self.roots = 0
        self._allowed = allowed
        self._entries: dict[tuple[object, object], SetAside] = {}
        self._known: set[int] = set()
        self._unknown = 0

    @property
    def records(self) -> int:
        """How many records there are; a line without a known one counts as one."""
        return len(self._known) + self._unknown

    @property
    def entries(self) -> tuple[SetAside, ...]:
        """The first fault of each record in each part."""
        return tuple(self._entries.values())

    def add(self, fault: SetAside) -> None:
        """Set the record of a fault aside."""
        key: tuple[object, object] = (fault.record, fault.records_of)
        if fault.record is None:
            self._unknown += 1
            key = (fault.file, fault.line or self._unknown)
        else:
            self._known.add(hash(fault.record))
        if self._allowed is None or self.records <= self._allowed:
            self._entries.setdefault(key, fault)

    def add_line(self, fault: SetAside, *, root: bool) -> None:
        """Set aside the record of a line that is left out."""
        self.lines += 1
        self.roots += root
        self.add(fault)


def keys_of(entries: Iterable[SetAside], root: Table) -> pl.Series:
    """The known records as the root table has them in its key."""
    column = root.column(root.key[-1])
    known = [each.record for each in entries if each.record is not None]
    if column.source is Source.POSITION:
        known = []  # places in a list identify nothing from one look to the next
    return pl.Series(column.name, known, dtype=pl.String).cast(DTYPES[column.kind])


def lines_of(
    blocks: Iterable[bytes],
    tables: Sequence[Table],
    wanted: Container[tuple[str, str]],
) -> Iterator[tuple[tuple[str, str], int]]:
    """Find lines by their marker and record; yield these, and the line's number."""
    owners = Owners(tables)
    number = 0
    for block in blocks:
        for line in block.split(b"\n")[:-1]:
            number += 1
            marker = line[2 : line.find(b'"', 2)].decode(errors="replace")
            gid = owners.gid(line, marker) or ""
            # A key is the id itself, or its number.
            for record in (gid, str(number_of(gid))):
                if (marker, record) in wanted:
                    yield (marker, record), number


class Owners:
    """Tells which root record a line belongs to, even one that is no JSON."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._columns: dict[str, Column] = {
            table.marker: table.column(table.root_key[-1])
            for table in tables
            if not table.lists
        }
        self._root = tables[0].marker

    def gid(self, line: bytes, marker: str) -> str | None:
        """The root's id as the line has it; None if it cannot be told for certain."""
        column = self._columns.get(marker)
        if column is None or not column.path:
            return None
        key = column.path[0]
        try:
            keys = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
            return msgspec.json.decode(keys[key], type=str)
        except UNREADABLE:
            return self._sought(line, marker, key)
        except KeyError:
            return None

    def key(self, gid: str | None, marker: str) -> str | None:
        """What identifies that root in its table; None if nothing can be read."""
        if gid is None:
            return None
        column = replace(self._columns[marker], up=0)
        try:
            found = typed([column], [[gid]])[column.name][0]
        except UnreadableError:
            return None
        return None if found is None else str(found)

    def _sought(self, line: bytes, marker: str, key: str) -> str | None:
        # Two records in one line are of two roots, perhaps.
        if line.count(f'"{marker}":'.encode()) != 1:
            return None
        # Inner objects may have such a key too: a root's own comes first.
        start = rf'^\{{"{marker}":"[^"\\]*",' if marker == self._root else ""
        found = re.findall(rf'{start}"{key}":"((?:[^"\\]|\\/)*)"'.encode(), line)
        ids = {each.decode(errors="replace") for each in found}
        return str(ids.pop()).replace("\\/", "/") if len(ids) == 1 else None
