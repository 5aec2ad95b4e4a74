"""Text that PostgreSQL cannot hold, replaced and counted.

Charter: U+0000 and halves of surrogate pairs, which JSON may escape and no PostgreSQL
text or jsonb may hold. Each becomes U+FFFD, the sign Unicode has for it, in the line's
own bytes, so that texts and JSON columns are cleaned alike; the count is a finding.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shopify_assets.catalog.tables import Path, Table

# In order: whole pairs, which stay; what is replaced; any other escape, so that the
# second half of an escaped backslash begins none.
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB]..\\u[dD][c-fC-F].."
    rb"|(?P<bad>\\u0000|\\u[dD][89a-fA-F]..)"
    rb"|\\."
)
_REPLACEMENT = rb"\ufffd"
_UNHOLDABLE = re.compile("[\0\ud800-\udfff]")


class Cleaner:
    """Cleans lines; `counts` tells how many values of which table and column it was."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._columns = dict(_columns(tables))

    def lines(self, block: bytes) -> list[bytes]:
        """Return the lines of a block, cleaned."""
        lines = block.split(b"\n")
        if b"\\u" in block and (
            b"\\u0000" in block or b"\\ud" in block or b"\\uD" in block
        ):
            return [self._line(each) for each in lines]
        return lines

    def _line(self, line: bytes) -> bytes:
        if b"\\u" not in line:
            return line
        cleaned = _ESCAPE.sub(_cleaned, line)
        if cleaned != line:
            self.counts.update(self._cleaned_columns(line))
        return cleaned

    def _cleaned_columns(self, line: bytes) -> Iterator[tuple[str, str]]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            # No JSON: decoding it will say so, and where.
            return
        for marker in record if isinstance(record, dict) else ():
            columns = self._columns.get(marker, {})
            for path in _unholdable(record) if columns else ():
                found = (columns.get(path[:end]) for end in range(len(path), 0, -1))
                yield from (each for each in found if each is not None)


def _cleaned(match: re.Match[bytes]) -> bytes:
    return _REPLACEMENT if match["bad"] else match[0]


def _unholdable(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of each text, or key of an object, that cannot be held."""
    if isinstance(value, dict):
        for key, each in value.items():
            if _UNHOLDABLE.search(key):
                yield path
            yield from _unholdable(each, (*path, key))
    elif isinstance(value, list):
        for each in value:
            yield from _unholdable(each, path)
    elif isinstance(value, str) and _UNHOLDABLE.search(value):
        yield path


def _columns(
    tables: Sequence[Table],
) -> Iterator[tuple[str, Mapping[Path, tuple[str, str]]]]:
    """Yield for each marker the columns of its tables, by their path in the record."""
    for marker in {each.marker for each in tables}:
        yield (
            marker,
            {
                (*(key for path in table.lists for key in path), *column.path): (
                    table.name,
                    column.name,
                )
                for table in tables
                if table.marker == marker
                for column in table.columns
                if column.path and not column.up
            },
        )
