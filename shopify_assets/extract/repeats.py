"""Records that come a second time, word for word.

Charter: telling whether a page gave a record before. Lists move while they are walked,
and one that was on the last page may be on the next one too: its lines, told twice,
would be counted twice where only their order tells them apart.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from shopify_assets.storage.records import encode_lines

if TYPE_CHECKING:
    from shopify_assets.extract.records import Node

_BYTES = 8


class Repeats:
    """The records of one walk, by their ids; of each a hash is kept."""

    def __init__(self) -> None:
        self._hashes: dict[str | bytes, bytes] = {}

    def is_one(self, node: Node) -> bool:
        """Whether the very same record came before; it is remembered if not.

        One that changed meanwhile is none: both states are kept, and normalising sets
        the record aside until it is read again.
        """
        text = encode_lines([node])
        hashed = blake2b(text, digest_size=_BYTES).digest()
        id_ = node.get("id")
        # One whose id is none is known by all it holds.
        key = id_ if isinstance(id_, str) else text
        if self._hashes.get(key) == hashed:
            return True
        self._hashes[key] = hashed
        return False
