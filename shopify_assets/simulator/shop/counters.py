"""What a shop was asked for, so that tests can prove nothing was fetched twice.

Charter: counting only.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

_KEPT = 20_000


@dataclass(frozen=True)
class Asked:
    """One GraphQL request that was executed."""

    fields: tuple[str, ...]
    query: str
    variables: dict[str, Any]


@dataclass
class Requests:
    """Counters of one shop.

    Attributes:
        graphql: GraphQL requests received, refused ones included.
        throttled: of these, refused for an empty bucket.
        fields: root fields of executed requests, such as `orders` or `bulkOperation`.
        bulk_operations: bulk operations submitted and accepted.
        downloads: downloads begun, of whole files or of ranges.
        download_bytes: bytes of them.
        tokens: tokens given out.
        log: the last executed requests.
    """

    graphql: int = 0
    throttled: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    bulk_operations: int = 0
    downloads: int = 0
    download_bytes: int = 0
    tokens: int = 0
    log: deque[Asked] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def executed(self, asked: Asked) -> None:
        """Note a request that is executed."""
        self.fields.update(asked.fields)
        self.log.append(asked)

    def reset(self) -> None:
        """Begin anew."""
        self.__init__()  # type: ignore[misc]  # the plainest way back to the defaults
