"""How much is taken of what comes from shops.

Charter: the limits that keep a faulty or hostile server from filling memory, disk or
time: their defaults, what sets them, and how to say that one was passed. They are kept
where bytes arrive (`api`) and where lines are cut (`storage`). Each default lies far
above the largest of what Shopify really sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopify_assets.amounts import seconds, shown_size, size

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWER = "SHOPIFY_ASSETS_MAX_ANSWER"
ANSWER_SECONDS = "SHOPIFY_ASSETS_MAX_ANSWER_SECONDS"
FILE = "SHOPIFY_ASSETS_MAX_FILE"
LINE = "SHOPIFY_ASSETS_MAX_LINE"

# No setting goes beyond: an answer, and a line, have to fit into memory.
MOST_IN_MEMORY = 10**9
_MOST_ON_DISK = 100 * 10**12


@dataclass(frozen=True)
class InputLimits:
    """The most that is taken.

    Attributes:
        answer: bytes of one answer, unpacked. A whole schema, the largest of the usual
            ones, has 10 MB; a page that is larger is asked for in halves.
        answer_seconds: from sending a request to the last byte of its answer.
        file: bytes of one downloaded file.
        line: bytes of one line of a file, one record. A whole order has some 50 KB, a
            metafield 2 MB at most.
    """

    answer: int = 64 * 10**6
    answer_seconds: float = 300.0
    file: int = 100 * 10**9
    line: int = 64 * 10**6

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> InputLimits:
        """Read them.

        Raises:
            ConfigurationError: a value is none of those allowed.
        """

        def sized(name: str, ours: int, most: int) -> int:
            value = environment.get(name)
            return size(name, value, most=most) if value else ours

        patience = environment.get(ANSWER_SECONDS)
        return cls(
            answer=sized(ANSWER, USUAL.answer, MOST_IN_MEMORY),
            answer_seconds=(
                seconds(ANSWER_SECONDS, patience) if patience else USUAL.answer_seconds
            ),
            file=sized(FILE, USUAL.file, _MOST_ON_DISK),
            line=sized(LINE, USUAL.line, MOST_IN_MEMORY),
        )


USUAL = InputLimits()


def beyond(limit: int, setting: str) -> str:
    """Say that a limit of bytes was passed, and what to do."""
    return (
        f"more than the {shown_size(limit)} that are taken; if it is really that "
        f"large, raise {setting}"
    )
